// What an editor says, in the page's language. Its own texts are English; one that the dictionary does not know is kept in a
// list whatever the language, for the tests to see: nobody has read it yet, in either.
export const isChinese = document.documentElement.lang.startsWith("zh");
export const BESIDE = isChinese ? "、" : ", "; // between several
export const COLON = isChinese ? "：" : ": ";
// What an editor asks for by the word that the file has, which is nobody's English.
const PLAIN = {
  Any: "any type",
  "Hit policy:": "When several rules fit:",
  boolean: "yes or no",
  date: "date",
  dateTime: "date and time",
  dayTimeDuration: "days, hours, minutes",
  number: "number",
  string: "text",
  time: "time",
  yearMonthDuration: "years and months",
};

export function translator(words) {
  const missing = (window.untranslated ??= new Set());
  return (template, values = {}) => {
    if (template && !(template in words)) missing.add(template);
    const text = (isChinese ? words : PLAIN)[template] ?? template;
    return text.replace(/{([^}]+)}/g, (whole, name) => values[name] ?? whole);
  };
}

export function translation(words) {
  return { translate: ["value", translator(words)] };
}

// Titles that an editor writes without asking for their translation.
export function sayTitles(place, words) {
  if (!isChinese) return;
  new MutationObserver(() => {
    for (const each of place.querySelectorAll("[title]")) {
      const [number] = /\d+/.exec(each.title) ?? [];
      const known = words[each.title] ?? words[each.title.replace(number, "{n}")];
      if (known) each.title = known.replace("{n}", number);
    }
  }).observe(place, { childList: true, subtree: true, attributes: true, attributeFilter: ["title"] });
}

// The types of columns, which the head of a table writes as the file has them.
export function sayTypes(place, say) {
  const heads = ".input-variable, .output-variable";
  new MutationObserver(() => {
    for (const each of place.querySelectorAll(heads)) {
      const text = each.firstChild;
      if (!text || !(text.data in PLAIN)) continue;
      const said = say(text.data);
      if (said !== text.data) text.data = said;
    }
  }).observe(place, { childList: true, subtree: true, characterData: true });
}
