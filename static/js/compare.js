// Compare runs: the chart of all of them.
import { draw } from "./charts.js";

const place = document.querySelector("[data-chart=compare]");
draw(place, JSON.parse(document.getElementById("compare-chart").textContent)).catch(() => {
  place.textContent = "The chart could not be drawn. The table below has the same figures.";
});
