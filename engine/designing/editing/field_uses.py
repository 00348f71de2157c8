"""Where the fields of a draft's forms are used: asked before one of them is renamed or taken away."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine import errors, feel
from engine.definitions.values import company_values
from engine.deploying.checking.checks import MAX_BYTES
from engine.designing import diagram_facts
from engine.designing.diagram_facts import Fact
from engine.designing.editing import draft_files, field_rights
from engine.designing.packages import SCENARIO as SCENARIO_FILE
from engine.designing.packages import Package
from engine.designing.scenarios import scripts
from engine.designing.simple import conditions
from engine.diagrams import xml
from engine.files import documents
from engine.forms import placeholders
from engine.forms.schema import label
from engine.problems import UnnamedElement

CONDITION, PEOPLE, STEP, DECISION, FORM = "condition", "people", "step", "decision", "form"
SETTING, PAPER, SCENARIO = "setting", "paper", "scenario"
ASSIGNED = ("assignmentDefinition",)
GIVEN = ("form", "variables", "complete")
WRITING = field_rights.HOLDING | {"expression"}
CHOICES = ("radio", "select")
LISTS = ("dynamiclist", "table", "checklist", "taglist", "filepicker")


@dataclass(frozen=True)
class FieldUse:
    """One place that reads a field. `area` is one of the words above; `place` what people call it: an element of the
    diagram (Beside where it has no name), a form, a decision, a setting with the label of its row, a scenario.

    `file` and `element_id` lead there; `process` names another process that shares the form, `is_draft` one that is drawn;
    `beside` tells what a named flow connects.
    """

    area: str
    place: Fact
    row: str = ""
    file: str = ""
    element_id: str = ""
    process: str = ""
    is_draft: bool = False
    beside: UnnamedElement | None = None


@dataclass(frozen=True)
class UsedField:
    """A field by the path of its keys, as field_rights has it, and what people call it; `is_result`: a decision gives it."""

    path: str
    label: str
    is_result: bool = False

    @property
    def key(self) -> str:
        """The variable that holds it, or the list that it is a column of."""
        return self.path.partition(".")[0]

    def is_in(self, text: str, names: Collection[str]) -> bool:
        """Whether an expression that reads these names reads the field; of a column its own key has to stand there too."""
        last = self.path.rpartition(".")[2]
        return self.key in names and (last == self.key or re.search(rf"(?<!\w){re.escape(last)}(?!\w)", text) is not None)


def lost(before: Mapping[str, str], after: Mapping[str, str], renamed: Collection[str] = ()) -> list[UsedField]:
    """The fields that people fill in by the forms of `before`, and by none of `after` any more; those that were `renamed` even
    where another form asks them still."""
    kept = {field.path for field in _filled_in(after)} - {*renamed}
    return [field for field in dict.fromkeys(_filled_in(before)) if field.path not in kept]


def uses(package: Package, field: UsedField) -> list[FieldUse]:
    """All places of a package that read the field, each once, in the order diagram, decisions, forms, settings, scenarios."""
    uses_of_field = [*_of_diagram(package, field), *_of_files(package, field)]
    for settings in package.settings.values():
        uses_of_field += [*_of_settings(settings, field), *_of_papers(settings, field)]
    return list(dict.fromkeys([*uses_of_field, *_of_scenarios(package, field)]))


def labels(files: Mapping[str, str]) -> dict[str, str]:
    """What the forms call each field that they give a label, by its key."""
    fields = [field for field in _filled_in(files) if field.path == field.key]
    return {field.key: field.label for field in reversed(fields)}


def comparable(files: Mapping[str, str]) -> dict[str, str]:
    """Those of them that hold one value, which a condition can compare with another."""
    forms = (draft_files.form_of(text) or {} for name, text in files.items() if name.endswith(".form"))
    lists = {
        path for form in forms for path, raw, _depth in field_rights.fields(form, kinds=WRITING) if raw.get("type") in LISTS
    }
    return {key: words for key, words in labels(files).items() if key not in lists}


def choices(files: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What a condition may find in fields whose choices are written out, by key: label by value as rows of conditions show it;
    of a tick true and false, without labels."""
    said: dict[str, dict[str, str]] = {}
    forms = (draft_files.form_of(text) or {} for name, text in sorted(files.items()) if name.endswith(".form"))
    for path, raw in ((path, raw) for form in forms for path, raw, _depth in field_rights.fields(form, kinds=WRITING)):
        if raw.get("type") == "checkbox":
            said.setdefault(path, {}).update({"true": "", "false": ""})
        elif raw.get("type") in CHOICES and isinstance(listed := raw.get("values"), list):
            texts = [each for each in listed if isinstance(each, dict) and isinstance(each.get("value"), str)]
            said.setdefault(path, {}).update({conditions.said(each["value"]): str(each.get("label", "")) for each in texts})
    return said


def shown_by(package: Package, form_id: str) -> list[FieldUse]:
    """The steps of the diagram that show a form."""
    text = package.files[package.diagram]
    names = _Names(diagram_facts.names(text), diagram_facts.standing(text))
    root = _read(text)
    steps = [] if root is None else [each for each in root.iter(draft_files.FORM) if each.get("formId") == form_id]
    return [_at(STEP, package.diagram, each, names) for each in steps]


def _filled_in(files: Mapping[str, str]) -> Iterator[UsedField]:
    for name, text in sorted(files.items()):
        if name.endswith(".form"):
            for path, raw, _depth in field_rights.fields(draft_files.form_of(text) or {}, kinds=WRITING):
                if field_rights.right_of(raw) != "read":
                    yield UsedField(path, label(raw) or path.rpartition(".")[2])


