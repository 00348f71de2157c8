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
