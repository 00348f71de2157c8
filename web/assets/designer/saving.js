// Keeps the draft on the server a moment after each change; what could not be sent stays in the browser and is told.
const QUIET_MS = 700;
const AGAIN_MS = 5000;

export function saving(place, text, onSaved) {
  const note = place.querySelector("[data-saved]");
  const kept = `banjie-draft-${place.dataset.key}`;
  let revision = Number(place.dataset.revision);
  let timer;
  let busy = Promise.resolve();
  let isStale = false;

  async function send() {
    if (isStale) return;
    const content = await text();
    localStorage.setItem(kept, JSON.stringify({ revision, content }));
    note.textContent = place.dataset.saving;
    const body = JSON.stringify({ revision, files: { [place.dataset.file]: content } });
    const answer = await fetch(place.dataset.save, { method: "PUT", body, headers: headers() }).catch(() => null);
    const told = answer ? await answer.json().catch(() => null) : null;
    if (answer?.ok) {
      revision = told.revision;
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
    note.textContent = told?.told ?? told?.detail ?? place.dataset.unsaved;
    if (!answer || answer.status >= 500) timer = setTimeout(later, AGAIN_MS);
  }

  const later = () => (busy = busy.then(send));
  return {
    changed() {
      clearTimeout(timer);
      timer = setTimeout(later, QUIET_MS);
    },
    async now() {
      clearTimeout(timer);
      await later();
      return !note.classList.contains("failed");
    },
    get isPending() {
      return localStorage.getItem(kept) !== null;
    },
  };
}

function headers() {
  const inherited = JSON.parse(document.body.getAttribute("data-hx-headers:inherited") || "{}");
  return { ...inherited, "Content-Type": "application/json", Accept: "application/json" };
}
