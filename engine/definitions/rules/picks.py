"""Whom somebody picks for a step that is still to come [自选]: asked in the form of the step where it is picked, as a field of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine import feel, runtime
from engine.basics.sayings import LANGUAGES
from engine.definitions import declarations
from engine.definitions.rules import next_steps
from engine.definitions.task_settings import ANYONE, INITIATOR, NONE, PREVIOUS, SEVERAL, TaskSettings

PREFIX = "picked_"
LABELS = {"zh_Hans": "“{step}”由谁办理", "en": "Who does “{step}”"}


def variable(element_id: str) -> str:
    """The variable that holds who was picked for a step: a username, or a list of them."""
    return PREFIX + re.sub(r"\W", "_", element_id)


def fields(
    program: runtime.Program, tasks: Mapping[str, TaskSettings], language: str = LANGUAGES[0]
) -> dict[str, list[dict[str, Any]]]:
    """The form-js components that ask whom one picks, by the step or start event where it is asked, in a language."""
    picked = {id: each for id, each in tasks.items() if each.picked_by != NONE}
    starts = {each.element_id for each in program.start_events if each.kind == "none"}
    asking: dict[str, list[dict[str, Any]]] = {}
    for at in tasks if picked else ():
        asked = [id for id in _asked_at(program, at, starts, picked) if id in picked]
        if asked:
            asking[at] = [_component(program.elements[id], picked[id], language) for id in asked]
    return asking


def _asked_at(program: runtime.Program, at: str, starts: set[str], picked: Mapping[str, TaskSettings]) -> Iterator[str]:
    if at in starts:
        yield from (id for id, each in picked.items() if each.picked_by == INITIATOR)
    for id in next_steps.tasks_after(program, at):
        if id in picked and picked[id].picked_by == PREVIOUS:
            yield id


def _component(element: runtime.Element, settings: TaskSettings, language: str) -> dict[str, Any]:
    return {
        "type": "taglist" if settings.picks == SEVERAL else "select",
        "id": variable(element.id),
        "key": variable(element.id),
        "label": LABELS[language].format(step=element.name or element.id),
        "valuesExpression": f"=person options({people(settings.picked_from)})",
    }


def people(text: str) -> str:
    """The FEEL expression of those who may be picked; of a text, members of groups and departments, and people."""
    if feel.is_expression(text):
        return feel.body(text)
    names = declarations.words(text)
    return "" if names == (ANYONE,) else f"concatenate({', '.join(_of_names(names))})"


def _of_names(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        quoted = '"' + name.removeprefix("group:").replace("\\", "\\\\").replace('"', '\\"') + '"'
        yield f"members of({quoted}), [{quoted}]"
