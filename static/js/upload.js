// Uploads by drag, click or keyboard. Large files go up in parts, and go on where the line broke, or another day.
// Without this script the plain form works.
import { whenChosen } from "./chosen.js";
import { packAndSend, sendInParts } from "./upload-parts.js";
import { isTooLarge, meter, refuse, show } from "./upload-view.js";
import { canPack } from "./zip.js";

for (const form of document.querySelectorAll("form[data-upload]")) prepare(form);

// A file dropped beside the field would replace the page by the file.
for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());

function prepare(form) {
  const zone = form.querySelector(".dropzone");
  const input = form.querySelector("input[type=file]");
  form.querySelector("[data-plain]").hidden = true;
  const take = (files) => files.length && choose(form, named(files));
  whenChosen(input, take);
  const folder = form.querySelector("[data-folder]");
  if (folder) {
    folder.hidden = false;
    whenChosen(folder.querySelector("input"), take);
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  zone.addEventListener("dragover", () => zone.classList.add("is-over"));
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    dropped(event.dataTransfer)
      .then((found) => found.length && choose(form, found))
      .catch(() => refuse(form, "The folder could not be read.", "Pack it as a ZIP, then upload that."));
  });
}

// [{file, path}]: of a folder the path within it, so that the server knows the folder of each picture.
function named(files) {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return named(transfer.files);
  return (await Promise.all(entries.map(inside))).flat();
}

async function inside(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, path: entry.fullPath.replace(/^\//, "") }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at a time
    if (!some.length) return (await Promise.all(found.map(inside))).flat();
    found.push(...some);
  }
}

function choose(form, all) {
  const found = all.filter(({ path }) => !/(^|\/)(\.|Thumbs\.db$|desktop\.ini$)/i.test(path)); // nobody means these
  if (!found.length) return refuse(form, "There is no file in this folder.", "Choose the folder that has the pictures.");
  const several = found.length > 1 || found[0].path.includes("/");
  if ("pictures" in form.dataset && (several || /^image\//.test(found[0].file.type))) return sendPictures(form, found);
  if (several) return refuse(form, "Only one file at a time.", "Put all examples into one table, then upload that.");
  send(form, found[0].file);
}

function send(form, file) {
  if (file.size === 0) return refuse(form, `“${file.name}” is empty (0 bytes).`, "Check that it was saved, then upload it again.");
  const remedy =
    "pictures" in form.dataset
      ? "Make the pictures smaller (1,000 pixels on the longer side are plenty), or upload part of them."
      : "Leave out columns that search does not need, or upload part of the rows.";
  if (isTooLarge(form, `“${file.name}” is`, file.size, remedy)) return;
  if (file.size >= Number(form.dataset.resumable)) return sendInParts(form, { blob: file, name: file.name, modified: file.lastModified });
  const data = new FormData(form);
  data.set("file", file);
  post(form, data, file.name);
}

// Few go as they are, and the server packs them into one ZIP as they come: the name of each field says where in it the
// file goes. Many are packed here, for one file can go on where the line broke.
function sendPictures(form, found) {
  const most = Number(form.dataset.most);
  const count = found.length.toLocaleString("en");
  if (found.length > most)
    return refuse(form, `These are ${count} files; ${most.toLocaleString("en")} can be uploaded at once.`, "Pack them as a ZIP, then upload that.");
  const total = found.reduce((sum, { file }) => sum + file.size, 0);
  const remedy = "Make the pictures smaller (1,000 pixels on the longer side are plenty), or upload part of them.";
  if (isTooLarge(form, `These ${count} files are`, total, remedy)) return;
  if (total >= Number(form.dataset.resumable) && canPack(found)) return packAndSend(form, found, total);
  const data = new FormData(form);
  data.delete("file");
  for (const { file, path } of found) data.append(`picture:${encodeURIComponent(path)}`, file);
  post(form, data, found.length === 1 ? found[0].file.name : `${count} files`);
}

function post(form, data, name) {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  show(form, name, { stop: () => request.abort() });
  let bar = null;
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) (bar ??= meter(form, event.total)).sent(event.loaded);
  });
  request.addEventListener("load", () => finish(form, request));
  request.addEventListener("error", () => refuse(form, "The connection broke before the file was complete.", "Check the network, then choose the file again."));
  request.addEventListener("abort", () => refuse(form, `The upload of “${name}” was cancelled.`, "Nothing was stored.", "is-info"));
  request.send(data);
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
