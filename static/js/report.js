// The report: charts, the switch between measures, the window of one question, and the print button.
import { addTools } from "./chart-tools.js";
import { draw } from "./charts.js";

const source = document.querySelector("[data-charts]");
const charts = fetch(source.dataset.charts, { headers: { Accept: "application/json" } }).then((answer) => {
  if (!answer.ok) throw new Error(`charts: ${answer.status}`);
  return answer.json();
});

const pause = () => new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve));
const page = new URL("questions/", location.origin + location.pathname);
const tools = {
  open: (id) => openQuestion(new URL(`${encodeURIComponent(id)}/`, page)),
  thumbnail: (key) => source.dataset.thumbnails.replace("KEY", encodeURIComponent(key)),
};

// One after the other from above, so that the page can be used meanwhile.
let drawing = Promise.resolve();
function drawVisible() {
  drawing = drawing.then(async () => {
    const { charts: found } = await charts;
    for (const element of document.querySelectorAll("[data-chart]:not([data-drawn])")) {
      if (!element.clientWidth || !found[element.dataset.chart]) continue; // in a tab that is not shown
      await pause();
      await draw(element, found[element.dataset.chart]);
      addTools(element, found[element.dataset.chart], tools);
    }
  });
  return drawing;
}

function problem() {
  for (const element of document.querySelectorAll("[data-chart]:not([data-drawn])")) {
    element.textContent = "The chart could not be drawn. The table below has the same figures.";
  }
}

// Measures as tabs; without JavaScript they stand one below the other.
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
    drawVisible().catch(problem);
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

// One question in a window above the report. Without JavaScript the link leads to its page.
const panel = document.getElementById("question-window");
const body = document.getElementById("question-body");
async function openQuestion(url) {
  const answer = await fetch(url, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return location.assign(url);
  body.innerHTML = await answer.text();
  if (!panel.open) panel.showModal();
  panel.scrollTop = 0;
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-question]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openQuestion(link.href);
});
panel.addEventListener("click", (event) => event.target === panel && panel.close());

document.querySelector("[data-print]")?.addEventListener("click", (event) => {
  event.target.closest("details").open = false;
  window.print();
});

drawVisible().catch(problem);
