// A person with WeChat on their phone, in one browser that keeps its cookies: follows redirects, fills in forms.
import { request } from "node:http";

import { WECHAT } from "../../sdk/lib/person.mjs";

const MOST_HOPS = 20;

export class Person {
  #cookies = [];
  #headers;

  // `user`: one of the stand-in's people. `consent`: what they say to WeChat's own question.
  constructor({ user = "zhangsan", consent = "allow", language = "zh-CN" } = {}) {
    this.#headers = {
      "user-agent": WECHAT, "accept-language": language, accept: "text/html", "x-sim-user": user, "x-sim-consent": consent,
    };
  }

  // Opens an address and goes where it leads. Ends at the first page, `{ url, status, text, forms }`, or before an
  // address that starts with `until`, where an app would be: `{ url }`, with `form` when it was sent there by POST.
  async open(address, { until, form } = {}) {
    let url = new URL(address);
    let body = form;
    for (let hop = 0; hop < MOST_HOPS; hop += 1) {
      if (until && url.href.startsWith(until)) return { url, form: body };
      const answer = await this.#ask(url, body);
      for (const line of answer.headers["set-cookie"] ?? []) this.#keep(url, line);
      const { location } = answer.headers;
      if (answer.status < 300 || answer.status > 399 || location === undefined) {
        return { url, ...answer, forms: formsOf(answer.text, url) };
      }
      if (answer.status === 307 || answer.status === 308) throw new Error(`${answer.status} sends a form on, at ${url}`);
      url = new URL(location, url);
      body = undefined;
    }
    throw new Error(`redirected in a circle: ${url}`);
  }

  // Not by fetch, which says by its Sec-Fetch headers that it is a script.
  #ask(url, form) {
    const headers = { ...this.#headers, cookie: this.#cookieFor(url) };
    if (form) Object.assign(headers, { "content-type": "application/x-www-form-urlencoded", origin: url.origin });
    return new Promise((resolve, reject) => {
      const asked = request(url, { method: form ? "POST" : "GET", headers, agent: false, timeout: 20_000 }, (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() });
        });
      });
      asked.on("timeout", () => asked.destroy(new Error(`no answer from ${url}`)));
      asked.on("error", reject);
      asked.end(form?.toString());
    });
  }

  // The same when an app's address must be reached.
  async openUntil(address, until, options = {}) {
    const reached = await this.open(address, { ...options, until });
    if (reached.status !== undefined) {
      throw new Error(`${reached.status} at ${reached.url} and not ${until}: ${plain(reached.text)}`);
    }
    return reached;
  }

  // Sends a form of a page with `fields` over what is in it.
  async send(page, { form: index = 0, fields = {}, until } = {}) {
    const form = page.forms[index];
    if (!form) throw new Error(`no form at ${page.url}: ${plain(page.text)}`);
    const filled = new URLSearchParams({ ...form.fields, ...fields });
    if (form.method === "POST") return this.open(form.action, { form: filled, until });
    const action = new URL(form.action);
    action.search = filled;
    return this.open(action, { until });
  }

  // Whether a cookie with such a name is kept for the address.
  hasCookie(address, pattern) {
    return this.#fitting(new URL(address)).some((cookie) => pattern.test(cookie.name));
  }

  #fitting(url) {
    return this.#cookies.filter(({ host, path }) => host === url.hostname
      && (url.pathname === path || url.pathname.startsWith(path.endsWith("/") ? path : `${path}/`)));
  }

  #cookieFor(url) {
    return this.#fitting(url).map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  #keep(url, line) {
    const [pair, ...attributes] = line.split(";").map((part) => part.trim());
    const said = new Map(attributes.map((text) => {
      const [name, ...value] = text.split("=");
      return [name.toLowerCase(), value.join("=")];
    }));
    const at = pair.indexOf("=");
    const name = pair.slice(0, at);
    const path = said.get("path") || url.pathname.replace(/\/[^/]*$/, "") || "/";
    this.#cookies = this.#cookies.filter((old) => old.host !== url.hostname || old.path !== path || old.name !== name);
    const gone = said.has("max-age")
      ? Number(said.get("max-age")) <= 0
      : said.has("expires") && Date.parse(said.get("expires")) <= Date.now();
    if (!gone) this.#cookies.push({ host: url.hostname, path, name, value: pair.slice(at + 1) });
  }
}

export function plain(text = "") {
  return text.replace(/<style[^]*?<\/style>|<script[^]*?<\/script>|<[^>]*>/g, " ").replace(/\s+/g, " ").trim().slice(0, 400);
}

// The forms of a page with what a browser would send; of buttons none.
function formsOf(html, base) {
  return [...html.matchAll(/<form\b([^>]*)>([^]*?)<\/form>/gi)].map(([, head, inner]) => {
    const form = attributesOf(head);
    const inputs = [...inner.matchAll(/<input\b([^>]*)>/gi)].map(([, text]) => attributesOf(text));
    const buttons = [...inner.matchAll(/<button\b([^>]*)>/gi)].map(([, text]) => attributesOf(text));
    const fields = inputs.filter(({ name, type }) => name && !["submit", "checkbox", "radio"].includes(type));
    return {
      action: new URL(form.action ?? "", base).href,
      method: (form.method ?? "get").toUpperCase(),
      fields: Object.fromEntries(fields.map(({ name, value = "" }) => [name, value])),
      buttons,
    };
  });
}

function attributesOf(text) {
  const found = text.matchAll(/([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g);
  return Object.fromEntries([...found].map(([, name, a, b, c]) => [name.toLowerCase(), unescaped(a ?? b ?? c ?? "")]));
}

const NAMED = { amp: "&", lt: "<", gt: ">", quot: "\"", apos: "'" };

function unescaped(text) {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return NAMED[name] ?? whole;
  });
}
