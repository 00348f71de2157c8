"""Deadlines that the regulations leave open, or name as a figure, are settings of the company."""

import re
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.definitions import declarations
from engine.scenarios import Stage, play

ROOT = Path(__file__).resolve().parent.parent.parent
FILED = datetime(2026, 3, 3, 1, tzinfo=UTC)  # a Tuesday, 9:00 in Shanghai
LINE_DOWN = {
    "received_at": "2026-03-03T09:00:00+08:00",
    "receiver": "tang_rui",
    "channel": "电话",
    "customer_name": "鸿江证券有限公司",
    "complainant": "赵敏",
    "contact": "027-88880001",
    "business": "Internet专线",
    "complaint_kind": "故障",
    "content": "专线上午多次中断，营业部无法交易。",
}


@contextmanager
def company(folder: Path, **settings: float) -> Iterator[Stage]:
    """The telecom company with other figures in its settings."""
    for part in ("bpmn", "workflows"):
        shutil.copytree(ROOT / part / "telecom", folder / part / "telecom")
    file = folder / "workflows/telecom/company.toml"
    before, head, after = file.read_text(encoding="utf-8").partition("\n[settings]\n")
    own, *others = after.partition("\n[")
    for name, value in settings.items():
        own, count = re.subn(rf"^{name} = .*$", f"{name} = {value}", own, flags=re.MULTILINE)
        assert count == 1, name
    file.write_text("".join([before, head, own, *others]), encoding="utf-8")
    stage = Stage(folder / "bpmn", folder / "workflows", "telecom")
    try:
        yield stage
    finally:
        stage.close()


def walk(start: dict[str, Any], until: datetime, open_tasks: list[str]) -> dict[str, Any]:
    return {
        "now": FILED,
        "start": start,
        "step": [{"until": until}],
        "expect": {"open": open_tasks, "incidents": 0},
    }


@pytest.mark.parametrize(("hours", "minutes"), [(4, 120), (1, 30)])
def test_the_group_is_asked_when_half_of_its_hours_are_gone(tmp_path: Path, hours: float, minutes: int) -> None:
    start = {"by": "tang_rui", "form": LINE_DOWN}
    late = FILED + timedelta(minutes=minutes)
    with company(tmp_path, groupHours=hours) as stage:
        play(stage, "complaint", walk(start, late - timedelta(seconds=1), ["judge_by_group"]))
        play(stage, "complaint", walk(start, late + timedelta(seconds=1), ["judge_by_group", "supervise_group"]))


COMPANIES = ("advertising", "event", "miniapp", "steel", "telecom")
DUE = re.compile(r'name="due" value="([^"]*)"')


@pytest.mark.parametrize("name", COMPANIES)
def test_no_step_has_its_deadline_written_into_the_diagram(name: str) -> None:
    settings = tomllib.loads((ROOT / "workflows" / name / "company.toml").read_text(encoding="utf-8"))["settings"]
    used = set()
    for file in (ROOT / "bpmn" / name).glob("*.bpmn"):
        for text in DUE.findall(file.read_text(encoding="utf-8")):
            asked = re.findall(r"setting\(&quot;(\w+)&quot;\)", text)
            assert text.startswith("="), f"{file.name}: {text}"
            used.update(asked)
    for file in (ROOT / "workflows" / name).glob("*/workflow.toml"):
        due = tomllib.loads(file.read_text(encoding="utf-8")).get("due", "=")
        assert due.startswith("="), f"{file}: {due}"
        used.update(re.findall(r'setting\("(\w+)"\)', due))
    ours = {each for each in settings if each.endswith("Due")}
    assert ours <= used, f"no step asks for {ours - used}"
    assert not [told for each in ours for told in declarations.deadline(each, settings[each])]
