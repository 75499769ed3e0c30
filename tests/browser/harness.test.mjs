// The harness finds what it is there to find: each of its checks is shown a page that must fail it.
import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { assertAccessible } from "./lib/axe.mjs";
import { openBrowser } from "./lib/browser.mjs";
import { startHufu } from "./lib/hufu.mjs";
import { enter, tabStops, tabTo } from "./lib/keyboard.mjs";
import { picture } from "./lib/paths.mjs";
import { assertNoSidewaysScroll, shot, weight } from "./lib/shots.mjs";

const POLICY = "default-src 'none'; script-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'";

const BODIES = {
  "/good": `<h1>Good</h1><p><a href="/other" id="first">First</a> <button id="second">Second</button></p>`,
  "/inline-style": `<h1>Styled</h1><p style="color: red">Red</p>`,
  "/inline-script": `<h1>Script</h1><script>document.title = "ran"</script>`,
  "/foreign": `<h1>Foreign</h1><img alt="" src="http://192.0.2.1/x.png">`,
  "/missing-part": `<h1>Part</h1><img alt="" src="/nothing.png">`,
  "/throws": `<h1>Throws</h1><script src="/throws.js"></script>`,
  "/complains": `<h1>Complains</h1><script src="/complains.js"></script>`,
  "/unnamed": `<h1>Unnamed</h1><input id="unnamed"><img src="/dot.svg">`,
  "/wide": `<h1>Wide</h1><pre id="wide">${"x".repeat(400)}</pre>`,
  "/pale": `<h1>Pale</h1><p><font color="#bbbbbb">Hardly to be read</font></p>`,
  "/unseen": `<h1>Unseen</h1><link rel="stylesheet" href="/unseen.css"><button id="unseen">Unseen</button>`,
};

const PARTS = {
  "/throws.js": ["text/javascript", "throw new Error('on purpose')"],
  "/complains.js": ["text/javascript", "console.error('said on purpose')"],
  "/dot.svg": ["image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"/>`],
  "/unseen.css": ["text/css", ":focus { outline: none }"],
  "/favicon.ico": ["image/svg+xml", ""],
};

let server, origin, browser;

before(async () => {
  server = createServer(({ url }, response) => {
    const [type, text] = PARTS[url] ?? ["text/html; charset=utf-8", document(BODIES[url])];
    const policy = url === "/unseen" ? POLICY.replace("img-src", "style-src 'self'; img-src") : POLICY;
    response.writeHead(PARTS[url] || BODIES[url] ? 200 : 404, { "content-type": type, "content-security-policy": policy });
    response.end(text);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  server?.close();
});

function document(body = "<h1>Nothing</h1>") {
  return `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A page</title></head><body><main>${body}</main></body></html>`;
}

async function at(path, options) {
  const page = await browser.newPage({ locale: "en", ...options });
  await page.goto(origin + path, { waitUntil: "load" });
  return page;
}

test("a good page passes every check, under a strict policy, with and without script", async () => {
  for (const javaScriptEnabled of [true, false]) {
    const page = await at("/good", { javaScriptEnabled });
    if (javaScriptEnabled) await assertAccessible(page);
    else await assert.rejects(assertAccessible(page), /runs none/);
    await assertNoSidewaysScroll(page);
    assert.ok(existsSync(await shot(page, "harness-good")));
    const { bytes, requests } = await weight(page);
    assert.ok(requests.some(({ url }) => url.endsWith("/good")), JSON.stringify(requests));
    assert.ok(bytes > 200 && bytes < 5000, JSON.stringify(requests));
    page.assertClean();
    await page.context().close();
  }
});

test("a page that is not there is no complaint by itself", async () => {
  const page = await at("/nowhere");
  page.assertClean();
  await page.context().close();
});

for (const [path, complaint] of [
  ["/inline-style", /csp: .*style/],
  ["/inline-script", /csp: .*script/],
  ["/foreign", /csp: .*192\.0\.2\.1/],
  ["/missing-part", /request: 404 GET .*nothing\.png/],
  ["/throws", /script: on purpose/],
  ["/complains", /console: said on purpose/],
]) {
  test(`the browser's complaint about ${path} is seen, and can be allowed`, async () => {
    const page = await at(path);
    assert.throws(() => page.assertClean(), complaint);
    await page.context().close();
    const allowing = await at(path, { allow: [complaint, /csp/] });
    allowing.assertClean();
    await allowing.context().close();
  });
}

test("what a person cannot use is named with its element", async () => {
  const page = await at("/unnamed");
  await assert.rejects(assertAccessible(page, "unnamed"), /unnamed is not accessible:[^]*image-alt[^]*label[^]*#unnamed/);
  await page.goto(`${origin}/pale`);
  await assert.rejects(assertAccessible(page, "pale"), /color-contrast[^]*#bbbbbb/);
  await page.context().close();
});

test("a wide page is named with what makes it wide", async () => {
  const page = await at("/wide");
  await assert.rejects(assertNoSidewaysScroll(page), /px wider than 360 px; out of it: .*<pre #wide>/);
  await page.context().close();
});

test("the keyboard goes where it can, and says where it went when it cannot", async () => {
  const page = await at("/good");
  assert.deepEqual(await tabStops(page), ["<a id=first href=/other>First", "<button id=second>Second"]);
  const other = await at("/good");
  await tabTo(other, other.locator("#second"));
  await assert.rejects(tabTo(other, other.locator("h1"), { max: 3 }), /does not reach .*came by: .*First/);
  await tabTo(other, other.locator("#first"), { back: true });
  await Promise.all([other.waitForURL("**/other"), enter(other)]);
  await page.goto(`${origin}/unseen`);
  await assert.rejects(tabTo(page, page.locator("#unseen")), /has the focus, but one does not see it/);
  await page.context().close();
  await other.context().close();
});

test("a failure leaves a picture and says where it was", async () => {
  const path = picture("failed-harness-as-a-failed-test");
  rmSync(path, { force: true });
  const failing = browser.withPage({ name: "as a failed test" }, {}, async (page) => {
    await page.goto(`${origin}/good`);
    assert.equal(1, 2);
  });
  await assert.rejects(failing, (error) => error.message.includes(`at ${origin}/good`) && error.message.includes(path));
  assert.ok(existsSync(path));
  rmSync(path);
});

test("a program that does not come up fails with the end of its log", async () => {
  await assert.rejects(startHufu(["no-such-command"]), /`hufu no-such-command` did not become ready[^]*no-such-command/);
});
