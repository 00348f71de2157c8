"""What a diagram does with customer records, held against the company's record policy before it is deployed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lxml import etree

from engine import runtime
from engine.diagrams import xml as diagram_xml
from engine.people.organisation import Organisation
from engine.problems import Problem
from engine.records import policy

SAVING = "records.save"
LOOKING = frozenset({"records.check_holds"})
_LOOK_UP = re.compile(r"\brecord(?: options| numbered)?\s*\(")


def problems(
    content: bytes, company: Organisation, settings_of: Callable[[str], Mapping[str, Any] | None]
) -> Iterator[Problem]:
    """The elements of a readable diagram that save or look up records though the company does not let their process.

    `settings_of` gives the workflow.toml of a process, whose expressions are looked at too.
    """
    nodes = {node.get("id"): node for node in diagram_xml.safe_parse(content).iter(etree.Element)}
    for program in runtime.parse(content):
        for element in program.elements.values():
            job = element.task_definition.type if element.task_definition else ""
            message = _fault(company, program.process_id, job, _own_texts(nodes[element.id], program))
            if message:
                yield Problem(element.id, element.name, message, {"process": program.process_id})
        yield from _conditions(program, company)
        looks = any(map(_LOOK_UP.search, _expressions(settings_of(program.process_id))))
        if looks and not policy.may_read(company, program.process_id):
            told = {"process": program.process_id}  # a summary or a register column stays empty, the case goes on
            yield Problem(program.process_id, program.name, policy.MAY_NOT_READ, told, "warning")


def _fault(company: Organisation, process_id: str, job: str, texts: Iterator[str]) -> str:
    if job == SAVING and not policy.may_save(company, process_id):
        return policy.MAY_NOT_SAVE
    looks = job in LOOKING or any(map(_LOOK_UP.search, texts))
    return policy.MAY_NOT_READ if looks and not policy.may_read(company, process_id) else ""


def _conditions(program: runtime.Program, company: Organisation) -> Iterator[Problem]:
    for flow in program.flows.values():
        if _LOOK_UP.search(flow.condition or "") and not policy.may_read(company, program.process_id):
            yield Problem(flow.id, flow.name, policy.MAY_NOT_READ, {"process": program.process_id})


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
