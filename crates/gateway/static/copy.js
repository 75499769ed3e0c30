// Copies the text of the element that a button's data-copy names. Without script the button stays hidden and the text
// can be selected by hand.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  if (!source) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = (await byClipboard(source)) || bySelection(source);
    if (!done) return;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

async function byClipboard(source) {
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    return true;
  } catch {
    return false;
  }
}

// WeChat's browser and plain-http pages have no clipboard API.
function bySelection(source) {
  if (source.select) source.select();
  else getSelection().selectAllChildren(source);
  return document.execCommand("copy");
}
