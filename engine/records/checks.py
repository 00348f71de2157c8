"""What a diagram does with customer records, held against the company's record policy before it is deployed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine import runtime
from engine.diagrams import xml as diagram_xml
from engine.people.organisation import Organisation
from engine.problems import Problem
from engine.records import policy

SAVING = "records.save"
LOOKING = frozenset({"records.check_holds"})
_LOOK_UP = re.compile(r"\brecord(?: options| numbered| holds)?\s*\(|\bexpired records\s*\(")


@dataclass(frozen=True)
class RecordUse:
    """That an element or flow saves or looks up customer records; `told_only`: a setting, whose value would stay empty."""

    process_id: str
    id: str
    name: str
    saves: bool
    looks: bool
    told_only: bool = False


def uses(
    content: bytes, programs: Iterable[runtime.Program], settings_of: Callable[[str], Mapping[str, Any] | None]
) -> list[RecordUse]:
    """What a readable diagram, read as these programs, does with customer records.

    `settings_of` gives the workflow.toml of a process, whose expressions are looked at too.
    """
    nodes = {node.get("id"): node for node in diagram_xml.safe_parse(content).iter(etree.Element)}
    record_uses = [use for program in programs for use in _uses(program, nodes, settings_of(program.process_id))]
    return [use for use in record_uses if use.saves or use.looks]


def _uses(program: runtime.Program, nodes: Mapping[Any, etree._Element], settings: Any) -> Iterator[RecordUse]:
    process_id = program.process_id
    for element in program.elements.values():
        job = element.task_definition.type if element.task_definition else ""
        node = nodes.get(element.id)
        looks = job in LOOKING or (node is not None and any(map(_LOOK_UP.search, _own_texts(node, program))))
        yield RecordUse(process_id, element.id, element.name, job == SAVING, looks)
    for flow in program.flows.values():
        yield RecordUse(process_id, flow.id, flow.name, False, bool(_LOOK_UP.search(flow.condition or "")))
    yield RecordUse(process_id, process_id, program.name, False, any(map(_LOOK_UP.search, _expressions(settings))), True)


def problems(uses_of_records: Iterable[RecordUse], company: Organisation) -> Iterator[Problem]:
    """The uses that the company does not let their process make."""
    for use in uses_of_records:
        told = {"process": use.process_id}
        if use.saves and not policy.may_save(company, use.process_id):
            yield Problem(use.id, use.name, policy.MAY_NOT_SAVE, told)
        elif use.looks and not policy.may_read(company, use.process_id):
            yield Problem(use.id, use.name, policy.MAY_NOT_READ, told, "warning" if use.told_only else "error")


def _expressions(value: Any) -> Iterator[str]:
    """The expressions anywhere in settings."""
    if isinstance(value, str) and value.startswith("="):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for each in value.values() for text in _expressions(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in _expressions(each))


def _own_texts(node: etree._Element, program: runtime.Program) -> Iterator[str]:
    """The expressions of an element itself, in texts and attributes; those of elements inside it are theirs."""
    for child in node.iterchildren(etree.Element):
        if child.get("id") not in program.elements and child.get("id") not in program.flows:
            for each in child.iter(etree.Element):
                yield from map(str, each.attrib.values())
                yield each.text or ""
