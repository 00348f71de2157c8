"""How a case ended, told to whoever had started it; whose task vanished undone, told to him; whose view is not wanted any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.basics.sayings import Said
from engine.cases import notices
from engine.cases.cases import Case
from engine.cases.lines import endings
from engine.cases.personal import personal_text
from engine.execution.ledger import Opened
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import Consultation, ProcessInstance

SUBJECTS = {
    "completed": Said("已办结", "Concluded"),
    "reject": Said("未获同意", "Not approved"),
    "withdrawn": Said("已撤回", "Withdrawn"),
    "closed": Said("已结案", "Closed"),
    "cancelled": Said("已撤销", "Cancelled"),
}
SUBJECT = Said("{how}：{title}（{number}）", "{how}: {title} ({number})")
RESULT, SAYS = Said("{how}。{body}", "{how}. {body}"), Said("{who}：{said}", "{who}: {said}")
MOST_WORDS = 500
GIVEN_UP = Said("您的待办已撤下：{title}（{number}）", "Your task was taken off your list: {title} ({number})")
VANISHED = Said("{why}，您的待办不需要再办了。{by}{reason}", "{why}; your task need not be done any more. {by}{reason}")
WHY = {
    "cancelled": Said("单据已撤销", "The case was cancelled"),
    "terminated": Said("单据已强制结束", "The case was ended by force"),
    "voided": Said("单据已作废", "The case was declared void"),
    "ended": Said("单据已结束", "The case has ended"),
    "gone_on": Said("流程已转入其他环节", "The case has gone another way"),
}
BY_EVENT = Said("“{event}”：{why}", "“{event}”: {why}")
BY_WORDS = Said("“{event}”（{words}）：{why}", "“{event}” ({words}): {why}")
NOT_WANTED = Said("不必答复了：{title}（{number}）", "No answer wanted any more: {title} ({number})")
DONE_BY = Said(
    "{who}已办理“{step}”，{asker}的征询不必再答复了：{said}",
    "{who} has done “{step}”; the question of {asker} wants no answer any more: {said}",
)
GONE_WITH = Said(
    "“{step}”已不需要办理，{asker}的征询不必再答复了：{said}",
    "“{step}” need not be done any more, so the question of {asker} wants no answer: {said}",
)
BY = Said("操作人：{who}。", "By {who}. ")
DECIDED_BY = Said("办理人：{who}", "Done by {who}")


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
    facts = {"who": actor, "instead_of": _instead_of(case), "said": RESULT.of(how=how, body=body)}
    company = case.around.organisation
    notices.later(
        case.session,
        company,
        [reader],
        subject,
        body,
        now=case.now,
        instance=instance,
        kind="result",
        facts=facts,
        of_act=instance.state == "cancelled",
    )


def tell_vanished(case: Case, opened: Opened | None, kind: str = "", reason: str = "") -> None:
    """A notice to those in whose own lists a task stood that ended undone; not to who acts, or has a new one of these.

    Groups were only offered it. `kind` is the event that ended the case, "" where it went on or ended by its diagram.
    """
    around, instance = case.around, case.instance
    busy = {each["username"] for each in opened.items} if opened else set()
    busy |= {around.actor, *case.told}
    readers = [each for each in dict.fromkeys(around.lost) if each in around.organisation.people and each not in busy]
    around.lost.clear()
    if not readers:
        return
    why = WHY[kind or ("ended" if case.run.is_ended and instance.parent_key is None else "gone_on")]
    if not kind and around.event:
        words = personal_text.cover(around.cause.words[:MOST_WORDS]) if around.cause else ""
        why = BY_WORDS.of(event=around.event, words=words, why=why) if words else BY_EVENT.of(event=around.event, why=why)
    by = "" if around.by.is_system else BY.of(who=around.organisation.acting(around.actor, _instead_of(case)))
    subject = GIVEN_UP.of(title=instance.title, number=instance.number)
    body = VANISHED.of(why=why, by=by, reason=reason[:MOST_WORDS])
    company = around.organisation
    facts = {notices.UNDONE: True}
    notices.later(case.session, company, readers, subject, body, now=case.now, instance=instance, facts=facts, of_act=True)


def tell_unanswered(
    session: Session,
    company: Organisation,
    by: Actor,
    instance: ProcessInstance,
    steps: Mapping[int, str],
    *,
    doer: str | Said = "",
    now: datetime,
) -> None:
    """A notice to each who has not answered a question about one of these tasks (key and step), which are over.

    `doer` is who did the task, as a sentence; without him it ended undone. Not to `by`, who knows it.
    """
    row = Consultation
    still = (row.user_task_key.in_(steps), row.answered_at.is_(None))
    for each in session.execute(select(row).where(*still).order_by(row.key)).scalars():
        if each.asked == by.username:
            continue
        told = {"step": steps[each.user_task_key], "asker": company.name_of(each.asker), "said": each.question}
        body = DONE_BY.of(who=doer, **told) if doer and not by.is_system else GONE_WITH.of(**told)
        subject = NOT_WANTED.of(title=instance.title, number=instance.number)
        notices.later(session, company, [each.asked], subject, body, now=now, instance=instance)


def tell_not_asked_any_more(case: Case, steps: Mapping[int, str]) -> None:
    """`tell_unanswered`, of tasks (key and step) that a case has given up undone."""
    if steps:
        around = case.around
        tell_unanswered(case.session, around.organisation, around.by, case.instance, steps, now=case.now)


def _how(case: Case) -> str | Said:
    kind, _colon, words = (case.instance.ended_as or "").partition(":")
    return words or SUBJECTS.get(kind) or SUBJECTS[case.instance.state]


def _instead_of(case: Case) -> str | None:
    """Whom the last to act stood in for; whoever cancels a case does so for himself."""
    cause = case.around.cause
    return cause.instead_of if cause is not None and case.instance.state != "cancelled" else None


def _body(case: Case, ends: Iterable[str]) -> Said:
    """Where it ended, and who was the last to act or cancelled it, with what he wrote."""
    cause = case.around.cause
    name = endings.name(case.definition.program, ends)
    reason = case.instance.ended_reason if case.instance.state == "cancelled" else cause.words if cause else ""
    who = case.around.organisation.acting(case.around.actor, _instead_of(case))
    words = (reason or "")[:MOST_WORDS]
    said = SAYS.of(who=who, said=words) if words and who else words or (DECIDED_BY.of(who=who) if who else "")
    return Said("{name}\n{said}", "{name}\n{said}", {"name": name, "said": said})
