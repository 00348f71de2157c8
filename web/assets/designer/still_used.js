// A save would take away fields that something reads: where is shown, and the step is undone or kept on purpose.
export function stillUsed({ losses, paths }, { keep, back }) {
  const dialog = document.getElementById("still-used");
  const parsed = new DOMParser().parseFromString(losses, "text/html");
  dialog.querySelector("[data-losses]").replaceChildren(...parsed.body.children);
  const close = (then) => () => {
    dialog.close();
    then();
  };
  dialog.querySelector("[data-back]").onclick = close(back);
  dialog.querySelector("[data-despite]").onclick = close(() => keep(paths));
  dialog.oncancel = back;
  if (!dialog.open) dialog.showModal();
}
