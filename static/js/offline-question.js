// One question of a report that is one file: what is right, and both result lists side by side.
const SVG = "http://www.w3.org/2000/svg";

// An element with a class, attributes and children; texts stay texts.
export function make(tag, name = "", attributes = {}, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function icon(kind) {
  return document.getElementById(`icon-${kind}`).content.firstElementChild.cloneNode(true);
}

// The small picture of a question or an item; nothing for a text, and where the file had no room for it.
export function shownPicture(shown, pictures) {
  if (!shown.picture || !pictures[shown.picture]) return null;
  return make("img", "thumb", { src: `data:image/webp;base64,${pictures[shown.picture]}`, width: 192, height: 192, alt: shown.name ?? "" });
}

function name(shown) {
  const text = shown.text ?? "";
  return shown.label ? `${text} (${shown.label})` : text;
}

function scoreBar(share) {
  const svg = document.createElementNS(SVG, "svg");
  const bar = (kind, width) => {
    const rect = document.createElementNS(SVG, "rect");
    for (const [key, value] of Object.entries({ class: kind, width, height: 6, rx: 3 })) rect.setAttribute(key, value);
    return rect;
  };
  for (const [key, value] of Object.entries({ width: 64, height: 6, "aria-hidden": "true" })) svg.setAttribute(key, value);
  svg.append(bar("score-back", "100%"), bar("score-bar", `${share}%`));
  return svg;
}

function moveBadge(move, system, picture) {
  if (system === "before") return move === null ? make("span", "badge", {}, picture ? "dropped" : "not in the new list") : null;
  if (move === null) return make("span", "badge is-accent", {}, picture ? "new" : "new in the list");
  if (move === 0) return null;
  return make("span", "badge", {}, move > 0 ? `▲ up ${move}` : `▼ down ${-move}`);
}

const LONG = 320; // characters of a text that is shown as it is

// Of a long text the beginning, and all of it at a click; as in templates/runs/_text.html.
function shownText(text) {
  if (text.length <= LONG) return make("p", "", { dir: "auto" }, text);
  return details(`${text.slice(0, 259)}…`, ["Show all", "Show less"], text);
}

function details(start, [more, less], text) {
  const summary = make("summary", "", {}, make("span", "long-start", { dir: "auto" }, start), " ", make("span", "link-like long-more", {}, more), make("span", "link-like long-less", {}, less));
  return make("details", "long-text", {}, summary, make("p", "", { dir: "auto" }, text));
}

function result([number, score, share, right, move], place, system, data, pictures) {
  const shown = data.items[number];
  const picture = shownPicture(shown, pictures);
  const text = picture ? shown.label || shown.name : name(shown);
  const marks = make("div", "result-marks");
  if (right) marks.append(make("span", "badge is-gain", {}, icon("right"), picture ? "Right" : "Right answer"));
  const moved = moveBadge(move, system, picture);
  if (moved) marks.append(moved);
  const line = make("li", right ? "result is-right" : "result", {}, make("span", "result-place", { "aria-hidden": "true" }, String(place)));
  if (picture) line.append(make("span", "result-picture", { title: name(shown) }, picture));
  line.append(make("div", "result-body", {}, picture ? make("p", "result-name", { dir: "auto" }, text) : shownText(text), marks));
  line.append(make("span", "score", { title: "Closeness to what was searched for, from −1 to 1" }, scoreBar(share), make("span", "visually-hidden", {}, "Closeness "), score.toFixed(2)));
  return line;
}

function list(results, system, title, data, pictures) {
  const lines = results.map((each, at) => result(each, at + 1, system, data, pictures));
  const pictured = results.some(([number]) => shownPicture(data.items[number], pictures));
  const heading = make("h3", "", {}, make("span", `swatch ${system}-text`), title);
  return make("section", `list is-${system}`, { "aria-label": title }, heading, make("ol", pictured ? "results has-pictures" : "results", {}, ...lines));
}

function rightItems(question, data, pictures) {
  const items = question.right.map((number) => data.items[number]);
  const drawn = items.map((item) => shownPicture(item, pictures)).filter(Boolean);
  const shown = drawn.length ? drawn.length : Math.min(3, items.length);
  const more = question.n_right > shown ? ` and ${(question.n_right - shown).toLocaleString("en")} more` : "";
  if (drawn.length) {
    const list = make("ul", "", {}, ...drawn.map((each) => make("li", "", {}, each)));
    return make("div", "right-pictures", {}, make("span", "", {}, icon("right"), "Right:"), list, make("span", "muted small nums", {}, more));
  }
  if (name(items[0] ?? {}).length > LONG) {
    return make("div", "right-text", {}, make("span", "", {}, `Right ${data.words.item}: `), ...items.slice(0, 3).map((item) => shownText(name(item))), more);
  }
  const line = make("p", "", {}, `Right ${data.words.item}: `);
  items.slice(0, 3).forEach((item, at) => line.append(at ? "; " : "", make("strong", "", {}, make("bdi", "", {}, name(item)))));
  line.append(more);
  return line;
}

// The whole view of a question. labels: {outcome: its name}.
export function questionView(question, data, pictures, labels) {
  const tone = { won: " is-gain", lost: " is-loss" }[question.outcome] ?? "";
  const about = `about a ${question.known ? "known" : "new"} ${data.words.subject}`;
  const kind = make("p", "question-kind", {}, make("span", `badge${tone}`, {}, icon(question.outcome), labels[question.outcome]), " ", make("span", "muted small", {}, question.segment ? `${about} · ${question.segment}` : about));
  const text = question.picture ? question.name : question.text;
  const title = make("h2", text.length > 120 ? "is-long" : "", { id: "question-title", dir: "auto" }, text.length > LONG ? `${text.slice(0, LONG - 1)}…` : text);
  const picture = shownPicture(question, pictures);
  const label = question.label ? make("p", "", {}, "Label: ", make("strong", "", {}, question.label)) : "";
  const head = question.picture ? make("div", "searched-with", {}, ...(picture ? [picture] : []), make("div", "", {}, make("p", "muted small", {}, "Searched with"), title, label)) : title;
  const rest = text.length > LONG ? details("", ["Show all of it", "Show less"], text) : "";
  const places = make("p", "", {}, "Before: ", make("span", "before-text", {}, question.places[0]), ". After: ", make("span", "after-text", {}, question.places[1]), ".");
  const lists = make("div", "lists", {}, list(question.lists[0], "before", "Before: the base model", data, pictures), list(question.lists[1], "after", "After: your model", data, pictures));
  return make("article", "question stack-small", { "aria-labelledby": "question-title" }, kind, head, rest, rightItems(question, data, pictures), places, lists);
}
