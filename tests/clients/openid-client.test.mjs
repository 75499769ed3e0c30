// npm openid-client as it is: whatever Hufu answers is checked by it.
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { after, before, test } from "node:test";

import * as oauth from "oauth4webapi";
import * as client from "openid-client";

import { Person } from "./lib/person.mjs";
import { startStage } from "./lib/stage.mjs";

// Nothing listens there: a person is followed up to it.
const APP = "http://127.0.0.1:9";
const CALLBACK = `${APP}/callback`;
const GOODBYE = `${APP}/goodbye`;
const SCOPES = ["openid", "profile", "wechat", "offline_access"];

let stage;
before(async () => { stage = await startStage(); });
after(async () => { await stage?.stop(); });

async function register(name, more = {}) {
  return stage.register(name, { redirectUris: [CALLBACK], postLogout: [GOODBYE], scopes: SCOPES, ...more });
}

// The app as openid-client sees it. `proof`: how it shows who it is.
async function discover(app, { proof = client.ClientSecretBasic(app.secret), metadata, algorithm } = {}) {
  return client.discovery(new URL(stage.issuer), app.id, metadata, proof, {
    algorithm, execute: [client.allowInsecureRequests],
  });
}

// A login from its link to its tokens.
async function logIn(config, { person = new Person(), scope = "openid profile wechat", parameters = {}, pushed, dpop } = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const asked = {
    redirect_uri: CALLBACK,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...parameters,
  };
  const link = pushed
    ? await client.buildAuthorizationUrlWithPAR(config, asked, { DPoP: dpop })
    : client.buildAuthorizationUrl(config, asked);
  const { url, form } = await person.openUntil(link, CALLBACK);
  const callback = form ? new Request(url, { method: "POST", body: form }) : url;
  const checks = {
    pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true,
    ...(parameters.max_age === undefined ? {} : { maxAge: Number(parameters.max_age) }),
  };
  const tokens = await client.authorizationCodeGrant(config, callback, checks, undefined, { DPoP: dpop });
  return { tokens, link, callback: url, form, person };
}

// A key of the app's own: what openid-client signs with, and the JWK Set that Hufu is told.
async function ownKey() {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey, publicKey } = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { kty, crv, x, y } = await webcrypto.subtle.exportKey("jwk", publicKey);
  return { key: { key: privateKey, kid: "one" }, jwks: { keys: [{ kty, crv, x, y, kid: "one", alg: "ES256", use: "sig" }] } };
}

async function refusal(promise) {
  return promise.then(() => assert.fail("it was not refused"), (error) => error);
}

test("logs a person in, whatever way the app shows its secret", async (t) => {
  const app = await register("secrets");
  let sub;
  for (const [name, proof] of [["basic", client.ClientSecretBasic], ["post", client.ClientSecretPost]]) {
    await t.test(name, async () => {
      const config = await discover(app, { proof: proof(app.secret) });
      const { tokens } = await logIn(config);
      const claims = tokens.claims();
      assert.equal(claims.iss, stage.issuer);
      assert.equal(tokens.token_type, "bearer");
      sub ??= claims.sub;
      assert.equal(claims.sub, sub, "the same person");
      const user = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
      assert.equal(user.name, "张三🙂<b>");
      assert.match(user.wechat_openid, /^o[\w-]{27}$/);
    });
  }
  await t.test("a wrong one", async () => {
    for (const proof of [client.ClientSecretBasic, client.ClientSecretPost]) {
      const error = await refusal(logIn(await discover(app, { proof: proof("wrong") })));
      // It tells of the challenge and leaves the body unread.
      assert.deepEqual([error.status, error.cause[0].scheme], [401, "basic"]);
      assert.equal((await error.response.json()).error, "invalid_client");
    }
  });
});

test("finds the metadata in RFC 8414's place too", async () => {
  const app = await register("metadata");
  const config = await discover(app, { algorithm: "oauth2" });
  assert.equal(config.serverMetadata().issuer, stage.issuer);
  assert.equal(config.serverMetadata().supportsPKCE(), true);
});

test("logs a person in to an app without a secret", async () => {
  const app = await register("public", { args: ["--public"] });
  const config = await discover(app, { proof: client.None() });
  const { tokens } = await logIn(config);
  await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
});

test("takes ES256", async () => {
  const app = await register("es256", { args: ["--id-token-alg", "ES256"] });
  const config = await discover(app, { metadata: { id_token_signed_response_alg: "ES256" } });
  client.enableNonRepudiationChecks(config);
  const { tokens } = await logIn(config);
  assert.ok(tokens.claims().sub);
});

