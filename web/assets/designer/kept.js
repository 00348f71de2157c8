// What could not be sent stays in the browser; when the file is opened again it is offered, until somebody decides.
export function keeping(place) {
  const name = `banjie-draft-${place.dataset.key}-${place.dataset.file}`;
  const before = `${name}-before`;
  const found = localStorage.getItem(name);
  if (found) {
    localStorage.setItem(before, found); // what is drawn now must not overwrite it
    localStorage.removeItem(name);
  }

  return {
    keep: (revision, content) => localStorage.setItem(name, JSON.stringify({ revision, content })),
    drop: () => localStorage.removeItem(name),
    // Asks whether an earlier version is brought back; `take` gets its content and the save it was made from.
    offer(current, take) {
      const dialog = document.getElementById("kept-here");
      const { revision, content } = JSON.parse(localStorage.getItem(before) ?? "{}");
      if (!dialog || content === undefined) return;
      const forget = () => {
        localStorage.removeItem(before);
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
