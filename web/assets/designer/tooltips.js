// What the tools are called, also for whoever points at them: they say it to readers of the screen alone.
function Tooltips(eventBus) {
  const tell = () => {
    for (const each of document.querySelectorAll(".djs-palette .entry[aria-label]")) each.title = each.getAttribute("aria-label");
  };
  for (const event of ["palette.create", "palette.changed", "i18n.changed", "import.done"]) eventBus.on(event, 0, tell);
}
Tooltips.$inject = ["eventBus"];

export default { __init__: ["tooltips"], tooltips: ["type", Tooltips] };
