// Keeps the draft on the server a moment after each change; what could not be sent stays in the browser and is told.
import { headers } from "./headers.js";
import { keeping } from "./kept.js";
import { stale } from "./stale.js";
import { stillUsed } from "./still_used.js";

const QUIET_MS = 700;
const AGAIN_MS = 5000;

// `text` gives the file as it is drawn now, `show` draws another one; `source` is what the server had. `undo` takes one step
// back and says whether there was one: asked where a save would lose fields that are used.
export function saving(place, text, onSaved, { show, source, undo }) {
  const note = place.querySelector("[data-saved]");
  const kept = keeping(place);
  let revision = Number(place.dataset.revision);
  let timer;
  let busy = Promise.resolve();
  let isStale = false;
  let changes = 0;
  let sent = 0;
  let savedText = undo ? text() : null;
  const despite = new Set();
  let renamed = {};

  async function send() {
    if (isStale) return;
    const upTo = changes;
    const content = await text();
    const unsaved = kept.keep(revision, content) ? place.dataset.unsaved : place.dataset.unkept;
    note.textContent = place.dataset.saving;
    const body = JSON.stringify({ revision, files: { [place.dataset.file]: content }, despite: [...despite], renamed });
    const answer = await fetch(place.dataset.save, { method: "PUT", body, headers: headers() }).catch(() => null);
    const told = answer ? await answer.json().catch(() => null) : null;
    if (answer?.ok) {
      revision = told.revision;
      sent = upTo;
      savedText = content;
      for (const field of document.querySelectorAll("[data-revision-field]")) field.value = revision;
      note.textContent = told.saved;
      stand(told.standing);
      note.dataset.times = Number(note.dataset.times ?? 0) + 1;
      note.classList.remove("failed");
      kept.drop();
      if (Object.keys(renamed).length) return location.reload(); // other places of this file changed too
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
    renamed = answer ? {} : renamed;
    if (told?.losses) stillUsed(told, { keep: (paths) => {
      for (const path of paths) despite.add(path);
      later();
    }, rename: (given) => {
      renamed = given;
      later();
    }, back });
    note.textContent = told?.told ?? told?.detail ?? ({ 401: place.dataset.signedOut, 404: place.dataset.gone }[answer?.status] ?? unsaved);
    if (!answer || answer.status >= 500) timer = setTimeout(later, AGAIN_MS);
  }

  // How the draft stands to what is in force; publishing is lit where there is something to publish.
  function stand(html) {
    const parsed = new DOMParser().parseFromString(html, "text/html").querySelector("[data-standing]");
    place.querySelector("[data-standing]").replaceWith(parsed);
    const { classList } = place.querySelector("[data-publish] button");
    const isDue = parsed.dataset.due === "true";
    classList.toggle("primary", isDue);
    classList.toggle("plain", !isDue);
  }

  async function back() {
    const before = await savedText;
    while ((await text()) !== before && undo());
    if ((await text()) !== before) await show(before);
    draft.changed();
  }

  // Whatever fails, the next change is sent again.
  function failed(error) {
    note.textContent = place.dataset.unkept;
    note.classList.add("failed");
    console.warn(error);
  }

  const later = () => (busy = busy.then(send).catch(failed));
  const draft = {
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

  kept.offer(source, async (content, madeFrom) => {
    await show(content);
    revision = madeFrom;
    draft.changed();
  });
  place.querySelector("[data-publish]").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await draft.now()) event.target.submit();
  });
  leaving(draft, () => sent === changes);
  return draft;
}

// A link sends what is not kept yet before it leads away; whatever else leads away asks.
function leaving(draft, isKept) {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[href]:not([target], [download])");
    if (!link || isKept() || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (await draft.now()) location.assign(link.href);
  });
  addEventListener("beforeunload", (event) => {
    if (!isKept()) event.preventDefault();
  });
}
