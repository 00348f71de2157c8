// What stands in a field for the codes that the diagram writes: a list's options say both (engine/queries/designer/naming.py).
const BETWEEN = /[,，、]/; // no name holds one of these

export const listOf = (field) => field.getAttribute("list") && document.getElementById(field.getAttribute("list"));

function wordsOf(field) {
  const options = [...(listOf(field)?.options ?? [])];
  return new Map(options.map((each) => [each.dataset.code ?? each.dataset.word ?? each.value, each.dataset.word ?? each.value]));
}

const partsOf = (text) => text.split(BETWEEN).map((each) => each.trim()).filter(Boolean);

export function said(field, value) {
  const words = wordsOf(field);
  if (value.startsWith("=") || words.has(value)) return words.get(value) ?? value;
  if (field.dataset.several === undefined) return value;
  return partsOf(value).map((each) => words.get(each) ?? each).join("，");
}

export function meant(field) {
  const codes = new Map([...wordsOf(field)].map(([code, word]) => [word, code]));
  const value = field.value.trim();
  if (value.startsWith("=") || codes.has(value) || field.dataset.several === undefined) return codes.get(value) ?? value;
  return partsOf(value).map((each) => codes.get(each) ?? each).join(",");
}

// A list proposes whole values: behind the names that stand there already it proposes each with them before it.
export function proposeNext(field) {
  const before = field.dataset.several === undefined || field.value.startsWith("=") ? "" : (/^.*[,，、]\s*/.exec(field.value)?.[0] ?? "");
  for (const each of listOf(field)?.options ?? []) {
    each.dataset.word ??= each.value;
    each.value = before + each.dataset.word;
  }
}
