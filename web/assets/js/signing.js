// Signing by hand: strokes of pointer, pen or finger in a field of 600 × 200, sent as points and never as a picture.
const WIDTH = 600;
const HEIGHT = 200;
const NEAR = 3; // points closer than this add nothing

function begin(pad) {
  const canvas = pad.querySelector("canvas");
  const strokes = [];
  let stroke = null;
  pad.strokes = strokes;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const within = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
    return [within(((event.clientX - box.left) / box.width) * WIDTH, WIDTH), within(((event.clientY - box.top) / box.height) * HEIGHT, HEIGHT)];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    stroke = [at(event)];
    strokes.push(stroke);
    draw(pad);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) {
      const point = at(each);
      const last = stroke.at(-1);
      if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= NEAR) stroke.push(point);
    }
    draw(pad);
  });
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, () => {
      stroke = null;
      write(pad);
    });
  pad.querySelector("[data-clear]").addEventListener("click", () => clear(pad));
}

function draw(pad) {
  const canvas = pad.querySelector("canvas");
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.strokeStyle = getComputedStyle(canvas).color;
  pen.lineWidth = 10;
  pen.lineCap = pen.lineJoin = "round";
  const scale = canvas.width / WIDTH;
  for (const stroke of pad.strokes) {
    pen.beginPath();
    pen.moveTo(stroke[0][0] * scale, stroke[0][1] * scale);
    for (const [x, y] of stroke.length > 1 ? stroke.slice(1) : stroke) pen.lineTo(x * scale, y * scale);
    pen.stroke();
  }
  pad.querySelector("[data-pad-hint]").hidden = pad.strokes.length > 0;
}

function write(pad) {
  pad.querySelector("[data-strokes]").value = pad.strokes.length ? JSON.stringify(pad.strokes) : "";
}

function clear(pad) {
  pad.strokes.length = 0;
  write(pad);
  draw(pad);
}

for (const pad of document.querySelectorAll("[data-pad]")) begin(pad);

// In a task: an outcome that has to be signed opens the field first, and goes on once it is signed.
const dialog = document.querySelector("dialog[data-signing]");
const form = dialog?.closest("form");
let waiting = null;

const isSigned = () => Boolean(form.querySelector("[data-kept]").value || form.querySelector("[data-strokes]").value);

form?.addEventListener(
  "submit",
  (event) => {
    const button = event.submitter;
    if (dialog.dataset.signing !== "required" || button?.name !== "outcome" || isSigned()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = button;
    dialog.showModal();
  },
  { capture: true },
);

dialog?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-sign]");
  if (!button) return;
  event.preventDefault();
  const isKept = button.dataset.sign === "kept";
  const pad = dialog.querySelector("[data-pad]");
  if (isKept) clear(pad);
  dialog.querySelector("[data-unsigned]").hidden = isKept || pad.strokes.length > 0;
  if (!isKept && !pad.strokes.length) return;
  form.querySelector("[data-kept]").value = isKept ? "1" : "";
  form.querySelector("[data-is-signed]").hidden = false;
  dialog.close();
  const outcome = waiting;
  waiting = null;
  if (outcome) form.requestSubmit(outcome);
});

dialog?.addEventListener("cancel", () => {
  waiting = null;
});
