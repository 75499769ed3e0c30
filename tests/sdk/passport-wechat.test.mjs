// npm passport-wechat as it is, as a Passport app uses it: one strategy that sends people away and takes them back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import Strategy from "passport-wechat";

import { leadToTarget } from "./lib/dns.mjs";
import { logIn } from "./lib/person.mjs";
import { startTargets } from "./lib/targets.mjs";

let targets;
before(async () => { targets = await startTargets(); });
after(async () => { await targets?.demo.stop(); });

// What Passport makes of a request: a copy of the strategy whose outcome is told by one of these functions.
function authenticate(strategy, query) {
  return new Promise((resolve) => {
    const told = Object.create(strategy);
    told.redirect = (url) => resolve({ redirect: url });
    told.success = (user) => resolve({ user });
    told.fail = (status) => resolve({ failed: status });
    told.error = (error) => resolve({ error });
    told.authenticate({ _passport: {}, query, url: "/callback", get: () => undefined }, { state: "st4te" });
  });
}

for (const which of ["hufu", "simulator"]) {
  test(`passport-wechat at ${which}`, async (t) => {
    const target = targets[which];
    const dns = await leadToTarget(target);
    t.after(() => dns.stop());
    const kept = new Map();
    const strategy = new Strategy({
      appID: target.appId,
      appSecret: target.secret,
      callbackURL: target.redirectUri,
      scope: "snsapi_userinfo",
      getToken: (openid, done) => done(null, kept.get(openid)),
      saveToken: (openid, token, done) => { kept.set(openid, token); done(null); },
    }, (access, refresh, profile, expires, done) => done(null, { access, refresh, profile }));

    const { redirect } = await authenticate(strategy, {});
    const callback = await logIn(target, redirect);
    const { user, error } = await authenticate(strategy, Object.fromEntries(callback.searchParams));
    assert.equal(error, undefined);
    assert.equal(user.profile.nickname, "张三🙂<b>");

    // The person refuses: the state comes back alone, which it knows.
    if (which === "hufu") {
      const refused = await logIn(target, redirect, { consent: "deny" });
      assert.deepEqual([...refused.searchParams], [["state", "st4te"]]);
      assert.deepEqual(await authenticate(strategy, { state: "st4te" }), { failed: 401 });
    }
    const again = await authenticate(strategy, Object.fromEntries(callback.searchParams));
    assert.equal(again.error.code, 40163);
  });
}
