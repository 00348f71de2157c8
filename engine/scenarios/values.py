"""What scenarios write in short: file names for uploads, "ref:r1" for records, dates, "=now()"; made into what a form would send."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine.definitions.definitions import Form
from engine.files import attachments
from engine.people import organisation
from engine.people.actors import Actor
from engine.scenarios.stage import Stage

REFERENCE = "ref:"
NOW, TODAY = "=now()", "=today()"  # a walk may be played at any time: what is done in it is dated then


def plain(value: Any, stage: Stage) -> Any:
    """A TOML value as JSON: dates as ISO texts, references as the keys of the records they name."""
    if isinstance(value, Mapping):
        return {name: plain(inner, stage) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner, stage) for inner in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(REFERENCE):
        return stage.references.get(value.removeprefix(REFERENCE), value)
    return value


def submission(session: Session, stage: Stage, by: Actor, form: Form | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the person sends; names in file fields are handed in as files first, NOW and TODAY are those of the company."""
    moment = stage.now.astimezone(ZoneInfo(organisation.current(session, stage.company).time_zone))
    sent: dict[str, Any] = _dated(plain(given, stage), moment)
    if form is None:
        return sent
    pickers = {component.path[-1] for component in form.parsed.walk() if component.type == "filepicker"}
    uploaded: dict[str, Any] = _uploaded(session, stage, by, pickers, sent)
    return uploaded


def _dated(value: Any, moment: datetime) -> Any:
    if isinstance(value, dict):
        return {name: _dated(inner, moment) for name, inner in value.items()}
    if isinstance(value, list):
        return [_dated(inner, moment) for inner in value]
    if value == NOW:
        return moment.isoformat(timespec="seconds")
    return moment.date().isoformat() if value == TODAY else value


def _uploaded(session: Session, stage: Stage, by: Actor, pickers: set[str], value: Any) -> Any:
    if isinstance(value, list):
        return [_uploaded(session, stage, by, pickers, inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        name: [_file(session, stage, by, name, each) for each in inner]
        if name in pickers and isinstance(inner, list)
        else _uploaded(session, stage, by, pickers, inner)
        for name, inner in value.items()
    }


def _file(session: Session, stage: Stage, by: Actor, field: str, given: Any) -> Any:
    """A file by its name, or as a table with name and type."""
    if isinstance(given, str):
        given = {"name": given}
    if "key" in given:
        return given
    media_type = given.get("type", "application/octet-stream")
    return attachments.as_value(stage.keep_file(session, by, field, given["name"], media_type))
