"""People by department, one person, entering and changing somebody."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.basics.sayings import LANGUAGES
from engine.people.organisation import SECRECY, Organisation, level_of
from engine.queries.organisation import directory, person_page, reading
from engine.verbs.organisation import persons, planned
from web.account import auth
from web.frame import filters, flashes, i18n, lists, storage
from web.organisation import fields, words

blueprint = flask.Blueprint("organisation", __name__, url_prefix="/organisation")
blueprint.add_app_template_filter(lambda username, company: company.name_of(username), "person_name")
blueprint.add_app_template_filter(lambda id, company: company.department_name(id), "unit_name")
blueprint.add_app_template_filter(words.ours, "ours")
TEXTS = ("name", "department", "mobile", "email", "employee_number", "clearance", "language", "calendar")


@blueprint.get("")
def index() -> str:
    """The tree of departments and the people of the chosen one, or those found."""
    args = flask.request.args
    asked = {"department": args.get("department", ""), "text": args.get("q", "").strip()[:100]}
    state = directory.LEFT if args.get("state") == directory.LEFT else directory.HERE
    with storage.reading() as session:
        page = directory.directory(session, auth.current_actor(), **asked, state=state, wanted=lists.wanted())
        company = reading.company(session, auth.current_actor())
    values = {
        "page": page,
        "asked": asked,
        "state": state,
        "link": lists.link,
        "company_name": company.name,
        "may_change": auth.current_actor().runs_organisation,
    }
    return flask.render_template("organisation/index.html", title=_("Organisation"), **values)


@blueprint.get("/find")
def find() -> str:
    """What a field that names a person offers for what is typed."""
    text = next((value for value in flask.request.args.values() if value), "")
    with storage.reading() as session:
        company = reading.company(session, auth.current_actor())
        people_offered = fields.offered(company, text[:100])
    return flask.render_template("organisation/offered.html", found=people_offered)


@blueprint.get("/new")
def new() -> str:
    """The fields of somebody new."""
    values = persons.PersonValues("", department=flask.request.args.get("department", ""))
    return _form(None, values, {})


@blueprint.post("/people")
def enter() -> Any:
    """Enters somebody new, who is there at once or from a day on."""
    username = flask.request.form.get("username", "").strip()
    values = persons.PersonValues("")
    try:
        with storage.transaction() as session:
            by, now = auth.current_actor(), storage.now()
            company = reading.company(session, by)
            values = _sent(company)
            day = fields.day("joins")
            persons.enter(session, by, username, values, now=now, is_expected=day is not None)
            if day is not None:
                planned.plan(session, by, username, planned.JOIN, day, {}, now=now)
    except (errors.Invalid, errors.Conflict) as refusal:
        return _form(None, values, fields.faults(refusal), username), 422
    flashes.say(_("%(name)s is entered. Hand out a code, with which the password is set.", name=values.name))
    return flask.redirect(flask.url_for("organisation.person", username=username))


@blueprint.get("/people/<username>")
def person(username: str) -> str:
    """One person."""
    return shown(username, {})


@blueprint.get("/people/<username>/edit")
def edit(username: str) -> str:
    """The fields of a person."""
    with storage.reading() as session:
        member = person_page.person(session, auth.current_actor(), username, now=storage.now()).member
    return _form(username, persons.values_now(member), {})


@blueprint.post("/people/<username>")
def alter(username: str) -> Any:
    """Changes a person."""
    values = persons.PersonValues("")
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            company = reading.company(session, by)
            values = _sent(company)
            persons.alter(session, by, username, values, now=storage.now())
    except errors.Invalid as refusal:
        return _form(username, values, fields.faults(refusal)), 422
    heads = filters.listed(_left_behind(company, username, values.department))
    still = _("%(name)s is changed and still heads %(departments)s.", name=values.name, departments=heads)
    flashes.say(still if heads else _("%(name)s is changed.", name=values.name))
    return flask.redirect(flask.url_for("organisation.person", username=username))


def _left_behind(company: Organisation, username: str, department: str) -> list[str]:
    """The departments that somebody who moves heads, and does not belong to any more; `company` as it was before."""
    if company.people[username].department == (department or None):
        return []
    own = {unit.id for unit in company.path_of(department)}
    return [unit.name for unit in company.departments.values() if unit.head == username and unit.id not in own]


def shown(username: str, faults: fields.Faults) -> str:
    """The page of a person; `faults` are those of a form on it."""
    with storage.reading() as session:
        page = person_page.person(session, auth.current_actor(), username, now=storage.now())
    values = {
        "page": page,
        "faults": faults,
        "words": words,
        "units": directory.choices(page.company),
        "posts": sorted(page.company.posts.items(), key=lambda pair: pair[1]),
        "may_change": auth.current_actor().runs_organisation,
        "by": auth.current_actor(),
        "tomorrow": fields.tomorrow(),
        "sent": flask.request.form,
    }
    return flask.render_template("organisation/person.html", title=page.member.name, **values)


def _form(username: str | None, values: persons.PersonValues, faults: fields.Faults, wanted: str = "") -> str:
    with storage.reading() as session:
        company = reading.company(session, auth.current_actor())
    if not auth.current_actor().runs_organisation:
        raise errors.Forbidden("Only an administrator of the organisation may do this.")
    if username is not None and username not in company.people:
        raise errors.NotFound("There is no such person.")
    name = company.name_of(username) if username else ""
    given: dict[str, Any] = {
        "username": username,
        "wanted": wanted,
        "person": values,
        "name": name,
        "faults": faults,
        "superior": fields.named(company, values.superior),
        "units": directory.choices(company),
        "posts": sorted(company.posts.items(), key=lambda pair: pair[1]),
        "levels": _levels(values.clearance),
        "calendars": fields.calendars(company, values.calendar),
        "languages_offered": [(code, i18n.LANGUAGES[code]) for code in LANGUAGES],
        "tomorrow": fields.tomorrow(),
    }
    return flask.render_template("organisation/person_form.html", title=name or _("New person"), **given)


def _levels(now: str) -> list[str]:
    """The clearances that are offered: above what everybody has only an administrator gives more than there is."""
    most = max(level_of(now), level_of(persons.CLEARANCE))
    return [each for each in SECRECY if auth.current_actor().is_administrator or level_of(each) <= most]


def _sent(company: Organisation) -> persons.PersonValues:
    """The person that this request's form tells; the main post first."""
    form = fields.sent(*TEXTS, "superior", "post")
    posts = tuple(dict.fromkeys(post for post in (form.pop("post"), *fields.picked("posts")) if post))
    superior = fields.person(company, form.pop("superior"))
    return persons.PersonValues(**form, superior=superior, posts=posts)
