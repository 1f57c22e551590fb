// Loaded before the page is drawn, so that a chosen theme never flashes. Without a choice the system's theme holds.
(() => {
  let memory = {};
  try {
    memory = localStorage;
  } catch {
    // a page in a sandbox, such as a report that a mail program shows, may remember nothing
  }
  const saved = memory["tailor-theme"];
  if (saved === "light" || saved === "dark") document.documentElement.dataset.theme = saved;
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-toggle-theme]")) return;
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    memory["tailor-theme"] = root.dataset.theme;
    document.dispatchEvent(new CustomEvent("themechange")); // charts redraw themselves
  });
})();
