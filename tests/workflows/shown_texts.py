"""Every text of a company's processes that people read: names, documentation, forms, settings, decision tables."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from tests.workflows.standing import ROOT

Text = tuple[str, str]  # where it stands, what is read
TECHNICAL = {"message", "signal", "escalation", "error", "definitions", "variable", "output", "property", "header"}
FORM_TEXTS = {"label", "text", "description", "dateLabel", "timeLabel", "patternErrorMessage", "alt", "placeholder", "content"}
TOML_TEXTS = {
    "title",
    "category",
    "description",
    "label",
    "intro",
    "thanks",
    "promise",
    "promised",
    "silence",
    "text",
    "start",
    "name",
    "value",
}
SHOWN_PROPERTIES = {"summary", "instructions"}
SHOWN_INPUTS = {"subject", "body", "entry", "customer_question"}
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def of(company: str) -> Iterator[Text]:
    """All of them, of one company."""
    for path in sorted((ROOT / "bpmn" / company).iterdir()):
        yield from _diagram(path) if path.suffix == ".bpmn" else _table(path)
    for path in sorted((ROOT / "workflows" / company).rglob("*.form")):
        yield from _form(path, json.loads(path.read_text(encoding="utf-8"))["components"])
    for path in settings(company):
        yield from _settings(path, tomllib.loads(path.read_text(encoding="utf-8")))
    yield from _organisation(ROOT / "workflows" / company / "company.toml")


def names(company: str, process_id: str) -> set[str]:
    """The names in a diagram, as they are read in it."""
    tree = etree.parse(str(ROOT / f"bpmn/{company}/{process_id}.bpmn"))
    return {element.get("name", "") for element in tree.iter("{*}*") if _kind(element) not in TECHNICAL}


def settings(company: str) -> list[Path]:
    """The files of settings of its processes, each in the folder named like the process."""
    return sorted((ROOT / "workflows" / company).glob("*/workflow.toml"))


def processes(company: str) -> dict[str, set[str]]:
    """By process id its names in its diagram: its own, and that of its pool where the pool is not one of several."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "bpmn" / company).glob("*.bpmn")):
        tree = etree.parse(str(path))
        found |= {each.get("id", ""): {each.get("name", "")} for each in tree.iter("{*}process")}
        pools = [each for each in tree.iter("{*}participant") if each.get("processRef")]
        if len(pools) == 1:
            found[pools[0].get("processRef", "")].add(pools[0].get("name", ""))
    return found


def _diagram(path: Path) -> Iterator[Text]:
    for element in etree.parse(str(path)).iter("{*}*"):
        where, kind = f"{path.name} {element.get('id', '')}", _kind(element)
        if kind not in TECHNICAL and element.get("name"):
            yield where, element.get("name", "")
        if kind == "documentation":
            yield where, element.text or ""
        if kind == "property" and element.get("name") in SHOWN_PROPERTIES:
            yield from _read(where, element.get("value", ""))
        if kind == "property" and element.get("name") == "outcomes":
            yield from ((where, word.partition(":")[2]) for word in element.get("value", "").split(",") if ":" in word)
        if kind == "input" and element.get("target") in SHOWN_INPUTS:
            yield from _read(where, element.get("source", ""))
        if kind == "header" and element.get("key") == "register":
            yield where, element.get("value", "")


def _table(path: Path) -> Iterator[Text]:
    for element in etree.parse(str(path)).iter("{*}*"):
        kind = _kind(element)
        if kind in ("decision", "inputData", "businessKnowledgeModel") or (
            kind in ("input", "output") and element.get("label")
        ):
            yield path.name, element.get("label") or element.get("name", "")
        if kind in ("description", "question", "allowedAnswers"):
            yield path.name, element.text or ""
        if kind == "annotationEntry":
            yield path.name, element.findtext("{*}text") or ""


def _form(path: Path, components: list[Any]) -> Iterator[Text]:
    for component in components:
        where = f"{path.parent.name}/{path.name} {component.get('key', component.get('type'))}"
        for name in FORM_TEXTS & component.keys():
            yield from _read(where, component[name])
        for option in component.get("values", []):
            yield where, str(option["label"])
        for column in component.get("columns", []):
            yield where, column.get("label", "")
        yield from _form(path, component.get("components", []))


def _settings(path: Path, table: Mapping[str, Any], under: str = "") -> Iterator[Text]:
    for name, value in table.items():
        where = f"{path.parent.name}/{path.name} {under}{name}"
        if isinstance(value, Mapping):
            yield from _settings(path, value, f"{under}{name}.")
        elif isinstance(value, list):
            for each in value:
                yield from _settings(path, each, f"{under}{name}.") if isinstance(each, Mapping) else ()
        elif isinstance(value, str) and (name in TOML_TEXTS or under.startswith("public.steps")):
            yield from _read(where, value)


def _organisation(path: Path) -> Iterator[Text]:
    company = tomllib.loads(path.read_text(encoding="utf-8"))
    yield path.name, company["name"]
    for table in ("department", "group", "person"):
        yield from ((f"{path.name} {table}", row["name"]) for row in company[table])


def _read(where: str, text: Any) -> Iterator[Text]:
    """A text as it is; of an expression the words in it that are Chinese, for its others are ids."""
    if not str(text).startswith("="):
        yield where, str(text)
        return
    yield from ((where, literal) for literal in LITERAL.findall(str(text)) if re.search(r"[\u4e00-\u9fff]", literal))


def _kind(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
