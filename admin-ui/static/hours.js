// Charts by the hour are drawn in UTC. Within [data-hours] every hour is moved to the browser's own zone, and the word
// UTC in the title becomes the zone's name. Moments in links stay what they are.
const zoneName = (at) => new Intl.DateTimeFormat([], { timeZoneName: "short" }).formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? "";

for (const chart of document.querySelectorAll("[data-hours]")) {
  const now = new Date();
  const shift = (text) =>
    text.replace(/\b(\d\d):(\d\d)\b/g, (_, hour, minute) => {
      const at = new Date(now);
      at.setUTCHours(Number(hour), Number(minute), 0, 0);
      return [at.getHours(), at.getMinutes()].map((n) => String(n).padStart(2, "0")).join(":");
    });
  for (const element of chart.querySelectorAll(".axis-x span, .bars title, tbody th a")) element.textContent = shift(element.textContent);
  for (const bar of chart.querySelectorAll(".bars a")) bar.setAttribute("aria-label", shift(bar.getAttribute("aria-label")));
  const title = chart.querySelector(".chart-title");
  if (title) title.textContent = title.textContent.replace("UTC", zoneName(now));
}
