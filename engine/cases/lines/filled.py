"""What people have filled into a case so far, under the labels of its forms, in the order in which it was asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from engine import forms
from engine.basics import sayings
from engine.cases.lines import wording
from engine.definitions.definitions import Definition, Form
from engine.definitions.languages import typed
from engine.forms.schema import DEPARTMENTS, PEOPLE, RECORDS, offers
from engine.forms.schema import label as label_of
from engine.people.organisation import Organisation

Component = Mapping[str, Any]
NO_VALUE: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class ChosenRecord:
    """A customer record that somebody chose. Its `title` is for who may see the catalogue (`chosen_records.told`).

    `may_open`: the reader's clearance reaches it.
    """

    key: str
    title: str = ""
    may_open: bool = False

    def __str__(self) -> str:
        return self.title


@dataclass(frozen=True)
class Value:
    """One answer. `kind` is text, files or table (a dynamic list, with `columns` of labels and `rows` of values).

    `is_asked`: the form asks for it, and does not only show it; `shown` are the columns of a table that it only shows, by number;
    `names` are those of the fields of its columns.
    """

    name: str
    label: str
    kind: str
    value: Any = None
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    is_asked: bool = True
    shown: Collection[int] = ()
    names: tuple[str, ...] = ()


def filled_fields(definition: Definition, company: Organisation, values: Mapping[str, Any]) -> list[Value]:
    """All answers that the process's forms name; what no form names is machinery and left out."""
    return [value for group in grouped(definition, company, values) for value in group.values]


def at_step(definition: Definition, element_id: str, company: Organisation, values: Mapping[str, Any]) -> list[Value]:
    """What the form of one step calls values that came with it; nothing for a step without a form."""
    form = definition.form_of(element_id) if element_id else None
    return list(_at_step(definition, element_id, form, company, values, values)) if form else []


@dataclass(frozen=True)
class FilledForm:
    """What one form asked: `element_id` is the step's, "" for the start form; `name` what the step is called.

    `is_beside`: what no form asks for and some show, as it was worked out or came from elsewhere.
    """

    element_id: str
    name: str
    values: list[Value]
    is_beside: bool = False


def grouped(
    definition: Definition, company: Organisation, values: Mapping[str, Any], given: Mapping[str, Mapping[str, Any]] = {}
) -> list[FilledForm]:
    """All answers that the process's forms name, each at the step that asks for it first; last what they only show.

    `given` is what was typed at each step the last time: it tells what the case keeps under other names, and what ended with
    the step, which is told there whatever others ask by the same name.
    """
    told = {
        element_id: list(_of_several(definition, element_id, form, company, values))
        or list(_at_step(definition, element_id, form, company, values, given.get(element_id, {})))
        for element_id, form in _forms(definition)
    }
    seen: set[str] = set()
    held: set[str] = set()
    groups = []
    for element_id, of_step in told.items():
        own = {each.name for each in of_step if _is_own(definition, element_id, each.name)}
        asked = {each.name: each for each in of_step if each.is_asked and (each.name in own or each.name not in held)}
        held.update(asked.keys() - own)
        seen.update(asked)
        name = definition.program.elements[element_id].name if element_id else ""
        groups.append(FilledForm(element_id, name, list(asked.values())))
    said = [(each.label, each.value) for group in groups for each in group.values if each.kind == "text"]
    shown = {
        each.name: each
        for of_step in told.values()
        for each in of_step
        if each.name not in seen and (each.label, each.value) not in said
    }
    groups.append(FilledForm("", "", list(shown.values()), is_beside=True))
    return [group for group in groups if group.values]


def _at_step(
    definition: Definition,
    element_id: str,
    form: Form,
    company: Organisation,
    values: Mapping[str, Any],
    typed: Mapping[str, Any],
) -> Iterator[Value]:
    """What the form of a step holds: what ends with the step as it was typed there, all else as the case has it now, if it has it."""
    own = {name: each for name, each in typed.items() if name not in values or _is_own(definition, element_id, name)}
    for each in _values(form.schema.get("components") or [], {**values, **own}, "", company):
        is_foreign = _is_own(definition, element_id, each.name) and root(each.name) not in typed
        yield _said(replace(each, is_asked=False) if is_foreign else each, definition)


