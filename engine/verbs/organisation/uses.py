"""Where a candidate group is named: lanes, assignments and settings of the newest processes and of drafts, the company's settings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import feel, runtime
from engine.definitions import declarations, definitions
from engine.definitions.company_settings import RecordsTable
from engine.definitions.definitions import Definition
from engine.definitions.settings import Settings
from engine.definitions.task_settings import TaskSettings
from engine.people.organisation import Organisation
from engine.people.resolve import GROUP_PREFIX, names_in
from engine.storage.models import ProcessDraft

LANE, TASK, SETTING, RECORDS = "lane", "task", "setting", "records"


@dataclass(frozen=True)
class Use:
    """One place that names a group: its `kind`, by which `name` it calls it, and `place`, a step's or setting's name.

    `is_draft`: in what somebody draws, published or not.
    """

    kind: str
    name: str
    place: str
    process_id: str = ""
    process: str = ""
    is_draft: bool = False


def uses(session: Session, company: Organisation, group: str) -> list[Use]:
    """Every place that names the group, by its present or a former name; each once."""
    names = {group, *(old for old, present in company.former.items() if present == group)}
    found = list(_of_records(company, names))
    for definition in definitions.all_latest(session, company.id):
        found += _of_process(definition, names)
    return [*dict.fromkeys(found), *_of_drafts(session, company.id, names, found)]


def _of_drafts(session: Session, company_id: str, names: Collection[str], known: Collection[Use]) -> Iterator[Use]:
    """What open drafts name, as far as they can be read, and the published version does not."""
    mine = (ProcessDraft.company_id == company_id, ProcessDraft.state == "open")
    told = {replace(each, process="") for each in known}
    for draft in session.execute(select(ProcessDraft).where(*mine).order_by(ProcessDraft.key)).scalars():
        found = dict.fromkeys(_of_draft(draft, names))
        yield from (each for each in found if replace(each, process="", is_draft=False) not in told)


def _of_draft(draft: ProcessDraft, names: Collection[str]) -> Iterator[Use]:
    of: dict[str, Any] = {"process_id": draft.process_id, "process": draft.name, "is_draft": True}
    for setting in declarations.of(Settings).values():
        if setting.type == declarations.GROUPS:
            given = [table.get(setting.name) for table in draft.settings.values()]
            listed = [each for value in given if isinstance(value, list) for each in value if isinstance(each, str)]
            yield from (Use(SETTING, each, setting.name, **of) for each in listed if each in names)
    for text in (text for name, text in draft.files.items() if name.endswith(".bpmn")):
        for program in runtime.examine(text.encode())[1]:
            yield from _of_program(program, names, of)


def _of_records(company: Organisation, names: Collection[str]) -> Iterator[Use]:
    policy = company.settings.get("records", {})
    for setting in declarations.of(RecordsTable).values():
        if setting.type == declarations.GROUPS:
            yield from (Use(RECORDS, each, setting.name) for each in policy.get(setting.name, ()) if each in names)


def _of_process(definition: Definition, names: Collection[str]) -> Iterator[Use]:
    of: dict[str, Any] = {"process_id": definition.process_id, "process": definition.title}
    for setting in declarations.of(Settings).values():
        if setting.type == declarations.GROUPS:
            given = getattr(definition.settings, setting.name) or ()
            yield from (Use(SETTING, each, setting.name, **of) for each in given if each in names)
    yield from _of_program(definition.program, names, of)


def _of_program(program: runtime.Program, names: Collection[str], of: Mapping[str, Any]) -> Iterator[Use]:
    for element in program.elements.values():
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
