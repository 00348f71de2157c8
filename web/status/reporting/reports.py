"""Reports [统计报表]: the list, the builder, one report with its chart and table, the cases behind a figure, as spreadsheet and paper."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import Actor
from engine.queries.status import choosable, incident_list, open_tasks
from engine.reporting import answering, behind, mailing, question, reports, runs
from engine.reporting.answering import AnswerLine, Asking
from engine.reporting.question import Question
from engine.reporting.reports import ReportDraft
from engine.storage.models import Report
from web.account import auth
from web.frame import flashes, i18n, lists, storage
from web.frame.files import exports
from web.frame.operations import choosing
from web.status.reporting import report_answers, report_forms, report_tables, report_words

blueprint = flask.Blueprint("reports", __name__)


@blueprint.get("/status/reports")
def index() -> str:
    """The reports that one may open."""
    with storage.reading() as session:
        by = auth.current_actor()
        listed = reports.known(session, by)
        values = {
            "found": listed,
            "may_build": bool(choosable.processes(session, by)) and not by.is_auditor,
            "incident_count": incident_list.count(session, by),
        }
    return flask.render_template("status/reports/index.html", title=_("Reports"), words=report_words, **values)


@blueprint.get("/status/reports/new")
def new() -> str:
    """The builder, with what it would show beside."""
    with storage.reading() as session:
        return _builder(session, auth.current_actor(), None)


@blueprint.get("/status/reports/<int:key>/edit")
def edit(key: int) -> str:
    """The builder for a report that is there."""
    with storage.reading() as session:
        by = auth.current_actor()
        return _builder(session, by, _changeable(session, by, key))


@blueprint.post("/status/reports")
def save() -> Any:
    """Keeps a new report."""
    return _kept(None)


@blueprint.post("/status/reports/<int:key>")
def change(key: int) -> Any:
    """Keeps what was changed of a report."""
    return _kept(key)


@blueprint.get("/status/reports/<int:key>")
def show(key: int) -> str:
    """One report: its chart, the table behind it, what one may do with it."""
    with storage.reading() as session:
        by = auth.current_actor()
        row = reports.opened(session, by, key)
        values = report_answers.looked(session, by, row, report_answers.with_period(question.read(row.question)))
        values |= {
            "may_change": reports.may_change(by, row),
            "every": reports.every(session, by, key),
            "no_mail": mailing.bar(session, by),
            "company": open_tasks.company_of(session, by).name,
            "moment": storage.now(),
            "incident_count": incident_list.count(session, by),
            "choices": [(code, report_words.every(code)) for code in ("", *reports.EVERY)],
        }
    return flask.render_template("status/reports/show.html", title=row.name, row=row, **values)


@blueprint.get("/status/reports/<int:key>/cases")
def cases(key: int) -> str:
    """The cases or steps that a figure counts."""
    with storage.reading() as session:
        by = auth.current_actor()
        row = reports.opened(session, by, key)
        asked = report_answers.asking(session, by, row, report_answers.with_period(question.read(row.question)))
        return _behind(asked, row.name, flask.url_for("reports.show", key=key))


@blueprint.get("/status/reports/new/cases")
def tried_cases() -> str:
    """The same of a report that is being built."""
    with storage.reading() as session:
        raw = report_forms.read()
        asked = answering.asking(session, auth.current_actor(), question.read(raw), now=storage.now())
        back = flask.url_for("reports.new", **{**report_forms.query(raw), report_forms.CHOSEN: "1"})
        return _behind(asked, _("New report"), back)


def _behind(asked: Asking, name: str, back: str) -> str:
    keys = [_key(place) for place in range(len(asked.groups)) if f"k{place}" in flask.request.args]
    page = behind.lines(asked, keys, lists.wanted())
    line = AnswerLine(tuple(keys), tuple(asked.named(place, key) for place, key in enumerate(keys)), ())
    chosen = [report_words.chosen(line, place, asked) for place in range(len(keys))]
    return flask.render_template(
        "status/reports/cases.html",
        title=name,
        back=back,
        page=page,
        link=lists.link,
        asked=asked.question,
        chosen=chosen,
        days=report_words.days(asked.span),
    )


@blueprint.get("/status/reports/<int:key>/export")
def export(key: int) -> flask.Response:
    """The table as a spreadsheet."""
    with storage.reading() as session:
        by = auth.current_actor()
        row = reports.opened(session, by, key)
        asked = report_answers.asking(session, by, row, report_answers.with_period(question.read(row.question)))
        head, rows = report_tables.sheet(report_answers.ready(session, by, row, asked), asked.fields)
        return exports.table(row.name, head, rows)


@blueprint.post("/status/reports/<int:key>/work")
def work(key: int) -> Any:
    """Has a report worked out in the background that reads too much to wait for."""
    with storage.transaction() as session:
        by = auth.current_actor()
        row = reports.opened(session, by, key)
        runs.order(session, by, key, report_answers.with_period(question.read(row.question)), now=storage.now())
    return flask.redirect(flask.url_for("reports.show", key=key, **report_answers.carried()), 303)


@blueprint.post("/status/reports/<int:key>/copy")
def copy(key: int) -> Any:
    """A report of one's own with the same question."""
    with storage.transaction() as session:
        by = auth.current_actor()
        name = _("%(name)s (copy)", name=reports.opened(session, by, key).name)[: reports.LONGEST_NAME]
        made = reports.copy(session, by, key, name, now=storage.now())
    return flask.redirect(flask.url_for("reports.edit", key=made.key), 303)


