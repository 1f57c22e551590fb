// Draws charts with Plotly. Colours come from the style sheet, so that a chart follows the light and the dark theme.

let plotly;
const drawn = new Map(); // element → chart as given
const paper = { on: false, width: 625, height: 265 }; // px; what fits into a card on A4, three to a page

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

// A new copy with every "@name" replaced by the colour of that name. Plotly ignores arrays that were changed in place.
function painted(value, known = new Map()) {
  if (typeof value === "string" && value.startsWith("@")) {
    if (!known.has(value)) known.set(value, colour(value.slice(1)));
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

function layoutOf(layout) {
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: "@muted" },
    margin: { l: 52, r: 12, t: 12, b: 48 },
    legend: { orientation: "h", x: 0, y: 1.02, xanchor: "left", yanchor: "bottom", font: { color: "@text" }, itemclick: false, itemdoubleclick: false },
    hoverlabel: { bgcolor: "@surface", bordercolor: "@line-strong", font: { color: "@text", size: 13 }, align: "left" },
    hovermode: "x unified",
    bargap: 0.28,
    bargroupgap: 0.06,
    dragmode: false,
    ...layout,
    xaxis: { ...axis(layout.xaxis), showgrid: false, zeroline: false },
    yaxis: axis(layout.yaxis),
  };
}

// Draws `chart` ({traces, layout}) into `element`, or draws it anew.
export async function draw(element, chart) {
  drawn.set(element, chart);
  const library = await loadPlotly();
  const traces = painted(chart.traces.map((trace) => ({ textfont: { color: "@text" }, ...trace })));
  const layout = painted(layoutOf(chart.layout));
  if (element.clientHeight) layout.height = element.clientHeight;
  if (paper.on) Object.assign(layout, { width: paper.width, height: paper.height });
  await library.react(element, traces, layout, { displayModeBar: false, responsive: true, scrollZoom: false, showTips: false });
  element.dataset.drawn = "yes";
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
