"""Conditions that stop every case that comes to them: they give a text or number, or compare what can never be alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine import feel, forms, runtime
from engine.definitions import task_settings
from engine.deploying.checking.data import process_variables
from engine.problems import Problem

NO_ANSWER = "This condition gives a %(kind)s, where yes or no is wanted: a case would stop here."
NEVER_ALIKE = "This compares a %(left)s with a %(right)s, which gives neither yes nor no: a case would stop here."
FIELDS = {"number": "number", "checkbox": "boolean", "textfield": "string", "textarea": "string", "checklist": "list"}
CHOICES = ("radio", "select")


def problems(program: runtime.Program, drawn: Iterable[forms.Form]) -> Iterator[Problem]:
    """Warnings at sequence flows; `drawn` are the forms of the process, which say what their fields hold."""
    kinds = _kinds(program, drawn)
    for flow in program.flows.values():
        text = flow.condition or ""
        body = feel.body(text) if feel.is_expression(text) else text
        if not body.strip():
            continue
        gives = feel.kind(body, kinds)
        if gives not in (None, "boolean"):
            yield Problem(flow.id, flow.name, NO_ANSWER, {"kind": gives}, "warning")
        apart = [each for each in feel.problems(body, functions=None, kinds=kinds) if each.values.keys() == {"left", "right"}]
        told = feel.problems(body, functions=None) if apart else []  # by the check of each expression
        for problem in (each for each in apart if each not in told):
            yield Problem(flow.id, flow.name, NEVER_ALIKE, problem.values, "warning")


def _kinds(program: runtime.Program, drawn: Iterable[forms.Form]) -> Mapping[str, str]:
    """What variables hold that only fields of forms write."""
    elements = program.elements.values()
    written = {name for each in elements for name in process_variables.written_by(each)}
    written |= {task_settings.read(each.properties).result for each in elements if each.type == "userTask"}
    kinds_by_name: dict[str, set[str | None]] = {}
    for form in drawn:
        for field in (each for each in form.walk() if each.path):
            kinds_by_name.setdefault(field.path[0], set()).add(_kind(field) if len(field.path) == 1 else None)
    return {
        name: kind
        for name, kinds in kinds_by_name.items()
        if name not in written and len(kinds) == 1 and (kind := next(iter(kinds)))
    }


def _kind(field: forms.Component) -> str | None:
    if field.type not in CHOICES:
        return FIELDS.get(field.type)
    listed = field.raw.get("values")
    values = [each.get("value") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return "string" if values and all(isinstance(each, str) for each in values) else None
