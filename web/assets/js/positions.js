// On a task or case that was opened from a list: where it stands there ("3/17"), and the way to the one before and after.
const KEY = "list";
const SENT = "list:sent";
const DETAIL = /^\/(tasks|cases)\/\d+$/;
const rows = [...document.querySelectorAll("[data-row] a:first-of-type")].map((link) => new URL(link.href).pathname);
const listed = [...new Set(rows.filter((path) => DETAIL.test(path)))];
const here = location.pathname;
const place = document.querySelector("[data-position]");

if (listed.length) {
  const rest = document.querySelector(".paging [rel=next]") ? "+" : "";
  sessionStorage.setItem(KEY, JSON.stringify({ listed, rest }));
}

// What was done meanwhile is no more in the list that one goes through.
function remembered() {
  const { listed = [], rest = "" } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (!sent || sent === here || !listed.includes(sent)) return { listed, rest };
  const left = listed.filter((path) => path !== sent);
  sessionStorage.setItem(KEY, JSON.stringify({ listed: left, rest }));
  return { listed: left, rest };
}

if (place) {
  const { listed, rest } = remembered();
  const at = listed.indexOf(here);
  if (at >= 0 && listed.length > 1) {
    place.hidden = false;
    place.querySelector("[data-count]").textContent = `${at + 1}/${listed.length}${rest}`;
    lead(place.querySelector("[data-before]"), listed[at - 1]);
    lead(place.querySelector("[data-after]"), listed[at + 1]);
  }
  document.getElementById("task-form")?.addEventListener("submit", () => sessionStorage.setItem(SENT, here));
}

function lead(link, path) {
  if (path) link.href = path;
  else Object.assign(link, { role: "link", ariaDisabled: "true" });
}
