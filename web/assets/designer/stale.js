// Somebody saved the same file meanwhile: what differs is shown, and one of the two is chosen on purpose.
import { headers } from "./headers.js";

export async function stale(place, body, keepMine) {
  const dialog = document.getElementById("stale");
  const answer = await fetch(place.dataset.differences, { method: "POST", body, headers: { ...headers(), Accept: "text/html" } }).catch(() => null);
  if (!dialog || !answer?.ok) return;
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  dialog.querySelector("[data-differences]").replaceChildren(...parsed.body.children);
  dialog.querySelector("[data-keep-mine]").onclick = () => {
    dialog.close();
    keepMine();
  };
  dialog.querySelector("[data-take-theirs]").onclick = () => location.reload();
  dialog.showModal();
}
