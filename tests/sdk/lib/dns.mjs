// Some SDKs have WeChat's hosts written into them. Where such a program runs, DNS (or /etc/hosts) leads
// api.weixin.qq.com to Hufu, which has a certificate for it that the program trusts. Here the same is done for this
// process alone: the name leads to a server on this machine with a certificate made for the test.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";

import { temporaryFolder } from "../../browser/lib/hufu.mjs";

const HOSTS = ["api.weixin.qq.com", "open.weixin.qq.com"];
// The object whose functions node:https calls; an import would be a copy.
const tls = createRequire(import.meta.url)("node:tls");

function certificate() {
  const folder = temporaryFolder();
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(folder, name));
  execFileSync("openssl", [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2",
    "-subj", `/CN=${HOSTS[0]}`, "-addext", `subjectAltName=${HOSTS.map((host) => `DNS:${host}`).join(",")}`,
    "-keyout", key, "-out", cert,
  ], { stdio: "ignore" });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

// WeChat's hosts lead to `target` until `stop` is called; `seen` lists the paths that were asked for.
export async function leadToTarget(target) {
  const { key, cert } = certificate();
  const seen = [];
  const { hostname, port } = new URL(target.url);
  const front = createServer({ key, cert }, (asked, answer) => {
    seen.push(`${asked.method} https://${asked.headers.host}${asked.url.split("?")[0]}`);
    const passed = request({ hostname, port, path: asked.url, method: asked.method, headers: asked.headers }, (got) => {
      // An SDK that kept the connection would ask this target when the next one is meant.
      answer.writeHead(got.statusCode, { ...got.headers, connection: "close" });
      got.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    asked.pipe(passed);
  });
  await new Promise((resolve) => { front.listen(0, "127.0.0.1", resolve); });
  const { connect } = tls;
  tls.connect = (options, ...rest) => {
    const host = options.servername || options.host;
    if (!HOSTS.includes(host)) return connect(options, ...rest);
    return connect({ ...options, host: "127.0.0.1", port: front.address().port, servername: host, ca: cert }, ...rest);
  };
  const stop = async () => {
    tls.connect = connect;
    front.closeAllConnections?.();
    await new Promise((resolve) => { front.close(resolve); });
  };
  return { seen, stop };
}
