"""A process as a package: its diagram, forms and decisions as files, and the settings of each of its processes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.definitions import declarations
from engine.definitions import settings as texts
from engine.deploying.checking.checks import MAX_BYTES, Resource
from engine.diagrams import drawn_anew, xml
from engine.storage import models

MAX_PACKAGE_BYTES = 2 * MAX_BYTES
MAX_FILES = 100
MAX_NAME = 100
FILE_NAME = re.compile(r"[\w\-. ()（）]{1,120}\.(bpmn|dmn|form)")
SCENARIO = re.compile(r"([A-Za-z_][\w.-]{0,99})/scenarios/([\w\-. ()（）]{1,100})\.toml")  # process and name
Name = TypeVar("Name")
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


@dataclass(frozen=True)
class Package:
    """What is drawn and published together. `files` are texts by file name, exactly one of them a `.bpmn`; scenarios are
    called as they lie beside settings (`PROCESS/scenarios/NAME.toml`). `settings` is the workflow.toml of each process of
    the diagram, by its id."""

    files: Mapping[str, str]
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def diagram(self) -> str:
        """The name of the file that holds the diagram."""
        return next(name for name in self.files if name.endswith(".bpmn"))

    def resources(self) -> list[Resource]:
        """The files as a deployment takes them."""
        said, scenarios = dict(self.settings), self.scenarios
        drawn = [(name, text) for name, text in sorted(self.files.items()) if not SCENARIO.fullmatch(name)]
        return [Resource(name, text.encode(), by_process=said, scenarios=scenarios) for name, text in drawn]

    @property
    def scenarios(self) -> dict[str, dict[str, str]]:
        """The texts of the scenarios, by process id and name."""
        scenarios: dict[str, dict[str, str]] = {}
        for name, text in sorted(self.files.items()):
            if place := SCENARIO.fullmatch(name):
                scenarios.setdefault(place[1], {})[place[2]] = text
        return scenarios

    def with_settings(self, process_id: str, changed: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The settings of all its processes with those of one changed; None takes a setting away."""
        merged = {**self.settings.get(process_id, {}), **changed}
        own = {name: value for name, value in merged.items() if value is not None}
        return {**{each: dict(value) for each, value in self.settings.items()}, process_id: own}


def name_of(package: Package, process_id: str) -> str:
    """What a process of a package is called: by its settings, else by its diagram, else its id."""
    title = package.settings.get(process_id, {}).get("title")
    if isinstance(title, str) and title.strip():
        return title.strip()[:MAX_NAME]
    try:
        root = xml.safe_parse(package.files[package.diagram].encode(), max_bytes=MAX_BYTES)
    except errors.Invalid:
        return process_id
    named = (each.get("name", "").strip() for each in root.iter(f"{BPMN}process") if each.get("id") == process_id)
    return next(named, "")[:MAX_NAME] or process_id


