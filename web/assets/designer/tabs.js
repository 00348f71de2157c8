// The two tabs of the side panel: our own settings, and the bpmn.io panel, which is fetched when it is asked for.
export function tabs(place, modeler, words) {
  const buttons = [...place.querySelectorAll("[data-tab]")];
  const panes = { own: place.querySelector("[data-panel]"), advanced: place.querySelector("[data-advanced-panel]") };
  let fetched = null;

  async function open(name) {
    for (const button of buttons) button.setAttribute("aria-selected", String(button.dataset.tab === name));
    for (const [each, pane] of Object.entries(panes)) pane.hidden = each !== name;
    if (name !== "advanced") return;
    fetched ??= import(place.dataset.advanced).then(({ install }) => install(modeler, panes.advanced, words));
    await fetched;
    panes.advanced.dataset.ready = "true";
  }

  for (const button of buttons) button.addEventListener("click", () => open(button.dataset.tab));
  place.querySelector("[role=tablist]").addEventListener("keydown", ({ key }) => {
    if (key !== "ArrowRight" && key !== "ArrowLeft") return;
    const other = buttons.find((each) => each.getAttribute("aria-selected") !== "true");
    other.focus();
    open(other.dataset.tab);
  });
}
