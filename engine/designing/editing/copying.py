"""A published process as the draft of a new one [复制为新流程]: drawn alike, with forms and decisions of its own.

Nothing of the copy is shared with what it was made from: a form changed there would change here too. What the world
outside knows of the process stays with it: its public page, and the messages that begin its cases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from lxml import etree
from sqlalchemy import select, union
from sqlalchemy.orm import Session

from engine import errors
from engine.definitions.languages.files import TEXTS
from engine.deploying.checking import checks
from engine.designing import drafts, packages
from engine.designing.editing import package_texts
from engine.designing.packages import BPMN, SCENARIO, Package
from engine.diagrams import xml
from engine.people.actors import Actor
from engine.storage.models import DecisionDefinition, FormDefinition, ProcessDefinition, ProcessDraft

PUBLIC = "This is the draft of a new process, with forms of its own. A public page is not copied: set one up under Settings."
RECORDS = "It saves or looks up customer records: it can be published once [settings.records] of the company names its id."
BY_TIME = "It begins cases by itself, by time, from the moment it is published: look at the times of its start first."
BY_SIGNAL = "It begins a case with the same signal as the process it is copied from, from the moment it is published."
LONGEST = 58  # letters of an id that a number still fits behind
_SPOKEN_OF = re.compile(
    r'((?:^|\{)(?:message|in|process)\s*=\s*)"([^"]+)"', re.MULTILINE
)  # in a scenario: messages and processes


@dataclass(frozen=True)
class _Names:
    """What gets a new name, each by the same number: ids of processes, forms and decisions, and messages that begin cases."""

    number: int
    processes: frozenset[str]
    forms: frozenset[str]
    decisions: frozenset[str]
    messages: frozenset[str]

    def new(self, id: str) -> str:
        """What the copy calls it."""
        return f"{re.sub(r'_[0-9]+$', '', id)[:LONGEST]}_{self.number}"

    def of(self, known: frozenset[str], id: str) -> str:
        """Its new name where it is one of these, else the name it has."""
        return self.new(id) if id in known else id


def copy(session: Session, by: Actor, process_id: str, name: str, *, now: datetime) -> ProcessDraft:
    """The draft of a new process, drawn as the newest version of one that the person draws.

    Raises NotFound for a process of others, Invalid for a name that is none, Forbidden, TooLarge.
    """
    package, title = drafts.published(session, by, process_id), name.strip()
    if not title:
        raise errors.Invalid("Please say what the new process is called.")
    drafts.one_by_one(session, by)
    drafts.require_name(session, by, title)
    names = _free(session, by, package)
    titles = {
        each: title if each == process_id else f"{packages.name_of(package, each)} {names.number}" for each in names.processes
    }
    return drafts.create(session, by, _renamed(package, names, titles), names.new(process_id), title, now=now)


def to_know(draft: ProcessDraft) -> list[str]:
    """What whoever copied a process has to know before he publishes the copy, as message ids."""
    examined = checks.examine(Package(draft.files, draft.settings).resources())
    kinds = {each.kind for program in examined.every_program for each in program.start_events}
    uses_records = any(use for of_diagram in examined.uses.values() for use in of_diagram)
    told = ((RECORDS, uses_records), (BY_TIME, "timer" in kinds), (BY_SIGNAL, "signal" in kinds))
    return [PUBLIC, *(text for text, is_so in told if is_so)]


def _free(session: Session, by: Actor, package: Package) -> _Names:
    """New names with the first number that nothing in the company has."""
    root = xml.safe_parse(package.files[package.diagram].encode())
    processes = packages.process_ids(package.files[package.diagram].encode())
    forms = frozenset(name.removesuffix(".form") for name in package.files if name.endswith(".form"))
    decisions, messages = frozenset(_decision_ids(package)), frozenset(_beginning(root))
    taken = _taken(session, by) | {str(each.get("id")) for each in root.iter()}
    tried = (_Names(number, frozenset(processes), forms, decisions, messages) for number in count(2))
    return next(names for names in tried if taken.isdisjoint(map(names.new, processes | forms | decisions)))


def _taken(session: Session, by: Actor) -> set[str]:
    """The ids of processes, drawn or published, of forms and of decisions of the company."""
    kinds = (
        select(ProcessDefinition.process_id).where(ProcessDefinition.company_id == by.company_id),
        select(ProcessDraft.process_id).where(ProcessDraft.company_id == by.company_id, ProcessDraft.state == "open"),
        select(FormDefinition.form_id).where(FormDefinition.company_id == by.company_id),
        select(DecisionDefinition.decision_id).where(DecisionDefinition.company_id == by.company_id),
    )
    return set(session.execute(union(*kinds)).scalars())


def _decision_ids(package: Package) -> Iterator[str]:
    for name, text in package.files.items():
        if name.endswith(".dmn"):
            yield from (str(each.get("id")) for each in xml.safe_parse(text.encode()).iter("{*}decision"))


def _beginning(root: etree._Element) -> Iterator[str]:
    """The messages that begin a case: whoever sends one would begin a case of each process that waits for it."""
    named = {each.get("id"): str(each.get("name")) for each in root.iter(f"{BPMN}message")}
    for process in root.iter(f"{BPMN}process"):
        for event in process.iterfind(f"{BPMN}startEvent/{BPMN}messageEventDefinition"):
            if event.get("messageRef") in named:
                yield named[event.get("messageRef")]


def _renamed(package: Package, names: _Names, titles: Mapping[str, str]) -> Package:
    """The copy. Without a public page it says less: translations of what is said no more stay behind."""
    before = {each: packages.name_of(package, each) for each in titles}
    files = dict(_file(name, text, names, titles, before) for name, text in package.files.items())
    own = {each: {name: value for name, value in package.settings.get(each, {}).items() if name != "public"} for each in titles}
    copied = Package(files, {names.new(each): {**settings, "title": titles[each]} for each, settings in own.items()})
    for language in sorted({language for settings in own.values() for language in settings.get(TEXTS, {})}):
        copied = Package(files, package_texts.kept(copied, next(iter(copied.settings)), language, {}))
    return copied


def _file(name: str, text: str, names: _Names, titles: Mapping[str, str], before: Mapping[str, str]) -> tuple[str, str]:
    if place := SCENARIO.fullmatch(name):
        return packages.scenario_file(names.new(place[1]), place[2]), _scenario(text, names)
    stem, _dot, kind = name.rpartition(".")
    if kind == "form":
        return f"{names.new(stem)}.form", json.dumps({**json.loads(text), "id": names.new(stem)}, ensure_ascii=False, indent=2)
    return f"{names.new(stem)}.{kind}", _diagram(text, names, titles, before) if kind == "bpmn" else _decisions(text, names)


def _scenario(text: str, names: _Names) -> str:
    known = names.processes | names.messages
    return _SPOKEN_OF.sub(lambda said: f'{said[1]}"{names.of(known, said[2])}"', text)


def _diagram(text: str, names: _Names, titles: Mapping[str, str], before: Mapping[str, str]) -> str:
    """A pool that is called as its process is renamed with it; one that is called as who works in it stays."""
    root = xml.safe_parse(text.encode(), is_whole=True)
    drawn = {each.get("id"): each.get("name") for each in root.iter(f"{BPMN}process")}
    for each in (*root.iter(f"{BPMN}process"), *root.iter(f"{BPMN}participant")):
        process_id = each.get("processRef") or each.get("id") or ""
        if process_id in titles and each.get("name") in (before[process_id], drawn[process_id]):
            each.set("name", titles[process_id])
    _rename(root, names, f"{BPMN}message", "name", names.messages)
    for tag, attribute in ((f"{BPMN}process", "id"), ("{*}participant", "processRef"), ("{*}BPMNPlane", "bpmnElement")):
        _rename(root, names, tag, attribute, names.processes)
    _rename(root, names, "{*}calledElement", "processId", names.processes)
    _rename(root, names, "{*}formDefinition", "formId", names.forms)
    _rename(root, names, "{*}calledDecision", "decisionId", names.decisions)
    return etree.tostring(root, encoding="unicode")


def _decisions(text: str, names: _Names) -> str:
    root = xml.safe_parse(text.encode(), is_whole=True)
    _rename(root, names, "{*}decision", "id", names.decisions)
    _rename(root, names, "{*}DMNShape", "dmnElementRef", names.decisions)
    for each in root.iter("{*}requiredDecision"):
        each.set("href", f"#{names.of(names.decisions, each.get('href', '').removeprefix('#'))}")
    return etree.tostring(root, encoding="unicode")


def _rename(root: etree._Element, names: _Names, tag: str, attribute: str, known: frozenset[str]) -> None:
    for each in root.iter(tag):
        if each.get(attribute) in known:
            each.set(attribute, names.new(each.get(attribute, "")))
