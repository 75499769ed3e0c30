// Copies the text of the element that a button's data-copy names. Without script the button is not shown, and the
// text can be selected by hand.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  const source = button && document.getElementById(button.dataset.copy);
  if (!source || button.classList.contains("done")) return;
  if (!((await byClipboard(source)) || bySelection(source))) return;
  const word = button.querySelector(".vh");
  const before = word.textContent;
  button.classList.add("done");
  word.textContent = button.dataset.done;
  setTimeout(() => {
    button.classList.remove("done");
    word.textContent = before;
  }, 2000);
});

async function byClipboard(source) {
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    return true;
  } catch {
    return false;
  }
}

// Plain-http pages have no clipboard API.
function bySelection(source) {
  getSelection().selectAllChildren(source);
  return document.execCommand("copy");
}
