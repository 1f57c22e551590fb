// Search with a picture: drop it anywhere, paste it, choose a file or take a photo. Without this script the plain form works.

import { listenForPictures, pictureOf } from "./picture-input.js";

const AGAIN_MS = 1500;

const form = document.querySelector("[data-picture-search]");
const wait = form.querySelector("[data-wait]");
const results = document.getElementById("results");
let request = null;
let timer = 0;

form.addEventListener("submit", (event) => event.preventDefault());
listenForPictures(form, take, say);

// A link to a picture may find the models still loading: what answers later settles the page as an answer at once does.
document.addEventListener("htmx:afterSettle", () => {
  form.classList.toggle("is-compact", Boolean(results.querySelector(".list")));
  const searched = new URLSearchParams(location.search).get("picture");
  for (const link of document.querySelectorAll(".picture-strip a")) {
    if (searched && new URL(link.href).searchParams.get("picture") === searched) link.setAttribute("aria-current", "true");
  }
});

async function take(files, input) {
  const picture = await pictureOf(files, form, say);
  if (input) input.value = ""; // so that the same file can be chosen again
  if (picture) send(picture, files[0].name);
}

async function send(file, name) {
  clearTimeout(timer);
  request?.abort();
  const own = (request = new AbortController());
  const data = new FormData(form);
  data.delete("photo"); // it has the catalogue too, which stands beside the form
  data.set("file", file, name);
  wait.hidden = false;
  results.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.dataset.results, { method: "POST", body: data, signal: own.signal });
    if (answer.status === 403 || answer.redirected) return say("You were signed out in the meantime.", "Load this page again and sign in.");
    if (!answer.ok) return say("The server could not take the picture.", "Try again in a moment, or with a smaller one.");
    results.innerHTML = await answer.text();
    const where = data.get("in");
    history.replaceState(null, "", where ? `${form.action}?in=${where}` : form.action); // the picture itself has no address
    for (const current of document.querySelectorAll(".picture-strip [aria-current]")) current.removeAttribute("aria-current");
    form.classList.toggle("is-compact", Boolean(results.querySelector(".list")));
    results.scrollIntoView();
    if (results.querySelector("[data-again]")) timer = setTimeout(() => send(file, name), AGAIN_MS);
  } catch (error) {
    if (error.name !== "AbortError") say("The connection broke before the picture arrived.", "Check the network, then choose it again.");
  } finally {
    if (request === own) {
      wait.hidden = true;
      results.removeAttribute("aria-busy");
    }
  }
}

function say(cause, remedy) {
  const alert = document.createElement("div");
  const strong = document.createElement("strong");
  alert.className = "alert is-warn";
  alert.role = "status";
  strong.textContent = cause;
  alert.append(strong, " ", remedy);
  results.replaceChildren(alert);
}
