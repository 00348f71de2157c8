"""The operation that makes a PDF of a case and attaches it."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine.cases.rights import holding
from engine.files import attachments, documents
from engine.operations.registry import OperationContext, operation
from engine.people import organisation
from engine.people.organisation import Organisation
from engine.storage.models import UserTask

FIELD = "documents"


def order(context: OperationContext, data: dict[str, Any], file_name: str | None = None) -> documents.DocumentOrder:
    """The document to be set: its template and all that is printed on it."""
    company = organisation.current(context.session, context.instance.company_id)
    return documents.order(context.headers.get("template", ""), _all(context, company, data), now=context.now)


@operation("documents.render", headers={"template": documents.templates}, order=order)
def render(context: OperationContext, data: dict[str, Any], file_name: str | None = None) -> dict[str, Any]:
    """Makes the document of the header `template` and attaches it to the case.

    Beside `data` the template gets the company, the case, and every step that people did, with opinions. Gives
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
    statement = (
        select(
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
        }
        for row in context.session.execute(statement)
    ]
