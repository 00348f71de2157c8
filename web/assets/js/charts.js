// Draws the charts of a report; the chart library is fetched only where there is one. Without it the table says the same.
async function draw(frame) {
  if (frame.dataset.state) return;
  frame.dataset.state = "loading";
  try {
    const { show } = await import(frame.dataset.charts);
    for (const place of frame.querySelectorAll("[data-chart]")) show(place);
    frame.dataset.state = "shown";
  } catch (error) {
    frame.hidden = true;
    console.warn(error);
  }
}

const drawAll = () => document.querySelectorAll("[data-charts]").forEach(draw);
document.addEventListener("htmx:after:swap", drawAll);
drawAll();
