"""The scenarios of a draft as pages show them: how they stand, and what their steps may name."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, forms, runtime
from engine.definitions import definitions, task_settings
from engine.deploying.checking import checks
from engine.designing import drafts, packages
from engine.designing.editing import draft_files
from engine.designing.packages import Package
from engine.designing.scenarios import proving, scripts
from engine.designing.scenarios.results import Flow, ScenarioLine, ScenarioStanding
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries.designer import naming
from engine.queries.designer.naming import PanelChoice
from engine.storage.models import FormDefinition

THROWN_BY = ("startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask")
MOST_PLACES = 3  # that a message or job is called by


@dataclass(frozen=True)
class ScenarioPage:
    """The scenarios of a draft. `diagram` is its file; `processes` those that the diagram draws, as value and label;
    `names` what elements and flows are called, by process and id."""

    key: int
    name: str
    process_id: str
    revision: int
    diagram: str
    standing: ScenarioStanding
    is_proof_demanded: bool
    processes: list[PanelChoice]
    names: Mapping[str, Mapping[str, str]]

    def marks(self) -> dict[str, list[str]]:
        """The elements of the diagram by colour: what scenarios take, and what they do not."""
        untaken = [flow for _process, flow in self.standing.untaken]
        taken = [flow for _process, flow in self.standing.flows & self.standing.taken]
        return {"taken": sorted(taken), "untaken": sorted(untaken)} if self.standing.taken else {}

    def line(self, process_id: str, name: str) -> ScenarioLine:
        """One scenario. Raises NotFound."""
        for each in self.standing.lines:
            if (each.process_id, each.name) == (process_id, name):
                return each
        raise errors.NotFound("There is no such scenario.")

    def flow_name(self, flow: Flow) -> str:
        """What a sequence flow is called: by its name and the elements that it joins."""
        return self.names.get(flow[0], {}).get(flow[1], flow[1])


@dataclass(frozen=True)
class StepChoices:
    """What the steps of a scenario may name; a field's `Choice` is what is written and what people call it."""

    people: list[PanelChoice]
    tasks: list[PanelChoice]
    ends: list[PanelChoice]
    messages: list[PanelChoice]
    signals: list[PanelChoice]
    jobs: list[PanelChoice]
    outcomes: Mapping[str, tuple[task_settings.Outcome, ...]] = field(default_factory=dict)
    drawn: Mapping[str, forms.Form] = field(default_factory=dict)
    start_form: forms.Form | None = None
    start_message: str = ""

    def label(self, kind: str, value: str) -> str:
        """What people call a value of `people`, `tasks`, `ends`, `messages`, `signals` or `jobs`."""
        return next((each.label for each in getattr(self, kind) if each.value == value), value)


def page(session: Session, by: Actor, key: int) -> ScenarioPage:
    """The scenarios of an open draft. Raises NotFound."""
    draft = drafts.take_up(session, by, key)
    package = Package(draft.files, draft.settings)
    programs = _programs(package)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return ScenarioPage(
        draft.key,
        drafts.called(session, draft),
        draft.process_id,
        draft.revision,
        package.diagram,
        proving.standing(session, by, draft, programs),
        proving.demands((draft.settings.get(each.process_id, {}) for each in programs), company),
        [PanelChoice(each.process_id, packages.name_of(package, each.process_id)) for each in programs],
        {each.process_id: dict(_names(each)) for each in programs},
    )


def script(session: Session, by: Actor, key: int, process_id: str, name: str) -> tuple[str, scripts.Script | None]:
    """A scenario of a draft: its text, and what it says (None where that cannot be read). Raises NotFound."""
    text: str | None = drafts.take_up(session, by, key).files.get(packages.scenario_file(process_id, name))
    if text is None:
        raise errors.NotFound("There is no such scenario.")
    try:
        return text, scripts.read(text, f"{name}.toml")
    except errors.Invalid:
        return text, None


