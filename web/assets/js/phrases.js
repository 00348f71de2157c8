// Phrases for an opinion: chosen from their list, which opens by / in an empty field, or by Alt and a number while one writes.
function put(field, text) {
  const before = field.value.trim();
  field.value = before ? `${before} ${text}` : text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

document.addEventListener("change", (event) => {
  const list = event.target.closest?.("select[data-phrases]");
  if (!list?.value) return;
  put(document.getElementById(list.dataset.phrases), list.value);
  list.value = "";
});

document.addEventListener("keydown", (event) => {
  const list = event.target.id && document.querySelector(`select[data-phrases="${event.target.id}"]`);
  if (list && event.key === "/" && !event.target.value && list.options.length > 1) {
    event.preventDefault();
    list.focus();
    list.showPicker?.();
  }
  if (!event.altKey || !/^Digit[1-9]$/.test(event.code)) return;
  const option = list?.options[Number(event.code.slice(5))];
  if (!option) return;
  event.preventDefault();
  put(event.target, option.value);
});
