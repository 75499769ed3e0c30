// Why did this login fail? From the request id to the login's path; the export; logins as they come; what each role
// sees.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { assertAccessible } from "./lib/axe.mjs";
import { COMPUTER, PHONE, WECHAT_USER_AGENT, openBrowser } from "./lib/browser.mjs";
import { operator, signIn } from "./lib/console.mjs";
import { startDemo } from "./lib/hufu.mjs";
import { assertNoSidewaysScroll, shot } from "./lib/shots.mjs";

let demo, browser;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), openBrowser()]);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

// Somebody signs in on a phone; `check` looks at where that ends.
async function login(person, check = (phone) => phone.waitForURL(`${demo.info.app_url}/**`)) {
  const options = { ...PHONE, userAgent: WECHAT_USER_AGENT };
  return browser.withPage({ name: "phone" }, options, async (phone) => {
    await phone.goto(demo.info.app_url);
    await phone.locator("#login").tap();
    await phone.locator(`input[name=user][value=${person}]`).check();
    await phone.locator("button[value=allow]").tap();
    return check(phone);
  });
}

async function fault(effect, endpoint) {
  const answer = await fetch(`${demo.info.simulator_url}/_sim/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ endpoint, effect, times: 1 }),
  });
  assert.ok(answer.ok, await answer.text());
}

test("from a request id to the login's path, and to its remedy", async (t) => {
  await fault({ type: "errcode", code: 40125, message: "invalid appsecret" }, "/sns/oauth2/access_token");
  // The number that the person can read out to whoever helps them.
  const number = await login("lisi", (phone) => phone.locator("#request-id").textContent());
  assert.match(number, /^[0-9A-Z]{26}$/);
  await browser.withPage(t, COMPUTER, async (page) => {
    await signIn(page, demo, operator(demo, "agency_admin"));
    await page.locator("nav a[href='/admin/logins']:visible").click();
    await page.locator("[name=q]").fill(number);
    await page.locator("[name=q]").press("Enter");
    const rows = page.locator("#results tbody tr");
    await page.waitForURL(new RegExp(number));
    assert.equal(await rows.count(), 1);
    assert.match(await rows.textContent(), /40125/);
    await rows.locator("th a").click();
    await page.locator("#path").waitFor();
    assert.match(await page.locator("#upstream").textContent(), /invalid appsecret/);
    assert.match(await page.locator("#remedy").textContent(), /AppSecret/);
    assert.match(await page.locator("#facts").textContent(), new RegExp(number));
    assert.ok(await page.locator("#path li").count() >= 3, "every step");
    await assertAccessible(page, "a failed login's path");
    await shot(page, "console-login-path");
    await page.setViewportSize(PHONE);
    await assertNoSidewaysScroll(page, "a failed login's path");
  });
});

test("a login that was refused before it began is found too", async (t) => {
  const number = await browser.withPage(t, PHONE, async (page) => {
    const asked = new URLSearchParams({ client_id: demo.info.client_id, response_type: "code", scope: "openid" });
    asked.set("redirect_uri", "https://elsewhere.example/<b>🙂?secret=1");
    const answer = await page.goto(`${demo.info.issuer}/oauth2/authorize?${asked}`);
    assert.equal(answer.status(), 400);
    return page.locator("#request-id").textContent();
  });
  await browser.withPage(t, COMPUTER, async (page) => {
    await signIn(page, demo, operator(demo, "agency_admin"));
    await page.goto(`${demo.info.hufu_url}/admin/logins?q=${number}`);
    await page.locator("#results tbody th a").click();
    const facts = await page.locator("#facts").textContent();
    assert.ok(facts.includes("https://elsewhere.example/<b>🙂") && !facts.includes("secret=1"), facts);
    assert.ok((await page.locator("#remedy").textContent()).length > 10);
    await assertAccessible(page, "a refused login");
  });
});

test("an export holds what the list shows, and is itself recorded", async (t) => {
  await browser.withPage(t, { ...COMPUTER, acceptDownloads: true }, async (page) => {
    await signIn(page, demo, operator(demo, "auditor"));
    await page.goto(`${demo.info.hufu_url}/admin/logins?outcome=failed&range=30d`);
    const shown = Number(/\d+/.exec((await page.locator("#count").textContent()).replaceAll(",", ""))[0]);
    assert.ok(shown > 10, `${shown} failed logins`);
    for (const format of ["csv", "jsonl"]) {
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.locator(`a[href*='format=${format}']`).first().click(),
      ]);
      const state = page.locator("[data-export-state]");
      await state.filter({ hasText: String(shown) }).waitFor();
      assert.match(file.suggestedFilename(), new RegExp(`^hufu-logins.*\\.${format}$`));
      const lines = readFileSync(await file.path(), "utf8").trimEnd().split(/\r?\n/);
      if (format === "csv") {
        assert.ok(lines[0].startsWith("\ufeffid,at,tenant,"), lines[0]);
        assert.equal(lines.at(-1), `#export,complete,${shown}`);
        assert.equal(lines.length, shown + 2);
      } else {
        const events = lines.slice(0, -1).map((line) => JSON.parse(line));
        assert.equal(events.length, shown);
        assert.ok(events.every((event) => event.action === "login" && event.outcome === "failed"));
        assert.deepEqual(JSON.parse(lines.at(-1)), { export: "complete", rows: shown });
      }
    }
    await page.goto(`${demo.info.hufu_url}/admin/changes`);
    const reader = operator(demo, "auditor").login;
    const exports = page.locator("#results tbody tr", { hasText: reader }).filter({ hasText: /导出|export/i });
    assert.ok(await exports.count() >= 2, "the log names who read it");
  });
});

