// A diagram for the printer: as large as the sheet takes, a wide one cut into pieces below each other, all lanes in each.
const SHEET = { width: 1000, height: 620 }; // CSS pixels of a landscape sheet within its margins
const SMALLEST = 0.62; // below this the names cannot be read on paper
const OVERLAP = 40;

export function onPaper(container, canvas) {
  addEventListener("beforeprint", () => {
    container.parentNode.querySelector(".diagram-sheets")?.remove();
    const drawn = container.querySelector(".djs-container > svg");
    if (drawn && container.offsetParent) container.after(sheets(drawn, canvas.getActiveLayer().getBBox()));
  });
}

function sheets(drawn, { x, y, width, height }) {
  const scale = Math.min(1, SHEET.height / height, Math.max(SMALLEST, SHEET.width / width));
  const piece = Math.min(width, SHEET.width / scale);
  const all = Object.assign(document.createElement("div"), { className: "diagram-sheets djs-container" });
  for (let left = 0; left < width; left += piece - OVERLAP) {
    const part = drawn.cloneNode(true);
    part.querySelector(".viewport").removeAttribute("transform");
    const shown = Math.min(piece, width - left);
    part.setAttribute("viewBox", `${x + left - 4} ${y - 4} ${shown + 8} ${height + 8}`);
    part.setAttribute("width", (shown + 8) * scale);
    part.setAttribute("height", (height + 8) * scale);
    all.append(part);
    if (left + piece >= width) break;
  }
  return all;
}
