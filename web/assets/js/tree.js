// Departments are moved in the tree by dragging one onto another; the department's page does the same by keyboard.
let dragged = null;

const place = (event) => event.target.closest("[data-unit]");

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-unit][draggable=true]") ?? null;
});

document.addEventListener("dragover", (event) => {
  const target = dragged && place(event);
  if (!target || target === dragged) return;
  event.preventDefault();
  document.querySelector(".tree .is-target")?.classList.remove("is-target");
  target.classList.add("is-target");
});

document.addEventListener("dragend", () => {
  document.querySelector(".tree .is-target")?.classList.remove("is-target");
  dragged = null;
});

document.addEventListener("drop", (event) => {
  const target = dragged && place(event);
  if (!target || target === dragged) return;
  event.preventDefault();
  const form = document.querySelector("[data-move-unit]");
  form.action = form.dataset.moveUnit.replace("UNIT", encodeURIComponent(dragged.dataset.unit));
  form.elements.parent.value = target.dataset.unit;
  // Only after this event: a page that goes away while the browser still drags leaves it waiting for the end for ever.
  setTimeout(() => form.requestSubmit());
});
