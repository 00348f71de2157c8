// Keeps the draft on the server a moment after each change; what could not be sent stays in the browser and is told.
import { headers } from "./headers.js";
import { stale } from "./stale.js";

const QUIET_MS = 700;
const AGAIN_MS = 5000;

export function saving(place, text, onSaved) {
  const note = place.querySelector("[data-saved]");
  const kept = `banjie-draft-${place.dataset.key}-${place.dataset.file}`;
  let revision = Number(place.dataset.revision);
  let timer;
  let busy = Promise.resolve();
  let isStale = false;
  let changes = 0;
  let sent = 0;

  async function send() {
    if (isStale) return;
    const upTo = changes;
    const content = await text();
    localStorage.setItem(kept, JSON.stringify({ revision, content }));
    note.textContent = place.dataset.saving;
    const body = JSON.stringify({ revision, files: { [place.dataset.file]: content } });
    const answer = await fetch(place.dataset.save, { method: "PUT", body, headers: headers() }).catch(() => null);
    const told = answer ? await answer.json().catch(() => null) : null;
    if (answer?.ok) {
      revision = told.revision;
      sent = upTo;
      for (const field of document.querySelectorAll("[data-revision-field]")) field.value = revision;
      note.textContent = told.saved;
      note.dataset.times = Number(note.dataset.times ?? 0) + 1;
      note.classList.remove("failed");
      localStorage.removeItem(kept);
      onSaved();
      return;
    }
    note.classList.add("failed");
    isStale = answer?.status === 409;
    if (isStale) stale(place, body, () => {
      isStale = false;
      revision = told.revision;
      later();
    });
    note.textContent = told?.told ?? told?.detail ?? place.dataset.unsaved;
    if (!answer || answer.status >= 500) timer = setTimeout(later, AGAIN_MS);
  }

  const later = () => (busy = busy.then(send));
  return {
    changed() {
      changes += 1;
      clearTimeout(timer);
      timer = setTimeout(later, QUIET_MS);
    },
    // Whether everything is kept; what is not yet is sent first.
    async now() {
      clearTimeout(timer);
      if (sent === changes) return true;
      await later();
      return !note.classList.contains("failed");
    },
  };
}
