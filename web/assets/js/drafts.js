// Saves a half-filled form as a draft a moment after the last change, and says so.
import { arrive, leave } from "./typed.js";

const QUIET_MS = 1500;
const ENOUGH_MS = 3000;
const unsaved = new Set(); // what saves each form in which something stands that is not saved

for (const form of document.querySelectorAll("form[data-autosave]")) {
  const note = form.querySelector("[data-saved]");
  let timer;
  let last = encode(form);
  let isKept = false;
  let isLeft = false;
  let under; // the save that is under way

  async function save(isAsked) {
    const now = encode(form);
    if ((now === last && !isAsked) || form.dataset.sent) return;
    const { signal } = (under = new AbortController());
    const answer = await fetch(form.dataset.autosave, {
      method: "POST",
      keepalive: true,
      signal,
      body: new URLSearchParams(now),
      headers: { "X-CSRFToken": form.elements.csrf_token.value, "X-Autosave": "1" },
    }).catch(() => null);
    if (signal.aborted) return;
    if (answer?.ok) {
      last = now;
      isKept = true;
      if (encode(form) === now) {
        arrive(form);
        unsaved.delete(save);
      }
      const { saved, address } = await answer.json();
      if (note) note.textContent = saved;
      if (address) {
        form.dataset.autosave = address.save;
        if (form.elements.draft) form.elements.draft.value = address.draft;
      }
    } else if (!isLeft) {
      const told = answer?.status === 409 ? await answer.json().catch(() => null) : null;
      if (note) note.textContent = told?.saved ?? note.dataset.failed;
      form.dispatchEvent(new Event("draft:failed"));
    }
  }

  form.addEventListener("input", () => {
    unsaved.add(save);
    clearTimeout(timer);
    timer = setTimeout(() => save(), QUIET_MS);
  });
  // Who comes back to a window in which something was saved hears whether that still holds, or a colleague was faster.
  addEventListener("focus", () => isKept && save(true));
  // What is sent is no draft any more; one that is still under way would come too late, and tell of a failure that is none.
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    under?.abort();
  });
  addEventListener("pagehide", () => {
    if (encode(form) === last || form.dataset.sent || form.dataset.filling) return;
    isLeft = true;
    save();
    leave(form); // the page that is loaded next may be faster
  });
  addEventListener("pageshow", () => (isLeft = false));

  // What is opened from the menu finds what stands here: a reason that was typed goes along.
  form.addEventListener("click", async (event) => {
    const entry = event.target.closest("a.entry, .outcomes .row > a.button");
    if (!entry || event.ctrlKey || event.metaKey || event.shiftKey || encode(form) === last) return;
    event.preventDefault();
    clearTimeout(timer);
    await save();
    location.assign(entry.href);
  });
}

// Who signs out leaves nothing in the tab: it is saved first, while the session still holds.
document.addEventListener("submit", async (event) => {
  if (!("signOut" in event.target.dataset) || !unsaved.size) return;
  event.preventDefault();
  const saved = Promise.all([...unsaved].map((save) => save()));
  await Promise.race([saved, new Promise((done) => setTimeout(done, ENOUGH_MS))]); // who goes is not kept by a server that does not answer
  event.target.submit();
});

function encode(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data.entries()]) if (value instanceof File) data.delete(name);
  return new URLSearchParams(data).toString();
}
