"""Where a candidate group is named: in the newest processes, in older versions by which cases run, in drafts, in the company's settings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import feel, runtime
from engine.basics.sayings import Said
from engine.definitions import declarations, definitions, task_settings
from engine.definitions.company_settings import RecordsTable
from engine.definitions.definitions import Definition
from engine.definitions.settings import Settings
from engine.definitions.task_settings import TaskSettings
from engine.people.organisation import Organisation
from engine.people.resolve import GROUP_PREFIX, names_in
from engine.storage.models import NoticeChannel, ProcessDraft

LANE, TASK, SETTING, RECORDS = "lane", "task", "setting", "records"
FLOW, COMPANY, CHANNEL = "flow", "company", "channel"
SETTINGS = {
    "may_start": Said("谁可发起", "who may start it"),
    "managers": Said("谁来管理", "who manages it"),
    "owners": Said("谁负责", "who owns it"),
    "visible_to": Said("谁可查看", "who may read it"),
    "readers": Said("档案查阅组", "readers of customer records"),
    "keepers": Said("档案管理组", "keepers of customer records"),
}
PLACES = {
    LANE: Said("泳道", "lane"),
    TASK: Said("环节“{place}”", "step “{place}”"),
    FLOW: Said("“{place}”的条件", "condition at “{place}”"),
    COMPANY: Said("没有流程用到的单位设定", "a setting of the company that no process reads"),
    CHANNEL: Said("通知渠道“{place}”", "notice channel “{place}”"),
}
BY_SETTING = Said("{where}，按单位设定", "{where}, by a setting of the company")


@dataclass(frozen=True)
class GroupUse:
    """One place that names a group: its `kind`, by which `name` it calls it, and `place`, a step's or setting's name.

    `setting`: the key of the company's setting that names the group for the place.

    `is_draft`: in what somebody draws, published or not. `version` is that of an older version by which `cases` still run,
    0 for the newest one.
    """

    kind: str
    name: str
    place: str
    process_id: str = ""
    process: str = ""
    is_draft: bool = False
    version: int = 0
    cases: int = 0
    setting: str = ""

    @property
    def said(self) -> Said:
        """The place in words."""
        where = SETTINGS.get(self.place) if self.kind in (SETTING, RECORDS) else PLACES[self.kind].of(place=self.place)
        where = where or Said(self.place, self.place)
        return BY_SETTING.of(where=where) if self.setting and self.kind != COMPANY else where


@dataclass(frozen=True)
class _Sought:
    """The names of the group, and the company's settings that name it, each with the name that it uses."""

    names: frozenset[str]
    settings: Mapping[str, str]

    def within(self, text: str) -> Iterator[tuple[str, str]]:
        """Each name by which a text means the group, with the setting that it asks for it."""
        yield from ((each, "") for each in self.names if _names(text, each))
        if feel.is_expression(text):
            yield from ((name, key) for key, name in self.settings.items() if f'setting("{key}")' in text)


def uses(session: Session, company: Organisation, group: str) -> list[GroupUse]:
    """Every place that names the group, by its present or a former name; each once."""
    names = frozenset({group, *(old for old, present in company.former.items() if present == group)})
    sought = _Sought(names, _settings_that_name(company, names))
    places = [*_of_records(company, names), *_of_channels(session, company, names)]
    for definition in definitions.all_latest(session, company.id):
        places += _of_process(definition, sought)
    for definition, cases in definitions.older_in_use(session, company.id):
        places += (replace(each, version=definition.version, cases=cases) for each in _of_process(definition, sought))
    named_at = [*dict.fromkeys(places), *_of_drafts(session, company.id, sought, places)]
    unread = sought.settings.keys() - {each.setting for each in named_at}
    return [*(GroupUse(COMPANY, sought.settings[key], "", setting=key) for key in sorted(unread)), *named_at]


def _of_drafts(session: Session, company_id: str, sought: _Sought, known: Collection[GroupUse]) -> Iterator[GroupUse]:
    """What open drafts name, as far as they can be read, and the published version does not."""
    mine = (ProcessDraft.company_id == company_id, ProcessDraft.state == "open")
    told = {replace(each, process="") for each in known}
    for draft in session.execute(select(ProcessDraft).where(*mine).order_by(ProcessDraft.key)).scalars():
        places = dict.fromkeys(_of_draft(draft, sought))
        yield from (each for each in places if replace(each, process="", is_draft=False) not in told)


