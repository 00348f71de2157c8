// The list of problems under the canvas, marks on the elements that have one, the way from a problem to its element,
// how it comes about, and the change that cures it.
import * as mending from "./mending.js";
import * as playing from "./playing.js";

export function install(modeler, place) {
  const list = place.querySelector("[data-problem-list]");
  const marked = new Map();

  async function refresh() {
    const answer = await fetch(place.dataset.problems, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    list.replaceChildren(...parsed.body.children);
    mark();
  }

  function mark() {
    const canvas = modeler.get("canvas");
    const known = modeler.get("elementRegistry");
    for (const [id, marker] of marked) if (known.get(id)) canvas.removeMarker(id, marker);
    marked.clear();
    for (const item of list.querySelectorAll("[data-element]")) {
      const { element: id } = item.dataset;
      const marker = item.closest("li").classList.contains("error") ? "has-error" : "has-hint";
      if (!known.get(id) || marked.get(id) === "has-error") continue;
      canvas.addMarker(id, marker);
      marked.set(id, marker);
    }
  }

  list.addEventListener("click", ({ target }) => {
    if (target.dataset?.trace) return playing.play(modeler, target.dataset.trace.split(" "));
    if (target.dataset?.mend) return mending.mend(modeler, JSON.parse(target.dataset.mend));
    const element = target.dataset?.element && modeler.get("elementRegistry").get(target.dataset.element);
    if (!element) return;
    modeler.get("selection").select(element);
    modeler.get("canvas").scrollToElement(element, 80);
  });
  return refresh;
}
