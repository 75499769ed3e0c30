// The way in: password, second factor, recovery code; an invitation; a password given again.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";

import { assertAccessible } from "./lib/axe.mjs";
import { COMPUTER, PHONE, openBrowser } from "./lib/browser.mjs";
import { operator, signIn } from "./lib/console.mjs";
import { startDemo } from "./lib/hufu.mjs";
import { enter, tabTo, type } from "./lib/keyboard.mjs";
import { inEveryLook } from "./lib/matrix.mjs";
import { assertNoSidewaysScroll } from "./lib/shots.mjs";

let demo, browser;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), openBrowser()]);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

// RFC 6238 with SHA-1, 30 seconds, six digits: what authenticator apps do.
function oneTimePassword(secret) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replace(/\s/g, "")].map((c) => letters.indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac("sha1", key).update(counter).digest();
  const at = hash.at(-1) & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function looked(page, name) {
  await assertAccessible(page, name);
  await page.setViewportSize(PHONE);
  await assertNoSidewaysScroll(page, name);
  await page.setViewportSize(COMPUTER);
}

test("the page to sign in", async (t) => {
  await inEveryLook(t, browser, COMPUTER, async (page, look) => {
    await page.goto(`${demo.info.hufu_url}/admin/logins?outcome=failed`);
    assert.equal(new URL(page.url()).pathname, "/admin/login");
    await looked(page, `login ${look.name}`);
    await page.fill("[name=login]", "nobody@example.com");
    await page.fill("[name=password]", "not-the-password-1");
    await page.press("[name=password]", "Enter");
    await page.locator(".alert, [role=alert]").first().waitFor();
    assert.equal(await page.inputValue("[name=login]"), "nobody@example.com", "what was typed is kept");
    assert.equal(await page.inputValue("[name=password]"), "", "but for the password");
    await looked(page, `wrong password ${look.name}`);
  });
});

test("by keys alone, to the page that was asked for", async (t) => {
  const { login, password } = operator(demo, "auditor");
  await browser.withPage(t, COMPUTER, async (page) => {
    await page.goto(`${demo.info.hufu_url}/admin/logins?outcome=failed`);
    await tabTo(page, page.locator("[name=login]"));
    await type(page, login);
    await tabTo(page, page.locator("[name=password]"));
    await type(page, password);
    await enter(page);
    await page.waitForURL((url) => url.pathname === "/admin/logins" && url.searchParams.get("outcome") === "failed");
  });
});

test("a second factor is set up, asked for, and replaced by a recovery code", async (t) => {
  const who = operator(demo, "developer");
  await browser.withPage(t, COMPUTER, async (page) => {
    await signIn(page, demo, who);
    await page.goto(`${demo.info.hufu_url}/admin/account`);
    await page.locator("form[action$='/set-up'] button").click();
    await page.locator("#enrol").waitFor();
    await looked(page, "enrol");
    const secret = await page.locator("#secret").textContent();
    await page.fill("[name=code]", "000000");
    await page.press("[name=code]", "Enter");
    await page.locator("[name=code][aria-invalid=true]").waitFor();
    assert.equal(await page.locator("#secret").textContent(), secret, "the same after a slip");
    await page.fill("[name=code]", oneTimePassword(secret));
    await page.press("[name=code]", "Enter");
    await page.locator("#codes").waitFor();
    await looked(page, "recovery codes");
    const codes = (await page.locator("#codes").textContent()).trim().split(/\s+/);
    assert.equal(codes.length, 10);
    await page.locator("[name=kept]").check();
    await page.locator("#codes-form button.main").click();
    await page.waitForURL((url) => !url.pathname.startsWith("/admin/enrol"));
    await page.locator("form[action$='/logout'] button:visible").first().click();
    await page.waitForURL(/\/admin\/login/);

    await signIn(page, demo, who);
    assert.equal(new URL(page.url()).pathname, "/admin/second-factor");
    await looked(page, "second factor");
    await page.goto(`${demo.info.hufu_url}/admin/tenants`);
    assert.match(page.url(), /second-factor/, "a password alone opens nothing any more");
    await page.fill("[name=code]", codes[3]);
    await page.press("[name=code]", "Enter");
    await page.waitForURL((url) => !url.pathname.endsWith("/second-factor"));
    await page.goto(`${demo.info.hufu_url}/admin/account`);
    assert.match(await page.locator("#codes-left").textContent(), /^\s*9/);
  });
});

test("an invitation makes an operator once", async (t) => {
  const link = await browser.withPage(t, COMPUTER, async (page) => {
    await signIn(page, demo, operator(demo, "agency_admin"));
    await page.goto(`${demo.info.hufu_url}/admin/operators/invite`);
    await page.fill("[name=note]", "小林 🌱<b>");
    await page.locator("[name=role][value=auditor]").check();
    await page.locator("[name=tenants][value=flower]").check();
    await page.locator("#invite button.main").click();
    await looked(page, "an invitation");
    return page.locator("#shown").textContent();
  });
  await browser.withPage(t, { ...COMPUTER, locale: "en" }, async (page) => {
    await page.goto(link);
    await looked(page, "newcomer");
    await page.fill("[name=login]", "xiaolin@example.com");
    await page.fill("[name=name]", "小林 🌱<b>");
    await page.fill("[name=password]", "short");
    await page.fill("[name=again]", "short");
    await page.press("[name=again]", "Enter");
    await page.locator("[name=password][aria-invalid=true]").waitFor();
    assert.equal(await page.inputValue("[name=login]"), "xiaolin@example.com");
    await looked(page, "newcomer, password too short");
    await page.fill("[name=password]", "a-rather-long-password-7");
    await page.fill("[name=again]", "a-rather-long-password-7");
    await page.press("[name=again]", "Enter");
    await page.waitForURL((url) => !url.pathname.includes("/invitation/"));
  });
  await browser.withPage(t, COMPUTER, async (page) => {
    const answer = await page.goto(link);
    assert.equal(answer.status(), 410);
    await looked(page, "a link that is over");
  });
});
