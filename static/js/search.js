// The live search: example questions in one click, keys for those who type fast.
const form = document.querySelector("[data-search]");
const input = form.querySelector("input");

document.addEventListener("click", (event) => {
  const example = event.target.closest("[data-example]");
  if (!example || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  input.value = example.textContent.trim();
  form.requestSubmit();
  input.focus();
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    input.select();
  }
  if (event.key === "Escape" && event.target === input && input.value) {
    event.preventDefault();
    input.value = "";
    form.requestSubmit();
  }
});

// The cursor stands behind what was asked, ready to change it.
input.setSelectionRange(input.value.length, input.value.length);
