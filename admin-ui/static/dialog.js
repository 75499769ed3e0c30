// Opens the <dialog> whose id stands in data-dialog, instead of following the link. A click beside it closes it, and so
// does a press of Escape (the browser's own). A dialog with data-open is open from the start: its form came back.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog?.showModal) {
    event.preventDefault();
    dialog.showModal();
  } else if (event.target.matches?.("dialog[open]")) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }
});
for (const dialog of document.querySelectorAll("dialog[data-open]")) dialog.showModal();
// The menu of narrow screens closes with Escape too.
document.addEventListener("keydown", (event) => {
  const drawer = event.key === "Escape" && document.querySelector(".drawer[open]");
  if (!drawer) return;
  drawer.open = false;
  drawer.querySelector("summary").focus();
});