def _is_own(definition: Definition, element_id: str, name: str) -> bool:
    """Whether an answer is the step's alone, and no variable of the case."""
    return bool(element_id) and definition.program.elements[element_id].is_own(root(name))


def root(name: str) -> str:
    """The variable that holds the answer of this name: `customer` of `customer.phone`."""
    return name.strip(".").partition(".")[0]


def _of_several(
    definition: Definition, element_id: str, form: Form, company: Organisation, values: Mapping[str, Any]
) -> Iterator[Value]:
    """What each of several did at one step, a row for each: the list that the process makes of it, under the labels of the form.

    Of what the list holds besides what another form has a label for, and the department or the person that each row is of.
    """
    element = definition.program.elements.get(element_id)
    if element is None:
        return
    several = element.multi_instance
    lists = [several.output_collection] if several else [each.target for each in element.outputs]
    own = [each for each, _path in _columns(form.schema.get("components") or [], "")]
    asked = {str(each.get("key")) for each in own if _is_asked(each)}
    for name in lists:
        rows = values.get(name)
        held = {key for row in rows if isinstance(row, Mapping) for key in row} if isinstance(rows, list) else set()
        if held & asked:
            besides = _called_elsewhere(definition, held - {str(each.get("key")) for each in own})
            named = {str(each.get("key")) for each in (*besides, *own)}
            besides = [*_whose(rows, sorted(held - named), company), *besides]
            yield from _table({"label": element.name, "components": [*besides, *own]}, rows, name, company)


def _whose(rows: Any, names: Collection[str], company: Organisation) -> Iterator[Component]:
    """Columns without a form that say whose each row is."""
    for name in names:
        told = {row.get(name) for row in rows if isinstance(row, Mapping)} - {None}
        for known, label, offered in (
            (company.departments, sayings.DEPARTMENT, "=department options()"),
            (company.people, sayings.WHO, "=person options()"),
        ):
            if told and all(isinstance(each, str) and each in known for each in told):
                yield {"key": name, "label": label.zh_Hans, "valuesExpression": offered}


def _called_elsewhere(definition: Definition, names: Collection[str]) -> list[Component]:
    called: dict[str, Component] = {}
    for _element_id, form in _forms(definition):
        for part in form.parsed.walk():
            if part.path and part.path[-1] in names and label_of(part.raw):
                called.setdefault(part.path[-1], {**part.raw, "key": part.path[-1]})
    return list(called.values())


def _said(value: Value, definition: Definition) -> Value:
    """A text that a form only shows may be an option of another form in which it was chosen: the reader is told it in his language."""
    if value.kind == "table" and value.shown:
        rows = (
            (
                definition.said(cell)
                if n in value.shown and isinstance(cell, str) and not typed.is_field(definition, value.names[n])
                else cell
                for n, cell in enumerate(row)
            )
            for row in value.rows
        )
        return replace(value, rows=tuple(map(tuple, rows)))
    is_text = isinstance(value.value, str) and not value.is_asked and not typed.is_field(definition, value.name)
    return replace(value, value=definition.said(value.value)) if is_text else value


def of_form(
    schema: Mapping[str, Any] | None, company: Organisation, values: Mapping[str, Any], *, beside: bool = True
) -> list[Value]:
    """The answers that one form names, then, unless not `beside`, what it does not name, under its own name."""
    told = list(_values(schema.get("components") or [], values, "", company)) if schema else []
    if not beside:
        return told
    named = {root(value.name) for value in told}
    return told + [
        Value(name, name, "text", value) for name, value in values.items() if name not in named and value not in NO_VALUE
    ]


def _forms(definition: Definition) -> Iterator[tuple[str, Form]]:
    """The start form, then those of the user tasks as the diagram lists them."""
    asked = [("", definition.start_form), *((each, definition.form_of(each)) for each in definition.user_tasks)]
    return ((element_id, form) for element_id, form in asked if form is not None)


def _values(components: list[Component], values: Mapping[str, Any], prefix: str, company: Organisation) -> Iterator[Value]:
    for component in components:
        kind, path = component.get("type"), str(component.get("path") or "")
        if kind == "group":
            inner = _at(values, path) if path else values
            yield from _values(component.get("components") or [], inner or {}, f"{prefix}{path}." if path else prefix, company)
        elif kind == "dynamiclist":
            yield from _table(component, _at(values, path), f"{prefix}{path}", company)
        elif _is_for_people(component):
            yield from _single(component, _at(values, str(component["key"])), prefix, company)


