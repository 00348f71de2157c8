"""The operation that makes a PDF of a case and attaches it."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine.basics.letters import strokes
from engine.cases.rights import holding
from engine.files import attachments, documents
from engine.operations.registry import OperationContext, operation
from engine.people import organisation
from engine.people.organisation import Organisation
from engine.storage.models import Signature, UserTask

FIELD = "documents"


def order(context: OperationContext, data: dict[str, Any], file_name: str | None = None) -> documents.DocumentOrder:
    """The document to be set: its template and all that is printed on it."""
    company = organisation.current(context.session, context.instance.company_id)
    return documents.order(context.headers.get("template", ""), _all(context, company, data), now=context.now)


@operation("documents.render", headers={"template": documents.templates}, order=order)
def render(context: OperationContext, data: dict[str, Any], file_name: str | None = None) -> dict[str, Any]:
    """Makes the document of the header `template` and attaches it to the case.

    Beside `data` the template gets the company, the case, and every step that people did, with opinions and signatures. Gives
    `document`, the attachment as a form's file value: {key, name, size, type}.
    """
    name = str(file_name or f"{context.headers['template']}-{context.instance.number}.pdf")
    row = attachments.make(context.session, context.instance, FIELD, name, context.made, now=context.now)
    return {"document": attachments.as_value(row)}


def _all(context: OperationContext, company: Organisation, data: dict[str, Any]) -> dict[str, Any]:
    instance, zone = context.instance, ZoneInfo(company.time_zone)
    started = instance.started_at.astimezone(zone)
    case = {
        "number": instance.number,
        "process": instance.process_name,
        "title": instance.title,
        "initiator": company.name_of(instance.initiator),
        "started_at": started.strftime("%Y-%m-%d %H:%M"),
    }
    return {
        "company": company.name,
        "case": case,
        "issued_at": context.now.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
        "steps": _steps(context, company, zone),
        "data": data,
    }


def _steps(context: OperationContext, company: Organisation, zone: ZoneInfo) -> list[dict[str, Any]]:
    drawn = _signatures(context)
    statement = (
        select(
            UserTask.key,
            UserTask.element_id,
            UserTask.name,
            UserTask.kind,
            UserTask.outcome,
            UserTask.opinion,
            UserTask.completed_by,
            UserTask.completed_at,
            holding.stood_in_for().label("instead_of"),
        )
        .where(UserTask.instance_key == context.instance.key, UserTask.state == "completed")
        .order_by(UserTask.completed_at, UserTask.key)
    )
    return [
        {
            "id": row.element_id,
            "name": row.name,
            "kind": row.kind,
            "outcome": row.outcome,
            "opinion": row.opinion or "",
            "by": company.signed(row.completed_by, row.instead_of),
            "at": row.completed_at.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
            "signature": drawn.get((row.key, row.completed_by), ""),
        }
        for row in context.session.execute(statement)
    ]


def _signatures(context: OperationContext) -> dict[tuple[int, str], str]:
    """The signatures drawn in the case as SVG, by task and signer; the last where somebody signed more than once."""
    row = Signature
    mine = select(row.user_task_key, row.username, row.strokes).where(row.instance_key == context.instance.key)
    return {(task, who): strokes.drawing(lines) for task, who, lines in context.session.execute(mine.order_by(row.key)).all()}