test("takes errors for its own", async () => {
  const app = await register("errors");
  const config = await discover(app);
  const denied = await refusal(logIn(config, { person: new Person({ consent: "deny" }) }));
  assert.equal(denied.error, "access_denied");
  const first = await refusal(logIn(config, { parameters: { prompt: "none" } }));
  assert.equal(first.error, "login_required");
  const token = await refusal(client.fetchUserInfo(config, "nonsense", client.skipSubjectCheck));
  assert.equal(token.cause[0].parameters.error, "invalid_token");
});

test("takes the answer as a form", async () => {
  const app = await register("form");
  const config = await discover(app);
  const person = new Person();
  const verifier = client.randomPKCECodeVerifier();
  const link = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK, scope: "openid", response_mode: "form_post", state: "st4te",
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  });
  const page = await person.open(link, { until: CALLBACK });
  assert.equal(page.status, 200, "a page whose form goes to the app");
  const { url, form } = await person.send(page, { until: CALLBACK });
  const callback = new Request(url, { method: "POST", body: form });
  const tokens = await client.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier, expectedState: "st4te" });
  assert.ok(tokens.claims().sub);
});

test("refreshes, and again", async () => {
  const app = await register("refresh");
  const config = await discover(app);
  const { tokens } = await logIn(config, { scope: "openid profile wechat offline_access" });
  assert.ok(tokens.refresh_token, "offline_access gives one");
  const { sub } = tokens.claims();
  const second = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(second.refresh_token, tokens.refresh_token);
  if (second.id_token) assert.equal(second.claims().sub, sub);
  const user = await client.fetchUserInfo(config, second.access_token, sub);
  assert.equal(user.name, "张三🙂<b>");
  const third = await client.refreshTokenGrant(config, second.refresh_token);
  // A refresh token comes a second time: somebody has a copy, so that all of them end.
  const reused = await refusal(client.refreshTokenGrant(config, tokens.refresh_token));
  assert.equal(reused.error, "invalid_grant");
  const ended = await refusal(client.refreshTokenGrant(config, third.refresh_token));
  assert.equal(ended.error, "invalid_grant");
});

test("gets no refresh token unasked", async () => {
  const app = await register("online");
  const { tokens } = await logIn(await discover(app));
  assert.equal(tokens.refresh_token, undefined);
});

test("introspects and revokes", async () => {
  const app = await register("introspect");
  const config = await discover(app);
  const { tokens } = await logIn(config, { scope: "openid offline_access" });
  const about = await client.tokenIntrospection(config, tokens.access_token);
  assert.equal(about.active, true);
  assert.equal(about.client_id, app.id);
  assert.equal(about.sub, tokens.claims().sub);
  await client.tokenRevocation(config, tokens.access_token, { token_type_hint: "access_token" });
  assert.deepEqual(await client.tokenIntrospection(config, tokens.access_token), { active: false });
  await client.tokenRevocation(config, tokens.refresh_token);
  const refused = await refusal(client.refreshTokenGrant(config, tokens.refresh_token));
  assert.equal(refused.error, "invalid_grant");
  await client.tokenRevocation(config, "nonsense");
});

test("a session stands in for a login until the person logs out", async () => {
  const app = await register("session");
  const config = await discover(app);
  const person = new Person();
  const first = await logIn(config, { person, parameters: { max_age: "1000" } });
  const again = await logIn(config, { person, parameters: { prompt: "none", id_token_hint: first.tokens.id_token } });
  assert.equal(again.tokens.claims().sub, first.tokens.claims().sub);
  assert.equal(again.tokens.claims().sid, first.tokens.claims().sid);
  const other = await discover(await register("another app"));
  assert.equal((await logIn(other, { person, parameters: { prompt: "none" } })).tokens.claims().sub, again.tokens.claims().sub);

  const logout = client.buildEndSessionUrl(config, {
    id_token_hint: again.tokens.id_token, post_logout_redirect_uri: GOODBYE, state: "by3",
  });
  const { url } = await person.openUntil(logout, GOODBYE);
  assert.equal(url.href, `${GOODBYE}?state=by3`);
  const out = await refusal(logIn(config, { person, parameters: { prompt: "none" } }));
  assert.equal(out.error, "login_required");
});

test("logs in once more when asked to", async () => {
  const app = await register("prompt");
  const config = await discover(app);
  const person = new Person();
  const first = await logIn(config, { person, parameters: { max_age: "1000" } });
  const fresh = await logIn(config, { person, parameters: { prompt: "login", max_age: "1000" } });
  assert.ok(fresh.tokens.claims().auth_time >= first.tokens.claims().auth_time);
  assert.equal(fresh.tokens.claims().sub, first.tokens.claims().sub);
});

