// How high the bar at the end of a form is, for what is scrolled to: with an opinion, a signature or a narrow window it grows.
const bar = document.querySelector(".outcomes, .keep-bar");

if (bar) {
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--bar", `${bar.offsetHeight}px`);
  }).observe(bar);
}
