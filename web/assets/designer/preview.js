// The form beside its editor, drawn by the server as on a task's page, on the width of a desk or of a phone.
export function preview(place) {
  const form = place.querySelector("[data-preview-form]");

  async function refresh() {
    const fields = place.querySelector("#form-fields");
    const isFirst = !fields.dataset.form;
    const body = isFirst ? undefined : new URLSearchParams([...new FormData(form)].filter(([, value]) => !(value instanceof File)));
    const headers = { "X-CSRFToken": form.elements.csrf_token.value, "HX-Request": "true" };
    const answer = await fetch(place.dataset.address, { method: isFirst ? "GET" : "POST", body, headers }).catch(() => null);
    if (!answer?.ok) return;
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    fields.replaceWith(...parsed.body.children);
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  place.addEventListener("click", ({ target }) => {
    if (!target.dataset?.width) return;
    for (const each of place.querySelectorAll("[data-width]")) each.setAttribute("aria-pressed", String(each === target));
    place.classList.toggle("as-phone", target.dataset.width === "phone");
  });
  return { refresh };
}
