// A diagram that nobody has laid out yet, told as a list of its steps in the order of their flows.
const SHOWN = /(Task|task|callActivity|Event|Gateway|subProcess)$/;

export function stepList(xml, marks) {
  const found = new DOMParser().parseFromString(xml, "application/xml");
  const all = [...found.querySelectorAll("*")];
  const nodes = new Map(all.filter((each) => each.id && SHOWN.test(each.localName)).map((each) => [each.id, each]));
  const flows = all.filter((each) => each.localName === "sequenceFlow");
  const lanes = new Map(all.filter((each) => each.localName === "flowNodeRef").map((each) => [each.textContent.trim(), each.parentNode.getAttribute("name")]));
  const list = document.createElement("ol");
  list.className = "step-list";
  for (const node of inOrder([...nodes.values()], flows)) {
    const name = node.getAttribute("name");
    if (name) list.append(item(node, name, lanes.get(node.id), flows, nodes, marks));
  }
  return list;
}

function inOrder(nodes, flows) {
  const seen = new Set();
  const byId = new Map(nodes.map((each) => [each.id, each]));
  const edge = nodes.filter((each) => each.localName === "startEvent" && each.parentNode.localName === "process").map((each) => each.id);
  while (edge.length) {
    const id = edge.shift();
    if (seen.has(id) || !byId.has(id)) continue;
    seen.add(id);
    edge.unshift(...nodes.filter((each) => each.parentNode.id === id && each.localName === "startEvent").map((each) => each.id));
    edge.push(...flows.filter((each) => each.getAttribute("sourceRef") === id).map((each) => each.getAttribute("targetRef")));
    edge.push(...nodes.filter((each) => each.getAttribute("attachedToRef") === id).map((each) => each.id));
  }
  return [...[...seen].map((id) => byId.get(id)), ...nodes.filter((each) => !seen.has(each.id))];
}

function item(node, name, lane, flows, nodes, marks) {
  const line = document.createElement("li");
  line.className = (marks.token || []).includes(node.id) ? "here" : (marks.done || []).includes(node.id) ? "done" : "";
  line.append(Object.assign(document.createElement("b"), { textContent: name }));
  const figure = (marks.counts || {})[node.id];
  if (figure) line.append(Object.assign(document.createElement("span"), { className: "node-count", textContent: figure }));
  const trouble = (marks.troubles || {})[node.id];
  if (trouble) line.append(Object.assign(document.createElement("span"), { className: "node-count trouble", textContent: trouble }));
  const ways = flows.filter((each) => each.getAttribute("sourceRef") === node.id && each.getAttribute("name"));
  const told = ways.map((each) => `${each.getAttribute("name")} → ${nodes.get(each.getAttribute("targetRef"))?.getAttribute("name") || "…"}`);
  if (lane || told.length) line.append(Object.assign(document.createElement("span"), { className: "quiet", textContent: [lane, ...told].filter(Boolean).join(" · ") }));
  return line;
}
