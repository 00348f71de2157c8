"""What a new process may begin as: small packages that run at once and are made to be changed."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.designing import chains, template_scenarios
from engine.designing.packages import Package, scenario_file
from engine.people import organisation
from engine.people.actors import Actor

FOLDER = Path(__file__).parent / "shipped"
EMPTY = "empty"


@dataclass(frozen=True)
class Template:
    """A template as it is offered; `steps` are the names of its steps in order."""

    id: str
    name: str
    description: str
    steps: tuple[str, ...]


def offered(*, english: bool = False) -> list[Template]:
    """All templates, in the order in which they are shown; `english`: with their English names. What they hold is Chinese."""
    return [
        Template(id, *_words(raw, english), tuple(step["name"] for step in raw["step"]))
        for id, raw in sorted(_all().items(), key=lambda each: each[1]["order"])
    ]


def package(template_id: str, process_id: str, name: str) -> Package:
    """A new package with the template's steps and form under an id and name of its own. Raises Invalid for no template."""
    raw = _all().get(template_id)
    if raw is None:
        raise errors.Invalid("There is no such template.")
    form_id = f"{process_id}_request"
    files = {f"{process_id}.bpmn": chains.diagram(process_id, name, form_id, raw["step"])}
    files[f"{form_id}.form"] = json.dumps(_form(form_id, raw["field"]), ensure_ascii=False, indent=2)
    return Package(files, {process_id: {"title": name, **raw.get("settings", {})}})


def begun(session: Session, by: Actor, template_id: str, process_id: str, name: str, *, now: datetime) -> Package:
    """`package` for a person's company, with scenarios that its own people walk. Raises Invalid for no template."""
    made = package(template_id, process_id, name)
    company = organisation.current(session, by.company_id)
    walks = template_scenarios.written(_all()[template_id], company, by.username, now=now)
    return Package({**made.files, **{scenario_file(process_id, each): text for each, text in walks.items()}}, made.settings)


def _words(raw: Mapping[str, Any], english: bool) -> tuple[str, str]:
    words = raw["english"] if english else raw
    return words["name"], words["description"]


@cache
def _all() -> dict[str, dict[str, Any]]:
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}


def _form(form_id: str, fields: list[Mapping[str, Any]]) -> dict[str, Any]:
    components = [{**field, "id": f"{form_id}_{number}"} for number, field in enumerate(fields, 1)]
    return {"schemaVersion": 18, "type": "default", "id": form_id, "components": components}