test("pushes its request", async () => {
  const app = await register("pushed");
  const config = await discover(app);
  const { tokens, link } = await logIn(config, { pushed: true });
  assert.ok(link.searchParams.get("request_uri"));
  assert.equal(link.searchParams.get("redirect_uri"), null);
  assert.ok(tokens.claims().sub);
});

test("binds its tokens to a key (DPoP)", async () => {
  const app = await register("dpop", { args: ["--public"] });
  const config = await discover(app, { proof: client.None() });
  const dpop = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const { tokens } = await logIn(config, { dpop, scope: "openid profile wechat offline_access" });
  assert.equal(tokens.token_type, "dpop");
  const { sub } = tokens.claims();
  await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP: dpop });
  await refusal(client.fetchUserInfo(config, tokens.access_token, sub));
  const next = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: dpop });
  assert.equal(next.token_type, "dpop");
  const stranger = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  await refusal(client.refreshTokenGrant(config, next.refresh_token, undefined, { DPoP: stranger }));
});

test("pushes its request bound to a key", async () => {
  const app = await register("pushed dpop");
  const config = await discover(app);
  const dpop = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const { tokens } = await logIn(config, { pushed: true, dpop });
  assert.equal(tokens.token_type, "dpop");
});

test("proves itself by a key", async () => {
  const { key, jwks } = await ownKey();
  const app = await register("assertion", { protocol: { auth_method: "private_key_jwt", jwks } });
  const config = await discover(app, { proof: client.PrivateKeyJwt(key) });
  const { tokens } = await logIn(config, { pushed: true, scope: "openid offline_access" });
  await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, true);
  await client.tokenRevocation(config, tokens.access_token);

  const stranger = await discover(app, { proof: client.PrivateKeyJwt((await ownKey()).key) });
  const refused = await refusal(logIn(stranger));
  assert.equal(refused.status, 401);
  const secret = await refusal(logIn(await discover(app, { proof: client.ClientSecretPost(app.secret) })));
  assert.equal(secret.status, 401, "a secret is no longer good");
});

test("has a token for itself", async () => {
  const app = await register("service", {
    args: ["--right", "wechat.token", "--right", "wechat.jssdk"], protocol: { client_credentials: true },
  });
  const config = await discover(app);
  const tokens = await client.clientCredentialsGrant(config, { scope: "wechat.token" });
  assert.equal(tokens.scope ?? "wechat.token", "wechat.token");
  assert.equal(tokens.refresh_token, undefined);
  const about = await client.tokenIntrospection(config, tokens.access_token);
  assert.deepEqual([about.active, about.client_id, about.scope], [true, app.id, "wechat.token"]);
  const others = await refusal(client.clientCredentialsGrant(config, { scope: "wechat.relay" }));
  assert.equal(others.error, "invalid_scope");
  const unset = await discover(await register("no service"));
  assert.equal((await refusal(client.clientCredentialsGrant(unset))).error, "unauthorized_client");
});

test("logs in on a device without a keyboard", async (t) => {
  const app = await register("television", { args: ["--public"], protocol: { device_code: true } });
  const config = await discover(app, { proof: client.None() });
  const begin = () => client.initiateDeviceAuthorization(config, { scope: "openid profile offline_access" });
  // Polls meanwhile, as a device does.
  const poll = (asked) => {
    const polled = client.pollDeviceAuthorizationGrant(config, asked, undefined, { signal: AbortSignal.timeout(60_000) });
    polled.catch(() => {});
    return polled;
  };
  await t.test("by the link", async () => {
    const asked = await begin();
    const polled = poll(asked);
    const person = new Person();
    const question = await person.open(asked.verification_uri_complete);
    assert.ok(question.text.includes(asked.user_code), "the person compares the code");
    const end = await person.send(question);
    assert.equal(end.status, 200, end.text);
    const tokens = await polled;
    assert.ok(tokens.claims().sub);
    const user = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    assert.equal(user.name, "张三🙂<b>");
    await client.refreshTokenGrant(config, tokens.refresh_token);
  });
  await t.test("by the code, typed in", async () => {
    const asked = await begin();
    const polled = poll(asked);
    const person = new Person();
    const entry = await person.open(asked.verification_uri);
    const question = await person.send(entry, { fields: { user_code: asked.user_code.toLowerCase() } });
    await person.send(question);
    assert.ok((await polled).claims().sub);
  });
  await t.test("refused", async () => {
    const asked = await begin();
    const polled = poll(asked);
    const person = new Person();
    const question = await person.open(asked.verification_uri_complete);
    await person.send(question, { form: 1, fields: { answer: "refuse" } });
    assert.equal((await refusal(polled)).error, "access_denied");
  });
});

