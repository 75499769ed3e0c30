// input[data-colour-for=ID] is a native picker beside the text field ID; each follows the other.
for (const picker of document.querySelectorAll("input[data-colour-for]")) {
  const field = document.getElementById(picker.dataset.colourFor);
  if (!field) continue;
  picker.addEventListener("input", () => { field.value = picker.value; });
  field.addEventListener("input", () => { if (/^#[0-9a-f]{6}$/i.test(field.value.trim())) picker.value = field.value.trim(); });
}
