// A diagram for the printer: as large as the sheet takes, a large one cut into pieces below each other, lanes whole.
// Before the pieces of a cut one stands the whole, as a map; subprocesses that a cut goes through have sheets of their own.
const SHEET = { width: 1000, height: 620 }; // CSS pixels of a landscape sheet within its margins
const SMALLEST = 0.62; // below this the names cannot be read on paper
const OVERLAP = 40;
const EDGE = 40;
const HEAD = 30; // how wide the name of a pool or lane stands
const DEEPEST = 3; // lanes within each other

export function onPaper(container, viewer) {
  addEventListener("beforeprint", () => {
    container.parentNode.querySelector(".diagram-sheets")?.remove();
    const drawn = container.querySelector(".djs-container > svg");
    if (!drawn || !container.offsetParent) return;
    const { x, y, width, height } = viewer.get("canvas").getActiveLayer().getBBox();
    const whole = { x, y, width, height };
    container.after(sheets(drawn, whole, subprocesses(viewer), headsOf(viewer), edgesOf(viewer)));
  });
}

function subprocesses(viewer) {
  const registry = viewer.get("elementRegistry");
  const isOpen = ({ type, children, collapsed }) => /SubProcess|Transaction/.test(type) && children?.length && !collapsed;
  return registry.filter((each) => isOpen(each) && !isOpen(each.parent ?? {}));
}

// The band at the left in which pool and lanes have their names: it stands before each piece. Pools further right have none.
function headsOf(viewer) {
  const bands = viewer.get("elementRegistry").filter(({ type, isHorizontal }) => /Participant|Lane/.test(type) && isHorizontal !== false);
  const left = Math.min(...bands.map(({ x }) => x));
  return bands.length ? Math.max(...bands.map(({ x }) => x).filter((x) => x <= left + DEEPEST * HEAD)) + HEAD - left : 0;
}

// Where a lane or a pool ends below.
function edgesOf(viewer) {
  const bands = viewer.get("elementRegistry").filter(({ type }) => /Participant|Lane/.test(type));
  return bands.map(({ y, height }) => y + height);
}

function sheets(drawn, whole, inner, heads, edges) {
  const least = Math.min(1, Math.max(SMALLEST, Math.min(SHEET.height / whole.height, Math.max(SMALLEST, SHEET.width / whole.width))));
  const most = Math.min(whole.width, SHEET.width / least - heads);
  const count = Math.ceil((whole.width - OVERLAP) / (most - OVERLAP));
  const width = (whole.width + (count - 1) * OVERLAP) / count;
  const rows = cutAtLanes(whole, SHEET.height / least, edges);
  const tallest = Math.max(...rows.map(({ height }) => height));
  const scale = Math.min(1, SHEET.height / tallest, SHEET.width / (width + (count > 1 ? heads : 0))); // each piece fills its sheet
  const all = Object.assign(document.createElement("div"), { className: "diagram-sheets djs-container" });
  const pieces = rows.flatMap((row) => [...Array(count).keys()].map((at) => ({ ...row, x: whole.x + at * (width - OVERLAP), width })));
  if (pieces.length > 1) all.append(sheet(drawn, whole));
  for (const piece of pieces) {
    const row = Object.assign(document.createElement("div"), { className: "sheet-row" });
    if (heads && piece.x > whole.x) row.append(sheet(drawn, { ...piece, x: whole.x, width: heads }, scale));
    row.append(sheet(drawn, piece, scale));
    all.append(row);
  }
  for (const each of inner.map(around)) if (!pieces.some((piece) => holds(piece, each))) all.append(sheet(drawn, each));
  return all;
}

// Rows of pieces, no higher than a sheet takes: cut between lanes where there are any, else with what stands at the cut in both.
function cutAtLanes({ x, y, width, height }, most, edges) {
  const rows = [];
  const end = y + height;
  let top = y;
  while (end - top > most) {
    const between = edges.filter((edge) => edge > top + most / 3 && edge <= top + most);
    const cut = between.length ? Math.max(...between) : top + most;
    rows.push({ x, y: top, width, height: cut - top });
    top = between.length ? cut : cut - OVERLAP;
  }
  return [...rows, { x, y: top, width, height: end - top }];
}

function holds(piece, { x, y, width, height }) {
  return piece.x <= x + EDGE && x + width - EDGE <= piece.x + piece.width && piece.y <= y + EDGE && y + height - EDGE <= piece.y + piece.height;
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
