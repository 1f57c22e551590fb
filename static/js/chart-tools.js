// What stands around a chart: the switch between its views, the PNG, what a click opens, the picture beside the pointer.
import { savePicture, showView } from "./charts.js";

// element: the drawing, inside its figure. open(id): shows one question. thumbnail(key): the address of a picture, if there is one.
export function addTools(element, chart, { open, thumbnail } = {}) {
  const figure = element.closest("figure");
  for (const button of figure.querySelectorAll("[data-view]")) {
    button.addEventListener("click", () => {
      for (const other of figure.querySelectorAll("[data-view]")) other.setAttribute("aria-pressed", other === button);
      showView(element, chart.views[button.dataset.view]);
    });
  }
  figure.querySelector("[data-png]")?.addEventListener("click", () => savePicture(element, chart));
  for (const tools of figure.querySelectorAll("[data-tools]")) tools.hidden = false;
  if (chart.opens && open) makeClickable(element, open);
  if (chart.pictures && thumbnail) showPictures(element, thumbnail);
}

function makeClickable(element, open) {
  element.classList.add("is-clickable");
  element.on("plotly_click", (event) => {
    const [id] = [event.points[0].customdata].flat();
    if (id) open(id);
  });
}

function showPictures(element, thumbnail) {
  const picture = document.createElement("img");
  picture.className = "chart-picture";
  picture.alt = "";
  picture.hidden = true;
  element.parentElement.append(picture);
  element.on("plotly_hover", ({ points: [point], event }) => {
    const key = point.customdata?.[1];
    const address = key && thumbnail(key);
    picture.hidden = !address;
    if (!address) return;
    picture.src = address;
    const box = element.parentElement.getBoundingClientRect();
    const left = event.clientX - box.left;
    picture.style.left = `${left > box.width / 2 ? left - 128 : left + 20}px`;
    picture.style.top = `${event.clientY - box.top + 24}px`;
  });
  element.on("plotly_unhover", () => (picture.hidden = true));
}
