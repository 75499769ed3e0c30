// Search as you type: form[data-live=ID] asks for its own URL with `x-partial: 1` and lays the answer into the element
// ID (marked data-live-target). The answer may be that part or the whole page. Its element [data-live-count] is read out
// through the form's [data-live-status]. Without script the form is sent as usual.
for (const form of document.querySelectorAll("form[data-live]")) {
  const target = document.getElementById(form.dataset.live);
  if (target) live(form, target);
}

function live(form, target) {
  let timer;
  let running;
  const ask = async () => {
    running?.abort();
    running = new AbortController();
    const { signal } = running;
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && value !== "") query.append(name, value);
    const url = new URL(form.action);
    url.search = query;
    target.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { headers: { "x-partial": "1" }, signal, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) {
        location.assign(url);
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(target.id) ?? page.body;
      target.replaceChildren(...fresh.childNodes);
      history.replaceState(null, "", url);
      target.dispatchEvent(new CustomEvent("hufu:fresh", { bubbles: true }));
      const status = form.querySelector("[data-live-status]");
      if (status) status.textContent = target.querySelector("[data-live-count]")?.textContent ?? "";
    } catch (error) {
      // Without an answer the list stays as it was; the form can still be sent.
      if (error.name === "AbortError") return;
    }
    if (!signal.aborted) target.removeAttribute("aria-busy");
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 250);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    ask();
  });
}