def _of_draft(draft: ProcessDraft, sought: _Sought) -> Iterator[GroupUse]:
    of: dict[str, Any] = {"process_id": draft.process_id, "process": draft.name, "is_draft": True}
    for setting in declarations.settings_of(Settings).values():
        if setting.type == declarations.GROUPS:
            given = [table.get(setting.name) for table in draft.settings.values()]
            listed = [each for value in given if isinstance(value, list) for each in value if isinstance(each, str)]
            yield from (GroupUse(SETTING, each, setting.name, **of) for each in listed if each in sought.names)
    for text in (text for name, text in draft.files.items() if name.endswith(".bpmn")):
        for program in runtime.examine(text.encode())[1]:
            yield from _of_program(program, sought, of)


def _of_records(company: Organisation, names: Collection[str]) -> Iterator[GroupUse]:
    policy = company.settings.get("records", {})
    for setting in declarations.settings_of(RecordsTable).values():
        if setting.type == declarations.GROUPS:
            yield from (GroupUse(RECORDS, each, setting.name) for each in policy.get(setting.name, ()) if each in names)


def _settings_that_name(company: Organisation, names: Collection[str]) -> dict[str, str]:
    """Settings of the company, which expressions read, with the name by which each calls the group."""
    naming = dict[str, str]()
    for key, value in company.settings.items():
        listed = value if isinstance(value, list) else [value]
        given = [name.removeprefix(GROUP_PREFIX) for text in listed if isinstance(text, str) for name in names_in(text)]
        if named := next((each for each in given if each in names), None):
            naming[key] = named
    return naming


def _of_channels(session: Session, company: Organisation, names: Collection[str]) -> Iterator[GroupUse]:
    """Ways on which notices reach a group."""
    mine = select(NoticeChannel).where(NoticeChannel.company_id == company.id).order_by(NoticeChannel.key)
    for channel in session.execute(mine).scalars():
        if channel.config.get("group") in names:
            yield GroupUse(CHANNEL, channel.config["group"], channel.name)


def _of_process(definition: Definition, sought: _Sought) -> Iterator[GroupUse]:
    of: dict[str, Any] = {"process_id": definition.process_id, "process": definition.title}
    for setting in declarations.settings_of(Settings).values():
        if setting.type == declarations.GROUPS:
            given = getattr(definition.settings, setting.name) or ()
            yield from (GroupUse(SETTING, each, setting.name, **of) for each in given if each in sought.names)
    yield from _of_program(definition.program, sought, of)


def _of_program(program: runtime.Program, sought: _Sought, of: Mapping[str, Any]) -> Iterator[GroupUse]:
    for element in program.elements.values():
        if element.lane in sought.names and element.type == "userTask":
            yield GroupUse(LANE, str(element.lane), element.lane or "", **of)
        meant = (each for text in (*_texts(element), *_formulas(element)) for each in sought.within(text))
        yield from (GroupUse(TASK, name, element.name or element.id, setting=key, **of) for name, key in meant)
    for flow in program.flows.values():
        source = program.elements.get(flow.source)
        place = flow.name or (source.name if source else "") or flow.id
        asked = sought.within(flow.condition or "")
        yield from (GroupUse(FLOW, name, place, setting=key, **of) for name, key in asked)


def _texts(element: runtime.Element) -> Iterator[str]:
    """What names people."""
    people = [name for name, setting in declarations.settings_of(TaskSettings).items() if setting.type in declarations.BESIDE]
    written = (element.candidate_groups, element.candidate_users, element.assignee)
    yield from (text for text in (*written, *(element.properties.get(name) for name in people)) if text)
    weights = element.properties.get("weights", "")
    yield from () if feel.is_expression(weights) else task_settings.weights_in(weights)


def _formulas(element: runtime.Element) -> Iterator[str]:
    """What else is worked out at a step and may ask for a group in quotation marks."""
    worked_out = (*element.properties.values(), element.script, element.completion_condition)
    mapped = (each.source for each in (*element.inputs, *element.outputs))
    repeated = (element.multi_instance.input_collection,) if element.multi_instance else ()
    yield from (text for text in (*worked_out, *mapped, *repeated) if text and feel.is_expression(text))


def _names(text: str, group: str) -> bool:
    """Whether an assignment names the group, written out or in quotation marks within an expression."""
    if feel.is_expression(text):
        return f'"{group}"' in text or f'"{GROUP_PREFIX}{group}"' in text
    return group in (name.removeprefix(GROUP_PREFIX) for name in names_in(text))
