// What is seen first of a diagram too large to be read as a whole: its beginning, or what one came for, as large as can be read.
export const LEGIBLE = 0.82; // the smallest names are drawn in 11 pixels, and 9 can be read
const EDGE = 20; // pixels that stay free around it

// Shows the beginning; `taken` are pixels that something else covers at the left.
export function fromTheBeginning(canvas, elements, taken = 0) {
  const { inner, outer } = canvas.viewbox();
  const [width, height, edge] = [outer.width / LEGIBLE, outer.height / LEGIBLE, EDGE / LEGIBLE];
  const starts = elements.filter(({ type, parent }) => type === "bpmn:StartEvent" && parent?.type !== "bpmn:SubProcess");
  const first = starts.sort((one, other) => one.x - other.x || other.outgoing.length - one.outgoing.length)[0] ?? inner;
  const middle = first.y + first.height / 2 - height / 2;
  const room = inner.height + 2 * edge - height; // below nothing there is to see
  const y = room > 0 ? Math.min(Math.max(middle, inner.y - edge), inner.y - edge + room) : inner.y - edge + room / 2;
  canvas.viewbox({ x: inner.x - edge - taken / LEGIBLE, y, width, height });
}

// Shows these elements together where they fit, else from the first of them on; nothing of the empty ground that the diagram would spare.
export function around(canvas, elements) {
  const { inner, outer } = canvas.viewbox();
  const [width, height, edge] = [outer.width / LEGIBLE, outer.height / LEGIBLE, EDGE / LEGIBLE];
  const along = (at, size, room) => {
    const [first, last] = [inner[at] - edge, Math.max(inner[at] - edge, inner[at] + inner[size] + edge - room)];
    if (inner[size] + 2 * edge <= room) return inner[at] - (room - inner[size]) / 2;
    const [from, to] = [Math.min(...elements.map((each) => each[at])), Math.max(...elements.map((each) => each[at] + each[size]))];
    return Math.min(last, Math.max(first, to - from + 2 * edge <= room ? (from + to - room) / 2 : from - edge));
  };
  canvas.viewbox({ x: along("x", "width", width), y: along("y", "height", height), width, height });
}
