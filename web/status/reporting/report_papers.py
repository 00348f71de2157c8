"""A report on paper: its table as PDF, for meetings and files."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine.files import documents
from engine.papers.case_papers import FORMAT, Paper
from engine.people import organisation
from engine.people.actors import Actor
from engine.reporting import question, reports
from engine.reporting.answering import Asking, ReportAnswer
from engine.storage.models import Report
from web.account import auth
from web.frame import filters, i18n, storage
from web.frame.operations import sheets
from web.status.reporting import report_answers, report_tables, report_words

blueprint = flask.Blueprint("report_papers", __name__)
TEMPLATE = "report"


@blueprint.get("/status/reports/<int:key>/paper")
def paper(key: int) -> flask.Response:
    """The table as PDF."""
    with storage.reading() as session:
        by = auth.current_actor()
        row = reports.opened(session, by, key)
        asked = report_answers.asking(session, by, row, report_answers.with_period(question.read(row.question)))
        order = ordered(session, by, row, asked, report_answers.ready(session, by, row, asked))
        made = Paper(f"{row.name}.pdf", order)
    return sheets.sent(made)  # setting it takes seconds, and nothing is read any more


def ordered(session: Session, by: Actor, row: Report, asked: Asking, answer: ReportAnswer) -> documents.DocumentOrder:
    """What is to be set on paper."""
    at = answer.as_of.astimezone(filters.zone()).strftime(FORMAT)
    table = report_tables.table(answer, asked.fields)
    note = _("as of %(at)s · only cases that %(name)s may see are counted", at=at, name=by.name)
    about = {
        "name": row.name,
        "company": organisation.at_version(session, by.company_id, by.organisation_version).name,
        "caption": report_words.caption(asked.question, answer, dict(asked.processes)),
        "note": " · ".join([note, *table.notes]),
        "footer": _("printed by %(name)s, %(at)s", name=by.name, at=at),
        "is_chinese": i18n.language() != "en",
    }
    return documents.order(TEMPLATE, about | _table(answer, table), now=storage.now())


def _table(answer: ReportAnswer, table: report_tables.ReportTable) -> dict[str, Any]:
    """The table, and what its bars measure: the first figure of each line."""
    rows = [[*row.names, *(cell.words for cell in row.cells)] for row in table.rows]
    total = [*table.total.names, *(cell.words for cell in table.total.cells)] if table.total and table.names else []
    if not table.names and table.total:
        rows = [[cell.words for cell in table.total.cells]]
    has_bars = bool(table.names) and not table.is_crossed and any(line.figures[0] for line in answer.lines)
    bars = [float(line.figures[0] or 0) for line in answer.lines] if has_bars else []
    heads = [*table.names, *table.heads]
    return {"heads": heads, "names": len(table.names), "rows": rows, "total": total, "bars": bars}
