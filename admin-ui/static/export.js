// An export of a length that is known says how far it is: [data-export-state] holds the words and [data-export-total]
// how many rows there are. Without script, or when rows are too many to count, the browser's own download is all.
for (const state of document.querySelectorAll("[data-export-state]")) {
  const total = Number(state.dataset.exportTotal);
  let busy = false;
  for (const link of document.querySelectorAll("a[href*='/export?']")) {
    link.addEventListener("click", async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      if (busy) return;
      busy = true;
      if (!(await download(link, state, total).catch(() => false))) {
        state.textContent = "";
        location.assign(link.href);
      }
      busy = false;
    });
  }
}

const EXPORT_PAUSE_MS = 400;

// Whether the file is there; what is no file, such as the page to sign in, is for the browser.
async function download(link, state, total) {
  const answer = await fetch(link.href, { credentials: "same-origin" });
  const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1];
  if (!answer.ok || !answer.body || !name) return false;
  const parts = [];
  const reader = answer.body.getReader();
  let lines = 0;
  let said = 0;
  const say = (words, n) => {
    state.textContent = words.replace("%n", n.toLocaleString(document.documentElement.lang)).replace("%all", total.toLocaleString(document.documentElement.lang));
  };
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    for (const byte of part.value) if (byte === 10) lines += 1;
    // Read out now and then, not for every piece.
    if (performance.now() - said > EXPORT_PAUSE_MS) {
      said = performance.now();
      say(state.dataset.reading, Math.min(lines, total));
    }
  }
  const url = URL.createObjectURL(new Blob(parts, { type: answer.headers.get("content-type") }));
  const file = document.createElement("a");
  file.href = url;
  file.download = name;
  file.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  say(state.dataset.done, total);
  return true;
}
