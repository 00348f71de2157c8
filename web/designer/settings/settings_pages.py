"""What an owner sets of a process beside its diagram: who may start it, who manages it, numbers, titles, deadlines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import escape
from sqlalchemy.orm import Session

from engine import errors
from engine.definitions import declarations
from engine.definitions import settings as texts
from engine.definitions.declarations import Setting
from engine.definitions.languages import files
from engine.designing.editing import settling
from engine.problems import Problem
from engine.queries.designer import drawing_page, setting_previews
from web.account import auth
from web.designer import requests
from web.designer.settings import settings_tables
from web.designer.wording.setting_words import CHOICES, HINTS, LABELS
from web.frame import filters, flashes, i18n, storage
from web.frame.times import spans

blueprint = flask.Blueprint("process_settings", __name__)
BETWEEN = re.compile("[、,，;；\\n]")
# How a setting is filled in, by its type; any other is a text.
KINDS = {
    declarations.GROUPS: "groups",
    declarations.FORMULAS: "lines",
    declarations.SWITCH: "switch",
    declarations.CHOICE: "choice",
    declarations.CALENDAR: "calendar",
    declarations.DEADLINE: "span",
    declarations.PERIOD: "span",
    declarations.NUMBER: "number",
}
UNITS = {"retention": spans.PERIOD}
OFFERS = {"category": "category"}  # what a text may be, as a list of the page; groups and calendars are by their kind
STARTS, EVERYBODY = "may_start", "*"
# Who may start it, as one choice: an empty list and nothing said are two things.
STARTERS = {
    "everybody": lazy_gettext("Everybody"),
    "groups": lazy_gettext("These groups"),
    "nobody": lazy_gettext("Nobody: it is called by other processes or started by an event"),
    "unsaid": lazy_gettext("Not decided yet: only process owners and administrators"),
}
NAMES = tuple(name for name in LABELS if name not in (*settings_tables.COLUMNS, settings_tables.PUBLIC, files.TEXTS))


@dataclass(frozen=True)
class SettingField:
    """One setting as the form shows it; `value` is text, of a switch whether it is on, of a span number and unit, of `starters`
    the choice and the groups; `fault` is what is wrong with it, `offers` the list of the page that it is chosen from."""

    name: str
    label: str
    hint: str
    kind: str
    value: Any
    fault: str = ""
    options: tuple[tuple[str, str], ...] = ()
    offers: str = ""


@blueprint.get("/designer/<int:key>/settings")
def show(key: int) -> str:
    """The settings of the draft's process."""
    with storage.reading() as session:
        drawing = drawing_page.drawing(session, auth.current_actor(), key)
        return _drawn(session, drawing, drawing.settings.get(drawing.process_id, {}), {})


@blueprint.get("/designer/<int:key>/settings/number")
def coming_number(key: int) -> str:
    """The number that the next case would get by the pattern that is typed."""
    with storage.reading() as session:
        drawing_page.drawing(session, auth.current_actor(), key)
        return str(escape(_number_said(session, flask.request.args.get("number", ""))))


@blueprint.post("/designer/<int:key>/settings")
def save(key: int) -> Any:
    """Keeps in the draft what was changed of the settings that the form showed.

    What is wrong, or was changed by a colleague too, is told at its field; then what was typed stays there, and nothing is kept.
    """
    by, revision = auth.current_actor(), requests.revision()
    try:
        with storage.transaction() as session:
            settling.settle(session, by, key, revision, _all_given, now=storage.now())
    except settling.NotKept as refused:
        with storage.reading() as session:
            drawing = drawing_page.drawing(session, by, key)
            return _drawn(session, drawing, refused.settings, {**_clashes(refused), **_faults(refused.problems)}), 422
    flashes.say(_("The settings are kept in the draft. They hold once it is published."))
    return flask.redirect(requests.drawing_board(key), 303)


