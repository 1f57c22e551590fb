// The question explorer of a report that is one file: filter, search, order, pages, and one question in a window.
// All texts are put in as texts, never as markup.
import { icon, make, questionView, shownPicture } from "./offline-question.js";

const PER_PAGE = 25;
const ORDERS = {
  gains: (a, b) => b.gain - a.gain,
  losses: (a, b) => a.gain - b.gain,
  hardest: (a, b) => (b.ranks[1] ?? 1000) - (a.ranks[1] ?? 1000),
  name: (a, b) => words(a).localeCompare(words(b)),
};
const LABELS = { won: "Won", lost: "Lost", unchanged: "Unchanged", never: "Never found" };

function words(question) {
  return (question.label ? `${question.text} (${question.label})` : question.text ?? "").toLocaleLowerCase();
}

function row(question, pictures, open) {
  const text = make("span", "question-text", { dir: "auto" });
  const picture = shownPicture(question, pictures);
  const name = make("span", "question-name", {}, question.name);
  if (question.label) name.append(" ", make("span", "muted small", {}, question.label));
  if (picture) text.append(picture, name);
  else text.append(question.text);
  const rank = (at, name) => make("span", name, {}, String(question.ranks[at] ?? "–"));
  const ranks = make("span", "question-ranks nums", {}, make("span", "visually-hidden", {}, "place before "), rank(0, "before-text"), " → ", make("span", "visually-hidden", {}, "place after "), rank(1, "after-text"));
  const mark = make("span", "question-mark", {}, icon(question.outcome), make("span", "visually-hidden", {}, `${LABELS[question.outcome]}: `));
  const button = make("button", `question-row is-${question.outcome}`, { type: "button" }, mark, text, ranks);
  button.addEventListener("click", () => open(question.id));
  return make("li", "", {}, button);
}

// Fills the explorer. data: {questions, items, words}; pictures: {key: WebP in base64}. Gives {open(id), thumbnail(key)}.
export function explore(data, pictures) {
  const root = document.querySelector("[data-explorer]");
  const form = root.querySelector("form");
  const part = (name) => root.querySelector(`[data-${name}]`);
  const byId = new Map(data.questions.map((question) => [question.id, question]));
  const panel = document.getElementById("question-window");
  let page = 0;

  function open(id) {
    document.querySelector("[data-question-body]").replaceChildren(questionView(byId.get(id), data, pictures, LABELS));
    if (!panel.open) panel.showModal();
    panel.scrollTop = 0;
  }

  function found() {
    const asked = new FormData(form);
    const parts = asked.get("text").toLocaleLowerCase().split(/\s+/);
    const fits = (question) =>
      (!asked.get("show") || question.outcome === asked.get("show")) &&
      (!asked.get("segment") || question.segment === asked.get("segment")) &&
      parts.every((each) => words(question).includes(each));
    return data.questions.filter(fits).sort(ORDERS[asked.get("sort")]);
  }

  function show() {
    const questions = found();
    const pages = Math.max(1, Math.ceil(questions.length / PER_PAGE));
    page = Math.min(Math.max(page, 0), pages - 1);
    const first = page * PER_PAGE;
    const shown = questions.slice(first, first + PER_PAGE);
    const name = questions.length === 1 ? data.words.question : data.words.questions;
    const range = pages > 1 ? `, ${first + 1} to ${first + shown.length} shown` : "";
    part("count").textContent = questions.length ? `${questions.length.toLocaleString("en")} ${name}${range}.` : `No ${data.words.question} fits. Choose “All”, or take words away.`;
    part("questions").replaceChildren(...shown.map((question) => row(question, pictures, open)));
    part("pages").hidden = pages === 1;
    part("place").textContent = `Page ${page + 1} of ${pages}`;
    for (const button of root.querySelectorAll("[data-page]")) button.disabled = button.dataset.page < 0 ? page === 0 : page === pages - 1;
  }

  function anew() {
    page = 0;
    show();
  }
  form.addEventListener("input", anew);
  form.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-page]");
    if (!button) return;
    page += Number(button.dataset.page);
    show();
    part("questions").querySelector("button").focus();
  });
  for (const link of document.querySelectorAll("[data-show]")) {
    link.addEventListener("click", () => {
      form.elements.show.value = link.dataset.show;
      anew();
    });
  }
  panel.addEventListener("click", (event) => event.target === panel && panel.close());
  root.hidden = false;
  show();
  const thumbnail = (key) => pictures[key] && `data:image/webp;base64,${pictures[key]}`;
  return { open, thumbnail };
}