def _reads(text: str, field: UsedField, *, unary: bool = False) -> bool:
    """Whether an expression, with or without its "=", reads the field; one that cannot be read is told by the checks."""
    try:
        names = feel.compile(feel.body(text), unary=unary).names
    except feel.FeelError:
        return False
    return field.is_in(text, names)


def _is_read_in(text: str, field: UsedField) -> bool:
    """The same of a text that may be an expression, or hold some between {{ and }}."""
    if feel.is_expression(text):
        return _reads(text, field)
    return any(_reads(each, field) for each in placeholders.found(text))


def _read(text: str) -> etree._Element | None:
    try:
        return xml.safe_parse(text.encode(), max_bytes=MAX_BYTES)
    except errors.Refusal:
        return None


def _of_diagram(package: Package, field: UsedField) -> Iterator[FieldUse]:
    text = package.files[package.diagram]
    root = _read(text)
    if root is None or field.path.rpartition(".")[2] not in text:
        return
    names = _Names(diagram_facts.names(text), diagram_facts.standing(text))
    for node in root.iter(etree.Element):
        kind = etree.QName(node).localname
        said = [str(value) for value in node.attrib.values() if feel.is_expression(str(value))]
        if kind == "conditionExpression" or feel.is_expression(node.text or ""):
            said.append(node.text or "")
        if any(_reads(each, field) for each in said):
            area = CONDITION if kind in ("conditionExpression", "condition") else PEOPLE if kind in ASSIGNED else STEP
            yield _at(area, package.diagram, node, names)


@dataclass(frozen=True)
class _Names:
    """What the elements of a diagram are called, and where those stand that need it."""

    called: Mapping[str, Fact]
    standing: Mapping[str, UnnamedElement]


def _at(area: str, file: str, node: etree._Element, names: _Names) -> FieldUse:
    """The nearest element around that people see as a thing of its own."""
    around = (each for each in (node, *node.iterancestors()) if str(each.tag).startswith(diagram_facts.MODEL))
    there = next((each for each in around if each.get("id") in names.called and not diagram_facts.is_detail(each)), node)
    id = there.get("id", "")
    return FieldUse(area, names.called.get(id, ""), file=file, element_id=id, beside=names.standing.get(id))


def _of_files(package: Package, field: UsedField) -> Iterator[FieldUse]:
    for each in draft_files.listed(package.files, package.settings):
        text = package.files[each.name]
        if each.kind == "dmn":
            yield from _of_decisions(each.name, text, field)
        else:
            yield from _of_form(each, draft_files.form_of(text) or {}, field)


def _of_decisions(file: str, text: str, field: UsedField) -> Iterator[FieldUse]:
    root = _read(text)
    for node in root.iter("{*}text") if root is not None else ():
        parent = node.getparent()
        unary = parent is not None and etree.QName(parent).localname == "inputEntry"
        if node.text and _reads(node.text, field, unary=unary):
            decision = next(node.iterancestors("{*}decision"), None)
            if decision is not None:
                yield FieldUse(DECISION, decision.get("name") or file, file=file, element_id=decision.get("id", ""))


def _of_form(file: draft_files.DraftFile, schema: Mapping[str, Any], field: UsedField) -> Iterator[FieldUse]:
    shown = {path for path, _raw, _depth in field_rights.fields(schema)}
    texts = company_values.strings(schema) + [f"={hide}" for hide in _hidden_when(schema)]
    if field.path in shown or any(_is_read_in(text, field) for text in texts):
        yield FieldUse(FORM, file.title, file=file.name)


def _hidden_when(raw: object) -> Iterator[str]:
    """The conditions under which components hide, which need no "=" before them."""
    if isinstance(raw, Mapping):
        hide = raw["conditional"].get("hide") if isinstance(raw.get("conditional"), Mapping) else None
        if isinstance(hide, str) and hide.strip() and not feel.is_expression(hide):
            yield hide
        for each in raw.get("components") or []:
            yield from _hidden_when(each)


def _of_settings(settings: Mapping[str, Any], field: UsedField) -> Iterator[FieldUse]:
    for name, value in settings.items():
        for row in value if isinstance(value, list) else [value]:
            if any(_is_read_in(text, field) for text in company_values.strings(row)):
                yield FieldUse(SETTING, name, row=str(row.get("label", "")) if isinstance(row, Mapping) else "")


def _of_papers(settings: Mapping[str, Any], field: UsedField) -> Iterator[FieldUse]:
    for paper in settings.get("paper") or []:
        template = paper.get("template") if isinstance(paper, Mapping) else None
        if template in documents.templates() and field.path == field.key and documents.mentions(template, field.key):
            yield FieldUse(PAPER, str(paper.get("title") or template))


def _of_scenarios(package: Package, field: UsedField) -> Iterator[FieldUse]:
    for name, text in sorted(package.files.items()):
        if SCENARIO_FILE.fullmatch(name) and field.key in text:
            try:
                script = scripts.read(text, name)
            except errors.Refusal:
                continue
            if _gives(script, field.path.split(".")):
                yield FieldUse(SCENARIO, str(script.get("title") or name), file=name)


def _gives(raw: object, path: list[str]) -> bool:
    """Whether a scenario gives or expects the field anywhere."""
    if isinstance(raw, list):
        return any(_gives(each, path) for each in raw)
    if not isinstance(raw, Mapping):
        return False
    tables = [raw[name] for name in GIVEN if isinstance(raw.get(name), Mapping)]
    return any(_holds(each, path) for each in tables) or any(_gives(each, path) for each in raw.values())


def _holds(raw: object, path: list[str]) -> bool:
    if not path:
        return True
    if isinstance(raw, list):
        return any(_holds(each, path) for each in raw)
    return isinstance(raw, Mapping) and path[0] in raw and _holds(raw[path[0]], path[1:])
