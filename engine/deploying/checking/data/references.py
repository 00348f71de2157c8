"""Whom and what a diagram names: groups, people, lanes, steps, job types and processes, held against those there are."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from engine import feel, operations, runtime
from engine.basics.nearest import nearest
from engine.definitions import declarations, task_settings, terms
from engine.definitions.settings import Settings
from engine.definitions.task_settings import EndSettings, TaskSettings
from engine.definitions.values import company_values
from engine.files import documents
from engine.people.organisation import Organisation
from engine.people.resolve import GROUP_PREFIX, names_in
from engine.people.working.named import STANDARD
from engine.problems import Key, Problem

INITIATOR = "initiator"
UNNAMED = "Give it a name: people are told that a case is here, or waits for it."
SEEN = frozenset(
    {
        "userTask",
        "manualTask",
        "receiveTask",
        "sendTask",
        "serviceTask",
        "businessRuleTask",
        "callActivity",
        "intermediateCatchEvent",
    }
)
EVERYBODY = "*"
NO_PAPER = "There is no document template “%(name)s” to print; there is: %(names)s."
NO_LIMIT = "The setting “%(name)s” of company.toml is used as a deadline here: %(reason)s"
NO_RETENTION = (
    "%(setting)s has no effect as long as the company does not remove cases: company.toml, [policy] retention = true."
)
NO_ELEMENT = "The setting %(table)s names “%(id)s”, which the process does not hold."
NEAR_ELEMENT = "The setting %(table)s names “%(id)s”, which the process does not hold. Did you mean “%(similar)s”?"
NAMES: dict[str, tuple[str, str]] = {
    # what is named: said plainly, and with the nearest that there is
    "group": ("Nobody is in a group “%(name)s”.", "Nobody is in a group “%(name)s”. Did you mean “%(similar)s”?"),
    "person": ("There is no person “%(name)s”.", "There is no person “%(name)s”. Did you mean “%(similar)s”?"),
    "people": company_values.NO_PEOPLE,
    "lane": (
        "The task is offered to its lane's group, but nobody is in a group “%(name)s”.",
        "The task is offered to its lane's group, but nobody is in a group “%(name)s”. Did you mean “%(similar)s”?",
    ),
    "department": (
        "There is no department “%(name)s”.",
        "There is no department “%(name)s”. Did you mean “%(similar)s”?",
    ),
    "calendar": (
        "There is no working calendar “%(name)s”.",
        "There is no working calendar “%(name)s”. Did you mean “%(similar)s”?",
    ),
    "setting": (
        "company.toml has no setting “%(name)s”.",
        "company.toml has no setting “%(name)s”. Did you mean “%(similar)s”?",
    ),
    "step": (
        "There is no user task “%(name)s” whose handler could be asked for.",
        "There is no user task “%(name)s” whose handler could be asked for. Did you mean “%(similar)s”?",
    ),
    "task": (
        "%(setting)s names “%(name)s”, which is no user task.",
        "%(setting)s names “%(name)s”, which is no user task. Did you mean “%(similar)s”?",
    ),
    "process": (
        "There is no process “%(name)s” yet; until it is deployed, a case stops here.",
        "There is no process “%(name)s” yet; until it is deployed, a case stops here. Did you mean “%(similar)s”?",
    ),
    "operation": (
        "There is no operation “%(name)s”; names that begin so are ours.",
        "There is no operation “%(name)s”. Did you mean “%(similar)s”?",
    ),
}
UNDONE = "Nobody does this step: a case passes it at once. If somebody is to do it, please make it a user task."
NAMELESS_LANE = "The task stands in a lane without a name: name the lane after the group that works in it."
UNASSIGNED = "The task stands in no lane and names nobody: it falls to the administrators."
EXTERNAL = "“%(name)s” is none of our operations: the task waits for an external worker."
NEAR = 0.8  # of job types: other workers' types may resemble ours a little
_QUOTED = re.compile(r'"([^"\\]*)"')
_QUOTED_LIST = re.compile(r'\s*+(?:"[^"\\]*+"|\[\s*+(?>(?:"[^"\\]*+"\s*+,?+\s*+)*)\])\s*+')


def of_settings(raw: Mapping[str, Any], company: Organisation) -> Iterator[Problem]:
    """Groups in a workflow.toml that the company does not have, and a retention that it does not obey."""
    if raw.get("retention") and not company.policy.get("retention"):
        yield Problem("", "", NO_RETENTION, {"setting": Key("retention")}, "warning")
    declared = declarations.settings_of(Settings)
    for name in sorted(raw.keys() & declared.keys()):
        if declared[name].type == declarations.GROUPS and declarations.fault(declared[name], raw[name]) is None:
            for group in raw[name]:
                if group != EVERYBODY:
                    yield from _missing(None, "group", group, company.groups)
    if isinstance(raw.get("calendar"), str):
        yield from _calendar(None, raw["calendar"], company)


def of_people(element: runtime.Element, company: Organisation) -> Iterator[Problem]:
    """Groups and people that a user task names and the company does not have; only what is written out can be known."""
    people, groups = company.people, company.groups
    for kind, text, known in (
        ("person", element.assignee, people),
        ("person", element.candidate_users, people),
        ("group", element.candidate_groups, groups),
    ):
        for name in written(text):
            yield from _missing(element, kind, name, known)
    if element.lane == "" and not _is_assigned(element):
        yield Problem(element.id, element.name, NAMELESS_LANE)
    elif element.lane is not None and not _is_assigned(element):
        yield from _missing(element, "lane", element.lane, groups)


def of_named(element: runtime.Element, company: Organisation) -> Iterator[Problem]:
    """The same in the properties of a user task or an end event."""
    place = {"userTask": TaskSettings, "endEvent": EndSettings}.get(element.type)
    for name, setting in declarations.settings_of(place).items() if place else ():
        if setting.type in declarations.BESIDE:
            text = element.properties.get(name)
            for each in [*written(text), *_kept(text, company)]:
                if each not in declarations.BESIDE[setting.type]:
                    yield from _named(element, each, company, setting.type)


def _kept(text: str | None, company: Organisation) -> Iterator[str]:
    """The groups and people whom an expression takes from lists among the company's values."""
    for function, name in feel.called_texts(text) if text and feel.is_expression(text) else ():
        value = company.settings.get(name) if function == "setting" else None
        yield from (each for each in value if isinstance(each, str)) if isinstance(value, list | tuple) else ()


