// The list of problems under an editor, and the way from a problem to its element; the editor marks elements its own way.
export function install(place, { mark, show }) {
  const list = place.querySelector("[data-problem-list]");

  async function refresh() {
    const answer = await fetch(place.dataset.problems, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    list.replaceChildren(...parsed.body.children);
    markAll();
  }

  // Each element with the graver of its marks.
  function markAll() {
    const marks = new Map();
    for (const item of list.querySelectorAll("[data-element]")) {
      const { element: id } = item.dataset;
      if (id && marks.get(id) !== "has-error") marks.set(id, item.closest("li").classList.contains("error") ? "has-error" : "has-hint");
    }
    mark(marks);
  }

  list.addEventListener("click", ({ target }) => target.dataset?.element && show(target.dataset.element));
  return { refresh, markAll };
}

// The marks of a diagram's elements, and showing one of them.
export function onDiagram(modeler) {
  const marked = new Map();
  return {
    mark(marks) {
      const canvas = modeler.get("canvas");
      const known = modeler.get("elementRegistry");
      for (const [id, marker] of marked) if (known.get(id)) canvas.removeMarker(id, marker);
      marked.clear();
      for (const [id, marker] of marks) {
        if (!known.get(id)) continue;
        canvas.addMarker(id, marker);
        marked.set(id, marker);
      }
    },
    show(id) {
      const element = modeler.get("elementRegistry").get(id);
      if (!element) return;
      modeler.get("selection").select(element);
      modeler.get("canvas").scrollToElement(element, 80);
    },
  };
}
