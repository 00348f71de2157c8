"""Trap 5: within how many hours an event company first contacts a complaining customer is its setting, not in the diagram."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.scenarios import Stage, play

ROOT = Path(__file__).resolve().parent.parent.parent
FILED = datetime(2026, 3, 3, 2, tzinfo=UTC)  # a Tuesday, 10:00 in Shanghai
FROM_OUTSIDE = {"channel": "网页", "complainant": "周先生", "contact": "zhou@kehu.example", "content": "签到台只有一处。"}

Open = Callable[[str], Stage]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Open]:
    """Opens the event company with another number of hours in its settings."""
    opened: list[Stage] = []

    def open_with(hours: str) -> Stage:
        for folder in ("bpmn", "workflows"):
            shutil.copytree(ROOT / folder / "event", tmp_path / folder / "event")
        settings = tmp_path / "workflows/event/company.toml"
        text = settings.read_text(encoding="utf-8")
        assert "firstContactHours = 2\n" in text
        settings.write_text(text.replace("firstContactHours = 2\n", f"firstContactHours = {hours}\n"), encoding="utf-8")
        opened.append(Stage(tmp_path / "bpmn", tmp_path / "workflows", "event"))
        return opened[-1]

    yield open_with
    for each in opened:
        each.close()


def scenario(until: datetime, open_tasks: list[str]) -> dict[str, Any]:
    return {
        "now": FILED,
        "start": {"message": "complaint_filed", "variables": FROM_OUTSIDE},
        "step": [{"until": until}],
        "expect": {"open": open_tasks, "incidents": 0},
    }


@pytest.mark.parametrize(("hours", "minutes"), [("0.5", 30), ("1", 60), ("2", 120), ("6", 360)])
def test_trap_05_the_head_of_service_is_called_when_the_companys_hours_have_passed(
    stage: Open, hours: str, minutes: int
) -> None:
    company = stage(hours)
    late = FILED + timedelta(minutes=minutes)
    play(company, "complaint", scenario(late - timedelta(seconds=1), ["first_contact"]))
    play(company, "complaint", scenario(late + timedelta(seconds=1), ["first_contact", "supervise_contact"]))


def test_trap_05_hours_outside_service_time_do_not_count(stage: Open) -> None:
    company = stage("9")  # a whole service day: 10:00 to 18:00, and one hour of the next morning
    play(company, "complaint", scenario(datetime(2026, 3, 4, 1, 59, tzinfo=UTC), ["first_contact"]))
    play(company, "complaint", scenario(datetime(2026, 3, 4, 2, 1, tzinfo=UTC), ["first_contact", "supervise_contact"]))
