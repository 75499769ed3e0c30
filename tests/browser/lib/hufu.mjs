// The real binary as a child process that ends with the tests.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { hufuBinary } from "./paths.mjs";

const PATIENCE_MS = 60_000;
const KEPT_LINES = 200;
const SHOWN_LINES = 40;

const running = new Set();
const folders = new Set();

function clear() {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
process.on("exit", clear);
for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15], ["SIGHUP", 1]]) {
  process.once(signal, () => process.exit(128 + number));
}

// An empty folder that is removed at the end of the tests.
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "hufu-browser-"));
  folders.add(folder);
  return folder;
}

// `hufu demo` on ports of its own. A second start on the same data needs `dataDir` and, if addresses must stay, `port`.
export async function startDemo({ port = 0, dataDir = temporaryFolder(), args = [], env = {} } = {}) {
  return startHufu(["demo", "--port", String(port), ...args], { dataDir, env });
}

// A command that prints one JSON line when all is ready, such as `demo`, `serve` and `simulate`.
export async function startHufu(args, { dataDir = temporaryFolder(), env = {} } = {}) {
  const line = [...args, "--json", "--data-dir", dataDir];
  const child = spawn(hufuBinary(), line, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  const lines = [];
  const keep = (text) => {
    lines.push(text);
    if (lines.length > KEPT_LINES) lines.shift();
  };
  const log = (count = SHOWN_LINES) => lines.slice(-count).join("\n");
  const ended = new Promise((resolve) => {
    child.once("error", (error) => { keep(String(error)); resolve(); });
    child.once("close", (code, signal) => { keep(`[ended: ${signal ?? code}]`); resolve(); });
  }).then(() => running.delete(child));
  createInterface({ input: child.stderr }).on("line", keep);
  const out = createInterface({ input: child.stdout });
  const ready = new Promise((resolve) => {
    out.on("line", (text) => { keep(text); resolve(text); });
  });

  const stop = async () => {
    if (!running.has(child)) return;
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(late);
  };

  let alarm;
  const first = await Promise.race([
    ready,
    ended.then(() => null),
    new Promise((resolve) => { alarm = setTimeout(resolve, PATIENCE_MS, null); }),
  ]);
  clearTimeout(alarm);
  try {
    if (first === null) throw new Error("it said nothing");
    const info = JSON.parse(first);
    return { info, dataDir, log, stop, run: (...words) => runHufu(dataDir, ...words) };
  } catch (error) {
    child.kill("SIGKILL");
    await ended;
    throw new Error(`\`hufu ${args.join(" ")}\` did not become ready (${error.message}); the end of its log:\n${log()}`);
  }
}

// Runs a command to its end and gives its JSON answer. The last argument may be `{ input, env }`: what the command
// reads from standard input, and variables.
export async function runHufu(dataDir, ...words) {
  const { input = "", env = {} } = typeof words.at(-1) === "object" ? words.pop() : {};
  const child = spawn(hufuBinary(), [...words, "--json", "--data-dir", dataDir], { env: { ...process.env, ...env } });
  running.add(child);
  const out = [];
  const said = [];
  child.stdout.on("data", (part) => out.push(part));
  child.stderr.on("data", (part) => said.push(part));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => running.delete(child));
  const answer = Buffer.concat(out).toString();
  if (code !== 0) {
    throw new Error(`hufu ${words.join(" ")} ended with ${code}: ${Buffer.concat(said)}${answer}`);
  }
  return answer.trim() === "" ? null : JSON.parse(answer);
}