test("a filter is kept under a name", async (t) => {
  await browser.withPage(t, COMPUTER, async (page) => {
    await signIn(page, demo, operator(demo, "agency_admin"));
    await page.goto(`${demo.info.hufu_url}/admin/logins?outcome=failed&tenant=flower`);
    await page.fill("#view-name", "花店失败 🌸<b>");
    await page.press("#view-name", "Enter");
    const view = page.locator("#views li a", { hasText: "花店失败 🌸<b>" });
    await view.waitFor();
    await page.goto(`${demo.info.hufu_url}/admin/logins`);
    await view.click();
    await page.waitForURL((url) => url.searchParams.get("tenant") === "flower" && url.searchParams.get("outcome") === "failed");
  });
});

test("logins come by themselves, and wait while paused", async (t) => {
  await browser.withPage(t, COMPUTER, async (page) => {
    await signIn(page, demo, operator(demo, "agency_admin"));
    await page.goto(`${demo.info.hufu_url}/admin/logins/live?tenant=demo`);
    const rows = page.locator("[data-tail-rows] tr");
    const state = page.locator("[data-tail-state]");
    await state.filter({ hasText: await state.getAttribute("data-live") }).waitFor();
    await login("alice");
    await rows.first().waitFor();
    assert.equal(await rows.count(), 1);
    await assertAccessible(page, "a live list");
    await page.locator("[data-tail-toggle]").click();
    await state.filter({ hasText: await state.getAttribute("data-paused") }).waitFor();
    await login("wangxiaoming");
    assert.equal(await rows.count(), 1, "paused");
    await rows.first().locator("a").click();
    await page.locator("#path").waitFor();
  });
});

// What the menu holds for each role, and what a page offers of one's own tenant.
const ROLES = {
  platform_owner: { menu: 10, tenants: 3, sets_up: true, people: true },
  agency_admin: { menu: 8, tenants: 3, sets_up: true, people: true },
  agency_operator: { menu: 5, sets_up: true, people: true },
  tenant_admin: { menu: 5, sets_up: true, people: true },
  developer: { menu: 4, sets_up: false, people: false },
  auditor: { menu: 5, sets_up: false, people: true },
};

for (const [role, expected] of Object.entries(ROLES)) {
  test(`what a ${role} finds`, async (t) => {
    const who = operator(demo, role);
    await browser.withPage(t, COMPUTER, async (page) => {
      await signIn(page, demo, who);
      await assertAccessible(page, `home of a ${role}`);
      const menu = await page.locator("nav a[href^='/admin']").evaluateAll((all) => [...new Set(all.map((a) => a.pathname))]);
      assert.equal(menu.length, expected.menu, menu.join(" "));
      for (const path of menu) {
        const answer = await page.goto(demo.info.hufu_url + path);
        assert.equal(answer.status(), 200, path);
      }
      await page.goto(`${demo.info.hufu_url}/admin/tenants`);
      const tenants = await page.locator("tbody th a").evaluateAll((all) => all.map((a) => a.pathname));
      assert.ok(tenants.length >= 1);
      if (expected.tenants) assert.equal(tenants.length, expected.tenants);
      await page.goto(demo.info.hufu_url + tenants[0]);
      const tabs = await page.locator(".tabs a").evaluateAll((all) => all.map((a) => a.pathname.split("/")[4] ?? ""));
      assert.equal(tabs.includes("people"), expected.people, tabs.join(" "));
      assert.equal(await page.locator("form[action$='/check']").count() > 0, expected.sets_up);
      // What the menu does not hold is refused, and the page says so.
      if (role !== "platform_owner") {
        const answer = await page.goto(`${demo.info.hufu_url}/admin/agencies`);
        assert.equal(answer.status(), 403);
        await assertAccessible(page, "refused");
        await assertNoSidewaysScroll(page, "refused");
      }
    });
  });
}
