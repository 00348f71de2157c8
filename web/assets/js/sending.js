// Without a connection nothing is sent into the void: the page stays as it is and says so; as soon as the server answers
// again the same is sent, with the same mark, so that it is done once. Asked is only after something went wrong.
import { words } from "./words.js";

const ALIVE = "/health/live";
const AGAIN_MS = 4000;
const ANSWER_MS = 8000;
let isUnsure = false; // something was not answered since the server was last heard of
const held = new Map(); // forms that wait for the connection, with their button and notice

// Asked of the element itself: a field of a form may be called "method" or "matches".
const has = (form, name) => Element.prototype.hasAttribute.call(form, name);
const isPost = (form) => Element.prototype.getAttribute.call(form, "method")?.toLowerCase() === "post";
// What goes out and comes back behind the page waits only where it says so: most of it is asked again by itself.
const isOurs = (form) => isPost(form) && (has(form, "data-waits") || (!has(form, "hx-post") && !has(form, "data-hx-post")));

async function isReached() {
  const answer = await fetch(ALIVE, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => null);
  isUnsure = !answer?.ok;
  return !isUnsure;
}

function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

document.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    if (!isOurs(form) || (navigator.onLine && !isUnsure)) return;
    stop(event);
    if (held.has(form)) return;
    held.set(form, { submitter: event.submitter });
    if (!(await again(form))) hold(form);
  },
  true,
);

// Whether it went out.
async function again(form) {
  if (!held.has(form) || !navigator.onLine || !(await isReached()) || !held.has(form)) return false;
  const { submitter, notice } = held.get(form);
  release(form, notice);
  form.requestSubmit(submitter?.isConnected ? submitter : null);
  return true;
}

function release(form, notice) {
  held.delete(form);
  notice?.remove();
}

function hold(form) {
  const waiting = held.get(form);
  const notice = Object.assign(document.createElement("div"), { className: "flash warning unsent" });
  notice.setAttribute("role", "alert");
  notice.append(words.unsent, " ", button(words.retry, () => again(form)), " ", button(words.keep, () => release(form, notice)));
  waiting.notice = notice;
  const place = waiting.submitter?.closest(".row, .outcomes, .actions, p, div");
  if (place && (form.contains(place) || !form.contains(waiting.submitter))) place.before(notice);
  else form.prepend(notice);
  notice.scrollIntoView({ block: "nearest" });
}

// A small button beside a notice.
export function button(text, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: text });
  made.addEventListener("click", act);
  return made;
}

const sendHeld = () => [...held.keys()].forEach(again);
addEventListener("online", sendHeld);
setInterval(() => held.size && sendHeld(), AGAIN_MS);
for (const trouble of ["draft:failed", "htmx:error", "htmx:sendError"])
  document.addEventListener(trouble, () => (isUnsure = true), true);
