// The live search: example questions in one click, and every part of the page by keys.
const form = document.getElementById("ask");
const input = form.querySelector("input[type=search]"); // none where one searches with a picture
const results = document.getElementById("results");

document.addEventListener("click", (event) => {
  const example = event.target.closest("[data-example]");
  if (!example || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  input.value = example.textContent.trim();
  form.requestSubmit();
  input.focus();
});

// In the holder stand menus as well that say how a file is to be read: they choose no place to search in.
document.getElementById("where-holder").addEventListener("change", (event) => {
  if (event.target.name !== "in") event.stopPropagation();
}, true);

// Another catalogue, the same picture: what is searched in stands in the address. Words are asked again by the form.
if (!input) {
  document.getElementById("where-holder").addEventListener("change", (event) => {
    const address = new URL(location.href);
    if (event.target.value) address.searchParams.set("in", event.target.value);
    else address.searchParams.delete("in");
    location.assign(address);
  });
}

const lists = () => [...results.querySelectorAll(".list")].map((list) => [...list.querySelectorAll(".result")]);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.matches("input:not([type=radio], [type=file]), textarea, select, [contenteditable]");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    if (input) input.select();
    else form.querySelector("input[type=file]").click();
  } else if (event.key === "?" && !typing) {
    document.getElementById("keys").showModal();
  } else if (event.key === "Escape" && input) {
    escape(event);
  } else {
    move(event);
  }
});

function escape(event) {
  if (event.target !== input) return input.select();
  if (!input.value) return;
  event.preventDefault();
  input.value = "";
  form.requestSubmit();
}

// The arrow keys go through what was found; from the question, the arrow down goes to the first of it.
function move(event) {
  const found = lists();
  if (!found.length || !found[0].length) return;
  const column = found.findIndex((list) => list.some((result) => result.contains(event.target)));
  if (column < 0) {
    if (event.key === "ArrowDown" && event.target === input) go(event, found[0][0]);
    return;
  }
  const row = found[column].findIndex((result) => result.contains(event.target));
  const other = found[1 - column];
  const to = {
    ArrowDown: () => found[column][row + 1],
    ArrowUp: () => found[column][row - 1] ?? input,
    ArrowLeft: () => column === 1 && other[Math.min(row, other.length - 1)],
    ArrowRight: () => column === 0 && other[Math.min(row, other.length - 1)],
    Home: () => found[column][0],
    End: () => found[column].at(-1),
  }[event.key];
  if (to) go(event, to());
}

function go(event, place) {
  event.preventDefault();
  if (!place) return;
  const link = place.matches("input") ? place : (place.querySelector("a") ?? place);
  if (link === place && place !== input) place.tabIndex = -1;
  link.focus();
}

// A file of items dropped anywhere is meant for the catalogue; where pictures are searched with, one must choose the place.
const bring = document.getElementById("bring"); // none for guests
if (bring) {
  const asked = bring.querySelector("[data-asked]"); // goes along, to be asked of the new catalogue; none where no more fit
  for (const kind of ["change", "drop", "submit"]) bring.addEventListener(kind, () => asked && (asked.value = new URL(location.href).search), true);
  document.addEventListener("dragenter", (event) => {
    if (event.dataTransfer?.types.includes("Files") && input) bring.open = true;
  });
}

// The cursor stands behind what was asked, ready to change it.
input?.setSelectionRange(input.value.length, input.value.length);
