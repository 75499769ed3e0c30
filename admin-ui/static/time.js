// Shows every <time data-time> in the browser's own zone; the moment in UTC stays on hover.
const zone = new Intl.DateTimeFormat([], { timeZoneName: "short" });
const two = (n) => String(n).padStart(2, "0");

function local(at) {
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function localize(within) {
  for (const element of within.querySelectorAll("time[data-time], time[data-time-title]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime()) || element.dataset.localized) continue;
    element.dataset.localized = "1";
    const name = zone.formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? "";
    if ("time" in element.dataset) {
      element.title = element.textContent;
      element.textContent = local(at);
    } else {
      element.title = `${local(at)} ${name}`;
    }
  }
}

localize(document);
// What other scripts put on the page later.
document.addEventListener("hufu:fresh", (event) => localize(event.target));
