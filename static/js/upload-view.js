// What a person sees of an upload: how far it has come, how long it still takes, what holds it up, why it was refused.

const MEBIBYTE = 1024 * 1024;
const WINDOW = 20_000; // ms over which the speed is measured
const SURE = 3_000; // ms before a time left is more than a guess

// stop: called by the button Cancel. pause: called by the other button, which is hidden without it.
export function show(form, name, { stop, pause }) {
  const box = form.querySelector("[data-progress]");
  form.querySelector("[data-problem]").replaceChildren();
  box.querySelector("[data-name]").textContent = name;
  box.querySelector("[data-words]").textContent = "starting";
  box.querySelector("progress").value = 0;
  say(form);
  for (const way of ways(form)) way.hidden = true;
  box.hidden = false;
  const [first, cancel] = [box.querySelector("[data-pause]"), box.querySelector("[data-cancel]")];
  first.hidden = !pause;
  first.textContent = "Pause";
  first.onclick = pause;
  cancel.onclick = stop;
  (pause ? first : cancel).focus();
}

// sent: to call with the bytes that have come, as often as one likes. rests: to call when nothing is sent for a while.
export function meter(form, total) {
  const bar = form.querySelector("[data-progress] progress");
  const words = form.querySelector("[data-words]");
  let seen = [];
  const write = (bytes, left) => {
    bar.value = (100 * bytes) / total;
    words.textContent = bytes < total ? `${some(bytes, total)} · ${percent(bytes, total)}${left}` : "storing it";
  };
  return {
    sent(bytes) {
      const now = performance.now();
      if (seen.length && bytes < seen.at(-1).bytes) seen = []; // some of it has to be sent again
      seen.push({ now, bytes });
      while (seen[0].now < now - WINDOW) seen.shift();
      write(bytes, timeLeft(seen, total));
    },
    rests(bytes) {
      seen = [];
      write(bytes, "");
    },
  };
}

function timeLeft(seen, total) {
  const [first, last] = [seen[0], seen.at(-1)];
  const speed = (last.bytes - first.bytes) / (last.now - first.now);
  if (last.now - first.now < SURE || !(speed > 0)) return "";
  const seconds = (total - last.bytes) / speed / 1000;
  if (seconds < 10) return " · a few seconds left";
  if (seconds < 55) return ` · about ${Math.ceil(seconds / 10) * 10} seconds left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return minutes === 1 ? " · about a minute left" : ` · about ${minutes} minutes left`;
  return ` · about ${Math.round(minutes / 60)} hours left`;
}

// A sentence below the bar, read out once; what changes every second stands beside it and is not. after: more, a node.
export function say(form, words = "", { ticking = "", after = null } = {}) {
  const state = form.querySelector("[data-state]");
  if (state.firstChild?.textContent !== words || after || !ticking) {
    const count = document.createElement("span");
    count.setAttribute("aria-hidden", "true");
    state.replaceChildren(words, count, ...(after ? [after] : []));
  }
  state.querySelector("span").textContent = ticking;
}

// What the button beside Cancel says and does now.
export function offer(form, label, action) {
  const button = form.querySelector("[data-pause]");
  button.textContent = label;
  button.onclick = action;
}

export function refuse(form, cause, remedy, kind = "is-error") {
  const alert = document.createElement("div");
  const strong = document.createElement("strong");
  alert.className = `alert ${kind}`;
  strong.textContent = cause;
  alert.append(strong, remedy);
  form.querySelector("[data-problem]").replaceChildren(alert);
  form.querySelector("[data-progress]").hidden = true;
  for (const way of ways(form)) way.hidden = false;
  const inputs = form.querySelectorAll("input[type=file]");
  for (const input of inputs) input.value = ""; // so that the same file, mended, can be chosen again
  inputs[0].focus();
}

export function isTooLarge(form, what, size, remedy) {
  const limit = Number(form.dataset.limit);
  if (size > limit) refuse(form, `${what} ${megabytes(size)}; the limit is ${megabytes(limit)}.`, remedy);
  return size > limit;
}

const ways = (form) => form.querySelectorAll(".dropzone, [data-folder]");

export function megabytes(bytes) {
  return bytes < MEBIBYTE ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / MEBIBYTE).toFixed(bytes < 10 * MEBIBYTE ? 1 : 0)} MB`;
}

export const percent = (bytes, total) => `${Math.floor((100 * bytes) / total)}%`;

// "212 of 480 MB"
export function some(bytes, total) {
  const whole = megabytes(total);
  const [digits, unit] = whole.split(" ");
  const size = unit === "MB" ? MEBIBYTE : 1024;
  return `${(bytes / size).toFixed(digits.includes(".") ? 1 : 0)} of ${whole}`;
}
