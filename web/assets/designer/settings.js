// The settings of a process: completing and checking expressions; who types groups means them.
import { expressions } from "./expressions.js";

const form = document.querySelector("[data-expressions]");
expressions(form, form);

form.addEventListener("input", ({ target }) => {
  const choice = form.querySelector(`[name="${CSS.escape(target.name)}.by"][value=groups]`);
  if (choice) choice.checked = true;
});
