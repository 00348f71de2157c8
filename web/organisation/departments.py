"""Departments: opened, changed, closed."""

from __future__ import annotations

from typing import Any

import flask
from babel import dates
from flask_babel import get_locale
from flask_babel import gettext as _

from engine import errors
from engine.people.organisation import Organisation
from engine.queries.organisation import directory, log, reading
from engine.verbs.organisation import departments
from web.account import auth
from web.frame import flashes, storage
from web.organisation import fields, words

blueprint = flask.Blueprint("departments", __name__, url_prefix="/organisation")


@blueprint.get("/company")
def company() -> str:
    """The company's name."""
    return _company(None, {})


@blueprint.post("/company")
def rename_company() -> Any:
    """Gives the company another name."""
    name = flask.request.form.get("name", "")
    try:
        with storage.transaction() as session:
            departments.rename_company(session, auth.current_actor(), name, now=storage.now())
    except errors.Invalid as refusal:
        return _company(name, fields.faults(refusal)), 422
    flashes.say(_("Saved."))
    return flask.redirect(flask.url_for("organisation.index"))


@blueprint.get("/new-department")
def new() -> str:
    """The fields of a new department."""
    return _form(None, departments.DepartmentValues("", flask.request.args.get("parent", "")), {})


@blueprint.post("/departments")
def open_new() -> Any:
    """Opens a department."""
    values = departments.DepartmentValues("")
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            values = _sent(reading.company(session, by))
            wanted = flask.request.form.get("id", "").strip()
            id = departments.open(session, by, values, id=wanted, now=storage.now())
    except errors.Invalid as refusal:
        return _form(None, values, fields.faults(refusal)), 422
    flashes.say(_("%(name)s is opened.", name=values.name))
    return flask.redirect(flask.url_for("organisation.index", department=id))


@blueprint.get("/departments/<id>")
def show(id: str) -> str:
    """A department: its name, its place, its head."""
    return _shown(id, {})


@blueprint.post("/departments/<id>")
def alter(id: str) -> Any:
    """Renames a department, moves it, gives it another head."""
    values = departments.DepartmentValues("")
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            values = _sent(reading.company(session, by))
            departments.alter(session, by, id, values, now=storage.now())
    except errors.Invalid as refusal:
        return _form(id, values, fields.faults(refusal)), 422
    flashes.say(_("%(name)s is changed.", name=values.name))
    return flask.redirect(flask.url_for("organisation.index", department=id))


@blueprint.post("/departments/<id>/move")
def move(id: str) -> Any:
    """Puts a department below another, as it was dragged there."""
    try:
        with storage.transaction() as session:
            parent = flask.request.form.get("parent", "")
            name = departments.move(session, auth.current_actor(), id, parent, now=storage.now())
    except errors.Invalid as refusal:
        return _shown(id, fields.faults(refusal)), 422
    flashes.say(_("%(name)s is changed.", name=name))
    return flask.redirect(flask.url_for("organisation.index", department=id))


@blueprint.post("/departments/<id>/close")
def close(id: str) -> Any:
    """Closes a department in which nobody and nothing is left."""
    try:
        with storage.transaction() as session:
            departments.close(session, auth.current_actor(), id, now=storage.now())
    except errors.Conflict as refusal:
        return _shown(id, fields.faults(refusal)), 409
    flashes.say(_("The department is closed."))
    return flask.redirect(flask.url_for("organisation.index"))


@blueprint.post("/departments/<id>/reopen")
def reopen(id: str) -> Any:
    """Opens a closed department again."""
    try:
        with storage.transaction() as session:
            departments.reopen(session, auth.current_actor(), id, now=storage.now())
    except errors.Invalid as refusal:
        return _shown(id, {"": [refusal]}), 422
    flashes.say(_("The department is open again."))
    return flask.redirect(flask.url_for("organisation.index", department=id))


def _sent(company: Organisation) -> departments.DepartmentValues:
    form = fields.sent("name", "parent", "head", "calendar")
    head = fields.person(company, form["head"])
    return departments.DepartmentValues(form["name"], form["parent"], head, form["calendar"])


def _company(name: str | None, faults: fields.Faults) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        own_company = reading.company(session, by)
        changes = log.entries_of(session, by, "company", 10)
    values = {
        "name": own_company.name if name is None else name,
        "faults": faults,
        "log": changes,
        "words": words,
        "company": own_company,
        "zone": dates.get_timezone_name(own_company.time_zone, locale=get_locale()),
    }
    return flask.render_template(
        "organisation/company.html", title=_("Company details"), may_change=by.is_administrator, **values
    )


def _shown(id: str, faults: fields.Faults) -> str:
    with storage.reading() as session:
        company = reading.company(session, auth.current_actor())
    unit = company.departments.get(id)
    if unit is None:
        raise errors.NotFound("There is no such department.")
    return _form(id, departments.DepartmentValues(unit.name, unit.parent or "", unit.head or "", unit.calendar or ""), faults)


def _form(id: str | None, values: departments.DepartmentValues, faults: fields.Faults) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        company = reading.company(session, by)
        changes = log.entries_of(session, by, f"department:{id}", 10) if id else []
    unit = company.departments.get(id or "")
    if id is not None and unit is None:
        raise errors.NotFound("There is no such department.")
    own = company.below(id) if id else set()
    given = {
        "unit": unit,
        "values": values,
        "head": fields.named(company, values.head),
        "calendars": fields.calendars(company, values.calendar),
        "units": [choice for choice in directory.choices(company) if choice[0] not in own],
        "faults": faults,
        "log": changes,
        "words": words,
        "company": company,
        "may_change": by.runs_organisation,
    }
    return flask.render_template("organisation/department.html", title=unit.name if unit else _("New department"), **given)
