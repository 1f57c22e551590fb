// A report that is one file: unpacks the chart library and the data that stand in it, draws, and lists the questions.
import { addTools } from "./chart-tools.js";
import { draw, standInForStyles } from "./charts.js";
import { explore } from "./offline-explorer.js";
import { printWith } from "./print.js";
import { makeTabs } from "./tabs.js";

async function unpacked(id) {
  const letters = document.getElementById(id).textContent;
  const bytes = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

// The policy of this file knows the library by its hash, and lets nothing else run.
async function runLibrary() {
  standInForStyles();
  const script = document.createElement("script");
  script.textContent = await unpacked("library");
  document.head.append(script);
  if (!window.Plotly) throw new Error("The chart library did not start.");
}

const data = unpacked("data").then(JSON.parse);
const library = runLibrary();

async function drawVisible() {
  const [{ charts }] = await Promise.all([data, library]);
  for (const element of document.querySelectorAll("[data-chart]:not([data-drawn])")) {
    if (!element.clientWidth || !charts[element.dataset.chart]) continue; // in a tab that is not shown
    await draw(element, charts[element.dataset.chart]);
    addTools(element, charts[element.dataset.chart], await explorer.catch(() => ({})));
  }
}

function problem() {
  for (const element of document.querySelectorAll("[data-chart]:not([data-drawn])")) {
    element.textContent = "The chart could not be drawn; a newer browser may help. The table below has the same figures.";
  }
}

const explorer = data.then((found) => explore(found, JSON.parse(document.getElementById("pictures").textContent)));
explorer.catch(() => {
  document.querySelector("[data-explorer]").replaceWith("The questions cannot be listed: this browser is too old, or the file is damaged.");
});
makeTabs(() => drawVisible().catch(problem));
printWith(() => drawVisible().catch(problem));
