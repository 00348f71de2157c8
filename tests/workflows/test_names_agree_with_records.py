"""Where a form says that a name agrees with a chosen record, a scenario is refused with another's name."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.diagrams.xml import safe_parse

ROOT = Path(__file__).parents[2]
BPMN, ZEEBE = "{http://www.omg.org/spec/BPMN/20100524/MODEL}", "{http://camunda.org/schema/zeebe/1.0}"


def agreeing() -> list[Path]:
    return [path for path in sorted((ROOT / "workflows").glob("*/*/*.form")) if '"agrees_with"' in path.read_text()]


@pytest.mark.parametrize("form", agreeing(), ids=lambda path: path.stem)
def test_anothers_name_is_refused_in_a_scenario(form: Path) -> None:
    steps, names = places(form), {each["key"] for each in parts(json.loads(form.read_text())) if agrees(each)}
    refused = [
        step
        for path in form.parent.glob("scenarios/*.toml")
        for step in told(tomllib.loads(path.read_text()))
        if step.get("refused") == "Invalid" and step["at"] in steps and names & set(keys(step["form"]))
    ]
    assert refused, f"no scenario fills {names} with the name of another than the chosen record's"


def places(form: Path) -> set[str]:
    """The tasks that ask with the form; a case that is sent back to its beginning has one there too."""
    tree = safe_parse((ROOT / "bpmn" / form.parts[-3] / f"{form.parts[-2]}.bpmn").read_bytes())
    asking = [each.getparent().getparent() for each in tree.iter(f"{ZEEBE}formDefinition") if each.get("formId") == form.stem]
    return {each.get("id") for each in asking} | {"start" for each in asking if each.tag == f"{BPMN}startEvent"}


def told(scenario: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for step in scenario.get("step", []):
        begun = step.get("start", {})
        yield {**step, "at": "start" if begun else step.get("task"), "form": begun.get("form") or step.get("form", {})}


def parts(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield part
    for each in part.get("components", []):
        yield from parts(each)


def agrees(part: dict[str, Any]) -> bool:
    return "agrees_with" in (part.get("properties") or {})


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from keys(each)
