// On a narrow screen the side panel is a sheet from below: choosing an element opens it, and the paper ends where it begins.
const NARROW = matchMedia("(max-width: 800px)");
const AROUND = { top: 24, right: 150, bottom: 130, left: 24 }; // pixels between the chosen element, with its pad, and the edge
const LEAST = 200; // pixels of paper that stay

export function sheet(modeler, place) {
  const panel = place.querySelector("[data-sheet]");
  const paper = place.querySelector(".designer-paper");
  const title = panel.querySelector("[data-sheet-title]");
  const canvas = modeler.get("canvas");
  const chosen = () => modeler.get("selection").get();

  // The paper takes what the sheet leaves, with the chosen element in sight.
  function share() {
    if (paper.getBoundingClientRect().top < 0) paper.scrollIntoView();
    const room = panel.getBoundingClientRect().top - paper.getBoundingClientRect().top;
    paper.style.blockSize = `${Math.max(LEAST, room)}px`;
    canvas.resized();
    if (chosen().length === 1) canvas.scrollToElement(chosen()[0], AROUND);
  }

  function open() {
    if (!NARROW.matches) return;
    const [element] = chosen();
    title.textContent = element?.businessObject.name?.trim() || panel.dataset.unnamed;
    if (!panel.classList.contains("is-open")) panel.scrollTop = 0;
    panel.classList.add("is-open");
    if (!panel.classList.contains("is-tall")) share();
  }

  function tall(isTall) {
    panel.classList.toggle("is-tall", isTall);
    panel.querySelector("[data-sheet-tall]").setAttribute("aria-pressed", String(isTall));
  }

  function close() {
    if (!panel.classList.contains("is-open")) return;
    panel.classList.remove("is-open");
    tall(false);
    paper.style.blockSize = "";
    canvas.resized();
  }

  modeler.on("selection.changed", ({ newSelection }) => (newSelection.length === 1 ? open() : close()));
  modeler.on("element.click", ({ element }) => modeler.get("selection").isSelected(element) && open());
  NARROW.addEventListener("change", close);
  place.addEventListener("click", ({ target }) => {
    if (target.closest("[data-sheet-open]")) open();
    else if (target.closest("[data-sheet-close]")) close();
    else if (target.closest("[data-sheet-tall]")) tall(!panel.classList.contains("is-tall"));
  });
  panel.addEventListener("keydown", ({ key }) => key === "Escape" && close());
}