def _at(values: Mapping[str, Any], path: str) -> Any:
    value: Any = values
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _single(component: Component, value: Any, prefix: str, company: Organisation) -> Iterator[Value]:
    if value in NO_VALUE:
        return
    name = f"{prefix}{component['key']}"
    label = label_of(component) or str(component["key"])
    if component.get("type") == "filepicker":
        yield Value(name, label, "files", forms.file_values(value), is_asked=_is_asked(component))
        return
    yield Value(name, label, "text", worded(component, company, value), is_asked=_is_asked(component))


def _table(component: Component, rows: Any, name: str, company: Organisation) -> Iterator[Value]:
    if not isinstance(rows, list) or not rows:
        return
    rows = [row for row in rows if isinstance(row, Mapping)]
    asked = [
        (each, path)
        for each, path in _columns(component.get("components") or [], "")
        if any(_at(row, path) not in NO_VALUE for row in rows)
    ]
    filled = tuple(tuple(_cell(each, company, _at(row, path)) for each, path in asked) for row in rows)
    rows_with_values = tuple(row for row in filled if any(value not in NO_VALUE for value in row))
    columns = tuple(label_of(each) or path for each, path in asked)
    if rows_with_values:
        shown = [n for n, (each, _path) in enumerate(asked) if not _is_asked(each)]
        label, is_asked = str(component.get("label") or name), len(shown) < len(asked)
        names = tuple(path for _each, path in asked)
        yield Value(name, label, "table", None, columns, rows_with_values, is_asked, shown, names)


def _is_asked(component: Component) -> bool:
    return not (component.get("readonly") or component.get("disabled"))


def _columns(components: list[Component], prefix: str) -> Iterator[tuple[Component, str]]:
    """What a row of a list holds, with the way to it: fields, those of groups, and lists in the list."""
    for component in components:
        kind, path = component.get("type"), str(component.get("path") or "")
        if kind == "group":
            yield from _columns(component.get("components") or [], f"{prefix}{path}." if path else prefix)
        elif kind == "dynamiclist" and path:
            yield component, f"{prefix}{path}"
        elif _is_for_people(component):
            yield component, f"{prefix}{component['key']}"


def _cell(component: Component, company: Organisation, value: Any) -> Any:
    """A value of a row; of a list within the list each row as one text."""
    if component.get("type") != "dynamiclist":
        return worded(component, company, value)
    inner = list(_columns(component.get("components") or [], ""))
    rows = value if isinstance(value, list) else []
    return [_row_in_words(inner, company, row) for row in rows if isinstance(row, Mapping)]


def _row_in_words(columns: list[tuple[Component, str]], company: Organisation, row: Mapping[str, Any]) -> dict[str, Any]:
    cells = {str(each.get("label") or path): _cell(each, company, _at(row, path)) for each, path in columns}
    return {label: value for label, value in cells.items() if value not in NO_VALUE}


def _is_for_people(component: Component) -> bool:
    """Whether a value means something to a reader: not a computed one without a label."""
    return bool(component.get("key")) and bool(component.get("label") or component.get("type") != "expression")


def worded(component: Component, company: Organisation, value: Any) -> Any:
    """A choice's label instead of its value; people and departments by their names; numbers with the field's decimals.

    A customer record is a `ChosenRecord`, still without its title.
    """
    if isinstance(value, list) and component.get("type") != "filepicker":
        return [worded(component, company, each) for each in value]
    if isinstance(value, Decimal):
        return wording.rounded(value, component.get("decimalDigits"))
    if not isinstance(value, str):
        return value
    if offers(component, PEOPLE):
        return company.name_of(value)
    if offers(component, RECORDS):
        return ChosenRecord(value)
    if offers(component, DEPARTMENTS):
        unit = company.department(value)
        return company.said(unit.name) if unit else value
    if component.get("valuesExpression"):
        return company.said(value)
    options = [each for each in component.get("values") or [] if isinstance(each, Mapping)]
    return next((each.get("label") for each in options if each.get("value") == value), value)
