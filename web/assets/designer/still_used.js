// A save would take away fields that something reads: where is shown, and the step is undone, kept on purpose, or done there too.
export function stillUsed({ losses, paths, renamed }, { keep, rename, back }) {
  const dialog = document.getElementById("still-used");
  const parsed = new DOMParser().parseFromString(losses, "text/html");
  dialog.querySelector("[data-losses]").replaceChildren(...parsed.body.children);
  const close = (then) => () => {
    dialog.close();
    then();
  };
  const renames = dialog.querySelector("[data-rename]");
  renames.hidden = !Object.keys(renamed).length;
  renames.onclick = close(() => rename(renamed));
  dialog.querySelector("[data-back]").onclick = close(back);
  dialog.querySelector("[data-despite]").onclick = close(() => keep(paths));
  dialog.oncancel = back;
  if (!dialog.open) dialog.showModal();
}
