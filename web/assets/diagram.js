// The diagram viewer, loaded only when a diagram is opened: draws one, marks tokens and the path taken.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import { LEGIBLE, around, fromTheBeginning } from "./js/first_view.js";
import { onPaper } from "./js/on_paper.js";
import { stepList } from "./js/step_list.js";

const isAround = (element) => element.children?.length > 0; // a sequence flow has no children at all

function tools({ fit, here, larger, smaller }, canvas, toFit, toHere) {
  const bar = Object.assign(document.createElement("div"), { className: "diagram-tools" });
  const add = (text, name, act) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: text });
    if (name) button.ariaLabel = name;
    button.addEventListener("click", act);
    bar.append(button);
  };
  if (toHere) add(here, "", toHere);
  add(fit, "", toFit);
  add("−", smaller, () => canvas.zoom(canvas.zoom() / 1.25));
  add("+", larger, () => canvas.zoom(canvas.zoom() * 1.25));
  return bar;
}

const UNREADABLE = /BPMNShape [^>]*bpmnElement="[^"]*[^ -~]/; // the viewer leaves out what has letters beyond ASCII in its id

// On a page that is being printed a place has no size, and nothing fits into it: it is drawn once it has one.
function sized(container) {
  if (container.clientWidth) return null;
  return new Promise((resolve) => {
    const seen = new ResizeObserver(() => {
      if (!container.clientWidth) return;
      seen.disconnect();
      resolve();
    });
    seen.observe(container);
  });
}

export async function show(container) {
  const answer = await fetch(container.dataset.source);
  const xml = await answer.text();
  if (!/BPMNShape[ >]/.test(xml) || UNREADABLE.test(xml)) {
    container.replaceChildren(stepList(xml, JSON.parse(container.dataset.marks || "{}")));
    container.classList.add("as-list");
    container.tabIndex = 0; // where the list is longer than its frame, the keyboard scrolls it
    return null;
  }
  await sized(container);
  const viewer = new NavigatedViewer({ container });
  await viewer.importXML(xml);
  await sized(container); // printing may have begun meanwhile
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  const known = viewer.get("elementRegistry");
  const marks = JSON.parse(container.dataset.marks || "{}");
  for (const [marker, ids] of Object.entries(marks)) {
    if (marker === "counts" || marker === "troubles") continue;
    for (const id of ids) if (known.get(id)) canvas.addMarker(id, `at-${marker}${isAround(known.get(id)) ? "-around" : ""}`);
  }
  const badges = (texts, className, position) => {
    for (const [id, textContent] of Object.entries(texts || {})) {
      if (known.get(id)) overlays.add(id, { position, html: Object.assign(document.createElement("span"), { className, textContent }) });
    }
  };
  badges(marks.counts, "node-count", { top: -10, right: 14 });
  badges(marks.troubles, "node-count trouble", { bottom: 10, left: -6 });
  const here = [...(marks.incident || []), ...(marks.token || [])].map((id) => known.get(id)).find((each) => each && !isAround(each));
  const fit = () => {
    canvas.zoom("fit-viewport", "auto");
    if (canvas.zoom() > 1) canvas.zoom(1, "auto");
  };
  const toHere = () => around(canvas, [here]);
  const counted = Object.keys(marks.counts || {}).map((id) => known.get(id)).filter(Boolean);
  fit();
  if (canvas.zoom() < LEGIBLE) {
    if (here) toHere();
    else if (counted.length) around(canvas, counted);
    else fromTheBeginning(canvas, known.getAll());
  }
  container.append(tools(container.dataset, canvas, fit, here && toHere));
  onPaper(container, viewer);
  container.dataset.shown = "true";
  return viewer;
}
