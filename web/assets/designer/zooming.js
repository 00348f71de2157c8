// How large the diagram is shown: by buttons in a corner of the paper; the whole of it beside the tools at first.
const IS_NARROW = matchMedia("(max-width: 800px)").matches;
const PALETTE = IS_NARROW ? 0 : 120; // pixels that the tools take at the left
const EDGE = 20; // pixels that stay free around it
const STEP = 1.2;
const LEGIBLE = 0.6; // a phone begins where the process begins rather than with what nobody can read
const [LEAST, MOST] = [0.2, 4];

export function zooming(modeler, place) {
  const canvas = modeler.get("canvas");
  const said = place.querySelector("[data-zoomed]");
  // The canvas remembers its size until it is told: the list of problems below takes of its room, and gives it back.
  new ResizeObserver(() => canvas.resized()).observe(canvas.getContainer());

  // The whole diagram beside the tools, never larger than drawn.
  function fit() {
    canvas.resized();
    const { inner, outer } = canvas.viewbox();
    const room = { width: outer.width - PALETTE - 2 * EDGE, height: outer.height - 2 * EDGE };
    const scale = Math.min(1, Math.max(LEAST, Math.min(room.width / (inner.width || 1), room.height / (inner.height || 1))));
    const [spareWidth, spareHeight] = [room.width / scale - inner.width, room.height / scale - inner.height];
    const x = inner.x - (PALETTE + EDGE) / scale - Math.max(0, spareWidth / 2);
    const y = inner.y - EDGE / scale - Math.max(0, spareHeight / 2);
    canvas.viewbox({ x, y, width: outer.width / scale, height: outer.height / scale });
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
