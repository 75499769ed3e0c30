// The console's pages, and the way in.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PAGES = fileURLToPath(new URL("../../../crates/admin/src/pages", import.meta.url));

// Signs in with a password alone, as the demo allows.
export async function signIn(page, demo, { login, password }) {
  await page.goto(`${demo.info.hufu_url}/admin/login`);
  await page.fill("[name=login]", login);
  await page.fill("[name=password]", password);
  await Promise.all([page.waitForURL((url) => !url.pathname.endsWith("/login")), page.press("[name=password]", "Enter")]);
}

// The paths of all routes with GET, with `{parameters}`, read from the sources: a new page is in the tests without
// being named there.
export function pageRoutes() {
  const routes = new Set();
  for (const file of readdirSync(PAGES, { recursive: true }).filter((name) => name.endsWith(".rs"))) {
    const source = readFileSync(join(PAGES, file), "utf8").split("#[cfg(test)]")[0];
    for (const declared of source.split(".route(").slice(1)) {
      const path = /^\s*"(\/admin[^"]*)"/.exec(declared)?.[1];
      if (path && !path.includes("{*") && /\bget\(/.test(upToItsEnd(declared))) routes.add(path);
    }
  }
  return [...routes].sort();
}

// Up to the parenthesis that closes `.route(`.
function upToItsEnd(text) {
  let depth = 1;
  for (const [at, sign] of [...text].entries()) {
    if (sign === "(") depth += 1;
    if (sign === ")") depth -= 1;
    if (depth === 0) return text.slice(0, at);
  }
  return text;
}

// The route that a path belongs to; the one with the fewest parameters first, as the router has it.
export function patternOf(path, routes) {
  const segments = path.split("/");
  const fits = (route) => {
    const wanted = route.split("/");
    return wanted.length === segments.length && wanted.every((part, n) => part.startsWith("{") || part === segments[n]);
  };
  const parameters = (route) => route.split("{").length;
  return routes.filter(fits).sort((a, b) => parameters(a) - parameters(b))[0];
}

// An operator of the demo, by role.
export function operator(demo, role) {
  const found = demo.info.operators.find((one) => one.role === role);
  if (!found) throw new Error(`the demo has no ${role}`);
  return found;
}
