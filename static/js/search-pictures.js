// Search with a picture: drop it anywhere, paste it, choose a file or take a photo. Without this script the plain form works.

const MEBIBYTE = 1024 * 1024;
const WORTH_SHRINKING = 4 * MEBIBYTE; // a phone's photo, over a phone's network
const ENOUGH_PIXELS = 1600; // on the longer side
const AGAIN_MS = 1500;

const form = document.querySelector("[data-picture-search]");
const zone = form.querySelector(".dropzone");
const wait = form.querySelector("[data-wait]");
const results = document.getElementById("results");
let request = null;
let timer = 0;

for (const input of form.querySelectorAll("input[type=file]")) {
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = ""; // so that the same file can be chosen again
  });
}
form.addEventListener("submit", (event) => event.preventDefault());

// Anywhere on the page: a file dropped beside the field would replace the page by the file.
let depth = 0; // dragenter and dragleave come for every element on the way
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
window.addEventListener("dragenter", (event) => hasFiles(event) && zone.classList.toggle("is-over", ++depth > 0));
window.addEventListener("dragleave", (event) => hasFiles(event) && zone.classList.toggle("is-over", --depth > 0));
window.addEventListener("dragover", (event) => event.preventDefault());
window.addEventListener("drop", (event) => {
  event.preventDefault();
  depth = 0;
  zone.classList.remove("is-over");
  if (event.target.closest("[data-upload]")) return; // a catalogue, not a picture to search with
  if (hasFiles(event)) take([...event.dataTransfer.files]);
});
window.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length) return say("There is no picture on the clipboard.", "Copy the picture itself, not its address, or choose a file.");
  event.preventDefault();
  take(files);
});

// A link to a picture may find the models still loading: what answers later settles the page as an answer at once does.
document.addEventListener("htmx:afterSettle", () => {
  form.classList.toggle("is-compact", Boolean(results.querySelector(".list")));
  const searched = new URLSearchParams(location.search).get("picture");
  for (const link of document.querySelectorAll(".picture-strip a")) {
    if (searched && new URL(link.href).searchParams.get("picture") === searched) link.setAttribute("aria-current", "true");
  }
});

async function take(files) {
  const [file] = files;
  if (!file) return;
  if (files.length > 1) return say("Only one picture at a time.", "Choose one of them.");
  if (file.size === 0) return say(`“${file.name}” is empty (0 bytes).`, "Choose another one.");
  if (file.type && !file.type.startsWith("image/")) return say(`“${file.name}” is not a picture.`, "Choose a JPEG or PNG file.");
  const ready = await smaller(file);
  const limit = Number(form.dataset.limit);
  if (ready.size > limit) return say(`“${file.name}” has ${Math.round(ready.size / MEBIBYTE)} MB.`, `Choose a picture of at most ${limit / MEBIBYTE} MB.`);
  send(ready, file.name);
}

// A large picture made smaller here; as it is, where the browser cannot read it.
async function smaller(file) {
  if (file.size <= Number(form.dataset.enough ?? WORTH_SHRINKING)) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const share = Math.min(1, ENOUGH_PIXELS / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * share));
    canvas.height = Math.max(1, Math.round(picture.height * share));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92))) ?? file;
  } catch {
    return file;
  }
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
