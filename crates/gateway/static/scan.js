// Waits for the phone: by server-sent events, or by asking again and again where those do not come through. Without
// script the page reloads itself.
const scan = document.getElementById("scan");
const line = scan.querySelector("[role=status]");
const { events, poll, finish } = scan.dataset;
let status = scan.dataset.status;
let source;

function show(next) {
  if (next === status) return;
  status = next;
  scan.dataset.status = next;
  if (line.dataset[next]) line.textContent = line.dataset[next];
  if (next === "waiting" || next === "scanned") return;
  source?.close();
  if (next === "expired") {
    // None of a request that cannot be asked again from here.
    const again = document.getElementById("again");
    if (again) again.hidden = false;
  } else {
    // Refused too: the server says how it ended.
    location.replace(finish);
  }
}

const isOver = () => status !== "waiting" && status !== "scanned";
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

async function ask() {
  while (!isOver()) {
    try {
      const answer = await fetch(`${poll}?since=${status}`, { cache: "no-store" });
      if (answer.status === 403 || answer.status === 404) return location.replace(finish);
      if (answer.ok) show((await answer.json()).status);
      else await pause(5000);
    } catch {
      await pause(5000);
    }
    await pause(1000);
  }
}

if ("EventSource" in window) {
  let failures = 0;
  source = new EventSource(events);
  source.addEventListener("open", () => { failures = 0; });
  source.addEventListener("message", (event) => show(JSON.parse(event.data).status));
  source.addEventListener("error", () => {
    // A stream ends by itself now and then, and the browser opens it again.
    failures += 1;
    if (isOver() || (source.readyState !== EventSource.CLOSED && failures < 3)) return;
    source.close();
    ask();
  });
} else {
  ask();
}
