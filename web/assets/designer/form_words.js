// form-js's editor in the page's language: it has no translations of its own, so its texts are changed as they are drawn.
import flatpickr from "flatpickr";
import { Mandarin } from "flatpickr/dist/esm/l10n/zh.js";
import { options } from "preact";
import words from "./chinese_forms.json";
import { isChinese, translator } from "./language.js";

const SPOKEN = ["title", "placeholder", "aria-label", "label", "description", "tooltip", "emptyPlaceholder", "data-tooltip"];
const OURS = new Set(["html", "iframe", "button"]); // what no page here draws
const IS_TEXT = /^<[a-z]+>$|^[A-Z][A-Za-z]+|[A-Za-z]{2,} [a-z]+ ?|^A [a-z]/;
const PATTERNS = [
  [/^Remove (.+)$/, "Remove {name}"],
  [/^(?:Create|Add) (?:an? )?(.+?)(?: element)?$/, "Add {name}"],
  [/^Delete (.+)$/, "Remove {name}"],
  [/^List contains (\d+) item$/, "List contains {n} item"],
  [/^List contains (\d+) items$/, "List contains {n} items"],
];

export const say = translator(words);

function spoken(text) {
  if (typeof text !== "string" || !IS_TEXT.test(text)) return text;
  const known = text in words;
  for (const [pattern, template] of known ? [] : PATTERNS) {
    const found = pattern.exec(text);
    if (found) return say(template, { name: spoken(found[1]), n: found[1] });
  }
  return say(text);
}

// Before the editor itself is there: some of its texts are made as soon as it is. English it speaks by itself, and is only heard.
if (isChinese) flatpickr.localize({ ...Mandarin, monthAriaLabel: say("Month"), yearAriaLabel: say("Year") });
const before = options.vnode;
options.vnode = (vnode) => {
  const { props } = vnode;
  const put = (name, text) => isChinese && (props[name] = text);
  if (props) {
    for (const name of SPOKEN) if (typeof props[name] === "string") put(name, spoken(props[name]));
    if (typeof props.children === "string") put("children", spoken(props.children));
    else if (Array.isArray(props.children)) put("children", props.children.map(spoken));
  }
  before?.(vnode);
};

// Offers only the components that a page here draws, by names in the page's language; what a form has already is shown.
export function onlyDrawn() {
  function Offered(formFields) {
    const all = formFields._formFields;
    formFields.get = (type) => all[type];
    formFields._formFields = Object.fromEntries(Object.entries(all).filter(([type]) => !OURS.has(type)));
    delete all.default.config.getSubheading; // the key of the form, which says nothing to who draws it
    if (!isChinese) return;
    for (const { config } of Object.values(all)) {
      const create = config.create;
      if (create) config.create = (values, isNew = true) => (isNew ? labelled(create(values, isNew)) : create(values, isNew));
    }
  }
  Offered.$inject = ["formFields"];
  return { __init__: ["offered"], offered: ["type", Offered] };
}

// A new component, its first words in the page's language.
function labelled(field) {
  const made = { ...field };
  for (const name of ["label", "dateLabel"]) if (made[name]) made[name] = spoken(made[name]);
  if (made.type === "text") made.text = `# ${spoken("Text view")}`;
  if (made.type === "datetime" && !made.dateLabel) made.dateLabel = spoken("Date");
  if (Array.isArray(made.values)) made.values = made.values.map((each) => ({ ...each, label: spoken(each.label) }));
  return made;
}
