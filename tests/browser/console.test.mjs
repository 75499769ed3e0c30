// Every page of the console, found by following its links: in both languages, light and dark, wide and narrow.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { assertAccessible } from "./lib/axe.mjs";
import { COMPUTER, PHONE, openBrowser } from "./lib/browser.mjs";
import { operator, pageRoutes, patternOf, signIn } from "./lib/console.mjs";
import { startDemo, temporaryFolder } from "./lib/hufu.mjs";
import { inEveryLook } from "./lib/matrix.mjs";
import { assertNoSidewaysScroll } from "./lib/shots.mjs";

// Pages that no link of a signed-in owner leads to; other tests come to them.
const ELSEWHERE = [
  // Before one is in.
  "/admin/login", "/admin/second-factor", "/admin/enrol", "/admin/enrol/kept", "/admin/setup", "/admin/confirm",
  "/admin/recovery/{token}", "/admin/invitation/{token}", "/admin/hand-over/{token}",
  // No pages: what scripts and programs fetch.
  "/admin/preferences", "/admin/logins/export", "/admin/changes/export", "/admin/logins/live/events",
  "/admin/changes/live/events",
];

// Of the simulator's own account; both work nowhere else.
const APP_ID = "wx8f3a1c5e7b9d2046";
const SECRET = "5d0c7e1f93ab4862b7e4d1906fa8c235";

let demo, browser, owner;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), openBrowser()]);
  owner = operator(demo, "platform_owner");
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

// Things in the middle of being done, which have pages of their own. Gives the addresses of two test logins and
// of a menu.
async function furnish(page) {
  const goto = (path) => page.goto(demo.info.hufu_url + path);
  const send = (form) => Promise.all([page.waitForEvent("load"), page.locator(`${form} .form-actions button`).first().click()]);
  const trials = [];

  await goto("/admin/onboarding/new");
  await page.fill("[name=name]", "半路 Halfway 🌗<b>");
  await page.fill("[name=code]", "halfway");
  await send("main form");
  await page.fill("[name=setting_appid]", APP_ID);
  await send("main form");
  await page.fill("#enter [name=setting_secret]", SECRET);
  await send("#enter");
  await goto(new URL(page.url()).pathname.replace(/[^/]*$/, "try"));
  await send("#begin");
  trials.push(await page.locator("#trial").getAttribute("data-poll-url"));

  const { connectors: [{ id }] } = await demo.run("connector", "list", "--tenant", "flower");
  await goto(`/admin/tenants/flower/connectors/${id}`);
  await page.locator("form[action$='/trial'] button").click();
  await page.waitForURL(/\/trial/);
  trials.push(await page.locator("#trial").getAttribute("data-poll-url"));

  // A menu that people see, and a draft that is not published yet.
  const draft = (name) => demo.run("menu", "draft", "-", id, "--tenant", "flower", {
    input: JSON.stringify({ button: [{ name, type: "view", url: "https://shop.example/" }] }),
  });
  await draft("商城 <b>");
  await demo.run("menu", "publish", id, "--tenant", "flower");
  await draft("商城 🛒");

  const file = join(temporaryFolder(), "MP_verify_P97WLFQjVODXzc3j.txt");
  writeFileSync(file, "P97WLFQjVODXzc3j");
  await demo.run("verify-file", "add", "--tenant", "flower", "--file", file);
  await goto("/admin/tenants/flower/keys");
  await page.locator("form[action$='/keys'] button").first().click();
  await page.waitForURL(/\/keys/);

  await goto("/admin/api-keys/new");
  await page.fill("[name=name]", "<b>钥匙</b> 🗝");
  await page.locator("[name=role]").first().check();
  await send("#key");
  return [...trials, `/admin/tenants/flower/connectors/${id}/menu`];
}

// One address for each kind of page that links lead to, in the order they were found.
async function crawl(page, begin) {
  const routes = pageRoutes();
  const found = new Map(["/admin", ...begin].map((path) => [patternOf(path, routes), path]));
  for (const url of found.values()) {
    await page.goto(demo.info.hufu_url + url);
    const links = await page.locator("a[href^='/admin']:not([href^='/admin/api/']), form[method=get][action^='/admin']").evaluateAll((all) =>
      all.map((element) => element.getAttribute("href") ?? element.getAttribute("action")));
    for (const link of links) {
      const path = link.split("?")[0].split("#")[0];
      const pattern = patternOf(path, routes);
      assert.ok(pattern, `${url} leads to ${link}, which is no page`);
      if (!found.has(pattern) && !ELSEWHERE.includes(pattern)) found.set(pattern, link.split("#")[0]);
    }
  }
  const missing = routes.filter((pattern) => !found.has(pattern) && !ELSEWHERE.includes(pattern));
  assert.deepEqual(missing, [], "pages that nothing leads to");
  return found;
}

test("every page of the console", { timeout: 900_000 }, async (t) => {
  const pages = await browser.withPage(t, COMPUTER, async (page) => {
    await signIn(page, demo, owner);
    return crawl(page, await furnish(page));
  });
  assert.ok(pages.size > 40, `${pages.size} pages`);
  await inEveryLook(t, browser, COMPUTER, async (page, look) => {
    await signIn(page, demo, owner);
    const bad = [];
    for (const [pattern, url] of pages) {
      await page.setViewportSize(COMPUTER);
      const answer = await page.goto(demo.info.hufu_url + url);
      assert.equal(answer.status(), 200, url);
      assert.equal(await page.locator("html").getAttribute("lang"), look.locale, url);
      // A live list begins empty.
      const undecided = pattern.endsWith("/live") ? ["th-has-data-cells"] : [];
      await assertAccessible(page, pattern, { undecided }).catch((error) => bad.push(error.message));
      await page.setViewportSize(PHONE);
      await assertNoSidewaysScroll(page, pattern).catch((error) => bad.push(error.message));
    }
    assert.ok(bad.length === 0, bad.join("\n"));
  });
});
