"""Settings are declared once: the documentation shows all of them, and each is read somewhere."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from engine.definitions import declarations, settings, task_settings
from tests.engine.definitions import settings_tables

ROOT = Path(__file__).parents[3]


def test_the_manual_shows_the_settings_as_they_are_declared() -> None:
    document = settings_tables.DOCUMENT.read_text(encoding="utf-8")
    assert [place for place, _text in settings_tables.tables(document)] == list(settings_tables.PLACES)
    for place, text in settings_tables.tables(document):
        assert text == settings_tables.table(place), "write it anew: python -m tests.engine.definitions.settings_tables"


@pytest.mark.parametrize("place", [settings.Settings, task_settings.TaskSettings])
def test_every_declared_setting_is_read_by_somebody(place: type) -> None:
    readers = [path for part in ("engine", "web") for path in (ROOT / part).rglob("*") if path.suffix in (".py", ".html")]
    others = [path for path in readers if path.name != Path(inspect.getfile(place)).name]
    text = "\n".join(path.read_text(encoding="utf-8") for path in others)
    fields = (
        {"instructions": "start_instructions"} if place is settings.Settings else {"return": "returns", "rule": "joint_rule"}
    )
    names = {fields.get(name, name) for name in declarations.settings_of(place)}
    unread = {name for name in names if not re.search(rf"\.{name}\b", text)}
    assert unread == set()


@pytest.mark.parametrize(
    ("properties", "element", "told"),
    [
        ({"opinon": "none"}, "userTask", ("error", "There is no property opinon; did you mean opinion?")),
        ({"summary": "=x"}, "userTask", ("warning", "The property summary has no effect here.")),
        ({"opinion": "none"}, "serviceTask", ("error", "The property opinion belongs to a user task, and has no effect here.")),
        ({"outcom": "reject"}, "endEvent", ("error", "There is no property outcom; did you mean outcome?")),
        ({"due": "5wd"}, "process", ("error", "The property due belongs to a user task, and has no effect here.")),
        ({"colour": "red"}, "exclusiveGateway", ("warning", "The property colour has no effect here.")),
    ],
)
def test_a_property_that_nothing_obeys_is_told(properties: dict[str, str], element: str, told: tuple[str, str]) -> None:
    found = [(severity, message % values) for severity, message, values in task_settings.unknown(properties, element)]
    assert found == [told]


def test_properties_of_other_tools_are_left_alone() -> None:
    assert list(task_settings.unknown({"camundaModeler:exampleOutputJson": "{}"}, "userTask")) == []


def test_a_name_within_a_table_is_told_with_the_nearest() -> None:
    columns = [{"label": "x", "value": "=x", "totl": "none"}]
    [problem] = settings.problems({"register": columns})
    assert str(problem) == "Unknown setting register.totl; did you mean register.total?"
