"""Where a candidate group is named: lanes, assignments and settings of the newest processes, the company's settings."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine import feel, runtime
from engine.definitions import declarations, definitions
from engine.definitions.company_settings import RecordsTable
from engine.definitions.definitions import Definition
from engine.definitions.settings import Settings
from engine.definitions.task_settings import TaskSettings
from engine.people.organisation import Organisation
from engine.people.resolve import GROUP_PREFIX, names_in

LANE, TASK, SETTING, RECORDS = "lane", "task", "setting", "records"


@dataclass(frozen=True)
class Use:
    """One place that names a group: its `kind`, by which `name` it calls it, and `place`, a step's or setting's name."""

    kind: str
    name: str
    place: str
    process_id: str = ""
    process: str = ""


def uses(session: Session, company: Organisation, group: str) -> list[Use]:
    """Every place that names the group, by its present or a former name; each once."""
    names = {group, *(old for old, present in company.former.items() if present == group)}
    found = list(_of_records(company, names))
    for definition in definitions.all_latest(session, company.id):
        found += _of_process(definition, names)
    return list(dict.fromkeys(found))


def _of_records(company: Organisation, names: Collection[str]) -> Iterator[Use]:
    policy = company.settings.get("records", {})
    for setting in declarations.of(RecordsTable).values():
        if setting.type == declarations.GROUPS:
            yield from (Use(RECORDS, each, setting.name) for each in policy.get(setting.name, ()) if each in names)


def _of_process(definition: Definition, names: Collection[str]) -> Iterator[Use]:
    of = {"process_id": definition.process_id, "process": definition.title}
    for setting in declarations.of(Settings).values():
        if setting.type == declarations.GROUPS:
            given = getattr(definition.settings, setting.name) or ()
            yield from (Use(SETTING, each, setting.name, **of) for each in given if each in names)
    for element in definition.program.elements.values():
        if element.lane in names and element.type == "userTask":
            yield Use(LANE, str(element.lane), element.lane or "", **of)
        for text in _texts(element):
            yield from (Use(TASK, each, element.name or element.id, **of) for each in names if _names(text, each))


def _texts(element: runtime.Element) -> Iterator[str]:
    people = [name for name, setting in declarations.of(TaskSettings).items() if setting.type in declarations.BESIDE]
    written = (element.candidate_groups, element.candidate_users, element.assignee)
    yield from (text for text in (*written, *(element.properties.get(name) for name in people)) if text)


def _names(text: str, group: str) -> bool:
    """Whether an assignment names the group, written out or in quotation marks within an expression."""
    if feel.is_expression(text):
        return f'"{group}"' in text or f'"{GROUP_PREFIX}{group}"' in text
    return group in (name.removeprefix(GROUP_PREFIX) for name in names_in(text))
