// Uploads by drag, click or keyboard, with a progress bar and a cancel button. Without this script the plain form works.

const MEBIBYTE = 1024 * 1024;

for (const form of document.querySelectorAll("form[data-upload]")) prepare(form);

// A file dropped beside the field would replace the page by the file.
for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());

function prepare(form) {
  const zone = form.querySelector(".dropzone");
  const input = form.querySelector("input[type=file]");
  form.querySelector("[data-plain]").hidden = true;
  input.addEventListener("change", () => input.files.length && send(form, input.files));
  form.addEventListener("submit", (event) => event.preventDefault());
  zone.addEventListener("dragover", () => zone.classList.add("is-over"));
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) send(form, event.dataTransfer.files);
  });
}

function send(form, files) {
  const file = files[0];
  const limit = Number(form.dataset.limit);
  if (files.length > 1) return refuse(form, "Only one file at a time.", "Put all examples into one table, then upload that.");
  if (file.size === 0) return refuse(form, `“${file.name}” is empty (0 bytes).`, "Check that it was saved, then upload it again.");
  if (file.size > limit)
    return refuse(
      form,
      `“${file.name}” is ${megabytes(file.size)}; the limit is ${megabytes(limit)}.`,
      "Leave out columns that search does not need, or upload part of the rows.",
    );
  const data = new FormData(form);
  data.set("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  show(form, file, request);
  request.addEventListener("load", () => finish(form, request));
  request.addEventListener("error", () => refuse(form, "The connection broke before the file was complete.", "Check the network, then choose the file again."));
  request.addEventListener("abort", () => refuse(form, `The upload of “${file.name}” was cancelled.`, "Nothing was stored.", "is-info"));
  request.send(data);
}

function show(form, file, request) {
  const box = form.querySelector("[data-progress]");
  const bar = box.querySelector("progress");
  const words = box.querySelector("[data-words]");
  form.querySelector("[data-problem]").replaceChildren();
  box.querySelector("[data-name]").textContent = file.name;
  words.textContent = "starting";
  bar.value = 0;
  form.querySelector(".dropzone").hidden = true;
  box.hidden = false;
  const cancel = box.querySelector("[data-cancel]");
  cancel.onclick = () => request.abort();
  cancel.focus();
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const percent = Math.floor((100 * event.loaded) / event.total);
    bar.value = percent;
    words.textContent = percent < 100 ? `${percent}% of ${megabytes(event.total)}` : "storing it";
  });
}

function finish(form, request) {
  let answer = {};
  try {
    answer = JSON.parse(request.responseText);
  } catch {
    // an answer of the server itself, in plain text or as a page
  }
  if (request.status === 201 && answer.url) return location.assign(answer.url);
  if (request.status === 413 && !answer.cause) return refuse(form, request.responseText, "");
  const signedOut = request.status === 403 || new URL(request.responseURL || location).pathname.startsWith("/login/");
  if (signedOut) return refuse(form, "You were signed out in the meantime.", "Load this page again and sign in; nothing else is lost.");
  refuse(form, answer.cause || "The server could not store the file.", answer.remedy || "Try again in a moment.");
}

function refuse(form, cause, remedy, kind = "is-error") {
  const alert = document.createElement("div");
  const strong = document.createElement("strong");
  alert.className = `alert ${kind}`;
  strong.textContent = cause;
  alert.append(strong, remedy);
  form.querySelector("[data-problem]").replaceChildren(alert);
  form.querySelector("[data-progress]").hidden = true;
  form.querySelector(".dropzone").hidden = false;
  const input = form.querySelector("input[type=file]");
  input.value = ""; // so that the same file, mended, can be chosen again
  input.focus();
}

function megabytes(bytes) {
  return bytes < MEBIBYTE ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / MEBIBYTE).toFixed(bytes < 10 * MEBIBYTE ? 1 : 0)} MB`;
}
