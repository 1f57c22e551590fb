// Large files: sent in parts, paused and continued, found again after the page was closed.
import { Resumable } from "./resumable.js";
import { isTooLarge, meter, offer, percent, refuse, say, show, some } from "./upload-view.js";
import { pack } from "./zip.js";

const begun = new WeakMap(); // form: [{url, name, size, modified}], of files that are on their way

function known(form) {
  if (!begun.has(form)) {
    const rows = document.querySelectorAll(`#${form.dataset.unfinished} [data-arrival]`);
    const told = [...rows].map(({ dataset }) => ({ ...dataset, url: dataset.arrival, size: Number(dataset.size), modified: Number(dataset.modified) }));
    begun.set(form, told);
  }
  return begun.get(form);
}

// file: {blob, name, modified}.
export function sendInParts(form, file) {
  const { blob, name, modified } = file;
  const alike = known(form).filter((each) => each.name === name);
  const before = alike.find((each) => each.size === blob.size && (each.modified === modified || !each.modified));
  const bar = meter(form, blob.size);
  let come = 0;
  let opening = before ? "" : alike.length ? "It has changed since a part of it was sent, so it starts from the beginning." : "";
  const upload = new Resumable(
    file,
    { url: before?.url, begin: form.dataset.begin, form: () => ({ action: form.action, data: withoutFile(form) }) },
    {
      begun: (url) => known(form).push({ url, name, size: blob.size, modified }),
      sent: (bytes) => bar.sent((come = bytes)),
      going: () => {
        say(form, opening || (come ? `Going on at ${some(come, blob.size)}.` : ""));
        opening = "";
        offer(form, "Pause", pause);
      },
      waiting: (words, seconds) => {
        bar.rests(come);
        say(form, words || `The connection was lost at ${percent(come, blob.size)}.`, { ticking: ` Trying again in ${seconds} s …` });
        offer(form, "Try now", () => upload.tryNow());
      },
      gone: () => {
        forget(form, before?.url);
        opening = "What was sent of it earlier is no longer there, so it starts from the beginning.";
      },
      signedOut: () => {
        bar.rests(come);
        say(form, `You were signed out at ${percent(come, blob.size)}; nothing is lost. `, { after: signIn() });
        offer(form, "Go on", goOn);
        window.addEventListener("focus", goOn, { once: true }); // back from signing in
      },
      refused: (cause, remedy) => refuse(form, cause, remedy),
      done: (url) => location.assign(url),
    },
  );
  const pause = () => {
    upload.pause();
    bar.rests(come);
    say(form, `Paused at ${some(come, blob.size)}. You may close this page: choose it again within a week, and it goes on.`);
    offer(form, "Go on", goOn);
  };
  const goOn = () => {
    window.removeEventListener("focus", goOn);
    offer(form, "Pause", pause);
    say(form);
    upload.run();
  };
  const stop = () => {
    upload.cancel();
    for (const each of known(form).filter((one) => one.name === name && one.size === blob.size)) forget(form, each.url);
    refuse(form, `The upload of “${name}” was cancelled.`, "Nothing was stored.", "is-info");
  };
  row(form, before?.url)?.setAttribute("hidden", "");
  show(form, name, { stop, pause });
  upload.run();
}

// found: [{file, path}] of pictures; total: their bytes.
export async function packAndSend(form, found, total) {
  const roots = new Set(found.map(({ path }) => path.split("/")[0]));
  const inOneFolder = roots.size === 1 && found.every(({ path }) => path.includes("/"));
  const alone = found.length === 1 ? found[0].file.name : `${found.length.toLocaleString("en")} pictures`;
  const name = `${inOneFolder ? [...roots][0] : alone}.zip`;
  let goesOn = true;
  const stop = () => {
    goesOn = false;
    refuse(form, `The upload of “${name}” was cancelled.`, "Nothing was stored.", "is-info");
  };
  show(form, name, { stop });
  say(form, "Packing the pictures …");
  const blob = await pack(found, meter(form, total).rests, () => goesOn).catch(() => undefined);
  if (blob === undefined) return refuse(form, "Some of the pictures could not be read.", "They may have been changed or moved. Choose them again.");
  if (blob === null || isTooLarge(form, `“${name}” is`, blob.size, "Upload part of the pictures.")) return;
  sendInParts(form, { blob, name, modified: found.reduce((newest, { file }) => Math.max(newest, file.lastModified), 0) });
}

function withoutFile(form) {
  const data = new FormData(form);
  data.delete("file");
  return data;
}

const row = (form, url) => document.querySelector(`#${form.dataset.unfinished} [data-arrival="${url}"]`);

function forget(form, url) {
  begun.set(form, known(form).filter((each) => each.url !== url));
  row(form, url)?.remove();
}

function signIn() {
  const link = document.createElement("a");
  link.href = `/login/?next=${encodeURIComponent(location.pathname)}`;
  link.target = "_blank";
  link.textContent = "Sign in again in another tab";
  const rest = document.createElement("span");
  rest.append(link, ", then come back here: it goes on.");
  return rest;
}