def require_sound(package: Package) -> None:
    """Refuses what no editor would make: not exactly one diagram, a name that is no file's, too many or too large files, a
    setting that is not even of its kind.

    Raises Invalid, TooLarge. What else the files say is not looked at: a draft may be wrong as long as it is a draft.
    """
    if sum(name.endswith(".bpmn") for name in package.files) != 1:
        raise errors.Invalid("A process needs exactly one diagram.")
    for name in package.files:
        if not FILE_NAME.fullmatch(name) and not SCENARIO.fullmatch(name):
            raise errors.Invalid("“%(name)s” cannot be the name of a diagram, form, decision or scenario.", name=name[:140])
    if wrong := next(filter(None, map(texts.misshapen, package.settings.values())), ""):
        raise errors.Invalid(declarations.WRONG_TYPE, fields=None, name=wrong)
    sizes = {name: len(text.encode()) for name, text in package.files.items()}
    if len(sizes) > MAX_FILES or max(sizes.values()) > MAX_BYTES or sum(sizes.values()) > MAX_PACKAGE_BYTES:
        limits = {"files": MAX_FILES, "each": MAX_BYTES // 1024 // 1024, "all": MAX_PACKAGE_BYTES // 1024 // 1024}
        raise errors.TooLarge(
            "A process holds at most %(files)s files of at most %(each)s MB, %(all)s MB in all.", fields=None, **limits
        )


def drawn(package: Package) -> Package:
    """The package with its diagram laid out where the file draws nothing; one that cannot be read as it is."""
    try:
        root = xml.safe_parse(package.files[package.diagram].encode(), max_bytes=MAX_BYTES)
    except errors.Refusal:
        return package
    if drawn_anew.is_drawn(root):
        return package
    drawn_anew.drawn_anew(root)
    text = etree.tostring(root, encoding="unicode", pretty_print=True)
    return Package({**package.files, package.diagram: text}, package.settings)


def of_version(session: Session, row: models.ProcessDefinition) -> Package:
    """The package of a published version, with the forms and decisions that it runs with.

    A file that draws several processes holds the settings of all of them, each as its newest version has them.
    """
    files = {_base(row.resource_name): row.xml.decode()}
    files |= _forms(session, row.settings.get("forms", {}))
    files |= _decisions(session, row.settings.get("decisions", {}))
    files |= _walks(row)
    settings = {row.process_id: texts.own(row.settings)}
    for process_id in process_ids(row.xml) - {row.process_id}:
        beside = newest(session, row.company_id, process_id)
        if beside is not None:
            settings[process_id] = texts.own(beside.settings)
            files |= _forms(session, beside.settings.get("forms", {}))
            files |= _decisions(session, beside.settings.get("decisions", {})) | _walks(beside)
    return Package(files, settings)


def newest(session: Session, company_id: str, process_id: str) -> models.ProcessDefinition | None:
    """The newest published version of a process of a company."""
    row = models.ProcessDefinition
    mine = select(row).where(row.company_id == company_id, row.process_id == process_id)
    return session.execute(mine.order_by(row.version.desc()).limit(1)).scalar_one_or_none()


def process_ids(diagram: bytes) -> set[str]:
    """The ids of the executable processes that a diagram draws; none of one that cannot be read."""
    try:
        root = xml.safe_parse(diagram, max_bytes=MAX_BYTES)
    except errors.Refusal:
        return set()
    return {str(each.get("id")) for each in root.iter(f"{BPMN}process") if each.get("isExecutable") == "true"}


def merged(base: Package, mine: Package, newer: Package) -> tuple[Package, set[tuple[str, str]]]:
    """What `mine` is with all that `newer` changed since `base`, where both began.

    With it, what both changed and each otherwise, of which it holds mine: a file as (its name, ""), a setting as ("", its process).
    """
    texts, both = _merged(base.files, mine.files, newer.files)
    values, at_odds = _merged(*map(_each_setting, (base, mine, newer)))
    said: dict[str, dict[str, Any]] = {process_id: {} for process_id in {**mine.settings, **newer.settings}}
    for (process_id, name), value in values.items():
        said[process_id][name] = value
    return Package(texts, said), {*((name, "") for name in both), *(("", process_id) for process_id, _name in at_odds)}


def _merged(
    base: Mapping[Name, Any], mine: Mapping[Name, Any], newer: Mapping[Name, Any]
) -> tuple[dict[Name, Any], list[Name]]:
    """Each value that one side changed as he has it; with the names of those that both did, each otherwise."""
    taken = {name for name in {**base, **newer} if mine.get(name) == base.get(name)}
    both = [
        name
        for name in {**base, **mine, **newer}
        if name not in taken and newer.get(name) not in (base.get(name), mine.get(name))
    ]
    merged = {name: newer.get(name) if name in taken else mine.get(name) for name in {**mine, **newer}}
    return {name: value for name, value in merged.items() if value is not None}, both


def _each_setting(package: Package) -> dict[tuple[str, str], Any]:
    return {(process_id, name): value for process_id, said in package.settings.items() for name, value in said.items()}


def _forms(session: Session, bound: Mapping[str, int]) -> dict[str, str]:
    row = models.FormDefinition
    forms = session.execute(select(row).where(row.key.in_(bound.values()))).scalars()
    return {f"{each.form_id}.form": json.dumps(each.schema, ensure_ascii=False, indent=2, default=str) for each in forms}


def scenario_file(process_id: str, name: str) -> str:
    """What the file of a scenario is called in a package."""
    return f"{process_id}/scenarios/{name}.toml"


def _walks(row: models.ProcessDefinition) -> dict[str, str]:
    return {scenario_file(row.process_id, name): text for name, text in (row.scenarios or {}).items()}


def _decisions(session: Session, bound: Mapping[str, int]) -> dict[str, str]:
    row = models.DecisionDefinition
    decisions = session.execute(select(row.resource_name, row.xml).where(row.key.in_(bound.values())))
    return {_base(name): content.decode() for name, content in decisions}


def _base(resource_name: str) -> str:
    return resource_name.rpartition("/")[2]
