// A condition as rows of field, comparison and value, which all must hold; what says more is left to FEEL.
// Its grammar is the server's (engine/designing/simple/conditions.py), which the page hands over.
export function grammarOf({ row, between, plain }) {
  const whole = (text) => new RegExp(`^(?:${text})$`);
  return { row: whole(row), between: new RegExp(between), plain: whole(plain) };
}

// The rows of a FEEL condition, as [field, comparison, value]; null where it is none of rows.
export function rowsOf(text, grammar) {
  const body = text.trim().replace(/^=/, "");
  if (!body.trim()) return [];
  const rows = body.split(grammar.between).map((part) => grammar.row.exec(part));
  return rows.every(Boolean) ? rows.map(([, field, sign, value]) => [field, sign, shown(value, grammar)]) : null;
}

// A text that looks like a number keeps its quotation marks, so that it stays a text.
function shown(value, { plain }) {
  const bare = value.replace(/^"|"$/g, "");
  return value.startsWith('"') && plain.test(bare) ? value : bare;
}

// The FEEL condition that rows say; rows without a field or value say nothing.
export function written(rows, grammar) {
  const said = rows.filter(([field, , value]) => field && value).map(([field, sign, value]) => `${field} ${sign} ${literal(value, grammar)}`);
  return said.length ? `=${said.join(" and ")}` : "";
}

function literal(value, { plain }) {
  return plain.test(value) || /^"[^"]*"$/.test(value) ? value : `"${value.replaceAll('"', "")}"`;
}

export function conditionRows(place, current) {
  const grammar = grammarOf(JSON.parse(document.querySelector("[data-condition-grammar]").dataset.conditionGrammar));
  const drawn = () => [...place.querySelectorAll("[data-rows] [data-row]:not([hidden])")];
  const read = () => drawn().map((row) => [...row.querySelectorAll("input, select")].map((each) => each.value.trim()));

  function add(values = ["", "=", ""]) {
    const row = place.querySelector("[data-row][hidden]").cloneNode(true);
    row.hidden = false;
    row.querySelectorAll("input, select").forEach((each, index) => (each.value = values[index]));
    place.querySelector("[data-too-much]").before(row);
  }

  place.addEventListener("click", ({ target }) => {
    if (target.dataset?.more !== undefined) add();
    if (target.dataset?.less === undefined) return;
    target.closest("[data-row]").remove();
    current().write("condition", written(read(), grammar));
  });
  place.addEventListener("change", ({ target }) => {
    if (target.closest?.("[data-row]")) current().write("condition", written(read(), grammar));
  });

  // Draws the rows of the condition; those that are being typed in stay.
  return function fill(text) {
    const box = place.querySelector("[data-rows]");
    if (!box) return;
    const rows = rowsOf(text, grammar);
    box.querySelector("[data-too-much]").hidden = rows !== null;
    box.querySelector("[data-more]").hidden = rows === null;
    if (rows && written(rows, grammar) === written(read(), grammar)) return;
    for (const row of drawn()) row.remove();
    for (const row of rows ?? []) add(row);
  };
}
