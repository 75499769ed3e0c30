// Connecting an account: the whole wizard against the simulator, to the first login through it; once by mouse, once by
// keys alone.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { assertAccessible } from "./lib/axe.mjs";
import { COMPUTER, PHONE, WECHAT_USER_AGENT, openBrowser } from "./lib/browser.mjs";
import { startDemo, temporaryFolder } from "./lib/hufu.mjs";
import { enter, tabTo } from "./lib/keyboard.mjs";
import { assertNoSidewaysScroll } from "./lib/shots.mjs";

// What the simulator's own account is called; both work nowhere else.
const APP_ID = "wx8f3a1c5e7b9d2046";
const SECRET = "5d0c7e1f93ab4862b7e4d1906fa8c235";
const WRONG = "00000000000000000000000000000bad";
const LOGIN = "owner@example.com";
const PASSWORD = "correct-horse-battery-1";

let demo, browser, app;

before(async () => {
  [demo, browser, app] = await Promise.all([startDemo(), openBrowser(), startApp()]);
  const file = join(temporaryFolder(), "password");
  writeFileSync(file, PASSWORD);
  const who = ["--name", "老板", "--role", "platform_owner", "--password-file", file];
  await demo.run("operator", "add", LOGIN, ...who);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
  app?.stop();
});

// An app of one page: it redeems the code that it gets and says who came.
async function startApp() {
  const known = { verifier: randomBytes(32).toString("base64url") };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, known.url);
    if (url.pathname !== "/callback") return void response.writeHead(404).end();
    const form = {
      grant_type: "authorization_code",
      code: url.searchParams.get("code"),
      redirect_uri: known.callback,
      code_verifier: known.verifier,
      client_id: known.id,
      client_secret: known.secret,
    };
    const answer = await fetch(`${known.issuer}/oauth2/token`, { method: "POST", body: new URLSearchParams(form) });
    const { id_token: token = "..", error = "" } = await answer.json();
    const claims = Buffer.from(token.split(".")[1], "base64url").toString();
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(`<!doctype html><title>App</title><link rel="icon" href="data:,"><pre id="claims"></pre>
      <script type="application/json" id="json">${JSON.stringify(claims + error).replaceAll("<", "\\u003c")}</script>
      <script>document.getElementById("claims").textContent = JSON.parse(document.getElementById("json").textContent)</script>`);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  known.url = `http://127.0.0.1:${server.address().port}`;
  known.callback = `${known.url}/callback`;
  known.stop = () => server.close();
  known.authorize = () => {
    const url = new URL(`${known.issuer}/oauth2/authorize`);
    const asked = {
      client_id: known.id,
      redirect_uri: known.callback,
      response_type: "code",
      scope: "openid profile wechat",
      state: "s",
      code_challenge: createHash("sha256").update(known.verifier).digest("base64url"),
      code_challenge_method: "S256",
    };
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    return url.href;
  };
  return known;
}

const MOUSE = {
  fill: (page, locator, text) => locator.fill(text),
  press: (page, locator) => locator.click(),
  next: (page) => page.locator("#next.main").click(),
};

// Nothing but keys. The menu is skipped by the link that is there for it, and the way on, which stands last, is looked
// for from the end.
const KEYS = {
  async fill(page, locator, text) {
    await reach(page, locator);
    await page.keyboard.press("Control+A");
    await page.keyboard.type(text);
  },
  async press(page, locator) {
    await reach(page, locator);
    await enter(page);
  },
  async next(page) {
    await tabTo(page, page.locator("#next.main"), { back: true });
    await enter(page);
  },
};

async function reach(page, locator) {
  const isFresh = await page.evaluate(() => document.activeElement === document.body);
  const skip = page.locator(".skip");
  if (isFresh && (await skip.count()) > 0) {
    await tabTo(page, skip);
    await enter(page);
  }
  await tabTo(page, locator, { max: 90 });
}

async function signIn(page, hand) {
  await page.goto(`${demo.info.console_url}/login`);
  await hand.fill(page, page.locator("[name=login]"), LOGIN);
  await hand.fill(page, page.locator("[name=password]"), PASSWORD);
  await hand.press(page, page.locator("main form button.main"));
  await page.waitForURL((url) => !url.pathname.endsWith("/login"));
}

// The phone: WeChat's browser, signed in as somebody who allows what is asked.
async function onPhone(address, person, check) {
  const options = { ...PHONE, userAgent: WECHAT_USER_AGENT };
  await browser.withPage({ name: "phone" }, options, async (phone) => {
    await phone.goto(address);
    await phone.locator(`input[name=user][value=${person}]`).check();
    await phone.locator("button[value=allow]").tap();
    await check(phone);
  });
}

