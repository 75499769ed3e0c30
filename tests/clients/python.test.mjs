// Clients from PyPI: their tests are in Python beside this file.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { startStage } from "./lib/stage.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
// Nothing listens there: a person is followed up to it.
const APP = "http://127.0.0.1:9";

let stage;
before(async () => { stage = await startStage(); });
after(async () => { await stage?.stop(); });

async function register(name, more = {}) {
  return stage.register(name, {
    redirectUris: [`${APP}/callback`],
    postLogout: [`${APP}/goodbye`],
    scopes: ["openid", "profile", "wechat", "offline_access"],
    ...more,
  });
}

// An app that has keys of its own and no use for a secret.
async function withKeys(name) {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const known = { ...publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" };
  const app = await register(name, { protocol: { auth_method: "private_key_jwt", jwks: { keys: [known] } } });
  return { client_id: app.id, private_key: privateKey.export({ format: "pem", type: "pkcs8" }) };
}

for (const name of ["authlib", "idpyoidc", "social_auth"]) {
  test(name, async () => {
    const app = await register(name);
    const target = {
      issuer: stage.issuer, app: APP, client_id: app.id, client_secret: app.secret,
      assertion: await withKeys(`${name} with keys`),
    };
    const { code, said } = await unittest(`${name}_tests`, target);
    assert.equal(code, 0, said);
    assert.match(said, /Ran [1-9]\d* tests?/);
  });
}

async function unittest(module, target) {
  const kept = Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name));
  const child = spawn(`${here}.venv/bin/python`, ["-m", "unittest", "-v", module], {
    cwd: here,
    env: { ...Object.fromEntries(kept), PYTHONDONTWRITEBYTECODE: "1", TARGET: JSON.stringify(target) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = [];
  child.stdout.on("data", (part) => said.push(part));
  child.stderr.on("data", (part) => said.push(part));
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, said: Buffer.concat(said).toString() };
}
