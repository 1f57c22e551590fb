// The report: charts, and the window of one question.
import { addTools } from "./chart-tools.js";
import { draw } from "./charts.js";
import { printWith } from "./print.js";
import { makeTabs } from "./tabs.js";

const source = document.querySelector("[data-charts]");
const charts = fetch(source.dataset.charts, { headers: { Accept: "application/json" } }).then((answer) => {
  if (!answer.ok) throw new Error(`charts: ${answer.status}`);
  return answer.json();
});

// Until the browser has time, but not for long: some have none as long as nothing moves.
const pause = () => new Promise((resolve) => (window.requestIdleCallback ? requestIdleCallback(resolve, { timeout: 100 }) : setTimeout(resolve)));
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

makeTabs(() => drawVisible().catch(problem));

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

// A wrong label is reported without leaving the window: the answer is the question again, with what is in review.
body.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-doubt]");
  if (!form) return;
  event.preventDefault();
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } });
  if (!answer.ok) return location.assign(answer.url);
  body.innerHTML = await answer.text();
  body.querySelector(".doubted")?.focus();
  const question = new URL("../", form.action).pathname;
  document.querySelector(`.question-flag[href^="${question}"]`)?.classList.add("is-doubted");
});

printWith(drawVisible);
drawVisible().catch(problem);
