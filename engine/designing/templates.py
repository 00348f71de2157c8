"""What a new process may begin as: small packages that run at once and are made to be changed."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import LANGUAGES
from engine.definitions.languages import files as text_files
from engine.designing import chains, template_scenarios
from engine.designing.packages import Package, scenario_file
from engine.people import organisation
from engine.people.actors import Actor

FOLDER = Path(__file__).parent / "shipped"
TEXTS = FOLDER / "texts"
CHINESE = LANGUAGES[0]  # the language of what is shipped
EMPTY = "empty"


@dataclass(frozen=True)
class Template:
    """A template as it is offered; `steps` are the names of its steps in order."""

    id: str
    name: str
    description: str
    steps: tuple[str, ...]


@dataclass
class _Words:
    """The words of a template in a language; `used` are those that were said otherwise than they are shipped, by what was said."""

    language: str
    used: dict[str, str] = field(default_factory=dict)

    def say(self, text: str) -> str:
        """A text in the language."""
        said = _texts(self.language).get(text, text)
        if said != text:
            self.used[said] = text
        return said

    def all(self, value: Any) -> Any:
        """All texts in what was read of a TOML."""
        if isinstance(value, str):
            return self.say(value)
        if isinstance(value, list):
            return [self.all(each) for each in value]
        return {name: self.all(each) for name, each in value.items()} if isinstance(value, Mapping) else value


def offered(*, language: str = CHINESE) -> list[Template]:
    """All templates in a language, in the order in which they are shown."""
    words = _Words(language)
    return [
        Template(id, *_called(raw, language), tuple(words.say(step["name"]) for step in raw["step"]))
        for id, raw in sorted(_all().items(), key=lambda each: each[1]["order"])
    ]


def package(template_id: str, process_id: str, name: str, language: str = CHINESE) -> Package:
    """A new package with the template's steps and form under an id and name of its own. Raises Invalid for no template.

    In another language than the shipped one it brings along what it says in that one, for those who read it.
    """
    raw, words = _template(template_id), _Words(language)
    form_id = f"{process_id}_request"
    drawn = chains.diagram(process_id, name, form_id, words.all(raw["step"]), words.say)
    form = json.dumps(_form(form_id, words.all(raw["field"])), ensure_ascii=False, indent=2)
    settings = {"title": name, **words.all(raw.get("settings", {}))}
    said = {CHINESE: dict(words.used)} if words.used else {}
    files = {f"{process_id}.bpmn": drawn, f"{form_id}.form": form}
    return Package(files, {process_id: text_files.joined(settings, said)})


def begun(
    session: Session, by: Actor, template_id: str, process_id: str, name: str, *, language: str = CHINESE, now: datetime
) -> Package:
    """`package` for a person's company, with scenarios that its own people walk. Raises Invalid for no template."""
    made = package(template_id, process_id, name, language)
    company = organisation.current(session, by.company_id)
    raw = _Words(language).all(_template(template_id))
    walks = template_scenarios.written(raw, company, by.username, language=language, now=now)
    return Package({**made.files, **{scenario_file(process_id, each): text for each, text in walks.items()}}, made.settings)


def _template(template_id: str) -> dict[str, Any]:
    raw = _all().get(template_id)
    if raw is None:
        raise errors.Invalid("There is no such template.")
    return raw


def _called(raw: Mapping[str, Any], language: str) -> tuple[str, str]:
    words = raw if language == CHINESE else raw["english"]
    return words["name"], words["description"]


@cache
def _texts(language: str) -> dict[str, str]:
    file = TEXTS / f"{language}.toml"
    return text_files.read(file.read_text(encoding="utf-8"), file.name) if file.exists() else {}


@cache
def _all() -> dict[str, dict[str, Any]]:
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}


def _form(form_id: str, fields: list[Mapping[str, Any]]) -> dict[str, Any]:
    components = [{**field, "id": f"{form_id}_{number}"} for number, field in enumerate(fields, 1)]
    return {"schemaVersion": 18, "type": "default", "id": form_id, "components": components}
