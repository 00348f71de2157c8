// A diagram for the printer: as large as the sheet takes, a wide one cut into pieces below each other, all lanes in each.
// Before the pieces of a cut one stands the whole, as a map; subprocesses that a cut goes through have sheets of their own.
const SHEET = { width: 1000, height: 620 }; // CSS pixels of a landscape sheet within its margins
const SMALLEST = 0.62; // below this the names cannot be read on paper
const OVERLAP = 40;
const EDGE = 40;
const HEAD = 30; // how wide the name of a pool or lane stands

export function onPaper(container, viewer) {
  addEventListener("beforeprint", () => {
    container.parentNode.querySelector(".diagram-sheets")?.remove();
    const drawn = container.querySelector(".djs-container > svg");
    if (!drawn || !container.offsetParent) return;
    const { x, y, width, height } = viewer.get("canvas").getActiveLayer().getBBox();
    const whole = { x, y, width, height };
    container.after(sheets(drawn, whole, subprocesses(viewer), headsOf(viewer)));
  });
}

function subprocesses(viewer) {
  const registry = viewer.get("elementRegistry");
  const isOpen = ({ type, children, collapsed }) => /SubProcess|Transaction/.test(type) && children?.length && !collapsed;
  return registry.filter((each) => isOpen(each) && !isOpen(each.parent ?? {}));
}

// The band at the left in which pool and lanes have their names: it stands before each piece.
function headsOf(viewer) {
  const bands = viewer.get("elementRegistry").filter(({ type, isHorizontal }) => /Participant|Lane/.test(type) && isHorizontal !== false);
  return bands.length ? Math.max(...bands.map(({ x }) => x + HEAD)) - Math.min(...bands.map(({ x }) => x)) : 0;
}

function sheets(drawn, whole, inner, heads) {
  const least = Math.min(1, SHEET.height / whole.height, Math.max(SMALLEST, SHEET.width / whole.width));
  const most = Math.min(whole.width, SHEET.width / least - heads);
  const count = Math.ceil((whole.width - OVERLAP) / (most - OVERLAP));
  const width = (whole.width + (count - 1) * OVERLAP) / count;
  const scale = Math.min(1, SHEET.height / whole.height, SHEET.width / (width + (count > 1 ? heads : 0))); // each piece fills its sheet
  const all = Object.assign(document.createElement("div"), { className: "diagram-sheets djs-container" });
  const pieces = [...Array(count).keys()].map((at) => ({ ...whole, x: whole.x + at * (width - OVERLAP), width }));
  const cuts = pieces.slice(0, -1).map((piece) => piece.x + width);
  if (cuts.length) all.append(sheet(drawn, whole));
  for (const piece of pieces) {
    const row = Object.assign(document.createElement("div"), { className: "sheet-row" });
    if (heads && piece.x > whole.x) row.append(sheet(drawn, { ...whole, width: heads }, scale));
    row.append(sheet(drawn, piece, scale));
    all.append(row);
  }
  for (const { x, y, width: across, height } of inner)
    if (cuts.some((cut) => cut > x && cut < x + across)) all.append(sheet(drawn, around({ x, y, width: across, height })));
  return all;
}

// With the events at its edge.
function around({ x, y, width, height }) {
  return { x: x - EDGE, y: y - EDGE, width: width + 2 * EDGE, height: height + 2 * EDGE };
}

// Part of the drawing; without a scale as large as one sheet takes.
function sheet(drawn, { x, y, width, height }, scale = Math.min(1, SHEET.width / width, SHEET.height / height)) {
  const part = drawn.cloneNode(true);
  part.querySelector(".viewport").removeAttribute("transform");
  part.setAttribute("viewBox", `${x - 4} ${y - 4} ${width + 8} ${height + 8}`);
  part.setAttribute("width", (width + 8) * scale);
  part.setAttribute("height", (height + 8) * scale);
  return part;
}
