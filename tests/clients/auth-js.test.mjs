// npm @auth/express (Auth.js) as it is: an Express app that was given an issuer, an id and a secret.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ExpressAuth, getSession } from "@auth/express";
import express from "express";

import { Person } from "./lib/person.mjs";
import { startStage } from "./lib/stage.mjs";

let stage;
before(async () => { stage = await startStage(); });
after(async () => { await stage?.stop(); });

// `more`: of the provider. What Auth.js keeps of the tokens is written as its guides say.
async function startApp(name, more = {}, registered = {}) {
  const app = express();
  const url = await stage.serve(app);
  const goodbye = `${url}/goodbye`;
  const client = await stage.register(name, {
    redirectUris: [`${url}/auth/callback/hufu`], postLogout: [goodbye], ...registered,
  });
  const config = {
    providers: [{
      id: "hufu", name: "Hufu", type: "oidc", issuer: stage.issuer, clientId: client.id, clientSecret: client.secret, ...more,
    }],
    secret: "0123456789abcdef0123456789abcdef",
    trustHost: true,
    logger: { error: (error) => app.locals.errors.push(error), warn: () => {} },
    callbacks: {
      jwt({ token, account, profile }) {
        if (!account) return token;
        return { ...token, sub: profile.sub, idToken: account.id_token, refreshToken: account.refresh_token };
      },
      session: ({ session, token }) => ({ ...session, user: { ...session.user, id: token.sub }, tokens: token }),
    },
  };
  app.locals.errors = [];
  // It reads where it stands from the first group.
  app.use(/^\/auth\/(.*)$/, ExpressAuth(config));
  app.get("/me", async (asked, answer) => { answer.json(await getSession(asked, config)); });
  app.get("/goodbye", (asked, answer) => { answer.send("bye"); });
  app.get("/", (asked, answer) => { answer.send("home"); });
  return { url, client, goodbye, errors: app.locals.errors };
}

async function me(app, person) {
  const page = await person.open(`${app.url}/me`);
  return JSON.parse(page.text);
}

// Its own page with one button for each provider.
async function signIn(app, person) {
  const page = await person.open(`${app.url}/auth/signin`);
  const home = await person.send(page);
  assert.equal(home.url.href, `${app.url}/`, `${home.text}\n${app.errors.join("\n")}`);
}

test("signs a person in with an issuer, an id and a secret, and out", async () => {
  const app = await startApp("auth.js");
  const person = new Person();
  assert.equal(await me(app, person), null);
  await signIn(app, person);
  const { user, tokens } = await me(app, person);
  assert.equal(user.name, "张三🙂<b>");
  assert.ok(tokens.idToken);
  assert.equal(tokens.refreshToken, undefined, "it did not ask for one");

  const page = await person.open(`${app.url}/auth/signout`);
  await person.send(page);
  assert.equal(await me(app, person), null);

  await signIn(app, person);
  assert.equal((await me(app, person)).user.id, user.id, "the same person");
  assert.deepEqual(app.errors, []);
});

for (const checks of [["pkce", "state", "nonce"], ["state"]]) {
  test(`signs a person in with the checks ${checks}`, async () => {
    const app = await startApp(checks.join(" "), { checks });
    const person = new Person();
    await signIn(app, person);
    assert.ok((await me(app, person)).user.id);
    assert.deepEqual(app.errors, []);
  });
}

test("tells the app's page that the person refused", async () => {
  const app = await startApp("refusal");
  const person = new Person({ consent: "deny" });
  const page = await person.open(`${app.url}/auth/signin`);
  const reached = await person.send(page);
  assert.ok(reached.url.href.startsWith(`${app.url}/auth/`), reached.url.href);
  assert.match(String(app.errors), /OAuthCallbackError/);
  assert.equal(await me(app, person), null);
});

test("refreshes, and ends the session at Hufu too", async () => {
  const scopes = ["openid", "profile", "offline_access"];
  const app = await startApp("auth.js refresh", { authorization: { params: { scope: scopes.join(" ") } } }, { scopes });
  const person = new Person();
  await signIn(app, person);
  const { user, tokens } = await me(app, person);
  assert.ok(tokens.refreshToken, "offline_access gives one");
  // As Auth.js's guide for refresh tokens writes it.
  const metadata = await (await fetch(`${stage.issuer}/.well-known/openid-configuration`)).json();
  const answer = await fetch(metadata.token_endpoint, {
    method: "POST",
    body: new URLSearchParams({
      client_id: app.client.id,
      client_secret: app.client.secret,
      grant_type: "refresh_token",
      refresh_token: tokens.refreshToken,
    }),
  });
  const fresh = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(fresh));
  assert.ok(fresh.access_token && fresh.expires_in > 0);

  const end = new URL(metadata.end_session_endpoint);
  end.search = new URLSearchParams({ id_token_hint: tokens.idToken, post_logout_redirect_uri: app.goodbye });
  const bye = await person.open(end);
  assert.equal(bye.url.href, app.goodbye, bye.text);
  const page = await person.open(`${app.url}/auth/signout`);
  await person.send(page);
  assert.equal(await me(app, person), null);
  assert.ok(user.id);
});
