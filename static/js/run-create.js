// New run: the time of each preset follows the chosen data and base model.
const form = document.querySelector("[data-run-form]");
const estimates = JSON.parse(document.getElementById("estimates").textContent);
const chosen = (name) => form.querySelector(`[name="${name}"]:checked`)?.value;

function show() {
  const times = estimates[chosen("version")]?.[chosen("base_model")];
  for (const [preset, words] of Object.entries(times ?? {})) form.querySelector(`[data-time="${preset}"]`).textContent = words;
  const words = times?.[chosen("preset")];
  form.querySelector("[data-chosen-time]").textContent = words ?? "";
  form.querySelector("[data-chosen-fallback]").hidden = Boolean(words);
  form.querySelector("[data-other]").hidden = chosen("base_model") !== "other";
}

form.addEventListener("change", show);
window.addEventListener("pageshow", show);
show();
