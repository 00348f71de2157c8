"""A field gets another key: what reads or writes it does so by the new one, as far as that is certain; the rest is left.

Fields of the case itself are renamed, not columns of lists. Left is what others give names to: what operations and called
processes are given and give back, files that other packages share, papers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import simplejson
from lxml import etree

from engine import errors, feel
from engine.definitions import declarations
from engine.definitions.task_settings import TaskSettings
from engine.deploying.checking.data import process_variables
from engine.designing.diagram_facts import MODEL
from engine.designing.editing import draft_files, field_rights, field_uses
from engine.designing.packages import SCENARIO, Package
from engine.designing.scenarios import scripts
from engine.diagrams import xml
from engine.forms import placeholders

NAMING: Mapping[str, tuple[str, ...]] = {  # attributes that name a variable, by the element that has them
    "input": ("target",),
    "output": ("target",),
    "script": ("resultVariable",),
    "calledDecision": ("resultVariable",),
    "loopCharacteristics": ("inputElement", "outputCollection"),
    "inputData": ("name",),
}
CONDITIONS = ("conditionExpression", "condition", "completionCondition", "loopCondition")
ASKING_OTHERS = ("serviceTask", "sendTask", "callActivity")
_VARIABLES = frozenset(
    name for name, each in declarations.settings_of(TaskSettings).items() if each.type == declarations.VARIABLE
)


class Change(Protocol):
    """What is done with each expression of a package, without its "=", and with each name of a variable."""

    def expression(self, text: str, *, unary: bool = False) -> str: ...
    def name(self, path: str) -> str: ...


@dataclass(frozen=True)
class _Renaming:
    old: str
    new: str

    def expression(self, text: str, *, unary: bool = False) -> str:
        return feel.renamed(text, self.old, self.new, unary=unary)

    def name(self, path: str) -> str:
        first, dot, rest = path.partition(".")
        return f"{self.new}{dot}{rest}" if first == self.old else path


@dataclass(frozen=True)
class _Listening:
    """Changes nothing, and keeps every name that it meets."""

    names: set[str] = field(default_factory=set)

    def expression(self, text: str, *, unary: bool = False) -> str:
        with contextlib.suppress(feel.FeelError):  # told by the checks
            self.names.update(feel.compile(text, unary=unary).names)
        return text

    def name(self, path: str) -> str:
        self.names.add(path.partition(".")[0])
        return path


def renamed(before: Package, after: Mapping[str, str]) -> dict[str, str]:
    """The fields that people fill in and that have another key now, by the old one; none whose new key means something already."""
    keys: dict[str, str] = {}
    for name in sorted(name for name in before.files.keys() & after.keys() if name.endswith(".form")):
        now = dict(_keys_by_id(after[name])) if before.files[name] != after[name] else {}
        keys |= {key: now[id] for id, key in _keys_by_id(before.files[name]) if now.get(id, key) != key}
    taken = names(before) | process_variables.EVERYWHERE if keys else frozenset()
    return {old: new for old, new in keys.items() if feel.is_name(new) and new not in taken and new not in feel.BUILTINS}


def names(package: Package) -> set[str]:
    """Every name of a variable that the package speaks of."""
    listening = _Listening()
    _rewritten(package, listening, ())
    return listening.names


def applied(package: Package, old: str, new: str, left: Collection[str] = ()) -> Package:
    """The package with the field called `new` wherever it was `old`; files of `left` stay as they are."""
    return _rewritten(package, _Renaming(old, new), left)


def _keys_by_id(text: str) -> Iterator[tuple[str, str]]:
    for path, raw, _depth in field_rights.fields(draft_files.form_of(text) or {}, kinds=field_uses.WRITING):
        if raw.get("id") and "." not in path and field_rights.right_of(raw) != "read":
            yield str(raw["id"]), path


def _rewritten(package: Package, change: Change, left: Collection[str]) -> Package:
    mine = {name: text for name, text in package.files.items() if name not in left}
    decided = {id for each in draft_files.listed(mine) if each.kind == "dmn" for id in each.ids}
    files = {name: _file(name, text, change, decided) for name, text in mine.items()}
    settings = {id: _walked(each, change) for id, each in package.settings.items()}
    return Package({name: files.get(name, text) for name, text in package.files.items()}, settings)


def _file(name: str, text: str, change: Change, decided: Collection[str]) -> str:
    if SCENARIO.fullmatch(name):
        return _scenario(name, text, change)
    if name.endswith(".form"):
        return _form(text, change)
    return _xml(text, lambda node: _node(node, change, decided))


def _xml(text: str, change: Callable[[etree._Element], bool]) -> str:
    try:
        root = xml.safe_parse(text.encode(), is_whole=True)
    except errors.Refusal:
        return text
    changed = [change(node) for node in root.iter(etree.Element)]
    if not any(changed):
        return text
    if text.lstrip().startswith("<?xml"):
        return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True).decode()
    return etree.tostring(root, encoding="unicode")


def _node(node: etree._Element, change: Change, decided: Collection[str]) -> bool:
    """Changes an element of a diagram or a decision; whether anything of it changed."""
    kind, before = etree.QName(node).localname, (node.attrib.items(), node.text)
    for attribute, value in node.attrib.items():
        if not _is_left(node, kind, str(attribute), change, decided):
            node.set(attribute, _value(node, kind, str(attribute), str(value), change))
    if node.text and node.text.strip() and not _is_left(node, kind, "", change, decided):
        node.text = _said(node, kind, node.text, change)
    return before != (node.attrib.items(), node.text)


def _value(node: etree._Element, kind: str, attribute: str, value: str, change: Change) -> str:
    is_setting = kind == "property" and attribute == "value" and node.get("name") in _VARIABLES
    is_declared = kind == "variable" and attribute == "name" and etree.QName(node.getparent()).localname == "inputData"
    return change.name(value) if is_setting or is_declared or attribute in NAMING.get(kind, ()) else _text(value, change)


def _said(node: etree._Element, kind: str, text: str, change: Change) -> str:
    if kind in CONDITIONS and not feel.is_expression(text):
        return change.expression(text)
    if kind != "text" or str(node.tag).startswith(MODEL):
        return _text(text, change)
    return change.expression(text, unary=etree.QName(node.getparent()).localname == "inputEntry")


def _is_left(node: etree._Element, kind: str, attribute: str, change: Change, decided: Collection[str]) -> bool:
    """Whether that place speaks of what others give names to."""
    around = (each for each in (node, *node.iterancestors()) if str(each.tag).startswith(MODEL) and _does_work(each))
    at = next(around, None)
    if at is None or not _asks_others(at, decided):
        return False
    if kind in ("input", "output"):
        return attribute == ("target" if kind == "input" else "source")
    given = (str(each.get("target")) for each in at.iterfind(f"{MODEL}extensionElements/*/{field_rights.ZEEBE}input"))
    return any(change.name(each) != each for each in given)


def _does_work(node: etree._Element) -> bool:
    return etree.QName(node).localname.endswith(("Task", "task", "callActivity", "ubProcess"))


def _asks_others(node: etree._Element, decided: Collection[str]) -> bool:
    """Whether an operation, a called process or a decision of elsewhere reads and gives what stands at the step."""
    of = f"{MODEL}extensionElements/{field_rights.ZEEBE}"
    decision = node.find(f"{of}calledDecision")
    is_elsewhere = decision is not None and decision.get("decisionId") not in decided
    return is_elsewhere or etree.QName(node).localname in ASKING_OTHERS or node.find(f"{of}taskDefinition") is not None


def _form(text: str, change: Change) -> str:
    schema = draft_files.form_of(text)
    if schema is None:
        return text
    for path, raw, _depth in list(field_rights.fields(schema, kinds=field_uses.WRITING)):
        if "." not in path:
            name = "path" if raw["type"] == "dynamiclist" else "key"
            raw[name] = change.name(path)
    before, after = draft_files.form_of(text), _walked(schema, change)
    return text if before == after else simplejson.dumps(after, use_decimal=True, ensure_ascii=False, indent=2)


def _walked(value: Any, change: Change) -> Any:
    """A form or settings, with each text in them changed; what stands in a list that has a column of the name is left."""
    if isinstance(value, Mapping):
        if value.get("type") == "dynamiclist" and any(change.name(each) != each for each in _columns(value)):
            return value
        return {_text(name, change): _entry(name, each, change) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_walked(each, change) for each in value]
    return _text(value, change) if isinstance(value, str) else value


def _columns(listed: Mapping[str, Any]) -> Iterator[str]:
    return (path for path, _raw, _depth in field_rights.fields(listed, kinds=field_uses.WRITING))


def _entry(name: str, value: Any, change: Change) -> Any:
    if name == "valuesKey" and isinstance(value, str):
        return change.name(value)
    if name == "hide" and isinstance(value, str) and not feel.is_expression(value):
        return change.expression(value)
    return _walked(value, change)


def _text(text: str, change: Change) -> str:
    """A text that may be an expression, or hold some between {{ and }}."""
    if feel.is_expression(text):
        mark = text.index("=") + 1
        return text[:mark] + change.expression(text[mark:])
    held = placeholders.found(text)
    if all(change.expression(each) == each for each in held):
        return text
    return placeholders.filled(text, lambda each: f"{placeholders.OPEN}{change.expression(each)}{placeholders.CLOSE}")


def _scenario(name: str, text: str, change: Change) -> str:
    try:
        script = scripts.read(text, name)
    except errors.Refusal:
        return text
    after = _played(script, change)
    return text if after == script else scripts.written(after)


def _played(value: Any, change: Change) -> Any:
    if isinstance(value, list):
        return [_played(each, change) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {name: _given(each, change) if name in field_uses.GIVEN else _played(each, change) for name, each in value.items()}


def _given(table: Any, change: Change) -> Any:
    return {change.name(name): each for name, each in table.items()} if isinstance(table, Mapping) else table
