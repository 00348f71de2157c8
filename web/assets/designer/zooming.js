// How large the diagram is shown: by buttons in a corner of the paper; at first the whole of it beside the tools, where that can be read.
import { LEGIBLE, fromTheBeginning } from "../js/first_view.js";

const IS_NARROW = matchMedia("(max-width: 800px)").matches;
const PALETTE = IS_NARROW ? 0 : 120; // pixels that the tools take at the left
const EDGE = 20; // pixels that stay free around it
const STEP = 1.2;
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
    if (canvas.zoom() < LEGIBLE) fromTheBeginning(canvas, modeler.get("elementRegistry").getAll(), PALETTE);
  }

  const to = (scale) => canvas.zoom(Math.min(MOST, Math.max(LEAST, scale)));
  const acts = { in: () => to(canvas.zoom() * STEP), out: () => to(canvas.zoom() / STEP), same: () => to(1), fit };
  for (const button of place.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => acts[button.dataset.zoom]());
  modeler.on("canvas.viewbox.changed", ({ viewbox }) => (said.textContent = `${Math.round(viewbox.scale * 100)}%`));
  return begin;
}
