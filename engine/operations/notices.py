"""The operation that tells people something inside the product."""

from __future__ import annotations

from typing import Any

from engine.cases import notices
from engine.operations.registry import OperationContext, operation
from engine.people import organisation


@operation("notices.send", in_transaction=True)
def send(context: OperationContext, to: Any, subject: str, body: str | None = None) -> dict[str, Any]:
    """Sends a notice to usernames and groups, personal data masked; gives `sent`, the usernames that got it."""
    company = organisation.current(context.session, context.instance.company_id)
    wanted = [str(each) for each in (to if isinstance(to, list) else [to]) if each]
    told, more = context.masked(str(subject)), context.masked(str(body or ""))
    sent = notices.send(context.session, company, wanted, told, more, now=context.now, instance=context.instance)
    context.told.update(sent)
    return {"sent": sent}
