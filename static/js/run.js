// A run's page while it waits or runs: asks where it stands, and draws what it learns.
import { draw } from "./charts.js";

const root = document.querySelector("[data-run]");
const part = (name) => document.querySelector(`[data-${name}]`);
const loss = new Map(); // by step, so that a resumed run draws over what it repeats
const score = new Map(); // by pass, counted through all trainings; 0 is the base model
const turns = root.dataset.judges === "turns"; // then each training has other judges, and no line may join its scores
const EVERY = 1500;
const SLOWEST = 15000;
let after = 0;
let wait = EVERY;
let logBegun = false;
const ended = ["done", "failed", "cancelled"];

async function ask() {
  const answer = await fetch(`${root.dataset.progress}?after=${after}`, { headers: { Accept: "application/json" } });
  if (answer.redirected || answer.status === 404) return location.reload(); // signed out, or deleted
  if (!answer.ok) throw new Error(`progress: ${answer.status}`);
  return answer.json();
}

async function look() {
  if (!document.hidden) {
    try {
      const state = await ask();
      if (!state) return;
      wait = EVERY;
      show(state);
      await take(state);
      if (ended.includes(state.status)) return finish(state);
    } catch {
      wait = Math.min(wait * 2, SLOWEST); // the server may be restarting
    }
  }
  setTimeout(look, wait);
}

function show(state) {
  if (ended.includes(root.dataset.run)) return;
  say("headline", state.headline);
  say("time-left", state.time_left);
  say("percent", state.percent);
  document.querySelector("progress").value = state.percent;
  part("waiting-for").hidden = !state.waiting_for;
  say("waiting-for", state.waiting_for);
  for (const stage of state.stages) {
    const line = document.querySelector(`[data-stage="${stage.name}"]`);
    line.className = `stage is-${stage.state}`;
    line.toggleAttribute("aria-current", stage.state === "current");
    line.querySelector("[data-state]").textContent = `, ${stage.state}`;
  }
  document.title = state.status === "running" ? `${state.percent}% · ${state.headline} · Tailor` : `${state.headline} · Tailor`;
  const spoken = state.status === "running" ? `${state.headline}, ${10 * Math.floor(state.percent / 10)} percent` : state.headline;
  say("spoken", spoken); // read aloud only when it changes: each stage, each tenth
}

function say(name, words) {
  const element = part(name);
  if (element && element.textContent !== String(words)) element.textContent = words;
}

async function take(state) {
  after = state.after;
  let news = false;
  for (const event of state.events) {
    if (event.kind === "loss") loss.set(event.step, event.loss);
    if (event.kind === "validation") score.set(event.epoch, event.score);
    news ||= event.kind === "loss" || event.kind === "validation";
    if (event.kind === "log" && event.message) log(event.message);
  }
  if (news) await drawAll();
}

function log(message) {
  const box = part("log");
  if (!logBegun) box.textContent = "";
  logBegun = true;
  box.append(`${message}\n`);
}

async function drawAll() {
  const live = part("live");
  if (!live) return;
  part("score").closest("figure").hidden = !score.size;
  part("loss").closest("figure").hidden = loss.size < 2;
  live.hidden = !score.size && loss.size < 2;
  await Promise.all([drawScore(), drawLoss()]);
}

const sorted = (points) => [...points.entries()].sort((one, other) => one[0] - other[0]);

async function drawScore() {
  const rows = sorted(score);
  if (!rows.length) return;
  const base = score.get(0);
  const best = Math.max(...rows.map(([, value]) => value));
  const traces = [];
  if (base !== undefined) {
    const last = Math.max(1, rows.at(-1)[0]);
    traces.push({ type: "scatter", mode: "lines", name: "Base model", x: [0, last], y: [100 * base, 100 * base], line: { color: "@before", width: 2, dash: "dash" }, hovertemplate: "base model: %{y:.1f}<extra></extra>" });
    const title = best > base ? `On the choosing ${root.dataset.questions}: ${(100 * best).toFixed(1)} points${turns ? " at best" : ""}, base model ${(100 * base).toFixed(1)}` : `No better yet than the base model (${(100 * base).toFixed(1)} points)`;
    part("score-title").textContent = rows.length > 1 ? title : `Base model: ${(100 * base).toFixed(1)} points. What it learns is judged next`;
  }
  const tuned = turns ? rows.filter(([pass]) => pass) : rows;
  traces.push({ type: "scatter", mode: turns ? "markers" : "lines+markers", name: turns ? "Trainings" : "Now", x: tuned.map(([pass]) => pass), y: tuned.map(([, value]) => 100 * value), line: { color: "@after", width: 2.5 }, marker: { color: "@after", size: turns ? 10 : 7 }, hovertemplate: "after pass %{x}: %{y:.1f}<extra></extra>" });
  await draw(part("score"), { traces, layout: { yaxis: { title: { text: "ranking quality, points" } }, xaxis: { title: { text: "passes over the examples" }, dtick: Math.max(1, Math.floor(rows.at(-1)[0] / 10)) } } });
}

async function drawLoss() {
  const rows = sorted(loss);
  if (rows.length < 2) return;
  const [first, last] = [rows[0][1], rows.at(-1)[1]];
  const before = last <= first ? `${first.toFixed(2)} at first, ` : ""; // a training that just began says nothing yet
  part("loss-title").textContent = `Training error: ${before}${last.toFixed(2)} now`;
  await draw(part("loss"), {
    traces: [{ type: "scatter", mode: "lines", name: "Error", x: rows.map(([step]) => step), y: rows.map(([, value]) => value), line: { color: "@after", width: 2 }, hovertemplate: "step %{x}: %{y:.3f}<extra></extra>" }],
    layout: { showlegend: false, yaxis: { title: { text: "error" }, rangemode: "tozero" }, xaxis: { title: { text: "step" } } },
  });
}

function finish(state) {
  if (ended.includes(root.dataset.run)) return; // the page was opened after the end, and has its charts now
  if (document.hidden && "Notification" in window && Notification.permission === "granted") {
    new Notification(`${root.dataset.name}: ${state.headline}`);
  }
  location.assign(state.next);
}

const notify = part("notify");
if (notify && "Notification" in window && Notification.permission === "default") {
  notify.hidden = false;
  notify.addEventListener("click", async () => {
    const answer = await Notification.requestPermission();
    notify.textContent = answer === "granted" ? "You will be told" : "Your browser refused";
    notify.disabled = true;
  });
}
document.addEventListener("visibilitychange", () => !document.hidden && (wait = EVERY));
look();
