// Mapping the groups of a process to the company's own: a likely name is taken by a click, how many are left is said, and
// what was done is kept in this browser until it is sent.
for (const form of document.querySelectorAll("form[data-mapping]")) {
  const left = form.querySelector("[data-left]");
  const filled = new Set([...form.querySelectorAll("#own-groups option[data-filled]")].map((option) => option.value));

  function isSettled(row) {
    const name = row.querySelector("[name^='group:']").value.trim();
    const chosen = row.querySelector("[name^='members:']:checked");
    const typed = row.querySelector("[name^='people:']")?.value.trim();
    return Boolean(name && (filled.has(name) || chosen || typed));
  }

  function count() {
    const open = [...form.querySelectorAll("[data-group]")].filter((row) => !isSettled(row)).length;
    left.textContent = open ? left.dataset.some.replace("0", open) : left.dataset.none;
  }

  function keep() {
    const entries = [...new FormData(form)].filter(([name]) => name !== "csrf_token" && name !== "process");
    localStorage.setItem(form.dataset.mapping, JSON.stringify(entries));
  }

  function restore() {
    const kept = JSON.parse(localStorage.getItem(form.dataset.mapping) ?? "null");
    if (!kept) return;
    const has = new Set(kept.map((pair) => JSON.stringify(pair)));
    for (const field of form.querySelectorAll("input:not([type=hidden]), select")) {
      if (field.type === "checkbox") field.checked = has.has(JSON.stringify([field.name, field.value]));
      else field.value = kept.find(([name]) => name === field.name)?.[1] ?? field.value;
    }
  }

  form.addEventListener("click", (event) => {
    const offer = event.target.closest("[data-offer]");
    if (!offer) return;
    const field = offer.closest("[data-group]").querySelector("[name^='group:']");
    field.value = offer.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
  form.addEventListener("input", () => {
    keep();
    count();
  });
  form.addEventListener("submit", () => localStorage.removeItem(form.dataset.mapping)); // what is refused stands in the page again
  if (form.dataset.given) keep();
  else restore();
  count();
}
