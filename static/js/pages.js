// Small things that several pages need: dialogs, forms that send once, polling that rests while nobody looks.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog").close();
});

// A second press of the same button would make a second project or data version.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-once]")) delete form.dataset.sent; // back from the next page
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.matches("[data-poll]")) event.preventDefault();
});

// What is typed before the scripts have come tells nobody: it is asked now. htmx listens by then, it came first.
document.addEventListener("DOMContentLoaded", () => {
  for (const input of document.querySelectorAll("form[data-asks-while-typing] input[type=search]")) {
    if (input.value !== input.defaultValue) input.form.requestSubmit();
  }
});

// A menu of the account closes when something else is clicked or Escape is pressed.
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus(null));
function closeMenus(target) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
}

// A link to a folded section opens it.
function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.matches("details")) target.open = true;
}
window.addEventListener("hashchange", openTarget);
openTarget();

// On a phone the steps of a project go on beyond the edge: the present one stands in the middle.
for (const step of document.querySelectorAll(".steps [aria-current]")) {
  const steps = step.closest(".steps");
  steps.scrollLeft += step.getBoundingClientRect().left - steps.getBoundingClientRect().left - (steps.clientWidth - step.clientWidth) / 2;
}

// Buttons that copy what stands beside them; hidden where the browser does not allow it.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue; // only over https or on this machine
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    const words = button.dataset.words ?? (button.dataset.words = button.textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = words), 2000);
  });
}
