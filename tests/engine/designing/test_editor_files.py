"""What the diagram editor reads and writes: every shipped file comes out of it as it went in, but for its formatting."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from engine import runtime
from engine.designing import diagram_facts

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "bpmn").rglob("*.bpmn"))
SCRIPT = """
    import { readFileSync } from "node:fs";
    const { BpmnModdle } = await import(process.argv[1]);
    const zeebe = JSON.parse(readFileSync(process.argv[2], "utf8"));
    const moddle = new BpmnModdle({ zeebe });
    const written = [];
    for (const path of process.argv.slice(3)) {
        const { rootElement, warnings } = await moddle.fromXML(readFileSync(path, "utf8"));
        const { xml } = await moddle.toXML(rootElement, { format: true });
        written.push([xml, warnings.map((each) => each.message)]);
    }
    console.log(JSON.stringify(written));
"""


def test_a_shipped_diagram_is_opened_and_saved_without_a_change() -> None:
    node = ROOT / ".venv" / "bin" / "node"
    modules = ROOT / "node_modules"
    given = [
        (modules / "bpmn-moddle" / "dist" / "index.js").as_uri(),
        modules / "zeebe-bpmn-moddle" / "resources" / "zeebe.json",
    ]
    command = [node if node.exists() else "node", "--input-type=module", "-e", SCRIPT, *given, *FILES]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert len(told) == len(FILES) > 20
    for path, (written, warnings) in zip(FILES, told, strict=True):
        text = path.read_text()
        assert not warnings, (path, warnings)
        assert diagram_facts.elements(written) == diagram_facts.elements(text), path
        assert not diagram_facts.is_moved(text, written), path
        assert repr(runtime.parse(written.encode())) == repr(runtime.parse(text.encode())), path


CHOICES = """
    const { newChoices } = await import(process.argv[1]);
    const schema = { components: [{ type: "group", components: [{ id: "old", values: [{ label: "A", value: "value" }] }] }] };
    let edit;
    const [, Following] = newChoices(schema, (text) => ({ Value: "值" })[text] ?? text).newChoices;
    new Following({ on: (_event, listener) => (edit = listener) });
    const kept = (id, ...values) => {
        const context = { formField: { id }, properties: { values: values.map(([label, value]) => ({ label, value })) } };
        edit({ context });
        return context.properties.values.map(({ label, value }) => [label, value]);
    };
    console.log(JSON.stringify([
        kept("new", ["值", "value"], ["Value 2", "value2"]),
        kept("new", ["办公设备", "value"], ["值 2", "value2"]),
        kept("new", ["办公设备", "office"], ["办公设备", "value2"], ["office", "value3"]),
        kept("old", ["改名", "value"]),
    ]));
"""


def test_a_new_choice_is_stored_by_the_word_that_people_read() -> None:
    node = ROOT / ".venv" / "bin" / "node"
    module = (ROOT / "web" / "assets" / "designer" / "new_choices.js").as_uri()
    command = [node if node.exists() else "node", "--input-type=module", "-e", CHOICES, module]
    begun, named, given, old = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert begun == [["值", "value"], ["值 2", "value2"]]
    assert named == [["办公设备", "办公设备"], ["值 2", "value2"]]
    assert given == [["办公设备", "office"], ["办公设备", "办公设备"], ["office", "value3"]], "no two choices have one value"
    assert old == [["改名", "value"]], "what a saved form had keeps its value: cases hold it"
