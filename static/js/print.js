// Paper: every chart in light colours, at a width that fits.
import { drawForPaper } from "./charts.js";

// drawAll(): draws what is visible and was not drawn yet. On paper no tab hides anything.
export function printWith(drawAll) {
  window.addEventListener("beforeprint", () => {
    drawForPaper(true);
    drawAll();
  });
  window.addEventListener("afterprint", () => drawForPaper(false));
  document.querySelector("[data-print]")?.addEventListener("click", async (event) => {
    const menu = event.target.closest("details");
    if (menu) menu.open = false;
    drawForPaper(true);
    await drawAll(); // the browser waits for nothing once it prints
    window.print();
  });
}
