"""The company whose scenarios are walked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import kit
from tests.engine.scenarios.company import COMPANY


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with one company and one process that asks, waits a working day, and ends in one of two ways."""
    process = kit.diagram(
        "asking",
        kit.start(),
        kit.task("ask", groups="客服专员", outcomes="yes:是,no:否", due="5wd"),
        kit.node("exclusiveGateway", "fork"),
        kit.node("intermediateCatchEvent", "wait", inner=kit.timer("timeDuration", "1wd")),
        kit.end(),
        kit.end("refused"),
        kit.chain("started", "ask", "fork"),
        kit.flow("fork", "wait", '=outcome = "yes"'),
        kit.flow("fork", "refused", '=outcome = "no"'),
        kit.flow("wait", "done"),
    )
    (tmp_path / "bpmn/acme").mkdir(parents=True)
    (tmp_path / "bpmn/acme/asking.bpmn").write_bytes(process.content)
    (tmp_path / "workflows/acme/asking/scenarios").mkdir(parents=True)
    (tmp_path / "workflows/acme/asking/workflow.toml").write_text('may_start = ["*"]\n', encoding="utf-8")
    (tmp_path / "workflows/acme/company.toml").write_text(COMPANY, encoding="utf-8")
    return tmp_path
