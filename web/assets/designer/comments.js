// Comments in the panel, for the element that is selected, and their count on the canvas.
const KIND = "comments";

export function comments(modeler, place) {
  const box = place.querySelector("[data-comments]");
  const field = box.querySelector("[name=element]");

  // What is said of the selected element; of the process where nothing is selected.
  function show(id) {
    field.value = id;
    for (const each of box.querySelectorAll("[data-comment-on]")) each.hidden = each.dataset.commentOn !== id;
  }

  function count() {
    const overlays = modeler.get("overlays");
    const known = modeler.get("elementRegistry");
    overlays.remove({ type: KIND });
    const numbers = new Map();
    for (const each of box.querySelectorAll("[data-comment-on]:not([data-resolved])")) numbers.set(each.dataset.commentOn, (numbers.get(each.dataset.commentOn) ?? 0) + 1);
    for (const [id, number] of numbers) {
      if (!known.get(id) || known.get(id) === modeler.get("canvas").getRootElement()) continue;
      const html = Object.assign(document.createElement("span"), { className: "comment-count", textContent: String(number) });
      overlays.add(id, KIND, { position: { top: -10, right: 10 }, html });
    }
  }

  const selected = () => (modeler.get("selection").get()[0] ?? modeler.get("canvas").getRootElement()).id;
  modeler.on("selection.changed", () => show(selected()));
  new MutationObserver(() => {
    show(selected());
    count();
  }).observe(box, { childList: true });
  box.addEventListener("htmx:after:swap", () => box.querySelector("textarea") && (box.querySelector("textarea").value = ""));
}
