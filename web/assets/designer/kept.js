// What could not be sent stays in the browser; when the file is opened again it is offered, until somebody decides.
// A browser that keeps nothing, as its room is used up or its user forbids it, must not stop the work: `put` says whether it does.
const store = {
  read: (name) => attempt(() => localStorage.getItem(name)) ?? null,
  put: (name, text) => attempt(() => (localStorage.setItem(name, text), true)) ?? false,
  drop: (name) => attempt(() => localStorage.removeItem(name)),
};

function attempt(act) {
  try {
    return act();
  } catch (error) {
    console.warn(error);
  }
}

export function keeping(place) {
  const name = `banjie-draft-${place.dataset.key}-${place.dataset.file}`;
  const before = `${name}-before`;
  const found = store.read(name);
  if (found && store.put(before, found)) store.drop(name); // what is drawn now must not overwrite it

  return {
    keep: (revision, content) => store.put(name, JSON.stringify({ revision, content })),
    drop: () => store.drop(name),
    // Asks whether an earlier version is brought back; `take` gets its content and the save it was made from.
    offer(current, take) {
      const dialog = document.getElementById("kept-here");
      const { revision, content } = JSON.parse(store.read(before) ?? "{}");
      if (!dialog || content === undefined) return;
      const forget = () => {
        store.drop(before);
        dialog.close();
      };
      if (content === current) return forget();
      dialog.querySelector("[data-throw-away]").onclick = forget;
      dialog.querySelector("[data-bring-back]").onclick = async () => {
        await take(content, revision);
        forget();
      };
      dialog.showModal();
    },
  };
}
