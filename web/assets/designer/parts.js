// Settings that the panel asks in parts: deadlines, buttons, operations, steps, how a case ends. Each kind draws the parts of
// what the diagram says and writes them back as the diagram writes them (engine/designing/simple/asking/buttons.py).
const DUE = [[/^(\d+)(wd|wh|d)$/, (found) => [found[1], found[2]]], [/^PT(\d+)H$/, (found) => [found[1], "h"]]];
const OWN = "own";
const wordsOf = (text) => text.split(/[,，]/).map((each) => each.trim()).filter(Boolean);
const pairsOf = (text) => wordsOf(text).map((each) => /^([^:]*):?(.*)$/.exec(each).slice(1).map((part) => part.trim()));
const plain = (label) => label.trim().replace(/\s*[,，]\s*/g, "、");
const drawn = (box) => [...box.querySelectorAll("[data-part]:not([hidden])")];

function add(box) {
  const row = box.querySelector("[data-part][hidden]").cloneNode(true);
  row.hidden = false;
  box.querySelector("[data-part][hidden]").before(row);
  return row;
}

function redraw(box, rows, put) {
  for (const row of drawn(box)) row.remove();
  for (const each of rows) put(add(box), each);
}

const due = {
  fill(box, read) {
    const text = read();
    const found = DUE.map(([form, parts]) => form.exec(text) && parts(form.exec(text))).find(Boolean);
    const [number, unit] = box.querySelectorAll("input, select");
    [number.value, unit.value] = found ?? [text, text ? "" : "wd"];
  },
  written(box) {
    const [number, unit] = [...box.querySelectorAll("input, select")].map((each) => each.value.trim());
    return number && unit ? (unit === "h" ? `PT${number}H` : number + unit) : number;
  },
};

const ending = {
  fill(box, read) {
    const [kind, words] = box.querySelectorAll("select, input");
    const [, code, said] = /^([^:]*):?(.*)$/.exec(read());
    if (code && ![...kind.options].some((each) => each.value === code)) kind.append(new Option(code, code));
    [kind.value, words.value] = [code.trim(), said.trim()];
  },
  written(box) {
    const [kind, words] = [...box.querySelectorAll("select, input")].map((each) => each.value.trim());
    return kind && words ? `${kind}:${words}` : kind;
  },
};

const operations = {
  fill(box, read) {
    redraw(box, pairsOf(read()), (row, [name, label]) => {
      [row.querySelector("select").value, row.querySelector("input").value] = [name, label === "off" ? "" : label];
    });
  },
  written(box) {
    const rows = drawn(box).map((row) => [row.querySelector("select").value, plain(row.querySelector("input").value)]);
    return rows.filter(([name]) => name).map(([name, label]) => `${name}:${label || "off"}`).join(",");
  },
};

const buttons = {
  first: OWN,
  unsaid: (current) => (current.read("property:kind") === "approve" ? "approve,reject" : "submit"),
  fill(box, read, current) {
    const wanting = wordsOf(current.read("property:opinion_on"));
    redraw(box, pairsOf(read()), (row, [id, label]) => {
      const kind = row.querySelector("select");
      const isKnown = id !== OWN && [...kind.options].some((each) => each.value === id);
      row.dataset.id = isKnown ? "" : id;
      kind.value = isKnown ? id : OWN;
      row.querySelector("input:not([type])").value = label;
      row.querySelector("[type=checkbox]").checked = wanting.includes(id);
    });
  },
  written: (box) => rowsOf(box).map(({ id, label }) => (label ? `${id}:${label}` : id)).join(","),
  beside: (box) => ({ "property:opinion_on": rowsOf(box).filter((each) => each.wants).map((each) => each.id).join(",") }),
};

// A button of one's own without words is none yet; a new one gets an id that is free.
function rowsOf(box) {
  const rows = drawn(box).map((row) => ({
    row,
    kind: row.querySelector("select").value,
    label: plain(row.querySelector("input:not([type])").value),
    wants: row.querySelector("[type=checkbox]").checked,
  }));
  const taken = new Set(rows.map(({ row }) => row.dataset.id));
  const free = () => [...Array(99).keys()].map((each) => `choice_${each + 1}`).find((each) => !taken.has(each));
  return rows
    .filter(({ kind, label }) => kind !== OWN || label)
    .map(({ row, kind, label, wants }) => {
      if (kind === OWN && !row.dataset.id) taken.add((row.dataset.id = free()));
      return { id: kind === OWN ? row.dataset.id : kind, label, wants };
    });
}

const steps = {
  fill(box, read, current) {
    const chosen = wordsOf(read());
    const tasks = new Map(userTasks(current.own).map((each) => [each.id, each.name?.trim() || each.id]));
    const initiator = box.querySelector("[data-part][hidden] span").textContent;
    const found = new Map([["initiator", initiator], ...tasks, ...chosen.filter((each) => !tasks.has(each) && each !== "initiator").map((each) => [each, each])]);
    redraw(box, [...found], (row, [id, name]) => {
      row.dataset.id = id;
      row.querySelector("span").textContent = name;
      row.querySelector("input").checked = chosen.includes(id);
    });
  },
  written: (box) => drawn(box).filter((row) => row.querySelector("input").checked).map((row) => row.dataset.id).join(","),
};

// The user tasks of the process but one, also those within subprocesses.
function userTasks(own) {
  let process = own;
  while (process.$parent && process.$type !== "bpmn:Process") process = process.$parent;
  const within = (holder) => (holder.flowElements ?? []).flatMap((each) => [each, ...within(each)]);
  return within(process).filter((each) => each.$type === "bpmn:UserTask" && each !== own);
}

const KINDS = { due, ending, operations, buttons, steps };

export function parts(place, current) {
  // What the diagram says at a place, or what holds where it says nothing.
  const told = (box) => current().read(box.dataset.of) || (KINDS[box.dataset.parts].unsaid?.(current()) ?? "");

  function write(box) {
    const kind = KINDS[box.dataset.parts];
    const said = kind.written(box);
    if (said !== told(box)) current().write(box.dataset.of, said);
    for (const [each, value] of Object.entries(kind.beside?.(box) ?? {})) if (current().read(each) !== value) current().write(each, value);
  }

  place.addEventListener("change", ({ target }) => {
    const box = target.closest?.("[data-parts]");
    if (box && current()) write(box);
  });
  place.addEventListener("click", ({ target }) => {
    const box = target.closest?.("[data-parts]");
    if (!box) return;
    if (target.dataset.partMore !== undefined) {
      const kind = add(box).querySelector("select");
      kind.value = KINDS[box.dataset.parts].first ?? "";
      kind.focus();
    }
    if (target.dataset.partLess === undefined) return;
    target.closest("[data-part]").remove();
    write(box);
  });

  // Draws all parts anew but those that already say what the diagram says.
  return function fill() {
    for (const box of place.querySelectorAll("[data-parts]")) {
      const kind = KINDS[box.dataset.parts];
      const said = told(box);
      if (box.dataset.filled && kind.written(box) === said) continue;
      kind.fill(box, () => said, current());
      box.dataset.filled = "true";
    }
  };
}
