// [data-poll-url] with [data-poll-ms] asks for its own newer self until an answer has the header `x-done: 1`. The answer
// is HTML of one element. The page is complete without: whoever has no script reloads it.
for (const element of document.querySelectorAll("[data-poll-url]")) poll(element);

function poll(element) {
  const url = new URL(element.dataset.pollUrl, location.href);
  if (url.origin !== location.origin) return;
  const pause = Math.max(500, Number(element.dataset.pollMs) || 2000);
  let wait = pause;
  const again = () => setTimeout(ask, wait);
  const ask = async () => {
    if (document.hidden) {
      again();
      return;
    }
    try {
      const answer = await fetch(url, { headers: { "x-partial": "1" }, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild;
      if (fresh) {
        element.replaceWith(fresh);
        element = fresh;
        element.dispatchEvent(new CustomEvent("hufu:fresh", { bubbles: true }));
      }
      if (answer.headers.get("x-done") === "1") return;
      wait = pause;
    } catch {
      wait = Math.min(wait * 2, 30000);
    }
    again();
  };
  again();
}
