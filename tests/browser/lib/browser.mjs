// One Chromium; every page has a browser context, and so cookies and a cache, of its own.
import { existsSync } from "node:fs";
import { basename } from "node:path";

import { chromium } from "playwright-core";

import { failureShot } from "./shots.mjs";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

// What WeChat's own browser calls itself.
export const WECHAT_USER_AGENT =
  "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 " +
  "Mobile Safari/537.36 MicroMessenger/8.0.50.2701(0x28003253) WeChat/arm64 Language/zh_CN";

// The smallest phone that is looked after, and a usual computer.
export const PHONE = { width: 360, height: 740 };
export const COMPUTER = { width: 1280, height: 800 };

export async function openBrowser() {
  if (!existsSync(EXECUTABLE)) throw new Error(`no ${EXECUTABLE}: \`cargo xtask test\` installs Debian's chromium`);
  const chrome = await chromium.launch({ executablePath: EXECUTABLE, args: ARGS });

  // `allow`: patterns of problems that the test provokes on purpose.
  async function newPage({
    width = PHONE.width,
    height = PHONE.height,
    colorScheme = "light",
    locale = "zh-CN",
    userAgent,
    javaScriptEnabled = true,
    allow = [],
    ...more
  } = {}) {
    const isPhone = width < 600;
    const context = await chrome.newContext({
      viewport: { width, height },
      colorScheme,
      locale,
      userAgent,
      javaScriptEnabled,
      isMobile: isPhone,
      hasTouch: isPhone,
      // Nothing is looked at in the middle of a movement.
      reducedMotion: "reduce",
      timezoneId: "Asia/Shanghai",
      ...more,
    });
    context.setDefaultTimeout(15_000);
    const problems = watch(context);
    const page = await context.newPage();
    page.problems = problems;
    page.isScriptless = !javaScriptEnabled;
    page.assertClean = (name = page.url()) => {
      const left = problems.filter((problem) => !allow.some((pattern) => pattern.test(problem)));
      if (left.length > 0) throw new Error(`${name}: the browser complained:\n  ${left.join("\n  ")}`);
    };
    return page;
  }

  // A page for one body: a picture is taken when it fails, and at its end the page must be clean.
  async function withPage(t, options, body) {
    const page = await newPage(options);
    try {
      const result = await body(page);
      page.assertClean();
      return result;
    } catch (error) {
      throw await explained(error, page, t.name);
    } finally {
      await page.context().close();
    }
  }

  return { newPage, withPage, close: () => chrome.close(), version: () => chrome.version() };
}

// The error with where the page was and a picture of it.
async function explained(error, page, name) {
  const file = basename(process.argv[1] ?? "", ".test.mjs");
  const shot = await failureShot(page, `failed-${file}-${name}`).catch((reason) => `no picture: ${reason.message}`);
  const complaints = page.problems.length > 0 ? `\nthe browser complained:\n  ${page.problems.join("\n  ")}` : "";
  const wrapped = new Error(`${error.message}\nat ${page.url()}\npicture: ${shot}${complaints}`);
  wrapped.stack = `${wrapped.message}\n${(error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)).join("\n")}`;
  return wrapped;
}

// Lines, each beginning with its kind: `script`, `console`, `csp`, `request`, `crash`.
function watch(context) {
  const problems = [];
  context.on("weberror", (event) => problems.push(`script: ${event.error().message}`));
  context.on("console", (message) => {
    if (message.type() !== "error") return;
    const text = message.text();
    // Said of every answer from 400 on, pages too; those of parts of a page are seen below.
    if (text.startsWith("Failed to load resource")) return;
    const { url, lineNumber } = message.location();
    const kind = /Content[ -]Security[ -]Policy/i.test(text) ? "csp" : "console";
    problems.push(`${kind}: ${text}${url ? ` (${url}:${lineNumber + 1})` : ""}`);
  });
  context.on("response", (response) => {
    const request = response.request();
    if (response.status() < 400 || request.isNavigationRequest() || !isOwn(request)) return;
    problems.push(`request: ${response.status()} ${request.method()} ${request.url()}`);
  });
  context.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "failed";
    // Given up because the page was left.
    if (why === "net::ERR_ABORTED") return;
    // What a policy blocks is never sent; whose it is does not matter.
    if (!isOwn(request) && !/csp|BLOCKED/i.test(why)) return;
    problems.push(`request: ${why} ${request.method()} ${request.url()}`);
  });
  context.on("page", (page) => page.on("crash", () => problems.push(`crash: ${page.url()}`)));
  return problems;
}

// Whether a request goes to the origin of the page that makes it.
function isOwn(request) {
  if (request.isNavigationRequest()) return true;
  try {
    return new URL(request.url()).origin === new URL(request.frame().url()).origin;
  } catch {
    return true;
  }
}
