// Markup with style attributes, made under a content security policy that refuses them: each is set on its element afterwards.
import parse from "domify";

const KEPT = "data-own-style";

export default function domify(markup, document) {
  const made = parse(markup.replace(/ style=(["'])/g, ` ${KEPT}=$1`), document);
  const all = made.querySelectorAll?.(`[${KEPT}]`) ?? [];
  for (const element of made.matches?.(`[${KEPT}]`) ? [made, ...all] : all) {
    element.style.cssText = element.getAttribute(KEPT);
    element.removeAttribute(KEPT);
  }
  return made;
}
