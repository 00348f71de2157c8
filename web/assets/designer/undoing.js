// Undo and redo: before anything is drawn the buttons go through the saves, which their forms do; after that through what was
// drawn since. `stack` gives the command stack of what is open; the answer tells the buttons that it changed.
export function undoing(place, stack) {
  const [undo, redo] = ["[data-undo]", "[data-redo]"].map((each) => place.querySelector(each));
  let isDrawnOn = false;
  for (const [button, step] of [[undo, "undo"], [redo, "redo"]])
    button.addEventListener("click", (event) => {
      if (!isDrawnOn) return;
      event.preventDefault();
      stack()?.[step]();
    });
  return () => {
    isDrawnOn ||= Boolean(stack()?.canUndo());
    if (!isDrawnOn) return;
    undo.disabled = !stack()?.canUndo();
    redo.disabled = !stack()?.canRedo();
  };
}