// From nothing to the first login. `look` is called on every page worth looking at.
async function walk(page, hand, { code, person, look }) {
  const at = (step) => page.waitForURL((url) => url.pathname.endsWith(`/${step}`));
  const main = (form) => page.locator(`${form} button.main`);
  await signIn(page, hand);

  await page.goto(`${demo.info.console_url}/onboarding/new`);
  await hand.fill(page, page.locator("[name=name]"), "云帆花店 🌸<b>");
  await hand.fill(page, page.locator("[name=code]"), code);
  await look("1-tenant");
  await hand.press(page, main("#new"));

  await at("account");
  const appId = page.locator("[name=setting_appid]");
  await hand.fill(page, appId, "gh_1234");
  await hand.press(page, main("main form"));
  // What is wrong stands beside the field, which has the focus and what was typed.
  await page.locator("[name=setting_appid][aria-invalid=true]:focus").waitFor();
  assert.equal(await appId.inputValue(), "gh_1234");
  await look("2-account");
  await hand.fill(page, appId, APP_ID);
  await hand.press(page, main("main form"));

  await at("secret");
  await look("3-secret");
  const secret = page.locator("#enter [name=setting_secret]");
  await hand.fill(page, secret, WRONG);
  await hand.press(page, main("#enter"));
  const bad = page.locator(".checks .bad");
  await bad.waitFor();
  assert.match(await bad.textContent(), /40125/);
  assert.match(await bad.textContent(), /重置 AppSecret|reset/i, "the remedy");
  assert.equal(await secret.inputValue(), "", "a secret does not come back");
  await look("3-secret-refused");
  await hand.fill(page, secret, SECRET);
  await hand.press(page, main("#enter"));

  await at("ip");
  assert.equal(await page.locator(".checks .good").count(), 2, "form and WeChat's answer");
  await look("4-ip");
  await hand.next(page);

  await at("verify");
  const token = randomBytes(8).toString("hex");
  await hand.fill(page, page.locator("#upload [name=text]"), `MP_verify_${token}.txt`);
  await hand.press(page, main("#upload"));
  await page.locator("main td .badge.good").waitFor();
  await look("5-verify");
  const served = await fetch(`${demo.info.hufu_url}/MP_verify_${token}.txt`);
  assert.equal(await served.text(), token);
  await hand.next(page);

  await at("domain");
  assert.equal(await page.locator("#domain").textContent(), "127.0.0.1", "no scheme, no port, no path");
  await hand.fill(page, page.locator("[name=redirect_uris]"), app.callback);
  await look("6-domain");
  await hand.press(page, main("#uris"));

  await at("policy");
  await look("7-policy");
  await hand.press(page, main("main form"));

  await at("client");
  assert.equal((await page.locator("#client [name=redirect_uris]").inputValue()).trim(), app.callback);
  await hand.press(page, main("#client"));
  await page.locator("#client-secret").waitFor();
  await look("8-client");
  [app.id, app.secret, app.issuer] = await Promise.all(
    ["#client-id", "#client-secret", "#issuer"].map((id) => page.locator(id).textContent()),
  );
  assert.equal(app.issuer, `${demo.info.hufu_url}/t/${code}`);
  const snippets = await page.locator(".snippets pre").allTextContents();
  assert.ok(snippets.length >= 9);
  for (const snippet of snippets) {
    for (const value of [app.id, app.secret, app.issuer]) assert.ok(snippet.includes(value), `${value} in ${snippet}`);
  }
  await hand.next(page);

  await at("try");
  await hand.press(page, page.locator("#begin button"));
  const link = await page.locator("#trial-url").textContent();
  assert.ok(await page.locator(".qr img").isVisible());
  await look("9-try");
  await onPhone(link, person, (phone) => phone.locator("h1").waitFor());
  // Nobody touches the first page: what came of it is there by itself.
  await page.locator("#onward").waitFor();
  for (const text of ["openid", "unionid", "wechat_appid"]) {
    assert.match(await page.locator("#trial").textContent(), new RegExp(text));
  }
  await look("9-tried");
  await hand.press(page, page.locator("#onward"));

  await at("live");
  assert.equal(await page.locator("#checklist .bad").count(), 0);
  await look("10-live");
  await hand.press(page, main("#live"));
  await page.locator("#app").waitFor();
  await look("10-done");

  await onPhone(app.authorize(), person, async (phone) => {
    await phone.waitForURL(`${app.url}/**`);
    const claims = JSON.parse(await phone.locator("#claims").textContent());
    assert.equal(claims.iss, app.issuer);
    assert.equal(claims.wechat_appid, APP_ID);
  });
}

test("the whole wizard by mouse, and each of its pages looked at", async (t) => {
  await browser.withPage(t, COMPUTER, async (page) => {
    await walk(page, MOUSE, {
      code: "by-mouse",
      person: "lisi",
      look: async (name) => {
        await assertAccessible(page, name);
        await assertNoSidewaysScroll(page, name);
        await page.setViewportSize(PHONE);
        await assertNoSidewaysScroll(page, `${name} on a phone`);
        await page.setViewportSize(COMPUTER);
      },
    });
  });
});

test("the whole wizard by keys alone", async (t) => {
  const options = { ...COMPUTER, locale: "en", colorScheme: "dark" };
  await browser.withPage(t, options, async (page) => {
    await walk(page, KEYS, { code: "by-keys", person: "alice", look: () => {} });
    await assertAccessible(page, "done, in the dark");
  });
});
