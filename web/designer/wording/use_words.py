"""Where fields of a form are used, worded for whoever is about to take them away, with the way there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.designing import comparing
from engine.designing.editing import field_uses, form_saves
from engine.designing.editing.field_uses import FieldUse
from engine.designing.editing.form_saves import StillUsed
from engine.problems import UnnamedElement
from web.designer.wording import change_words, placing, setting_words

AREAS = {
    field_uses.CONDITION: lazy_gettext("Condition"),
    field_uses.PEOPLE: lazy_gettext("Who does it"),
    field_uses.STEP: lazy_gettext("Diagram"),
    field_uses.DECISION: lazy_gettext("Decision"),
    field_uses.FORM: lazy_gettext("Form"),
    field_uses.SETTING: lazy_gettext("Process settings"),
    field_uses.PAPER: lazy_gettext("Paper"),
    field_uses.SCENARIO: lazy_gettext("Scenario"),
}


@dataclass(frozen=True)
class UsePlace:
    """One place in words; `address` leads there, empty for what this person may not open."""

    area: str
    name: str
    address: str


@dataclass(frozen=True)
class Loss:
    """A field, or what a decision gives, by its label; the path that is sent when it may go all the same; where it is used.

    `new` is the other key of one that can be renamed there: what would change, and where it stays to be done by hand.
    """

    label: str
    path: str
    places: list[UsePlace]
    is_result: bool
    new: str = ""
    changes: list[change_words.ChangeSaid] = field(default_factory=list)
    stays: list[UsePlace] = field(default_factory=list)


def losses(key: int, still_used: StillUsed) -> list[Loss]:
    """What a save would take away, of the draft of this key."""
    return [_loss(key, each) for each in still_used.losses]


def _loss(key: int, loss: form_saves.Loss) -> Loss:
    told = Loss(loss.field.label, loss.field.path, places(key, loss.uses), loss.field.is_result)
    if loss.renaming is None:
        return told
    changes = change_words.worded(comparing.changes(loss.renaming.before, loss.renaming.after))
    return replace(told, new=loss.renaming.new, changes=changes, stays=places(key, loss.renaming.stays))


def places(key: int, uses: Iterable[FieldUse]) -> list[UsePlace]:
    """The places that use something, in words, each once."""
    return list(dict.fromkeys(UsePlace(str(AREAS[each.area]), _name(each), _address(key, each)) for each in uses))


def _name(use: FieldUse) -> str:
    if use.area == field_uses.SETTING:
        label = str(setting_words.LABELS.get(str(use.place), use.place))
        name = _("%(setting)s: %(row)s", setting=label, row=use.row) if use.row else label
    elif isinstance(use.place, UnnamedElement):
        name = placing.unnamed_place(use.place)
    else:
        name = placing.named_place(use.place, use.beside) if use.beside else use.place or _("Process")
    if not use.process:
        return name
    if use.is_draft:
        return _("%(place)s, in the draft of %(process)s", place=name, process=use.process)
    return _("%(place)s, in %(process)s", place=name, process=use.process)


def _address(key: int, use: FieldUse) -> str:
    if use.process:
        return ""
    if use.area in (field_uses.SETTING, field_uses.PAPER):
        return flask.url_for("process_settings.show", key=key)
    if use.area == field_uses.SCENARIO:
        process_id, _folder, name = use.file.split("/")
        return flask.url_for("scenarios.show", key=key, process_id=process_id, name=name.removesuffix(".toml"))
    return placing.address(key, use.file, use.element_id)
