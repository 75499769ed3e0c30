// What people meet who sign in: the whole login once on a phone, and each of Hufu's own pages in both languages, light
// and dark.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertAccessible } from "./lib/axe.mjs";
import { COMPUTER, PHONE, WECHAT_USER_AGENT, openBrowser } from "./lib/browser.mjs";
import { startDemo } from "./lib/hufu.mjs";
import { enter, space, tabStops, tabTo } from "./lib/keyboard.mjs";
import { inEveryLook } from "./lib/matrix.mjs";
import { assertNoSidewaysScroll, shot, weight } from "./lib/shots.mjs";

let demo, browser;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), openBrowser()]);
  // As with a real account: only WeChat's own browser comes through.
  const { connectors: [{ id }] } = await demo.run("connector", "list", "--tenant", "demo");
  await demo.run("connector", "set", "--tenant", "demo", id, "browser=wechat_only");
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

test("a person signs in on a phone, with fingers or keys", async (t) => {
  await browser.withPage(t, { ...PHONE, userAgent: WECHAT_USER_AGENT }, async (page) => {
    await page.goto(demo.info.app_url);
    await assertNoSidewaysScroll(page, "app");
    await page.locator("#login").tap();
    await page.locator("input[name=user][value=zhangsan]").check();
    await assertNoSidewaysScroll(page, "consent");
    await page.locator("button[value=allow]").tap();
    assert.equal(await page.locator("#name").textContent(), "张三🙂<b>");
    const claims = await page.locator("#id-token").textContent();
    for (const claim of ["wechat_openid", "wechat_unionid", "wechat_appid", "wechat_snapshot", demo.info.issuer]) {
      assert.ok(claims.includes(claim), `${claim} in ${claims}`);
    }
    await assertNoSidewaysScroll(page, "signed in");
    await shot(page, "login-signed-in");
    page.assertClean();

    // Who is signed in at the tenant is not sent to WeChat again.
    await page.context().clearCookies({ name: "demo_app_session" });
    await page.goto(demo.info.app_url);
    await page.locator("#login").tap();
    assert.equal(await page.locator("#name").textContent(), "张三🙂<b>");

    // Who logs out has left the tenant too. Again, by keys alone; this time the person refuses.
    await tabTo(page, page.locator("#logout"));
    await enter(page);
    await page.locator("#left").waitFor();
    await tabTo(page, page.locator("#login"));
    await enter(page);
    await page.locator("input[name=user]").first().waitFor();
    const person = page.locator("input[name=user][value=zhangsan]");
    await tabTo(page, person);
    await space(page);
    assert.ok(await person.isChecked());
    await tabTo(page, page.locator("button[value=deny]"));
    await enter(page);
    await page.locator("#again").waitFor();
    assert.match(await page.locator("body").textContent(), /access_denied/);
    await assertNoSidewaysScroll(page, "refused");
  });
  const { events } = await demo.run("audit", "list", "--action", "login", "--limit", "2");
  assert.deepEqual(events.map(({ outcome }) => outcome), ["denied", "succeeded"], "newest first");
});

// Hufu's own pages: how to come to each, and its status.
const PAGES = [
  {
    name: "unknown login",
    path: () => `${demo.info.issuer}/callback/x?code=1&state=2`,
    status: 404,
    userAgent: WECHAT_USER_AGENT,
  },
  { name: "start", path: () => `${demo.info.hufu_url}/`, status: 200 },
  { name: "not found", path: () => `${demo.info.hufu_url}/nothing/here`, status: 404 },
  // A browser that WeChat's page would turn away is told to open the address in WeChat.
  { name: "elsewhere", path: () => demo.info.login_url, status: 200 },
  {
    name: "unknown app",
    path: () => `${demo.info.issuer}/oauth2/authorize?client_id=nobody&response_type=code`,
    status: 404,
  },
];

for (const { name, path, status, userAgent } of PAGES) {
  test(`page ${name}`, async (t) => {
    await inEveryLook(t, browser, { ...PHONE, userAgent }, async (page, look) => {
      const response = await page.goto(path());
      assert.equal(response.status(), status);
      assert.equal(await page.locator("html").getAttribute("lang"), look.locale);
      assert.equal(await page.locator("h1").count(), 1);
      await shot(page, `${name}-${look.name}`);
      await assertNoSidewaysScroll(page, name);
      await assertAccessible(page, name);
      // The narrowest that WCAG 1.4.10 asks for.
      await page.setViewportSize({ width: 320, height: 640 });
      await assertNoSidewaysScroll(page, `${name} at 320 px`);
    });
  });
}

test("pages on a computer", async (t) => {
  await browser.withPage(t, { ...COMPUTER, locale: "en" }, async (page) => {
    for (const { name, path } of PAGES) {
      await page.goto(path());
      await assertNoSidewaysScroll(page, name);
      await shot(page, `${name}-computer`);
    }
  });
});

test("pages without script", async (t) => {
  await browser.withPage(t, { ...PHONE, javaScriptEnabled: false }, async (page) => {
    for (const { name, path } of PAGES) {
      await page.goto(path());
      await assertNoSidewaysScroll(page, name);
      assert.ok(await page.locator("h1").isVisible(), name);
      // What only a script could do is not offered.
      assert.equal(await page.locator("button:visible").count(), 0, name);
    }
  });
});

test("the request ID is copied by keys alone", async (t) => {
  await browser.withPage(t, { ...PHONE, locale: "en" }, async (page) => {
    await page.goto(`${demo.info.issuer}/callback/x?code=1&state=2`);
    const copy = page.locator("button[data-copy=request-id]");
    await tabTo(page, copy);
    assert.equal(await copy.textContent(), "Copy");
    await enter(page);
    await page.locator("button", { hasText: "Copied" }).waitFor();
  });
});

test("on a computer, the link to open elsewhere is reached by keys, in the order it is read", async (t) => {
  await browser.withPage(t, { ...COMPUTER, locale: "en" }, async (page) => {
    await page.goto(demo.info.login_url);
    const [link, copy, ...rest] = await tabStops(page);
    assert.match(link, /^<input id=url/);
    assert.match(copy, /^<button .*Copy link/);
    assert.deepEqual(rest, []);
  });
});

test("a page is light enough for a phone on a bad line", async (t) => {
  await browser.withPage(t, PHONE, async (page) => {
    for (const { name, path } of PAGES) {
      await page.goto(path());
      const { bytes, requests } = await weight(page);
      t.diagnostic(`${name}: ${bytes} bytes in ${requests.length} requests`);
      assert.ok(bytes < 60_000, `${name}: ${bytes} bytes: ${JSON.stringify(requests)}`);
    }
  });
});