def of_limits(program: runtime.Program, element: runtime.Element, company: Organisation) -> Iterator[Problem]:
    """Deadlines and timers that are a value of the company, or made with one, and no length of time."""
    for name, reason in company_values.limit_faults(program, element, company.settings):
        yield Problem(element.id, element.name, NO_LIMIT, {"name": name, "reason": reason})


def of_calendar(element: runtime.Element, company: Organisation) -> Iterator[Problem]:
    """The calendar of a user task, if the company has none of that name."""
    yield from _calendar(element, element.properties.get("calendar", "").strip(), company)


def _calendar(element: runtime.Element | None, name: str, company: Organisation) -> Iterator[Problem]:
    if name and not company.has_calendar(name):
        yield from _missing(element, "calendar", name, [STANDARD, *company.calendars])


def unassigned(element: runtime.Element) -> Iterator[Problem]:
    """A user task that nothing gives to anybody."""
    if not (element.lane is not None or _is_assigned(element) or element.properties.get("empty")):
        yield Problem(element.id, element.name, UNASSIGNED, severity="warning")


def unnamed(element: runtime.Element) -> Iterator[Problem]:
    """An element that pages tell people of, as where a case is or what it waits for, and that nothing names."""
    is_link = element.event is not None and element.event.kind == "link"
    if element.type in SEEN and not is_link and not element.name.strip():
        yield Problem(element.id, "", UNNAMED)


def of_steps(element: runtime.Element, here: Collection[str], elsewhere: Callable[[], Collection[str]]) -> Iterator[Problem]:
    """Ids in `separate_from` that are no user task: `here` are those of the deployment, `elsewhere` the company's others."""
    for name in task_settings.read(element.properties).separate_from:
        if name != INITIATOR and name not in here and name not in (others := elsewhere()):
            yield from _missing(element, "task", name, {INITIATOR, *here, *others})


def of_public(
    given: Mapping[str, Any], programs: Collection[runtime.Program], called: Collection[runtime.Program]
) -> Iterator[Problem]:
    """Ids in the words of a public page that are no step of its process or those `called`, or no end of its own."""
    table = given.get("public")
    if not isinstance(table, Mapping) or not terms.is_fine(table):
        return
    known = {"steps": _ids(called), "ends": _ids(programs, "endEvent")}
    calls_any = any((element.called_process_id or "").startswith("=") for each in called for element in each.elements.values())
    for each in sorted(set(terms.read(table).settling) - (own := _ids(programs))):
        yield from _missing_words("public.settled", each, own)
    for name, ids in known.items():
        for each in [] if calls_any and name == "steps" else sorted(set(table.get(name, {})) - ids):
            yield from _missing_words(f"public.{name}", each, ids)


def _ids(programs: Iterable[runtime.Program], type: str | None = None) -> set[str]:
    every = (element for program in programs for element in program.elements.values())
    return {element.id for element in every if type in (None, element.type)}


def _missing_words(table: str, id: str, known: Collection[str]) -> Iterator[Problem]:
    meant = nearest(id, known)
    text = NO_ELEMENT if meant is None else NEAR_ELEMENT
    yield Problem("", "", text, {"table": Key(table), "id": id, **({} if meant is None else {"similar": meant})})


