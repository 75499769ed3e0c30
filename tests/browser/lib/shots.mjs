// Pictures, and what can be measured of a page.
import { writeFile } from "node:fs/promises";

import { picture } from "./paths.mjs";

// A picture of the whole page in target/screenshots/browser; gives its path.
export async function shot(page, name) {
  return take(page, name, true);
}

// A picture of what was seen when a test failed.
export async function failureShot(page, name) {
  return take(page, name, false);
}

// Not by the library's own call, which puts a style into the page and so breaks a strict policy.
async function take(page, name, whole) {
  const path = picture(name);
  const session = await page.context().newCDPSession(page);
  try {
    const { cssContentSize: size } = await session.send("Page.getLayoutMetrics");
    const clip = { x: 0, y: 0, width: size.width, height: Math.min(size.height, 10_000), scale: 1 };
    const { data } = await session.send("Page.captureScreenshot", {
      format: "png",
      ...(whole ? { clip, captureBeyondViewport: true } : {}),
    });
    await writeFile(path, Buffer.from(data, "base64"));
  } finally {
    await session.detach();
  }
  return path;
}

// Nobody has to push a page from side to side to read it.
export async function assertNoSidewaysScroll(page, name = page.url()) {
  const found = await page.evaluate(() => {
    const root = document.documentElement;
    const width = root.clientWidth;
    const out = [...document.body.querySelectorAll("*")].filter((element) => {
      const box = element.getBoundingClientRect();
      // Text may stand out of a box that itself fits.
      const isSpilling = getComputedStyle(element).overflowX === "visible" && box.left + element.scrollWidth > width + 0.5;
      return box.width > 0 && (isSpilling || box.right > width + 0.5 || box.left < -0.5);
    });
    const spell = (element) => `<${element.tagName.toLowerCase()}${element.id && ` #${element.id}`}${
      element.getAttribute("class") ? ` .${element.getAttribute("class").replace(/\s+/g, ".")}` : ""}>`;
    return { over: root.scrollWidth - width, width, out: out.slice(0, 8).map(spell) };
  });
  if (found.over > 0) {
    throw new Error(`${name} is ${found.over} px wider than ${found.width} px; out of it: ${found.out.join(" ")}`);
  }
}

// The bytes that come over the wire, headers too, when the page is loaded with nothing in the cache.
export async function weight(page) {
  const session = await page.context().newCDPSession(page);
  try {
    const urls = new Map();
    const requests = [];
    session.on("Network.requestWillBeSent", ({ requestId, request }) => urls.set(requestId, request.url));
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      const url = urls.get(requestId);
      if (url?.startsWith("http")) requests.push({ url, bytes: encodedDataLength });
    });
    await session.send("Network.enable");
    await session.send("Network.setCacheDisabled", { cacheDisabled: true });
    await page.reload({ waitUntil: "networkidle" });
    await session.send("Network.setCacheDisabled", { cacheDisabled: false });
    const bytes = requests.reduce((sum, request) => sum + request.bytes, 0);
    return { bytes, requests: requests.sort((a, b) => b.bytes - a.bytes) };
  } finally {
    await session.detach();
  }
}
