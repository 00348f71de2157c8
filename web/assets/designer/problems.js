// The list of problems under an editor, and the way from a problem to its element; the editor marks elements its own way.
export function install(place, editor) {
  const { mark, show } = editor;
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

  list.addEventListener("click", ({ target }) => {
    const { trace, mend, element } = target.dataset ?? {};
    if (trace) editor.play(trace.split(" "));
    else if (mend) editor.mend(JSON.parse(mend));
    else if (element) show(element);
  });
  return { refresh, markAll };
}
