// Panels as tabs; without JavaScript they stand one below the other.

// Turns every [data-tabs] on the page into tabs. onShow() is called when another panel becomes visible.
export function makeTabs(onShow) {
  for (const group of document.querySelectorAll("[data-tabs]")) {
    const list = group.querySelector("[role=tablist]");
    const tabs = [...list.querySelectorAll("[role=tab]")];
    const show = (chosen) => {
      for (const tab of tabs) {
        const on = tab === chosen;
        tab.setAttribute("aria-selected", on);
        tab.tabIndex = on ? 0 : -1;
        document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
      }
      onShow();
    };
    list.hidden = false;
    group.classList.add("has-tabs");
    list.addEventListener("click", (event) => event.target.closest("[role=tab]") && show(event.target.closest("[role=tab]")));
    list.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
      next.focus();
      show(next);
    });
    show(tabs[0]);
  }
}
