// Rows as they come: [data-tail-url] is a stream of server-sent events, each a JSON object. Its values are put as text
// into a clone of <template data-tail-row>; HTML is never read from the stream.
const MOST = 200;
const PATH = /^\/(?!\/)/;
const TONES = { good: "check", warn: "warn", bad: "cross", neutral: "dot", info: "info" };

for (const region of document.querySelectorAll("[data-tail-url]")) {
  const rows = region.querySelector("[data-tail-rows]");
  const template = region.querySelector("template[data-tail-row]");
  if (rows && template) tail(region, rows, template);
}

function tail(region, rows, template) {
  const state = region.querySelector("[data-tail-state]");
  const toggle = region.querySelector("[data-tail-toggle]");
  let source = null;
  const say = (now) => {
    if (state.dataset.now === now) return;
    state.dataset.now = now;
    state.textContent = state.dataset[now];
  };
  const open = () => {
    say("wait");
    source = new EventSource(region.dataset.tailUrl);
    source.addEventListener("open", () => say("live"));
    source.addEventListener("error", () => {
      say("wait");
      // A refused stream is closed for good by the browser; a broken one it opens again itself.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => { if (source?.readyState === EventSource.CLOSED) open(); }, 5000);
    });
    source.addEventListener("message", (event) => {
      let value;
      try {
        value = JSON.parse(event.data);
      } catch {
        return;
      }
      rows.prepend(row(template, value));
      while (rows.children.length > MOST) rows.lastElementChild.remove();
      rows.firstElementChild.dispatchEvent(new CustomEvent("hufu:fresh", { bubbles: true }));
    });
  };
  toggle.addEventListener("click", () => {
    if (source) {
      source.close();
      source = null;
      say("paused");
    } else {
      open();
    }
    toggle.textContent = source ? toggle.dataset.pause : toggle.dataset.resume;
  });
  open();
}

function row(template, value) {
  const fresh = template.content.firstElementChild.cloneNode(true);
  for (const element of fresh.querySelectorAll("[data-cell-tone]")) {
    const tone = value[element.dataset.cellTone];
    if (!Object.hasOwn(TONES, tone)) continue;
    element.className = `badge ${tone}`;
    element.querySelector("use")?.setAttribute("href", `#i-${TONES[tone]}`);
  }
  for (const element of fresh.querySelectorAll("[data-cell-href]")) {
    const path = value[element.dataset.cellHref];
    if (typeof path === "string" && PATH.test(path)) element.setAttribute("href", path);
  }
  for (const element of fresh.querySelectorAll("[data-cell]")) {
    const text = String(value[element.dataset.cell] ?? "");
    if (element.localName === "time") element.dateTime = text;
    // A moment comes twice: for machines, and as the console's zone writes it.
    element.textContent = String(value[`${element.dataset.cell}_text`] ?? text);
  }
  return fresh;
}
