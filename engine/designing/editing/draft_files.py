"""Forms and decisions of a draft: opened by the id that a diagram names them by, begun where there is none, taken away."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import json_texts
from engine.basics.sayings import LANGUAGES
from engine.decisions.dmn import reading
from engine.designing import drafts
from engine.designing.editing import decision_tables
from engine.diagrams import xml
from engine.diagrams.laying_out import BPMN
from engine.people.actors import Actor
from engine.storage.models import DecisionDefinition, FormDefinition

FILE_ID = re.compile(r"[A-Za-z_][\w.-]{0,63}", re.ASCII)
KINDS = ("form", "dmn")
FORM = "{http://camunda.org/schema/zeebe/1.0}formDefinition"


@dataclass(frozen=True)
class DraftFile:
    """A form or decision file of a draft; `ids` are what diagrams name, `title` what people call it."""

    name: str
    kind: str
    ids: tuple[str, ...]
    title: str


def listed(files: Mapping[str, str], settings: Mapping[str, Mapping[str, Any]] = MappingProxyType({})) -> list[DraftFile]:
    """The forms and decisions among the files of a draft, by kind and name; one that cannot be read has no ids.

    A form without a heading is called as the public page of these settings or the steps that show it.
    """
    called = {**_public(settings), **_steps(files)}
    files_listed = [_file(name, text, called) for name, text in sorted(files.items()) if name.endswith((".form", ".dmn"))]
    return sorted(files_listed, key=lambda each: (each.kind, each.name))


def opened(
    session: Session, by: Actor, key: int, kind: str, id: str, title: str, *, language: str = LANGUAGES[0], now: datetime
) -> str:
    """The name of the draft's file that holds a form or decision; taken from what is published, or begun, if there is none.

    `language` is that of whoever begins it, for its first words. Raises NotFound, Invalid for an id that cannot be one, TooLarge.
    """
    if kind not in KINDS or not FILE_ID.fullmatch(id):
        raise errors.Invalid("A form or decision needs an id of Latin letters, digits and _ that begins with a letter.")
    draft = drafts.take_up(session, by, key)
    for each in listed(draft.files):
        if each.kind == kind and id in each.ids:
            return each.name
    name, text = _published(session, by, kind, id) or (f"{id}.{kind}", _begun(kind, id, title.strip()[:100] or id, language))
    if name in draft.files:
        name = f"{id}_{len(draft.files)}.{kind}"
    drafts.add_file(session, by, key, name, text, now=now)
    return name


def form_of(text: str) -> dict[str, Any] | None:
    """A form file as its schema; None where it cannot be read."""
    try:
        schema = json_texts.read(text)
    except errors.Refusal:
        return None
    return schema if isinstance(schema, dict) else None


def form_title(schema: Mapping[str, Any]) -> str:
    """What people call a form: the heading it begins with; empty where it has none."""
    components = schema.get("components")
    first = components[0] if isinstance(components, list) and components else None
    text = str(first.get("text", "")) if isinstance(first, dict) and first.get("type") == "text" else ""
    line = text.strip().partition("\n")[0]
    return line.lstrip("#").strip() if line.startswith("#") else ""


def _public(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The titles of public pages, by the form that each shows."""
    pages = (table.get("public") for table in settings.values())
    return {str(page.get("form")): str(page["title"]) for page in pages if isinstance(page, Mapping) and page.get("title")}


def _steps(files: Mapping[str, str]) -> dict[str, str]:
    """The names of the steps of a draft's diagrams, by the form that they show."""
    steps: dict[str, list[str]] = {}
    for text in (text for name, text in files.items() if name.endswith(".bpmn")):
        try:
            root = xml.safe_parse(text.encode())
        except errors.Refusal:
            continue
        for shown in root.iter(FORM):
            step = next(shown.iterancestors(f"{BPMN}userTask", f"{BPMN}startEvent"), None)
            name = "" if step is None else str(step.get("name", "")).strip()
            if name and name not in steps.setdefault(str(shown.get("formId")), []):
                steps[str(shown.get("formId"))].append(name)
    return {form: "、".join(names) for form, names in steps.items()}


def _file(name: str, text: str, called: Mapping[str, str]) -> DraftFile:
    if name.endswith(".form"):
        schema = form_of(text) or {}
        id = str(schema.get("id") or "")
        return DraftFile(name, "form", (id,) if id else (), form_title(schema) or called.get(id) or id or name)
    try:
        root = reading.definitions(text.encode())
    except errors.Refusal:
        return DraftFile(name, "dmn", (), name)
    ids = tuple(str(each.get("id")) for each in reading.children(root, "decision") if each.get("id"))
    return DraftFile(name, "dmn", ids, reading.name(root) or name)


def _published(session: Session, by: Actor, kind: str, id: str) -> tuple[str, str] | None:
    """The newest published file that holds it, as name and text."""
    if kind == "form":
        form = FormDefinition
        mine = select(form).where(form.company_id == by.company_id, form.form_id == id)
        newest = session.execute(mine.order_by(form.version.desc()).limit(1)).scalar_one_or_none()
        return None if newest is None else (f"{id}.form", json.dumps(newest.schema, ensure_ascii=False, indent=2, default=str))
    rule = DecisionDefinition
    of_id = select(rule).where(rule.company_id == by.company_id, rule.decision_id == id)
    published = session.execute(of_id.order_by(rule.version.desc()).limit(1)).scalar_one_or_none()
    return None if published is None else (published.resource_name.rpartition("/")[2], published.xml.decode())


def _form(id: str, title: str) -> str:
    heading = {"type": "text", "id": f"{id}_heading", "text": f"## {title}"} if title != id else None
    schema = {"schemaVersion": 18, "type": "default", "id": id, "components": [heading] if heading else []}
    return json.dumps(schema, ensure_ascii=False, indent=2)


def _begun(kind: str, id: str, title: str, language: str) -> str:
    """A new file, its first words in the language of whoever begins it."""
    return _form(id, title) if kind == "form" else decision_tables.begun(id, title, decision_tables.RESULT.read(language))