def _all_given(seen: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they were sent by who saw those."""
    given = {name: _given(declarations.settings_of(texts.Settings)[name], seen) for name in NAMES}
    return {**given, **settings_tables.given(seen)}


def _clashes(refused: settling.NotKept) -> dict[str, str]:
    """What a colleague made meanwhile of what was sent too, by the name of the setting."""
    kept = _("Kept once more, yours takes its place.")
    return {
        name: f"{_('%(name)s has changed this meanwhile: %(value)s.', name=refused.name.read(i18n.language()), value=_said(value))} {kept}"
        for name, value in refused.clashes.items()
    }


def _said(value: Any) -> str:
    """A setting in a sentence; of a table its rows."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return filters.listed(f"{each}" for each in value.values() if isinstance(each, str))
    if isinstance(value, list | tuple):
        return filters.listed(map(_said, value)) or _("nothing")
    return str(value) if value is not None else _("nothing")


def _faults(problems: Iterable[Problem]) -> dict[str, str]:
    """What is wrong by the name of the setting, in which each is called as the page calls it."""
    faults: dict[str, str] = {}
    for problem in problems:
        name = str(problem.values.get("name", ""))
        label = LABELS.get(name.partition(".")[0], name)
        told = i18n.worded(errors.Refusal(problem.message, **{**problem.values, "name": label}))
        faults.setdefault(name.partition(".")[0], told)
    return faults


def _drawn(session: Session, drawing: drawing_page.Drawing, shown: Mapping[str, Any], faults: Mapping[str, str]) -> str:
    title = _("Settings of %(name)s", name=drawing.name)
    values = {
        "drawing": drawing,
        "faults": faults,
        "fields": [_field(declarations.settings_of(texts.Settings)[name], shown, faults.get(name, "")) for name in NAMES],
        "tables": settings_tables.tables(shown),
        "public": settings_tables.public(shown),
        "offered": setting_previews.offered(session, auth.current_actor(), drawing),
        "coming": _number_said(session, str(shown.get("number", ""))),
    }
    words, choices = settings_tables.WORDS, settings_tables.CHOICES
    return flask.render_template(
        "designer/settings.html", title=title, words=words, choices=choices, offers=settings_tables.OFFERS, **values
    )


def _number_said(session: Session, pattern: str) -> str:
    number = setting_previews.number(session, auth.current_actor(), pattern, now=storage.now())
    return _("The next case would be %(number)s.", number=number) if number else _("That gives no number.")


def _field(setting: Setting, stored: Mapping[str, Any], fault: str) -> SettingField:
    kind = KINDS.get(setting.type, "text")
    value = stored.get(setting.name, setting.default if kind in ("switch", "choice") else "")
    shown = value
    if isinstance(value, list | tuple):
        shown = "\n".join(value) if kind == "lines" else filters.listed(value)
    options = _options(setting)
    if setting.name == STARTS:
        kind, shown, options = "starters", _starters(value, shown), tuple((by, str(said)) for by, said in STARTERS.items())
    if kind == "span":
        units = _units(setting)
        shown, options = spans.parted(str(value), units), tuple((unit, str(said)) for unit, said in units.items())
    offers = OFFERS.get(setting.name, {"groups": "group", "calendar": "calendar"}.get(kind, ""))
    hint = str(HINTS.get(setting.name) or _(setting.meaning))
    return SettingField(setting.name, str(LABELS[setting.name]), hint, kind, shown, fault, options, offers)


def _starters(value: Any, groups: str) -> tuple[str, str]:
    """How it is said who may start it, and the groups where these are."""
    if value == "":
        return "unsaid", ""
    return ("everybody", "") if EVERYBODY in value else ("groups", groups) if value else ("nobody", "")


def _units(setting: Setting) -> Mapping[str, object]:
    return UNITS.get(setting.name, spans.DEADLINE)


def _options(setting: Setting) -> tuple[tuple[str, str], ...]:
    return (
        tuple((each, str(CHOICES.get(each) or filters.level(each))) for each in setting.choices)
        if setting.type == declarations.CHOICE
        else ()
    )


def _given(setting: Setting, stored: Mapping[str, Any]) -> Any:
    """What was sent of a setting; None for nothing, which leaves it unsaid."""
    if setting.type == declarations.SWITCH:
        chosen = setting.name in flask.request.form
        return stored.get(setting.name) if chosen == stored.get(setting.name, setting.default) else chosen
    text = flask.request.form.get(setting.name, "").strip()
    if setting.type == declarations.CHOICE and text == setting.default:
        return stored.get(setting.name) and text
    if setting.type in (declarations.DEADLINE, declarations.PERIOD):
        return _span(setting) or None
    if setting.type == declarations.NUMBER:
        return int(text) if re.fullmatch("[0-9]{1,6}", text) else text or None
    if setting.name == STARTS and (by := flask.request.form.get(f"{STARTS}.by", "groups")) != "groups":
        return {"everybody": [EVERYBODY], "nobody": []}.get(by)
    if setting.type == declarations.GROUPS:
        groups = [each.strip() for each in BETWEEN.split(text) if each.strip()]
        return groups or ("" if f"{setting.name}.by" in flask.request.form else None)  # groups that are none are told as wrong
    if setting.type == declarations.FORMULAS:
        return [line.strip() for line in text.splitlines() if line.strip()] or None
    return text or None


def _span(setting: Setting) -> str:
    """A span that was sent as number and unit; a number that is none stays as it was typed, for the check to tell."""
    number, unit = (flask.request.form.get(f"{setting.name}.{part}", "").strip() for part in ("number", "unit"))
    try:
        return spans.written(number, unit, _units(setting))
    except errors.Invalid:
        return number
