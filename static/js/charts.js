// Draws charts with Plotly. Colours come from the style sheet, so that a chart follows the light and the dark theme.

let plotly;
const drawn = new Map(); // element → chart as given
const NARROW = 480; // px of a drawing
const paper = { on: false, width: 625, height: 265, heights: { tall: 310, square: 430 } }; // px; what fits into a card on A4, three to a page

// Plotly puts style elements into the page unless it finds these two; our Content-Security-Policy would refuse them, and
// report.css has the few rules that are needed.
export function standInForStyles() {
  const global = document.createElement("meta");
  global.id = "plotly.js-style-global";
  global.className = "no-inline-styles";
  const maps = document.createElement("meta");
  maps.id = "9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53";
  document.head.append(global, maps);
}

function loadPlotly() {
  if (window.Plotly) return Promise.resolve(window.Plotly); // in a report that is one file
  plotly ??= new Promise((resolve, reject) => {
    standInForStyles();
    const script = document.createElement("script");
    script.src = document.querySelector("[data-plotly]").dataset.plotly;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("The chart library could not be loaded."));
    document.head.append(script);
  });
  return plotly;
}

// The computed value of a custom property; light-dark() is resolved by letting a real element use it.
function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

// "@before" or "@before/0.2", with its opacity.
function paint(value) {
  const [name, opacity] = value.slice(1).split("/");
  const parts = colour(name);
  return opacity === undefined ? parts : `rgba(${parts.match(/[\d.]+/g).slice(0, 3).join(", ")}, ${opacity})`;
}

// A new copy with every "@name" replaced by the colour of that name. Plotly ignores arrays that were changed in place.
function painted(value, known = new Map()) {
  if (typeof value === "string" && value.startsWith("@")) {
    if (!known.has(value)) known.set(value, paint(value));
    return known.get(value);
  }
  if (Array.isArray(value)) return value.map((part) => painted(part, known));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, painted(part, known)]));
  return value;
}

function axis(given = {}) {
  const own = { color: "@muted", gridcolor: "@line", linecolor: "@line-strong", zerolinecolor: "@line-strong", automargin: true, fixedrange: true, ticks: "" };
  return { ...own, ...given, title: { standoff: 10, font: { size: 13 }, ...given.title } };
}

function axes(layout) {
  const found = Object.entries({ xaxis: {}, yaxis: {}, ...layout }).filter(([key]) => /^[xy]axis\d*$/.test(key));
  return Object.fromEntries(found.map(([key, given]) => [key, key[0] === "x" ? { ...axis(given), showgrid: false, zeroline: false, ...given, title: axis(given).title } : axis(given)]));
}

function layoutOf(layout) {
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: "@muted" },
    margin: { l: 52, r: 12, t: 12, b: 48 },
    hoverlabel: { bgcolor: "@surface", bordercolor: "@line-strong", font: { color: "@text", size: 13 }, align: "left" },
    hovermode: "x unified",
    bargap: 0.28,
    bargroupgap: 0.06,
    dragmode: false,
    ...layout,
    legend: { orientation: "h", x: 0, y: 1.02, xanchor: "left", yanchor: "bottom", font: { color: "@text" }, itemclick: false, itemdoubleclick: false, ...layout.legend },
    ...axes(layout),
  };
}

function readable(trace) {
  return { textfont: { color: "@text" }, ...trace };
}

// The layout on a phone: what `narrow` says of an axis is put over it.
function withNarrow(chart) {
  const axes = Object.entries(chart.narrow ?? {}).map(([name, given]) => [name, { ...chart.layout[name], ...given }]);
  return { ...chart.layout, ...Object.fromEntries(axes) };
}

// Draws `chart` ({traces, layout}) into `element`, or draws it anew.
export async function draw(element, chart) {
  drawn.set(element, chart);
  const library = await loadPlotly();
  const traces = painted(chart.traces.map(readable));
  const narrow = !paper.on && element.clientWidth < NARROW;
  const layout = painted(layoutOf(narrow ? withNarrow(chart) : chart.layout));
  if (element.clientHeight) layout.height = element.clientHeight;
  if (element.clientWidth) layout.width = element.clientWidth; // else it keeps that of before another chart came beside it
  if (paper.on) Object.assign(layout, { width: paper.width, height: paper.heights[chart.size] ?? paper.height });
  await library.react(element, traces, layout, { displayModeBar: false, responsive: true, scrollZoom: false, showTips: false });
  element.dataset.drawn = "yes";
}

// Shows one of the chart's views; where it is animated, the points glide there.
export async function showView(element, view) {
  const chart = drawn.get(element);
  const library = await loadPlotly();
  const traces = chart.traces.map((trace, at) => ({ ...trace, ...view.traces[at] }));
  if (!chart.animated || matchMedia("(prefers-reduced-motion: reduce)").matches) return draw(element, { ...chart, traces });
  drawn.set(element, { ...chart, traces });
  const glide = { duration: 1100, easing: "cubic-in-out" };
  await library.animate(element, { data: view.traces, traces: view.traces.map((_, at) => at) }, { transition: glide, frame: { duration: 1100, redraw: false }, mode: "immediate" });
}

function wrapped(text, most) {
  const lines = [""];
  for (const word of text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").split(" ")) {
    if (lines.at(-1).length + word.length > most) lines.push("");
    lines.push(`${lines.pop()} ${word}`.trim());
  }
  return lines;
}

// Saves the chart as it is shown, with its finding as the title, on an opaque ground.
export async function savePicture(element, chart) {
  const library = await loadPlotly();
  const width = Math.max(element.clientWidth, 640);
  const lines = wrapped(chart.title, width / 8.5);
  const shown = drawn.get(element);
  const layout = layoutOf(shown.layout);
  const above = 22 * lines.length;
  layout.title = { text: lines.join("<br>"), font: { size: 17, color: "@text" }, x: 0, xref: "paper", xanchor: "left", y: 1, yref: "container", yanchor: "top", pad: { t: 14 } };
  layout.paper_bgcolor = layout.plot_bgcolor = "@surface";
  layout.margin = { ...layout.margin, t: above + 50, r: 24 };
  const figure = { data: painted(shown.traces.map(readable)), layout: painted(layout), config: { displayModeBar: false } };
  await library.downloadImage(figure, { format: "png", scale: 2, width, height: element.clientHeight + above + 40, filename: chart.name });
}

function redraw() {
  for (const [element, chart] of drawn) if (element.isConnected && element.clientWidth) draw(element, chart);
}
// Draws everything anew for paper, in light colours and at its width, or for the screen again.
export function drawForPaper(on) {
  paper.on = on;
  document.documentElement.toggleAttribute("data-paper", on); // print.css: light colours, and every tab
  redraw();
}
document.addEventListener("themechange", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
matchMedia("(max-width: 48rem)").addEventListener("change", redraw); // where report.css makes charts lower
