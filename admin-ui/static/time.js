// Times stand in the console's own zone. On hover every <time data-time> says the same in the browser's.
const there = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "long" });

function explain(within) {
  for (const element of within.querySelectorAll("time[data-time]")) {
    const at = new Date(element.dateTime);
    if (!Number.isNaN(at.getTime())) element.title = there.format(at);
  }
}

explain(document);
// What other scripts put on the page later.
document.addEventListener("hufu:fresh", (event) => explain(event.target));
