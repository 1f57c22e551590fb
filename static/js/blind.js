// The blind test by keys: 1 to 4 or the arrows for the four answers, Backspace for the last vote.
const ARROWS = { ArrowLeft: "1", ArrowRight: "2", ArrowUp: "3", ArrowDown: "4" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat) return;
  if (event.target.matches("input, textarea, select, summary")) return;
  const button = document.querySelector(`[data-key="${ARROWS[event.key] ?? event.key}"]`);
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
});
