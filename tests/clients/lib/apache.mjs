// Debian's Apache with mod_auth_openidc, run by whoever runs the tests, with all that it writes in a folder of its own.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { temporaryFolder } from "../../browser/lib/hufu.mjs";

const APACHE = "/usr/sbin/apache2";
const MODULES = "/usr/lib/apache2/modules";
const PATIENCE_MS = 20_000;

// `port`: a free one; `directives`: lines of mod_auth_openidc. Everything under /app needs a login and shows what the
// module tells an app of the person. Gives `{ url, errors, stop }`.
export async function startApache(port, directives) {
  if (!existsSync(APACHE)) throw new Error(`no ${APACHE}: \`cargo xtask test\` installs Debian's apache2`);
  const folder = temporaryFolder();
  const pages = join(folder, "pages");
  mkdirSync(join(pages, "app"), { recursive: true });
  // Server-side includes print the variables of the request.
  writeFileSync(join(pages, "app", "index.shtml"), "<pre>\n<!--#printenv --></pre>\n");
  writeFileSync(join(pages, "goodbye"), "bye\n");
  const errors = join(folder, "error.log");
  const names = ["mpm_event", "authn_core", "authz_core", "authz_user", "include", "dir", "mime", "auth_openidc"];
  const lines = [
    `ServerRoot ${folder}`,
    "ServerName 127.0.0.1",
    `Listen 127.0.0.1:${port}`,
    ...names.map((name) => `LoadModule ${name}_module ${join(MODULES, `mod_${name}.so`)}`),
    // Where root runs the tests, Apache leaves root.
    ...(process.getuid() === 0 ? ["User #65534", "Group #65534"] : []),
    `PidFile ${folder}/pid`,
    `DefaultRuntimeDir ${folder}`,
    `Mutex file:${folder} default`,
    `ErrorLog ${errors}`,
    "LogLevel warn auth_openidc:info",
    "StartServers 1",
    "ServerLimit 1",
    "ThreadsPerChild 16",
    "MinSpareThreads 1",
    "MaxSpareThreads 16",
    "MaxRequestWorkers 16",
    "TypesConfig /dev/null",
    `DocumentRoot ${pages}`,
    "DirectoryIndex index.shtml",
    "AddType text/html .shtml",
    "AddOutputFilter INCLUDES .shtml",
    `<Directory ${pages}>`,
    "  Options +Includes",
    "  Require all granted",
    "</Directory>",
    ...directives,
    "<Location /app>",
    "  AuthType openid-connect",
    "  Require valid-user",
    "</Location>",
  ];
  const config = join(folder, "apache.conf");
  writeFileSync(config, `${lines.join("\n")}\n`);
  // Apache's own user may enter what the folder of a test shuts against others.
  chmodSync(folder, 0o777);
  // The module's calls go to this machine: through no proxy.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)));
  const child = spawn(APACHE, ["-X", "-f", config], { env, stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  child.stdout.on("data", (part) => said.push(part));
  child.stderr.on("data", (part) => said.push(part));
  let ended = false;
  const end = new Promise((resolve) => {
    child.once("error", (error) => { said.push(String(error)); resolve(); });
    child.once("close", resolve);
  }).then(() => { ended = true; });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);

  const log = () => `${said.join("")}${existsSync(errors) ? readFileSync(errors, "utf8") : ""}`;
  const stop = async () => {
    process.off("exit", kill);
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await end;
    clearTimeout(late);
  };
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + PATIENCE_MS;
  while (!ended && !(await answers(`${url}/goodbye`))) {
    if (Date.now() > deadline) kill();
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  if (ended) throw new Error(`Apache did not start:\n${log()}`);
  return { url, log, stop };
}

async function answers(url) {
  return fetch(url).then((answer) => answer.ok, () => false);
}
