// Runs the tests one file after the other: `node run.mjs [PART OF A FILE'S NAME…]`.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import * as reporters from "node:test/reporters";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const parts = process.argv.slice(2);
const files = readdirSync(here)
  .filter((name) => name.endsWith(".test.mjs") && (parts.length === 0 || parts.some((part) => name.includes(part))))
  .sort()
  .map((name) => join(here, name));
if (files.length === 0) {
  process.stderr.write(`no test file is named like ${parts.join(" or ")}\n`);
  process.exit(1);
}

// Node.js 18 has it behind a flag, and clients look for it.
if (globalThis.crypto === undefined) process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --experimental-global-webcrypto`;

run({ files, concurrency: 1, timeout: 180_000 })
  .on("test:fail", (event) => {
    if (event.todo === undefined || event.todo === false) process.exitCode = 1;
  })
  .compose(new reporters.spec())
  .pipe(process.stdout);
