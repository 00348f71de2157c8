"""The operation at the end of an approved destruction process."""

from __future__ import annotations

import dataclasses
from typing import Any

from engine.operations import destroying
from engine.operations.records import first_approval
from engine.operations.registry import OperationContext, operation
from engine.people import organisation


def _ready(context: OperationContext) -> None:
    """Before a copy is destroyed by hand: policy and approvals have to be in order. Raises Forbidden."""
    company = organisation.current(context.session, context.instance.company_id)
    destroying.require_allowed(context.session, company, context.instance)


@operation("records.destroy", irreversible=True, ready=_ready)
def destroy(
    context: OperationContext, records: list[Any], method: str, keeper: str, witness: str, list: Any = None
) -> dict[str, Any]:
    """Destroys contents for good, each record by itself after another look at its holds.

    Gives {destroyed: [keys as text], kept: [{record, number, reason}]}. A repeated job gives the same.
    """
    company = organisation.current(context.session, context.instance.company_id)
    result = destroying.destroy(
        context.session,
        company,
        context.instance,
        records,
        method=str(method),
        keeper=str(keeper),
        witness=str(witness),
        approved_list=list,
        now=context.now,
        approved_at=first_approval(context),
    )
    return dataclasses.asdict(result)
