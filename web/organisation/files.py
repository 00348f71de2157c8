"""Files of people: looked at line by line, taken in, and all people as a file."""

from __future__ import annotations

import tempfile
from typing import IO, Any, cast

import flask
import xlsxwriter
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine import errors
from engine.files.spreadsheets import OPTIONS, WIDTH, XLSX
from engine.people import leaving
from engine.queries import paging
from engine.queries.organisation import directory, people_export, reading
from engine.verbs.organisation import changing
from engine.verbs.organisation.people_files import importing, people_plan, people_table
from engine.verbs.organisation.people_files.people_plan import PeoplePlan
from web.account import auth
from web.frame import flashes, i18n, lists, storage
from web.frame.files import exports, naming
from web.organisation import words

blueprint = flask.Blueprint("people_files", __name__, url_prefix="/organisation/files")
MISSING = "missing"
KINDS = (people_plan.FAULTY, people_plan.ADDED, people_plan.CHANGED, MISSING, people_plan.SAME)


@blueprint.get("")
def show() -> str:
    """Where a file is handed in."""
    return _choose()


@blueprint.post("")
def hand_in() -> Any:
    """Takes a file to look at; nothing of it is stored in the organisation yet."""
    changing.require(auth.current_actor())
    file = flask.request.files.get("file")
    if file is None or not file.filename:
        return _choose(errors.Invalid("Please choose a file.")), 422
    try:
        with storage.transaction() as session:
            key = importing.hand_in(session, auth.current_actor(), file.filename, file.read(), now=storage.now())
    except errors.Invalid as refusal:
        return _choose(refusal), 422
    return flask.redirect(flask.url_for("people_files.look", key=key))


@blueprint.get("/<int:key>")
def look(key: int) -> str:
    """What the file would do."""
    return _look(key)


@blueprint.post("/<int:key>")
def take(key: int) -> Any:
    """Takes all of it in."""
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            done = importing.take(session, by, key, now=storage.now())
            open_still = sum(each.tasks for each in _held(session, by.company_id, done).values())
    except (errors.Invalid, errors.Conflict) as refusal:
        return _look(key, refusal), 422
    except errors.Forbidden as refusal:
        return _look(key, refusal), 403
    flashes.say(_("Taken in: %(added)s new, %(changed)s changed.", added=len(done.added), changed=len(done.changed)))
    if open_still:
        flashes.say(_("Open tasks in the names of those who left: %(n)s. Hand them over on their pages.", n=open_still))
        return flask.redirect(flask.url_for("organisation.index", state=directory.LEFT))
    return flask.redirect(flask.url_for("organisation_log.index", file=key))


def _held(session: Session, company_id: str, plan: PeoplePlan) -> dict[str, leaving.Holding]:
    """What those hold whom the file lets leave, at once or on a day, by username."""
    gone = [each.username for each in plan.people if each.is_gone or each.leaves]
    return {each.username: each for each in leaving.holdings(session, company_id, gone)}


@blueprint.get("/export")
def export() -> flask.Response:
    """All people, as a file that can be changed and taken in again."""
    with storage.reading() as session:
        head, rows = people_export.table(session, auth.current_actor())
    if flask.request.args.get("as") == "csv":
        return exports.csv_file(_("People"), head, rows)
    return naming.attached(flask.send_file(_book(head, rows), mimetype=XLSX, max_age=0), f"{_('People')}.xlsx")


def _book(head: list[str], rows: list[list[str]]) -> IO[bytes]:
    file = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 - the answer that sends it closes it
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        sheet = book.add_worksheet(_("People"))
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet.set_column(0, len(head) - 1, WIDTH)
        sheet.freeze_panes(1, 2)
        for place, title in enumerate(head):
            sheet.write_string(0, place, title, bold)
        for number, row in enumerate(rows, start=1):
            for place, text in enumerate(row):
                sheet.write_string(number, place, text)
    file.seek(0)
    return file


def _choose(refusal: errors.Refusal | None = None) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        reading.company(session, by)
    columns = [(names[0], names[1:]) for names in map(_own_first, people_table.COLUMNS.values())]
    values = {"refusal": refusal, "columns": columns, "may_change": by.runs_organisation}
    return flask.render_template("organisation/file.html", title=_("Import people"), **values)


def _own_first(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a column, those in the reader's language first."""
    return names if i18n.language() != "en" else tuple(sorted(names, key=lambda name: not name.isascii()))


def _look(key: int, refusal: errors.Refusal | None = None) -> str:
    with storage.reading() as session:
        by = auth.current_actor()
        row = importing.file_of(session, by, key)
        company = reading.company(session, by)
        plan = importing.drawn(session, company, row.rows, now=storage.now())
        held, emptied = _held(session, by.company_id, plan), importing.emptied(session, company, plan)
    counts = {kind: len(_lines(plan, kind)) for kind in KINDS}
    chosen = flask.request.args.get("show", "")
    if chosen not in KINDS:
        chosen = next((kind for kind in KINDS if counts[kind]), people_plan.SAME)
    page = _page(_lines(plan, chosen), lists.wanted())
    values: dict[str, Any] = {"file": row, "plan": plan, "counts": counts, "chosen": chosen, "page": page, "link": lists.link}
    values |= {"company": company, "words": words, "refusal": refusal, "kinds": KINDS, "held": held, "emptied": emptied}
    return flask.render_template("organisation/look.html", title=row.name, **values)


def _lines(plan: PeoplePlan, kind: str) -> list[Any]:
    return list(plan.missing) if kind == MISSING else plan.of_kind(kind)


def _page(listed: list[Any], wanted: paging.WantedPage) -> paging.Page[Any]:
    """One page of lines, walked by their number."""
    numbered = list(enumerate(listed))
    at = paging.only_key(wanted.cursor) if wanted.cursor else None
    if wanted.is_backwards:
        rows = [pair for pair in reversed(numbered) if at is None or pair[0] < at]
    else:
        rows = [pair for pair in numbered if at is None or pair[0] > at]
    page = paging.page(rows[: wanted.size + 1], wanted, lambda pair: (pair[0],))
    return paging.Page([line for _place, line in page.rows], page.previous, page.next)
