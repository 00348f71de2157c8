"""Changing a customer record: the company's form with what the record says, a reason, a new version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine import forms as engine_forms
from engine.definitions.languages import telling
from engine.people import organisation
from engine.verbs import record_changes
from web.account import auth
from web.frame import filters, flashes, forms, storage
from web.frame.http import errors as web_errors

blueprint = flask.Blueprint("record_changes", __name__)
TOLD, TAKEN = "#told", "#taken"  # no field of a form can be called so
THEIRS = "%(who)s wrote here in version %(version)s: %(value)s. What stands in the field is yours."
EMPTIED = "%(who)s emptied this in version %(version)s. What stands in the field is yours."


@blueprint.get("/records/<int:key>/change")
def form(key: int) -> str:
    """The form with the newest content; opening it is a reading and is logged."""
    return _opened(key, lambda page: _drawn(page, forms.opened(page.form, page.scope)))


@blueprint.post("/records/<int:key>/change")
def save(key: int) -> Any:
    """Writes the next version; what is wrong with the form is shown at its fields, with everything typed kept."""
    if forms.is_about_rows() or TAKEN in flask.request.form:
        return _redrawn(key, None)
    try:
        with storage.transaction() as session:
            by, now, reason = auth.current_actor(), storage.now(), flask.request.form.get("reason", "")
            saved = record_changes.save(session, by, key, _sent(), reason=reason, now=now)
            told = saved if isinstance(saved, errors.Refusal) else _stored(saved, organisation.current(session, by.company_id))
    except (errors.Invalid, errors.Overtaken) as refusal:
        return _redrawn(key, refusal), web_errors.status(refusal)
    if isinstance(told, errors.Refusal):
        raise told
    flashes.say(told)
    return flask.redirect(flask.url_for("records.show", key=key))


def _stored(changed: record_changes.Changed, company: organisation.Organisation) -> str:
    number, others = (
        changed.version.version,
        {_writer(each.written_by and company.name_of(each.written_by)) for each in changed.beside},
    )
    if not changed.is_new:
        return _("Nothing was changed: version %(n)s says this already, and no new one was stored.", n=number)
    if others:
        who = filters.listed(sorted(others))
        return _("Version %(n)s is stored, with what %(who)s wrote since you opened the form.", n=number, who=who)
    return _("Version %(n)s is stored.", n=number)


def _sent() -> record_changes.Sent:
    given = flask.request.form
    version = given.get("version", 0, type=int)
    return record_changes.Sent(forms.sent, version, given.getlist(TOLD), given.get(TAKEN, ""))


@blueprint.post("/records/<int:key>/change/live")
def live(key: int) -> str:
    """The fields anew while the form is filled in."""
    address = flask.request.path
    return _opened(key, lambda page: forms.fragment(forms.redrawn(page.form, page.scope), address))


def _opened(key: int, draw: Callable[[record_changes.ChangeForm], str], sent: record_changes.Sent | None = None) -> str:
    """What is drawn of the record; a refusal is raised behind the transaction, so that its line in the log stays."""
    with storage.transaction() as session, telling.read_by(session, storage.reader()):
        by, now = auth.current_actor(), storage.now()
        open_ = (
            record_changes.reopen(session, by, key, sent, now=now) if sent else record_changes.open(session, by, key, now=now)
        )
        drawn = "" if isinstance(open_, errors.Refusal) else draw(open_)
    if isinstance(open_, errors.Refusal):
        raise open_
    return drawn


def _redrawn(key: int, refusal: errors.Refusal | None) -> str:
    """The form with what was typed, on top of what others wrote meanwhile; from then on it is one of the newest version."""

    def draw(page: record_changes.ChangeForm) -> str:
        faults = {**(refusal.fields if refusal else {})}
        for clash in page.clashes:
            faults[clash.name] = [*faults.get(clash.name, []), _told(clash)]
        shown = forms.acted(page.form, page.typed, page.scope, faults)
        said = (refusal or errors.Overtaken(record_changes.BOTH)) if refusal or page.clashes else None
        return _drawn(page, shown, said and type(said)(said.text, faults, **said.values))

    return _opened(key, draw, _sent())


def _told(clash: record_changes.Clash) -> errors.Refusal:
    who, theirs = _writer(clash.by), clash.theirs
    if theirs is None:
        return errors.Overtaken(EMPTIED, None, who=who, version=clash.version)
    rows = [dict(zip(theirs.columns, row, strict=True)) for row in theirs.rows]
    return errors.Overtaken(THEIRS, None, who=who, version=clash.version, value=forms.plain(rows or theirs.value))


def _writer(name: str | None) -> str:
    return name or _("A process")


def _drawn(page: record_changes.ChangeForm, view: engine_forms.FormView, refusal: errors.Refusal | None = None) -> str:
    line, labels = page.reading.line, {node.name: node.label for node in forms.nodes(view)}
    values = {
        "line": line,
        "view": view,
        "refusal": refusal,
        "reason": flask.request.form.get("reason", ""),
        "clashes": [(clash.name, labels.get(clash.name, ""), _writer(clash.by)) for clash in page.clashes],
    }
    return flask.render_template("records/change.html", title=line.name, **values)
