// A condition as rows of field, comparison and value, which all must hold; what says more is left to FEEL.
// Its grammar is the server's (engine/designing/simple/conditions.py), which the page hands over.
export function grammarOf({ row, between, plain, grouped }) {
  const whole = (text) => new RegExp(`^(?:${text})$`);
  return { row: whole(row), between: new RegExp(between), plain: whole(plain), grouped: whole(grouped) };
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
  const said = rows.filter(([field, , value]) => field && value).map(([field, sign, value]) => `${field} ${sign} ${literal(sign, value, grammar)}`);
  return said.length ? `=${said.join(" and ")}` : "";
}

// More or less than what looks like a number, as offices write one, is meant as a number.
function literal(sign, given, { plain, grouped }) {
  const isOrder = sign !== "=" && sign !== "!=";
  const bare = isOrder ? given.normalize("NFKC") : given;
  const value = isOrder && grouped.test(bare) ? bare.replaceAll(",", "") : bare;
  return plain.test(value) || /^"[^"]*"$/.test(value) ? value : `"${value.replaceAll('"', "")}"`;
}

// Fields, and the values of those that have choices and of outcomes, as people call them, and back; a word that two fields share
// stands for neither.
export function wordsOf(fields, choices, result, outcomes) {
  const labels = Object.values(fields);
  const unique = Object.entries(fields).filter(([key, label]) => labels.filter((each) => each === label).length === 1 && !(label in fields && label !== key));
  const [toWord, toKey] = [new Map(unique), new Map(unique.map(([key, label]) => [label, key]))];
  const valuesOf = (field) => (field === result && outcomes.length ? outcomes : Object.entries(choices[field] ?? {}));
  const valueOf = (field, value) => valuesOf(field).some(([each]) => each === value) ? value : valuesOf(field).find(([, label]) => label === value)?.[0];
  return {
    fields: [...toKey.keys()],
    valuesOf: (word) => valuesOf(toKey.get(word) ?? word).map(([, label]) => label),
    said: ([field, sign, value]) => [toWord.get(field) ?? field, sign, new Map(valuesOf(field)).get(value) ?? value],
    meant([word, sign, value]) {
      const field = toKey.get(word) ?? word;
      return [field, sign, valueOf(field, value) ?? value];
    },
  };
}

// `asked` gives the variable that holds the outcome of the step before what is selected, and its outcomes as [id, label].
export function conditionRows(place, current, asked) {
  const { conditionGrammar, fieldWords, fieldValues } = document.querySelector("[data-condition-grammar]").dataset;
  const grammar = grammarOf(JSON.parse(conditionGrammar));
  const words = () => wordsOf(JSON.parse(fieldWords), JSON.parse(fieldValues), ...asked());
  const drawn = () => [...place.querySelectorAll("[data-rows] [data-row]:not([hidden])")];
  const parts = (row) => [...row.querySelectorAll("input, select")];
  const read = () => drawn().map((row) => words().meant(parts(row).map((each) => each.value.trim())));

  function add(values = ["", "=", ""]) {
    const row = place.querySelector("[data-row][hidden]").cloneNode(true);
    row.hidden = false;
    put(row, values);
    place.querySelector("[data-too-much]").before(row);
  }

  function put(row, values) {
    const known = words();
    const said = known.said(values);
    parts(row).forEach((each, index) => (each.value = said[index]));
    offer("row-fields", known.fields);
    parts(row)[2].setAttribute("list", "row-values");
  }

  function offer(id, found) {
    document.getElementById(id).replaceChildren(...found.map((value) => Object.assign(document.createElement("option"), { value })));
  }

  place.addEventListener("focusin", ({ target }) => {
    const row = target.getAttribute?.("list") === "row-values" && target.closest("[data-row]");
    if (row) offer("row-values", words().valuesOf(parts(row)[0].value.trim()));
  });
  place.addEventListener("click", ({ target }) => {
    if (target.dataset?.more !== undefined) add();
    if (target.dataset?.less === undefined) return;
    target.closest("[data-row]").remove();
    current().write("condition", written(read(), grammar));
  });
  place.addEventListener("change", ({ target }) => {
    const row = target.closest?.("[data-row]");
    if (!row) return;
    put(row, words().meant(parts(row).map((each) => each.value.trim())));
    current().write("condition", written(read(), grammar));
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
