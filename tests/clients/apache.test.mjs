// Apache's mod_auth_openidc from Debian as it is, given an issuer's metadata, an id and a secret.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startApache } from "./lib/apache.mjs";
import { Person, plain } from "./lib/person.mjs";
import { freePort, startStage } from "./lib/stage.mjs";

let stage;
before(async () => { stage = await startStage(); });
after(async () => { await stage?.stop(); });

async function withApache(name, { scopes = ["openid", "profile", "wechat"], protocol = () => ({}), directives = [] }, body) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const client = await stage.register(name, {
    redirectUris: [`${url}/app/callback`], postLogout: [`${url}/goodbye`], scopes, protocol: protocol(url),
  });
  const apache = await startApache(port, [
    `OIDCProviderMetadataURL ${stage.issuer}/.well-known/openid-configuration`,
    `OIDCClientID ${client.id}`,
    `OIDCClientSecret ${client.secret}`,
    `OIDCRedirectURI ${url}/app/callback`,
    `OIDCScope "${scopes.join(" ")}"`,
    "OIDCCryptoPassphrase 0123456789abcdef0123456789abcdef",
    "OIDCPassIDTokenAs claims serialized",
    "OIDCSessionType server-cache",
    ...directives,
  ]);
  try {
    await body(apache);
  } catch (error) {
    throw new Error(`${error.message}\nApache's log:\n${apache.log()}`, { cause: error });
  } finally {
    await apache.stop();
  }
}

// What the protected page says of the person, after as many redirects as it takes.
async function visit(apache, person) {
  const page = await person.open(`${apache.url}/app/`);
  assert.equal(page.url.href, `${apache.url}/app/`, plain(page.text));
  assert.equal(page.status, 200, plain(page.text));
  return variables(page.text);
}

// What server-side includes print.
function variables(text) {
  const unescaped = text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, "\"").replace(/&amp;/g, "&");
  return Object.fromEntries([...unescaped.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
}

test("lets a person in and out", async () => {
  await withApache("apache", {}, async (apache) => {
    const person = new Person();
    const first = await visit(apache, person);
    assert.match(first.REMOTE_USER, /^\S+@\S+$/);
    assert.equal(first.OIDC_CLAIM_iss, stage.issuer);
    assert.match(first.OIDC_CLAIM_wechat_openid, /^o[\w-]{27}$/);
    assert.equal(first.OIDC_CLAIM_name, "张三🙂<b>");
    const again = await visit(apache, person);
    assert.equal(again.OIDC_CLAIM_sub, first.OIDC_CLAIM_sub);

    const other = await visit(apache, new Person({ user: "lisi" }));
    assert.notEqual(other.OIDC_CLAIM_sub, first.OIDC_CLAIM_sub);

    const bye = await person.open(`${apache.url}/app/callback?logout=${encodeURIComponent(`${apache.url}/goodbye`)}`);
    assert.equal(bye.url.href, `${apache.url}/goodbye`, plain(bye.text));
    const { url } = await person.open(`${apache.url}/app/`, { until: stage.issuer });
    assert.ok(url.href.startsWith(stage.issuer), "the person has to log in again");
    // Nor does a session at Hufu stand in.
    const silent = new URL(url);
    silent.searchParams.set("prompt", "none");
    const refused = await person.openUntil(silent, `${apache.url}/app/callback`);
    assert.equal(refused.url.searchParams.get("error"), "login_required");
  });
});

test("with PKCE and an answer by form", async () => {
  await withApache("apache pkce", { directives: ["OIDCPKCEMethod S256", "OIDCResponseMode form_post"] }, async (apache) => {
    const person = new Person();
    const page = await person.open(`${apache.url}/app/`);
    const inside = page.url.href === `${apache.url}/app/` ? page : await person.send(page);
    assert.equal(inside.status, 200, plain(inside.text));
    assert.ok(variables(inside.text).OIDC_CLAIM_sub);
  });
});

test("refreshes", async () => {
  const scopes = ["openid", "profile", "offline_access"];
  const directives = [
    "OIDCPassRefreshToken On",
    "OIDCInfoHook iat access_token access_token_expires refresh_token id_token userinfo",
  ];
  await withApache("apache refresh", { scopes, directives }, async (apache) => {
    const person = new Person();
    const { OIDC_access_token: before, OIDC_refresh_token: refreshToken } = await visit(apache, person);
    assert.ok(refreshToken, "offline_access gives one");
    const back = encodeURIComponent(`${apache.url}/app/`);
    const page = await person.open(`${apache.url}/app/callback?refresh=${back}&access_token=${encodeURIComponent(before)}`);
    assert.equal(page.url.href, `${apache.url}/app/`, plain(page.text));
    const after = variables(page.text);
    assert.notEqual(after.OIDC_access_token, before);
    assert.notEqual(after.OIDC_refresh_token, refreshToken);
    const info = JSON.parse((await person.open(`${apache.url}/app/callback?info=json`)).text);
    assert.equal(info.access_token, after.OIDC_access_token);
    assert.equal(info.userinfo.name, "张三🙂<b>");
  });
});

test("hears of a logout elsewhere", async () => {
  const protocol = (url) => ({ backchannel_logout_uri: `${url}/app/callback?logout=backchannel` });
  await withApache("apache backchannel", { protocol }, async (apache) => {
    const person = new Person();
    const { OIDC_id_token: hint } = await visit(apache, person);
    const metadata = await (await fetch(`${stage.issuer}/.well-known/openid-configuration`)).json();
    const end = new URL(metadata.end_session_endpoint);
    end.searchParams.set("id_token_hint", hint);
    await person.open(end);
    const deadline = Date.now() + 20_000;
    for (;;) {
      const { url } = await person.open(`${apache.url}/app/`, { until: stage.issuer });
      if (url.href.startsWith(stage.issuer)) break;
      assert.ok(Date.now() < deadline, "Apache was not told");
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
  });
});