def choices(session: Session, by: Actor, key: int, process_id: str) -> StepChoices:
    """What the steps of a scenario of one process may name: of the draft, and of the processes that it calls."""
    draft = drafts.take_up(session, by, key)
    package = Package(draft.files, draft.settings)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    programs = sorted(_programs(package), key=lambda each: each.process_id != process_id)
    every = [*programs, *_called(session, by, programs)]
    elements = [each for program in every for each in program.elements.values()]
    tasks: dict[str, list[runtime.Element]] = {}  # a process and one that it calls may have a step of one id: it is either
    for each in elements:
        if each.type == "userTask":
            tasks.setdefault(each.id, []).append(each)
    drawn = _forms(session, by, package, {each.form_id for each in elements if each.form_id})
    starts = programs[0].start_events if programs else ()
    none = next((programs[0].elements[each.element_id] for each in starts if each.kind == "none"), None)
    signals = ((each.event.name, each.name) for each in elements if each.event and each.event.kind == "signal")
    jobs = ((each.task_definition.type, each.name) for each in elements if each.task_definition)
    return StepChoices(
        [PanelChoice(each, company.name_of(each)) for each in company.active(company.people)],
        [
            PanelChoice(id, naming.listed(session, dict.fromkeys(each.name or id for each in same)))
            for id, same in tasks.items()
        ],
        [PanelChoice(each.id, each.name or each.id) for each in programs[0].elements.values() if each.type == "endEvent"]
        if programs
        else [],
        _by_places(session, _awaited(every)),
        _by_places(session, signals),
        _by_places(session, jobs),
        {id: tuple(dict.fromkeys(itertools.chain(*map(_outcomes, same)))) for id, same in tasks.items()},
        {id: drawn[same[0].form_id] for id, same in tasks.items() if same[0].form_id in drawn},
        drawn.get(none.form_id or "") if none is not None else None,
        next((each.message_name or "" for each in starts if each.kind == "message"), "") if none is None else "",
    )


def _outcomes(task: runtime.Element) -> tuple[task_settings.Outcome, ...]:
    return tuple(task_settings.read(task.properties).outcomes)


def _programs(package: Package) -> list[runtime.Program]:
    return checks.examine(package.resources()).every_program


def _called(session: Session, by: Actor, programs: list[runtime.Program]) -> list[runtime.Program]:
    own = {each.process_id for each in programs}
    named = {each.called_process_id or "" for program in programs for each in program.elements.values()}
    rows = (packages.newest(session, by.company_id, each) for each in sorted(named - own - {""}))
    return [definitions.by_key(session, row.key).program for row in rows if row is not None]


def _names(program: runtime.Program) -> Iterator[tuple[str, str]]:
    for element in program.elements.values():
        yield element.id, element.name or element.id
    for flow in program.flows.values():
        ends = (program.elements[each].name for each in (flow.source, flow.target))
        yield flow.id, " → ".join(each or "…" for each in ends) + (f"（{flow.name}）" if flow.name else "")


def _by_places(session: Session, named: Iterable[tuple[str, str]]) -> list[PanelChoice]:
    """Codes, each called as the elements are that use it."""
    places: dict[str, list[str]] = {}
    for code, place in named:
        if code and place not in places.setdefault(code, []):
            places[code].append(place)
    several = {code: [each for each in names if each] for code, names in sorted(places.items())}
    return naming.told_apart(PanelChoice(code, naming.few(session, names, MOST_PLACES)) for code, names in several.items())


def _awaited(programs: list[runtime.Program]) -> Iterator[tuple[str, str]]:
    """Each message that is waited for, with what the element is called that waits."""
    for program in programs:
        yield from ((each.message_name or "", program.elements[each.element_id].name) for each in program.start_events)
        waiting = (each for each in program.elements.values() if each.type in THROWN_BY)
        yield from ((each.message.name, each.name) for each in waiting if each.message)


def _forms(session: Session, by: Actor, package: Package, ids: set[str]) -> dict[str, forms.Form]:
    """The forms of these ids: the draft's, else the newest published."""
    schemas = {}
    for name, text in package.files.items():
        schema = draft_files.form_of(text) if name.endswith(".form") else None
        if schema and schema.get("id") in ids:
            schemas[str(schema["id"])] = schema
    row = FormDefinition
    mine = select(row).where(row.company_id == by.company_id, row.form_id.in_(ids - schemas.keys())).order_by(row.version)
    schemas |= {each.form_id: each.schema for each in session.execute(mine).scalars()}
    return dict(_read(schemas))


def _read(schemas: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, forms.Form]]:
    for id, schema in schemas.items():
        try:
            yield id, forms.load(schema)
        except errors.Refusal:
            continue  # told by the checks