test("reads userinfo as a signed JWT", async () => {
  const app = await register("signed userinfo", { protocol: { userinfo_signed_response_alg: "ES256" } });
  const config = await discover(app, { metadata: { userinfo_signed_response_alg: "ES256" } });
  client.enableNonRepudiationChecks(config);
  const { tokens } = await logIn(config);
  const user = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(user.name, "张三🙂<b>");
});

test("is asked for, once", async () => {
  const app = await register("third party", { protocol: { consent: "ask" } });
  const config = await discover(app);
  const person = new Person();
  const link = async () => client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK, scope: "openid profile", state: "st4te", code_challenge_method: "S256",
    code_challenge: await client.calculatePKCECodeChallenge("v".repeat(50)),
  });
  const checks = { pkceCodeVerifier: "v".repeat(50), expectedState: "st4te" };
  const question = await person.open(await link(), { until: CALLBACK });
  assert.equal(question.status, 200, "a page that asks");
  const no = await person.send(question, { fields: { answer: "refuse" }, until: CALLBACK });
  assert.equal((await refusal(client.authorizationCodeGrant(config, no.url, checks))).error, "access_denied");
  const again = await person.open(await link(), { until: CALLBACK });
  const yes = await person.send(again, { fields: { answer: "allow" }, until: CALLBACK });
  assert.ok((await client.authorizationCodeGrant(config, yes.url, checks)).claims().sub);
  await logIn(config, { person, scope: "openid profile" });
});

test("must push, when that is set", async () => {
  const app = await register("must push", { protocol: { require_pushed_authorization_requests: true } });
  const config = await discover(app);
  await logIn(config, { pushed: true });
  assert.equal((await refusal(logIn(config))).error, "invalid_request");
});

test("must bind its tokens, when that is set", async () => {
  const app = await register("must bind", { protocol: { dpop_bound_access_tokens: true } });
  const config = await discover(app);
  const dpop = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const { tokens } = await logIn(config, { dpop });
  assert.equal(tokens.token_type, "dpop");
  assert.match((await refusal(logIn(config))).error, /^invalid_/);
});

test("knows a person by a name of its own (pairwise)", async () => {
  const protocol = { subject_type: "pairwise" };
  const [one, two] = [await register("pairwise", { protocol }), await register("public subject")];
  const subs = [];
  for (const app of [one, two]) {
    const config = await discover(app);
    const { tokens } = await logIn(config);
    subs.push(tokens.claims().sub);
    await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  }
  assert.notEqual(subs[0], subs[1]);
});

test("gets access tokens that its services can check", async () => {
  const app = await register("jwt", { protocol: { access_token: "jwt" } });
  const config = await discover(app);
  const { tokens } = await logIn(config);
  const asked = new Request("https://api.example/", { headers: { authorization: `Bearer ${tokens.access_token}` } });
  const claims = await oauth.validateJwtAccessToken(config.serverMetadata(), asked, stage.issuer, {
    [oauth.allowInsecureRequests]: true,
  });
  assert.equal(claims.sub, tokens.claims().sub);
  assert.equal(claims.client_id, app.id);
  await client.fetchUserInfo(config, tokens.access_token, claims.sub);
});

test("is told of a logout elsewhere", async () => {
  const told = [];
  let heard;
  const first = new Promise((resolve) => { heard = resolve; });
  const url = await stage.serve((asked, answer) => {
    const parts = [];
    asked.on("data", (part) => parts.push(part));
    asked.on("end", () => {
      told.push(new URLSearchParams(Buffer.concat(parts).toString()).get("logout_token"));
      answer.end();
      heard();
    });
  });
  const hearing = await discover(await register("hearing", { protocol: { backchannel_logout_uri: `${url}/logout` } }));
  const person = new Person();
  const { tokens } = await logIn(hearing, { person });
  const other = await discover(await register("leaving"));
  const { tokens: left } = await logIn(other, { person, parameters: { prompt: "none" } });
  await person.openUntil(client.buildEndSessionUrl(other, { id_token_hint: left.id_token, post_logout_redirect_uri: GOODBYE }), GOODBYE);
  await first;
  const payload = JSON.parse(Buffer.from(told[0].split(".")[1], "base64url"));
  assert.equal(payload.sub, tokens.claims().sub);
  assert.equal(payload.sid, tokens.claims().sid);
  assert.equal(payload.aud, hearing.clientMetadata().client_id);
  assert.ok("http://schemas.openid.net/event/backchannel-logout" in payload.events);
  assert.equal(payload.nonce, undefined);
});
