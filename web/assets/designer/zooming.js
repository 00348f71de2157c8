// How large the diagram is shown: by buttons in a corner of the paper; the whole of it beside the tools at first.
const IS_NARROW = matchMedia("(max-width: 800px)").matches;
const PALETTE = IS_NARROW ? 0 : 120; // pixels that the tools take at the left
const STEP = 1.2;
const LEGIBLE = 0.6; // a phone begins where the process begins rather than with what nobody can read
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

  function begin() {
    fit();
    if (!IS_NARROW || canvas.zoom() >= LEGIBLE) return;
    const { inner, outer } = canvas.viewbox();
    const [width, height] = [outer.width / LEGIBLE, outer.height / LEGIBLE];
    canvas.viewbox({ x: inner.x - 20, y: inner.y + inner.height / 2 - height / 2, width, height });
  }

  const to = (scale) => canvas.zoom(Math.min(MOST, Math.max(LEAST, scale)));
  const acts = { in: () => to(canvas.zoom() * STEP), out: () => to(canvas.zoom() / STEP), same: () => to(1), fit };
  for (const button of place.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => acts[button.dataset.zoom]());
  modeler.on("canvas.viewbox.changed", ({ viewbox }) => (said.textContent = `${Math.round(viewbox.scale * 100)}%`));
  return begin;
}
