// How a problem comes about: the elements and flows of its trace light up one after another, and stay lit until the next.
const STEP = 350;
const MARKER = "is-played";
let running = 0;

export function play(modeler, trace) {
  const canvas = modeler.get("canvas");
  const known = modeler.get("elementRegistry");
  const steps = trace.filter((id) => known.get(id));
  clear(modeler);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) steps.forEach((id) => canvas.addMarker(id, MARKER));
  else next(canvas, steps, running);
  if (steps.length) canvas.scrollToElement(known.get(steps.at(-1)), 80);
}

// Ends what is being played: what was changed since comes about another way, or not at all.
export function clear(modeler) {
  running += 1;
  const canvas = modeler.get("canvas");
  for (const element of modeler.get("elementRegistry").getAll()) {
    if (canvas.hasMarker(element, MARKER)) canvas.removeMarker(element, MARKER);
  }
}

function next(canvas, [id, ...rest], turn) {
  if (!id || turn !== running) return;
  canvas.addMarker(id, MARKER);
  setTimeout(next, STEP, canvas, rest, turn);
}
