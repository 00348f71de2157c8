// From a field of the panel to what it names: a form, a decision, a called process; a new one where it names none.
export function opening(panel, current, draft) {
  const fields = document.querySelector("[data-open-file]");
  const process = document.querySelector("[data-open-process]");

  // A new form or decision is named after its element, and the diagram says so before it is left.
  async function openFile(kind, place) {
    const own = current();
    const id = own.read(place) || `${own.own.id}_${kind === "form" ? "form" : "decision"}`;
    if (!own.read(place)) own.write(place, id);
    fields.elements.kind.value = kind;
    fields.elements.id.value = id;
    fields.elements.title.value = own.own.name ?? "";
    if (await draft.now()) fields.submit();
  }

  async function openProcess(place) {
    const id = current().read(place);
    if (!id || !(await draft.now())) return;
    process.action = process.action.replace("PROCESS", encodeURIComponent(id));
    process.submit();
  }

  panel.addEventListener("click", ({ target }) => {
    const { opens, of } = target.dataset ?? {};
    if (opens === "process") openProcess(of);
    else if (opens) openFile(opens, of);
  });
}

// What each button says: "new" where its field names nothing yet; nothing at all for a process that nobody has chosen.
export function labelOpeners(panel, read) {
  for (const button of panel.querySelectorAll("[data-opens]")) {
    const value = read(button.dataset.of);
    button.textContent = value ? button.dataset.open : button.dataset.new;
    button.hidden = button.dataset.opens === "process" && !value;
  }
}
