// The diagram viewer, loaded only when a diagram is opened: draws one, marks tokens and the path taken.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";

export async function show(container) {
  const answer = await fetch(container.dataset.source);
  const viewer = new NavigatedViewer({ container });
  await viewer.importXML(await answer.text());
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  const known = viewer.get("elementRegistry");
  const marks = JSON.parse(container.dataset.marks || "{}");
  for (const [marker, ids] of Object.entries(marks)) {
    if (marker === "counts") continue;
    for (const id of ids) if (known.get(id)) canvas.addMarker(id, `at-${marker}`);
  }
  for (const [id, text] of Object.entries(marks.counts || {})) {
    if (!known.get(id)) continue;
    const badge = document.createElement("span");
    badge.className = "node-count";
    badge.textContent = text;
    overlays.add(id, { position: { top: -10, right: 14 }, html: badge });
  }
  canvas.zoom("fit-viewport", "auto");
  if (canvas.zoom() > 1) canvas.zoom(1, "auto");
  container.dataset.shown = "true";
  return viewer;
}
