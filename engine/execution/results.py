"""How a case ended, told to whoever had started it."""

from __future__ import annotations

from collections.abc import Iterable

from engine.basics.sayings import Said
from engine.cases import notices
from engine.cases.cases import Case

SUBJECTS = {
    "completed": Said("已办结", "Concluded"),
    "reject": Said("未获同意", "Not approved"),
    "withdrawn": Said("已撤回", "Withdrawn"),
    "cancelled": Said("已撤销", "Cancelled"),
}
SUBJECT = Said("{how}：{title}（{number}）", "{how}: {title} ({number})")
RESULT, SAYS = Said("{how}。{body}", "{how}. {body}"), Said("{who}：{said}", "{who}: {said}")
MOST_WORDS = 500


def tell(case: Case, ends: Iterable[str]) -> None:
    """A notice to the initiator of a case that is over, unless he has ended it himself or its process has just told him.

    Called cases are told with the case at the top.
    """
    instance, actor = case.instance, case.around.actor
    if instance.parent_key is not None or instance.initiator in (None, actor) or instance.initiator in case.told:
        return
    how = _how(case)
    subject = SUBJECT.of(how=how, title=instance.title, number=instance.number)
    reader = instance.initiator or ""
    body = _body(case, ends)
    facts = {"who": actor, "said": RESULT.of(how=how, body=body)}
    company = case.around.organisation
    notices.send(case.session, company, [reader], subject, body, now=case.now, instance=instance, kind="result", facts=facts)


def _how(case: Case) -> str | Said:
    kind, _colon, words = (case.instance.ended_as or "").partition(":")
    return words or SUBJECTS.get(kind) or SUBJECTS[case.instance.state]


def _body(case: Case, ends: Iterable[str]) -> Said:
    """Where it ended, and what the last to act or to cancel it wrote."""
    elements, cause = case.definition.program.elements, case.around.cause
    name = "、".join(elements[end].name for end in ends if end in elements and elements[end].name)
    reason = case.instance.ended_reason if case.instance.state == "cancelled" else cause.words if cause else ""
    who = case.around.organisation.name_of(case.around.actor)
    words = (reason or "")[:MOST_WORDS]
    said = SAYS.of(who=who, said=words) if words and who else words
    return Said("{name}\n{said}", "{name}\n{said}", {"name": name, "said": said})
