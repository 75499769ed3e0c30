// A started demo, and apps that are registered there as an operator registers them: by the command line.
import { createServer } from "node:http";

import { startDemo } from "../../browser/lib/hufu.mjs";

const TENANT = "demo";

export async function startStage() {
  const demo = await startDemo();
  const { issuer, hufu_url: hufuUrl, simulator_url: simulatorUrl } = demo.info;

  // `protocol`: settings by the names of crates/core/src/model/protocol.rs.
  async function register(name, { redirectUris, postLogout = [], scopes = [], args = [], protocol = {} }) {
    const many = (flag, values) => values.flatMap((value) => [flag, value]);
    const added = await demo.run(
      "client", "add", "--tenant", TENANT, "--name", name,
      ...many("--redirect-uri", redirectUris),
      ...many("--post-logout-redirect-uri", postLogout),
      ...many("--scope", scopes),
      ...args,
    );
    const settings = Object.entries(protocol).map(([key, value]) => {
      return `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`;
    });
    if (settings.length > 0) {
      await demo.run("client", "set", "--tenant", TENANT, added.client_id, ...many("--protocol", settings));
    }
    return { id: added.client_id, secret: added.client_secret };
  }

  // An app's own server, until the stage stops; gives its URL.
  const servers = [];
  async function serve(handler) {
    const server = createServer(handler);
    servers.push(server);
    await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
    return `http://127.0.0.1:${server.address().port}`;
  }

  async function stop() {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    await demo.stop();
  }

  return { demo, issuer, hufuUrl, simulatorUrl, register, serve, stop };
}

// A port of this machine that was free a moment ago, for a server that must be told its port.
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const { port } = server.address();
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}
