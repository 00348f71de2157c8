"""A report on paper: its table as PDF, for meetings and files."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine.files import documents
from engine.papers.case_papers import FORMAT, Paper
from engine.people import organisation
from engine.reporting import question, reports
from engine.reporting.answering import Answer
from web.account import auth
from web.frame import filters, i18n, storage
from web.frame.operations import sheets
from web.status import report_answers, report_tables, report_words

blueprint = flask.Blueprint("report_papers", __name__)
TEMPLATE = "report"


@blueprint.get("/status/reports/<int:key>/paper")
def paper(key: int) -> flask.Response:
    """The table as PDF."""
    with storage.reading() as session:
        by = auth.current_actor()
        row = reports.opened(session, by, key)
        asked = report_answers.asking(session, by, row, report_answers.with_period(question.read(row.question)))
        found = report_answers.ready(session, by, row, asked)
        company = organisation.at_version(session, by.company_id, by.organisation_version)
        at = found.as_of.astimezone(filters.zone()).strftime(FORMAT)
        about = {
            "name": row.name,
            "company": company.name,
            "caption": report_words.caption(asked.question, found, dict(asked.processes)),
            "note": _("as of %(at)s · only cases that %(name)s may see are counted", at=at, name=by.name),
            "footer": _("printed by %(name)s, %(at)s", name=by.name, at=at),
            "is_chinese": i18n.language() != "en",
        }
        order = documents.order(TEMPLATE, about | _table(found, report_tables.table(found, asked.fields)), now=storage.now())
        made = Paper(f"{row.name}.pdf", order)
    return sheets.sent(made)  # setting it takes seconds, and nothing is read any more


def _table(found: Answer, table: report_tables.Table) -> dict[str, Any]:
    """The table, and what its bars measure: the first figure of each line."""
    rows = [[*row.names, *(cell.words for cell in row.cells)] for row in table.rows]
    total = [*table.total.names, *(cell.words for cell in table.total.cells)] if table.total and table.names else []
    if not table.names and table.total:
        rows = [[cell.words for cell in table.total.cells]]
    has_bars = bool(table.names) and not table.is_crossed
    bars = [float(line.figures[0] or 0) for line in found.lines] if has_bars else []
    heads = [*table.names, *table.heads]
    return {"heads": heads, "names": len(table.names), "rows": rows, "total": total, "bars": bars}
