"""Fields that a form demands and nobody can fill in: hidden for good, only read where nothing writes them, on a form no step shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from engine import errors, forms, runtime
from engine.basics import sayings
from engine.deploying.checking.data import process_variables
from engine.problems import Problem

HIDDEN = "“%(field)s” is demanded and always hidden: nobody is ever asked for it."
ONLY_READ = (
    "The form demands “%(field)s”, which is only read here and which no step before fills in: nobody can complete this step."
)
UNUSED = "No step shows this form; what it demands (%(names)s) is asked of nobody."
ALWAYS = ("=true", "= true")


def of_schema(schema: Mapping[str, Any]) -> Iterator[Problem]:
    """Warnings at the fields of one form that are demanded and always hidden."""
    for component in _walked(schema):
        yield from _hidden((component,), is_hidden=False)


def of_program(program: runtime.Program, drawn: Iterable[forms.Form]) -> Iterator[Problem]:
    """Warnings at user tasks whose form demands what it only shows and nothing may have filled in."""
    known = {form.id: form for form in drawn}
    if any(map(process_variables.is_open, program.elements.values())):
        return
    for element in program.elements.values():
        form = known.get(element.form_id or "")
        if form is None or element.type != "userTask":
            continue
        for field in form.walk():
            if _is_demanded(field) and field.raw.get("readonly") is True and not _is_written(program, known, field.path[0]):
                yield Problem(element.id, element.name, ONLY_READ, {"field": field.label or field.path[-1]}, "warning")


def unused(schema: Mapping[str, Any], named: Collection[str]) -> Iterator[Problem]:
    """A warning of a form that is named by nothing (`named` are the ids that are) and demands something."""
    if str(schema.get("id")) in named:
        return
    demanded = [each.label or each.path[-1] for top in _walked(schema) for each in _within(top) if _is_demanded(each)]
    if demanded:
        yield Problem("", "", UNUSED, {"names": sayings.joined(demanded[:5])}, "warning")


def _walked(schema: Mapping[str, Any]) -> tuple[forms.Component, ...]:
    try:
        return forms.load(schema).components
    except errors.Refusal:
        return ()  # told by the checks of the form


def _within(component: forms.Component) -> Iterator[forms.Component]:
    yield component
    for child in component.children:
        yield from _within(child)


def _hidden(components: Iterable[forms.Component], *, is_hidden: bool) -> Iterator[Problem]:
    for each in components:
        gone = is_hidden or (each.hide or "").strip() in ALWAYS
        if gone and _is_demanded(each):
            name = each.label or each.path[-1]
            yield Problem(each.id, name, HIDDEN, {"field": name}, "warning")
        yield from _hidden(each.children, is_hidden=gone)


def _is_demanded(component: forms.Component) -> bool:
    return bool(component.path) and component.rules.get("required") is True


def _is_written(program: runtime.Program, known: Mapping[str, forms.Form], name: str) -> bool:
    if name in process_variables.EVERYWHERE or any(
        process_variables.may_write(each, name) for each in program.elements.values()
    ):
        return True
    used = {each.form_id for each in program.elements.values()}
    fields = (field for id, form in known.items() if id in used for field in form.walk() if field.path)
    return any(field.path[0] == name and field.raw.get("readonly") is not True for field in fields)
