"""The operation that enters a line in a register [台账]."""

from __future__ import annotations

from typing import Any

from engine.cases import registers
from engine.operations.registry import OperationContext, operation
from engine.people import organisation


@operation("registers.enter", in_transaction=True)
def enter(context: OperationContext, entry: dict[str, Any]) -> dict[str, Any]:
    """Enters `entry` in the register of the header `register`; header `number` is the pattern. Gives `entry_number`.

    Nobody ever removes the line, so it holds personal data masked: they can be destroyed with the case.
    """
    company = organisation.current(context.session, context.instance.company_id)
    row = registers.enter(
        context.session,
        company,
        context.actor,
        context.headers.get("register", ""),
        context.masked(entry),
        now=context.now,
        instance=context.instance,
        pattern=context.headers.get("number", registers.DEFAULT_NUMBER),
    )
    return {"entry_number": row.number}
