"""The operation that tells people something inside the product."""

from __future__ import annotations

from typing import Any

from engine.basics.sayings import LANGUAGES, Said, with_days, with_one_stop
from engine.cases import notices
from engine.operations.registry import OperationContext, operation
from engine.people import organisation


@operation("notices.send", in_transaction=True)
def send(context: OperationContext, to: Any, subject: str, body: str | None = None) -> dict[str, Any]:
    """Sends a notice to usernames and groups, to each in his language where the process says it there, personal data masked.

    Gives `sent`, the usernames that got it.
    """
    company = organisation.current(context.session, context.instance.company_id)
    wanted = [str(each) for each in (to if isinstance(to, list) else [to]) if each]
    told, more = (_said(context, name, value) for name, value in (("subject", subject), ("body", body)))
    facts = {notices.TO_GROUPS: [each for each in wanted if each not in company.people]}
    sent = notices.later(context.session, company, wanted, told, more, now=context.now, instance=context.instance, facts=facts)
    context.told.update(sent)
    return {"sent": sent}


def _said(context: OperationContext, name: str, value: str | None) -> str | Said:
    """An input in the words of each language, one text where the process has no others for it."""
    drawn = str(value or "")
    told = {language: with_one_stop(str(context.in_words(language).get(name) or drawn)) for language in LANGUAGES}
    said = {language: context.masked(with_days(text, language)) for language, text in told.items()}
    return said[LANGUAGES[0]] if len(set(said.values())) == 1 else Said("{zh_Hans}", "{en}", said)
