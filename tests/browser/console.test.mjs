// Every page of the console, found by following its links: in both languages, light and dark, wide and narrow.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertAccessible } from "./lib/axe.mjs";
import { COMPUTER, PHONE, openBrowser } from "./lib/browser.mjs";
import { pageRoutes, patternOf, signIn } from "./lib/console.mjs";
import { startDemo } from "./lib/hufu.mjs";
import { inEveryLook } from "./lib/matrix.mjs";
import { assertNoSidewaysScroll, weight } from "./lib/shots.mjs";

const MAX_BYTES = 300 * 1024;

// Pages that no link of a signed-in owner leads to; other tests come to them.
const ELSEWHERE = [
  // Before one is in.
  "/admin/login", "/admin/second-factor", "/admin/enrol", "/admin/setup", "/admin/confirm", "/admin/recovery/{token}",
  "/admin/invitation/{token}", "/admin/hand-over/{token}",
  // No pages: what scripts and programs fetch.
  "/admin/logins/export", "/admin/changes/export", "/admin/logins/events", "/admin/changes/events",
];

let demo, browser, owner;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), openBrowser()]);
  owner = demo.info.operators.find(({ role }) => role === "platform_owner");
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

// One address for each kind of page that links lead to, in the order they were found.
async function crawl(page) {
  const routes = pageRoutes();
  const found = new Map([["/admin", "/admin"]]);
  for (const url of found.values()) {
    await page.goto(demo.info.hufu_url + url);
    const links = await page.locator("a[href^='/admin'], form[method=get][action^='/admin']").evaluateAll((all) =>
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

test("every page of the console", { timeout: 600_000 }, async (t) => {
  const pages = await browser.withPage(t, COMPUTER, async (page) => {
    await signIn(page, demo, owner);
    return crawl(page);
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
      await assertAccessible(page, pattern).catch((error) => bad.push(error.message));
      await page.setViewportSize(PHONE);
      await assertNoSidewaysScroll(page, pattern).catch((error) => bad.push(error.message));
    }
    assert.deepEqual(bad, []);
  });
  await browser.withPage(t, COMPUTER, async (page) => {
    await signIn(page, demo, owner);
    for (const [pattern, url] of pages) {
      await page.goto(demo.info.hufu_url + url, { waitUntil: "load" });
      const { bytes } = await weight(page);
      assert.ok(bytes <= MAX_BYTES, `${pattern}: ${bytes} bytes`);
    }
  });
});
