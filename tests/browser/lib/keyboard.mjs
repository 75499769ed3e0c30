// Driving a page by its keyboard alone.

const MAX = 40;

// Presses Tab until the element has the focus, and checks that one sees it. `ring`: the element that shows the focus
// when it is not the same, such as the label around a hidden box.
export async function tabTo(page, locator, { max = MAX, back = false, ring = locator } = {}) {
  const visited = [];
  const blurred = await look(ring);
  if (await hasFocus(locator)) return;
  for (let count = 0; count < max; count += 1) {
    await page.keyboard.press(back ? "Shift+Tab" : "Tab");
    if (await hasFocus(locator)) {
      await assertSeen(ring, blurred, await focused(page));
      return;
    }
    visited.push(await focused(page));
  }
  throw new Error(`the keyboard does not reach ${locator} within ${max} presses; it came by: ${visited.join(", ")}`);
}

// What Tab comes by, in order, until it begins again or `max` is reached.
export async function tabStops(page, { max = MAX } = {}) {
  const stops = [];
  for (let count = 0; count < max; count += 1) {
    await page.keyboard.press("Tab");
    const stop = await focused(page);
    if (stop === NOTHING || stop === stops[0]) break;
    stops.push(stop);
  }
  return stops;
}

export const type = (page, text) => page.keyboard.type(text);
export const press = (page, key) => page.keyboard.press(key);
export const enter = (page) => press(page, "Enter");
export const space = (page) => press(page, "Space");
export const escape = (page) => press(page, "Escape");

const NOTHING = "nothing";

// A short spelling of what has the focus.
export async function focused(page) {
  return page.evaluate((nothing) => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    if (!element || element === document.body || element === document.documentElement) return nothing;
    const attributes = ["id", "name", "type", "value", "href"]
      .filter((name) => element.hasAttribute(name) && !(name === "value" && element.type === "password"))
      .map((name) => ` ${name}=${element.getAttribute(name).slice(0, 40)}`);
    const text = (element.innerText ?? "").trim().replace(/\s+/g, " ").slice(0, 30);
    return `<${element.tagName.toLowerCase()}${attributes.join("")}>${text}`;
  }, NOTHING);
}

async function hasFocus(locator) {
  return (await locator.count()) > 0 && locator.evaluate((element) => element.matches(":focus"));
}

// How an element is set off from what is around it.
async function look(locator) {
  if ((await locator.count()) === 0) return null;
  return locator.evaluate((element) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(element);
    const isDrawn = outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && !/^rgba\(.*, 0\)$/.test(outlineColor);
    return { outline: isDrawn ? `${outlineStyle} ${outlineWidth} ${outlineColor}` : "none", boxShadow };
  });
}

// A style may take a moment to change.
async function assertSeen(locator, before, what) {
  let now;
  for (let round = 0; round < 10; round += 1) {
    now = await look(locator);
    const isOutlined = now.outline !== "none" && now.outline !== before?.outline;
    const isShadowed = now.boxShadow !== "none" && now.boxShadow !== (before?.boxShadow ?? "none");
    if (isOutlined || isShadowed) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} has the focus, but one does not see it (outline ${now.outline}, shadow ${now.boxShadow})`);
}