def in_expressions(
    program: runtime.Program, element: runtime.Element, company: Organisation, tasks: Callable[[], Collection[str]]
) -> Iterator[Problem]:
    """Names that expressions of the element look up and that the company does not have; `tasks` are all user tasks."""
    for text in runtime.written(program, element):
        for function, name in feel.called_texts(text) if text and feel.is_expression(text) else ():
            if function == "handler of":
                yield from _missing(element, "step", name, tasks())
            elif function in _LOOKED_UP:
                kind, of = _LOOKED_UP[function]
                if name not in (known := of(company)):
                    may_be_missing = kind == "setting" and nearest(name, known) is None  # a default may stand beside it
                    yield from _missing(element, kind, name, known, "warning" if may_be_missing else "error")


def _departments(company: Organisation) -> set[str]:
    return {*company.departments, *(unit.name for unit in company.departments.values())}


_LOOKED_UP: dict[str, tuple[str, Callable[[Organisation], Collection[str]]]] = {
    "members of": ("group", lambda company: company.groups),
    "head of": ("department", _departments),
    "setting": ("setting", lambda company: company.settings),
}


def of_work(element: runtime.Element) -> Iterator[Problem]:
    """A job type that is none of ours: refused where it looks like one, else an external worker has to come.

    A task without a kind is told: BPMN leaves open who does it, so nobody does.
    """
    if element.type == "task":
        yield Problem(element.id, element.name, UNDONE, severity="warning")
    name = element.task_definition.type if element.task_definition else ""
    if not name or feel.is_expression(name) or operations.find(name) is not None:
        return
    similar = nearest(name, operations.names(), cutoff=NEAR)
    prefixes = {each.partition(".")[0] for each in operations.names()}
    if similar or ("." in name and name.partition(".")[0] in prefixes):
        yield from _missing(element, "operation", name, operations.names())
    else:
        yield Problem(element.id, element.name, EXTERNAL, {"name": name}, "warning")


def of_called(element: runtime.Element, processes: Collection[str]) -> Iterator[Problem]:
    """A called process that is not there; as in Camunda 8 it may come later."""
    name = element.called_process_id
    if element.type == "callActivity" and name and not feel.is_expression(name):
        yield from _missing(element, "process", name, processes, "warning")


def _missing(
    element: runtime.Element | None, kind: str, name: str, known: Iterable[str], severity: str = "error"
) -> Iterator[Problem]:
    known = set(known)
    if name in known:
        return
    plain, with_nearest = NAMES[kind]
    told = {"name": name, **({"setting": Key("separate_from")} if kind == "task" else {})}
    similar = nearest(name, known)
    place = (element.id, element.name) if element else ("", "")
    if similar is None:
        yield Problem(*place, plain, told, severity)
    else:
        yield Problem(*place, with_nearest, {**told, "similar": similar}, severity)


def _named(element: runtime.Element, name: str, company: Organisation, type: str) -> Iterator[Problem]:
    """A group, with or without its prefix, or a person; out of whom people are picked also a department."""
    plain = name.removeprefix(GROUP_PREFIX)
    if type == declarations.PEOPLE_OR_ANYONE and plain in _departments(company):
        return
    if plain != name:
        yield from _missing(element, "group", plain, company.groups)
    else:
        yield from _missing(element, "people", plain, {*company.groups, *company.people})


def _is_assigned(element: runtime.Element) -> bool:
    return bool(element.assignee or element.candidate_users or element.candidate_groups)


def written(text: str | None) -> list[str]:
    """The names in a text, or in an expression that is nothing but quoted texts."""
    if not text or not feel.is_expression(text):
        return names_in(text)
    body = feel.body(text)
    return _QUOTED.findall(body) if _QUOTED_LIST.fullmatch(body) else []


def with_called(
    programs: Iterable[runtime.Program], known: Callable[[str], runtime.Program | None]
) -> Collection[runtime.Program]:
    """The programs and all that they call, as far as they name it."""
    reached = {program.process_id: program for program in programs}
    todo = list(reached.values())
    while todo:
        called = {element.called_process_id or "" for element in todo.pop().elements.values()} - reached.keys() - {""}
        known_programs = {process_id: known(process_id) for process_id in called if not process_id.startswith("=")}
        more = {process_id: program for process_id, program in known_programs.items() if program is not None}
        reached |= more
        todo += more.values()
    return reached.values()


def of_papers(given: Mapping[str, Any]) -> Iterator[Problem]:
    """Papers to print whose template there is not."""
    known = documents.templates()
    for paper in terms.papers(given.get("paper", [])) or []:
        if paper.template not in known:
            meant = nearest(paper.template, known)
            yield Problem("", "", NO_PAPER, {"name": paper.template, "names": meant or ", ".join(known)})
