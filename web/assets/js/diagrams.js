// Opens a diagram when its place on the page is opened; viewer and its styles are fetched only then.
async function open(container) {
  if (container.dataset.state) return;
  container.dataset.state = "loading";
  try {
    const [{ show }] = await Promise.all([import(container.dataset.viewer), styles(container.dataset.style)]);
    await show(container);
    container.dataset.state = "shown";
  } catch (error) {
    container.dataset.state = "failed";
    container.textContent = container.dataset.failed;
    console.warn(error);
  }
}

function styles(address) {
  if (document.querySelector(`link[href="${address}"]`)) return null;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
  return new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", reject);
    document.head.append(link);
  });
}

function openVisible(root) {
  for (const container of root.querySelectorAll("[data-diagram]")) {
    const fold = container.closest("details");
    if (!fold || fold.open) open(container);
  }
}

document.addEventListener("toggle", (event) => openVisible(event.target), true);
document.addEventListener("htmx:after:swap", () => openVisible(document));
openVisible(document);
