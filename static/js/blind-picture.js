// A picture of the voter's own in the blind test: what is dropped, pasted or chosen is sent at once. Without this script
// the form has a button.
import { listenForPictures, pictureOf } from "./picture-input.js";

const form = document.querySelector("[data-blind-picture]");
if (form) listenForPictures(form, take, say);

async function take(files) {
  const picture = await pictureOf(files, form, say);
  if (!picture) return;
  const given = new DataTransfer(); // what came by drop or paste, or was made smaller, is put where the form has it
  given.items.add(new File([picture], files[0].name, { type: picture.type }));
  form.querySelector("input[type=file]").files = given.files;
  say("Searching…", "");
  form.requestSubmit();
}

function say(cause, remedy) {
  form.querySelector("[data-problem]").textContent = `${cause} ${remedy}`.trim();
}
