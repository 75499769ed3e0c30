// What each SDK's test does, written once: `open(target)` gives an SDK's five calls, and whatever the SDK makes of them
// is looked at here.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { leadToTarget } from "./dns.mjs";
import { logIn } from "./person.mjs";
import { startTargets } from "./targets.mjs";

// `sdk(target)` gives { link(state, scope), exchange(code), refresh(token), userinfo(tokens), numberOf(error) } whose
// calls give promises; `check(tokens)` is left out where the SDK has none. `fixed`: its hosts are written into it.
export function loginsWith(name, sdk, { fixed = false } = {}) {
  let targets;
  before(async () => { targets = await startTargets(); });
  after(async () => { await targets?.demo.stop(); });

  for (const which of ["hufu", "simulator"]) {
    test(`${name} at ${which}`, async (t) => {
      const target = targets[which];
      const dns = fixed ? await leadToTarget(target) : null;
      try {
        const client = await sdk(target);
        let tokens;
        await t.test("logs a person in", async () => {
          const callback = await logIn(target, client.link("st4te", "snsapi_userinfo"));
          assert.ok(callback.href.startsWith(target.redirectUri), callback.href);
          assert.equal(callback.searchParams.get("state"), "st4te");
          tokens = await client.exchange(callback.searchParams.get("code"));
          assert.match(tokens.openid, /^o[\w-]{27}$/);
          assert.equal(tokens.scope, "snsapi_userinfo");
          assert.equal(tokens.expires_in, 7200);
        });
        await t.test("knows their profile", async () => {
          const user = await client.userinfo(tokens);
          assert.equal(user.openid, tokens.openid);
          assert.equal(user.nickname, "张三🙂<b>");
          assert.equal(user.sex, 0);
          assert.deepEqual(user.privilege, []);
        });
        await t.test("refreshes and checks", async () => {
          const again = await client.refresh(tokens.refresh_token);
          assert.equal(again.access_token, tokens.access_token, "extended while it lives");
          assert.equal(again.openid, tokens.openid);
          if (client.check) await client.check(tokens);
        });
        await t.test("takes errors for its own", async () => {
          const number = async (promise) => {
            const error = await promise.then(() => assert.fail("no error"), (error) => error);
            return client.numberOf(error);
          };
          assert.equal(await number(client.exchange("nonsense")), 40029);
          assert.equal(await number(client.refresh("nonsense")), 40030);
          assert.equal(await number(client.userinfo({ ...tokens, access_token: "nonsense" })), 40001);
          assert.equal(await number(client.userinfo({ ...tokens, openid: "oNobody" })), 40003);
          const stranger = await sdk({ ...target, secret: "0".repeat(32) });
          assert.equal(await number(stranger.exchange("nonsense")), 40125);
        });
        await t.test("asks for the ids only", async () => {
          const callback = await logIn(target, client.link("", "snsapi_base"), { user: "lisi" });
          const base = await client.exchange(callback.searchParams.get("code"));
          assert.equal(base.scope, "snsapi_base");
          assert.equal(base.unionid, undefined);
          assert.notEqual(base.openid, tokens.openid);
          const refused = await client.userinfo(base).then(() => assert.fail("no error"), client.numberOf);
          assert.equal(refused, 48001);
        });
        if (dns) assert.ok(dns.seen.length > 4, "the SDK asked WeChat's own hosts");
      } finally {
        await dns?.stop();
      }
    });
  }
}
