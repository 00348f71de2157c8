// Going back to a start form that was sent shows what was typed as the browser kept it: the page asks whether a case was started
// from it, and then says so, empty, so that nobody takes it for what was not sent.
const form = document.getElementById("start-form");

form?.addEventListener("submit", (event) => {
  if (event.submitter?.hasAttribute("formaction")) return; // kept as a draft
  const started = form.querySelector("[name=once]").value;
  history.replaceState({ htmx: true, ...history.state, started }, ""); // htmx overwrites a state without its mark
});

addEventListener("pageshow", async () => {
  const once = history.state?.started;
  if (!once || !form) return;
  const address = `${location.pathname}?sent=${encodeURIComponent(once)}`;
  form.dataset.sent = "asking"; // what the browser has put back was sent: leaving this page makes no draft of it
  const answer = await fetch(address).catch(() => null);
  if (answer?.ok && (await answer.text()).includes("data-started")) location.replace(address);
  else delete form.dataset.sent;
});
