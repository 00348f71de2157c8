// What an editor says, in the page's language; a text without a translation is kept in a list, for the tests to see.
export function translator(language, words) {
  const known = language.startsWith("zh") ? words : null;
  const missing = (window.untranslated ??= new Set());
  return (template, values = {}) => {
    if (known && template && !(template in known)) missing.add(template);
    const text = known?.[template] ?? template;
    return text.replace(/{([^}]+)}/g, (whole, name) => values[name] ?? whole);
  };
}

export function translation(language, words) {
  return { translate: ["value", translator(language, words)] };
}

// Titles that an editor writes without asking for their translation.
export function sayTitles(place, language, words) {
  if (!language.startsWith("zh")) return;
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
      if (text && /^(string|boolean|number|date|time|dateTime|dayTimeDuration|yearMonthDuration|Any)$/.test(text.data)) text.data = say(text.data);
    }
  }).observe(place, { childList: true, subtree: true, characterData: true });
}
