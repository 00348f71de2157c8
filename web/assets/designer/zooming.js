// How large the diagram is shown: by buttons in a corner of the paper; the whole of it beside the tools at first.
const PALETTE = matchMedia("(max-width: 800px)").matches ? 0 : 120; // pixels that the tools take at the left
const STEP = 1.2;
const [LEAST, MOST] = [0.2, 4];

export function zooming(modeler, place) {
  const canvas = modeler.get("canvas");
  const said = place.querySelector("[data-zoomed]");

  // The whole diagram beside the tools, never larger than drawn.
  function fit() {
    canvas.zoom("fit-viewport", "auto");
    if (canvas.zoom() > 1) canvas.zoom(1, "auto");
    const { x, y, width, height, scale } = canvas.viewbox();
    canvas.viewbox({ x: x - PALETTE / scale, y, width: width + PALETTE / scale, height });
  }

  const to = (scale) => canvas.zoom(Math.min(MOST, Math.max(LEAST, scale)));
  const acts = { in: () => to(canvas.zoom() * STEP), out: () => to(canvas.zoom() / STEP), same: () => to(1), fit };
  for (const button of place.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => acts[button.dataset.zoom]());
  modeler.on("canvas.viewbox.changed", ({ viewbox }) => (said.textContent = `${Math.round(viewbox.scale * 100)}%`));
  return fit;
}
