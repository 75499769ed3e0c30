// PyPI wechatpy: its own tests are in Python beside this file.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { startTargets } from "./lib/targets.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
let targets;
before(async () => { targets = await startTargets(); });
after(async () => { await targets?.demo.stop(); });

for (const which of ["hufu", "simulator"]) {
  test(`wechatpy at ${which}`, async () => {
    const child = spawn(`${here}.venv/bin/python`, ["-m", "unittest", "-v", "wechatpy_tests"], {
      cwd: here,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", TARGET: JSON.stringify(targets[which]) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = [];
    child.stdout.on("data", (part) => said.push(part));
    child.stderr.on("data", (part) => said.push(part));
    const code = await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    assert.equal(code, 0, Buffer.concat(said).toString());
  });
}
