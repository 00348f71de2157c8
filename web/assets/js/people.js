// People to choose: what was ticked or unticked while names were looked for holds, when the answer comes in its stead.
const FIELD = "fieldset.choose";
const listOf = (event) => event.target.closest?.(FIELD)?.querySelector("ul.people");
const before = new Map(); // by its id, the list that an answer is about to take the place of

document.addEventListener("htmx:before:swap", (event) => {
  const list = listOf(event);
  if (list) before.set(list.id, list);
});

document.addEventListener("htmx:after:swap", (event) => {
  const list = listOf(event), old = list && before.get(list.id);
  if (!old) return;
  before.delete(list.id);
  const now = new Map([...list.querySelectorAll("input")].map((input) => [input.value, input]));
  for (const was of old.querySelectorAll("input")) {
    const input = now.get(was.value);
    if (input) input.checked = was.checked;
    else if (was.checked) list.prepend(was.closest("li"));
  }
});
