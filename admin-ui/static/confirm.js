// The button works once the name is typed. The server looks again.
for (const form of document.querySelectorAll("form[data-confirm]")) {
  const input = form.elements.namedItem("confirm");
  const button = form.querySelector("button:not([type=button])");
  const judge = () => { button.disabled = input.value.trim() !== form.dataset.confirm; };
  input.addEventListener("input", judge);
  judge();
}
