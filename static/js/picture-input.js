// A picture given to a form: dropped anywhere on the page, pasted, or chosen; and made smaller before it is sent.

import { whenChosen } from "./chosen.js";

const MEBIBYTE = 1024 * 1024;
const WORTH_SHRINKING = 4 * MEBIBYTE; // a phone's photo, over a phone's network
const ENOUGH_PIXELS = 1600; // on the longer side

// Calls take(files) for what comes, and say(cause, remedy) where the clipboard has no picture. Anywhere on the page: a
// file dropped beside the field would replace the page by the file.
export function listenForPictures(form, take, say) {
  const zone = form.querySelector(".dropzone");
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0; // dragenter and dragleave come for every element on the way
  for (const input of form.querySelectorAll("input[type=file]")) {
    whenChosen(input, (files) => take([...files], input));
  }
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
    if (event.target.matches?.("input:not([type=file]), textarea")) return;
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return say("There is no picture on the clipboard.", "Copy the picture itself, not its address, or choose a file.");
    event.preventDefault();
    take(files);
  });
}

// The one picture of these files, small enough to send; null where there is none, after say(cause, remedy) if it is wrong.
export async function pictureOf(files, form, say) {
  const [file] = files;
  if (!file) return null;
  const refuse = (cause, remedy) => (say(cause, remedy), null);
  if (files.length > 1) return refuse("Only one picture at a time.", "Choose one of them.");
  if (file.size === 0) return refuse(`“${file.name}” is empty (0 bytes).`, "Choose another one.");
  if (file.type && !file.type.startsWith("image/")) return refuse(`“${file.name}” is not a picture.`, "Choose a JPEG or PNG file.");
  const ready = await smaller(file, Number(form.dataset.enough ?? WORTH_SHRINKING));
  const limit = Number(form.dataset.limit);
  if (ready.size <= limit) return ready;
  return refuse(`“${file.name}” has ${Math.round(ready.size / MEBIBYTE)} MB.`, `Choose a picture of at most ${limit / MEBIBYTE} MB.`);
}

// A large picture made smaller here; as it is, where the browser cannot read it.
async function smaller(file, enough) {
  if (file.size <= enough) return file;
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
