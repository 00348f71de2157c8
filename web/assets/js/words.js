// What the page's scripts say to people, in the language of the page.
export const words = JSON.parse(document.body.dataset.words ?? "{}");

// A text with its {names} filled in.
export function fill(text, values) {
  return (text ?? "").replace(/\{(\w+)\}/g, (_all, name) => values[name].toLocaleString(document.documentElement.lang));
}
