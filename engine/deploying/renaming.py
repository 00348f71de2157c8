"""Other names for groups and departments in the files of a process: whoever takes a process over has his own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import simplejson
from lxml import etree

from engine import feel
from engine.basics import json_texts
from engine.definitions import declarations
from engine.definitions.settings import Settings
from engine.definitions.task_settings import TaskSettings
from engine.deploying.checking.checks import MAX_BYTES, Resource
from engine.diagrams import xml
from engine.people.resolve import GROUP_PREFIX

_MEMBERS = re.compile(r'(members of\s*\(\s*")([^"\\]*)(")')
_QUOTED = re.compile(r'"([^"\\]*)"')
_LISTED = re.compile(r'=\s*+\[?+\s*+(?>(?:"[^"\\]*+"\s*+,?+\s*+)+)\]?+\s*+')
_PEOPLE = frozenset(name for name, each in declarations.settings_of(TaskSettings).items() if each.type in declarations.BESIDE)
_GROUPS = frozenset(name for name, each in declarations.settings_of(Settings).items() if each.type == declarations.GROUPS)


@dataclass(frozen=True)
class Names:
    """What is called otherwise: groups by name, departments by id and by name."""

    groups: Mapping[str, str] = field(default_factory=dict)
    departments: Mapping[str, str] = field(default_factory=dict)

    @property
    def are_kept(self) -> bool:
        """Whether nothing is called otherwise."""
        return all(old == new for names in (self.groups, self.departments) for old, new in names.items())


def resource(given: Resource, names: Names) -> Resource:
    """The same file with these names; its scenarios stay behind, as they are walked by people of the company it comes from."""
    if names.are_kept:
        return replace(given, scenarios=None)
    settings = None if given.settings is None else of_settings(given.settings, names)
    by_process = {process: of_settings(each, names) for process, each in given.by_process.items()}
    content = {"bpmn": _diagram, "dmn": _decision, "form": _form}[given.kind](given.content, names)
    return replace(given, content=content, settings=settings, by_process=by_process, scenarios=None)


def of_settings(given: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """A workflow.toml with these names."""
    return {
        name: [names.groups.get(each, each) for each in value] if name in _GROUPS else _walked(value, names)
        for name, value in given.items()
    }


def group_names(text: str) -> list[str]:
    """The groups whose members an expression asks for by their names."""
    return [call[1] for call in _MEMBERS.findall(text)] if feel.is_expression(text) else []


def literals(text: str) -> list[str]:
    """The texts that stand written out in an expression or a cell."""
    return _QUOTED.findall(text)


def cells(content: bytes) -> list[str]:
    """The texts in a decision's file."""
    root = xml.safe_parse(content, max_bytes=MAX_BYTES)
    return [node.text for node in root.iter(etree.Element) if node.text and node.text.strip()]


def _diagram(content: bytes, names: Names) -> bytes:
    return _rewritten(content, lambda node: _of_node(node, names))


def _decision(content: bytes, names: Names) -> bytes:
    def of_cell(node: Any) -> None:
        if node.text and node.text.strip():
            node.text = _expression(node.text, names)

    return _rewritten(content, of_cell)


def _rewritten(content: bytes, change: Callable[[Any], None]) -> bytes:
    root = xml.safe_parse(content, max_bytes=MAX_BYTES)
    for node in root.iter(etree.Element):
        change(node)
    made: bytes = etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")
    return made


def _of_node(node: Any, names: Names) -> None:
    kind = etree.QName(node).localname
    if kind == "lane" and node.get("name"):
        node.set("name", names.groups.get(node.get("name"), node.get("name")))
    if kind == "property" and node.get("name") in _PEOPLE:
        node.set("value", _people(node.get("value", ""), names))
    for name, value in node.attrib.items():
        if name == "candidateGroups" and not feel.is_expression(value):
            node.set(name, ",".join(names.groups.get(each, each) for each in declarations.words(value)))
        elif feel.is_expression(value):
            node.set(name, _listed(value, names) if name == "candidateGroups" else _expression(value, names))
    if node.text and feel.is_expression(node.text.strip()):
        node.text = _expression(node.text, names)


def _people(value: str, names: Names) -> str:
    """Groups or people with commas between; groups with or without their prefix."""
    if feel.is_expression(value):
        return _listed(value, names)
    return ",".join(_stand_in(each, names) for each in declarations.words(value))


def _stand_in(text: str, names: Names) -> str:
    plain = text.removeprefix(GROUP_PREFIX)
    return f"{GROUP_PREFIX if plain != text else ''}{names.groups.get(plain, plain)}"


def _listed(text: str, names: Names) -> str:
    if _LISTED.fullmatch(text):
        return _QUOTED.sub(lambda quoted: f'"{_stand_in(quoted[1], names)}"', text)
    return _expression(text, names)


def _expression(text: str, names: Names) -> str:
    changed = _MEMBERS.sub(lambda call: f"{call[1]}{names.groups.get(call[2], call[2])}{call[3]}", text)
    return _QUOTED.sub(lambda call: f'"{names.departments.get(call[1], call[1])}"', changed)


def _form(content: bytes, names: Names) -> bytes:
    schema = _walked(json_texts.read(content), names)
    return simplejson.dumps(schema, use_decimal=True, ensure_ascii=False, indent=2).encode()


def _walked(value: Any, names: Names) -> Any:
    if isinstance(value, Mapping):
        return {name: _walked(each, names) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_walked(each, names) for each in value]
    if not isinstance(value, str):
        return value
    return _expression(value, names) if feel.is_expression(value) else names.departments.get(value, value)
