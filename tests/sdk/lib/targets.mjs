// What the SDKs are pointed at: Hufu, and the stand-in for WeChat behind it. An SDK must not see a difference.
import { startDemo } from "../../browser/lib/hufu.mjs";

// The stand-in's own account; see crates/wechat-simulator/src/config.rs.
const ACCOUNT = { appId: "wx8f3a1c5e7b9d2046", secret: "5d0c7e1f93ab4862b7e4d1906fa8c235" };

// Starts a demo; gives `{ hufu, simulator, demo }`. Each of the first two has `name`, `url` (where pages and calls
// stand), `appId`, `secret`, `redirectUri`, `within`: the addresses that a login passes, and `server`: whether the app
// may make calls in the account's name.
export async function startTargets() {
  const demo = await startDemo();
  const { info } = demo;
  const within = [info.hufu_url, info.simulator_url];
  const redirectUri = `${info.app_url}/callback`;
  await demo.run(
    "client", "set", "--tenant", "demo", info.client_id,
    "--right", "wechat.token", "--right", "wechat.relay",
    "--call", "GET /cgi-bin/user/info",
  );
  return {
    demo,
    hufu: {
      name: "Hufu",
      url: info.hufu_url,
      appId: info.client_id,
      secret: info.client_secret,
      redirectUri,
      within,
      server: true,
    },
    simulator: { name: "the stand-in", url: info.simulator_url, ...ACCOUNT, redirectUri, within, server: true },
  };
}
