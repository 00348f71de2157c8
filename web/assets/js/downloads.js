// A form that gives a file and changes what its page says (data-changes-page): the file is saved, then the page is drawn anew.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-changes-page]");
  const asked = event.submitter;
  if (!form || asked?.value !== form.dataset.changesPage) return;
  event.preventDefault();
  const body = new FormData(form, asked);
  const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
  if (!answer) return form.submit(); // as without script: the browser says that there is no connection
  const name = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") ?? "");
  if (!name) return location.assign(answer.url); // nothing to save: the page says why
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = decodeURIComponent(name[1]);
  link.click();
  setTimeout(() => location.reload(), 0);
});