@blueprint.post("/status/reports/<int:key>/remove")
def remove(key: int) -> Any:
    """Removes a report."""
    with storage.transaction() as session:
        reports.remove(session, auth.current_actor(), key)
    flashes.say(_("The report was removed."))
    return flask.redirect(flask.url_for("reports.index"), 303)


@blueprint.post("/status/reports/<int:key>/mail")
def mail(key: int) -> Any:
    """Has a report sent to oneself, or no more."""
    every = flask.request.form.get("every", "")
    try:
        with storage.transaction() as session:
            mailing.subscribe(session, auth.current_actor(), key, every, now=storage.now())
    except (errors.Invalid, errors.Conflict) as refusal:
        flashes.say(i18n.worded(refusal), "error")
        return flask.redirect(flask.url_for("reports.show", key=key), 303)
    comes = _("The report comes by mail: %(every)s.", every=report_words.every(every))
    flashes.say(comes if every else _("No mail is sent any more."))
    return flask.redirect(flask.url_for("reports.show", key=key), 303)


def _kept(key: int | None) -> Any:
    if choosing.is_asked():
        return _again(key, None)
    try:
        with storage.transaction() as session:
            by, now = auth.current_actor(), storage.now()
            draft = ReportDraft(flask.request.form.get("name", ""), report_forms.sent(), report_forms.sharing())
            if key is None:
                row = reports.save(session, by, draft, now=now)
            else:
                revision = flask.request.form.get("revision", 0, type=int)
                row = reports.change(session, by, key, draft, revision, now=now)
    except errors.Invalid as refusal:
        return _again(key, refusal), 422
    return flask.redirect(flask.url_for("reports.show", key=row.key), 303)


def _again(key: int | None, refusal: errors.Invalid | None) -> str:
    """The builder with what was sent, to be mended."""
    with storage.reading() as session:
        by = auth.current_actor()
        row = _changeable(session, by, key) if key is not None else None
        return _builder(session, by, row, report_forms.sent(), refusal)


def _builder(
    session: Session, by: Actor, row: Report | None, sent: Question | None = None, refusal: errors.Invalid | None = None
) -> str:
    asked_before = question.read(row.question).stored if row is not None else None
    raw = (
        sent.stored
        if sent
        else (asked_before if asked_before and report_forms.CHOSEN not in flask.request.args else report_forms.read())
    )
    raw = {**raw, "where": [dict(each) for each in raw["where"]]}
    values = report_forms.page(session, by, raw)
    tried = report_answers.tried(session, by, raw, row) if raw["processes"] else {}
    values["query"] = report_forms.query(raw)
    people = flask.request.values.getlist("people") if flask.request.method == "POST" else list(row.shared if row else [])
    values |= {"found": _people(session, by, people), "chosen": people, "refusal": refusal, "row": row, "words": report_words}
    values["managers"] = flask.request.form.get("managers") == "1" if sent else bool(row and row.for_managers)
    values["name"] = flask.request.form.get("name", row.name if row else "")
    # what comes back was made from the revision it was opened at: were it the newest, it would overwrite others' unseen
    values["revision"] = flask.request.form.get("revision", row.revision if row else 0)
    title = _("Change “%(name)s”", name=row.name) if row is not None else _("New report")
    return flask.render_template("status/reports/edit.html", title=title, **values, **tried)


def _people(session: Session, by: Actor, chosen: list[str]) -> Any:
    return choosing.found_among(session, by, "people", chosen, with_groups=True)


def _changeable(session: Session, by: Actor, key: int) -> Report:
    row = reports.opened(session, by, key)
    if not reports.may_change(by, row):
        raise errors.Forbidden("Only who keeps a report changes it. You can copy it.")
    return row


def _key(place: int) -> str | None:
    """The key of a group in the address; one without a value is said by `n`."""
    return None if f"n{place}" in flask.request.args else flask.request.args[f"k{place}"]
