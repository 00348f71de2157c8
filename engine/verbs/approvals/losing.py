"""Tells those whose task somebody took off them: nothing goes out of a list without a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import select

from engine.basics import sayings
from engine.basics.sayings import Said
from engine.cases import notices
from engine.cases.cases import Case
from engine.execution import results
from engine.execution.ledger import Opened
from engine.storage.models import WorkItem
from engine.verbs.approvals import votes, voting
from engine.verbs.approvals.held_tasks import Held

NOTHING: Mapping[str, str] = MappingProxyType({})
SUBJECT = Said("待办已转给{to}：{title}（{number}）", "Your task was given to {to}: {title} ({number})")
BODY = Said("步骤：{step}。操作人：{who}。{reason}", "Step: {step}. By {who}. {reason}")

WITH_OPINION = Said("{body}\n您已写的意见：{begun}", "{body}\nThe opinion you had begun: {begun}")
OVERDUE = Said(
    "步骤：{step}。逾期未办，已按流程设定转出。", "Step: {step}. It was overdue, so its process gave it to somebody else."
)
FOLLOWED = Said(
    "步骤：{step}。组织调整后，由现任人员办理。", "Step: {step}. The organisation changed; whoever has that place now does it."
)
CAME = Said("任职调整，转给您办理：{step}（{number}）", "Yours by your new place: {step} ({number})")
CAME_BODY = Said(
    "“{title}”的环节“{step}”原由{whom}办理；组织调整后，现由您任职，转给您办理。",
    "“{step}” of “{title}” lay with {whom}; the organisation changed, and whoever has that place now does it: you.",
)
BEGINNING = Said("发起", "the beginning")
DECIDED = Said(
    "环节“{step}”已由{who}作出结论，不需要再办了；您已填写的内容保留在单据页。",
    "“{step}” was decided by {who} and need not be done any more; what you typed is kept on the page of the case.",
)
SENT = Said("单据已转到“{step}”。操作人：{who}。{reason}", "The case went to “{step}”. By {who}. {reason}")
SENT_BY_ITSELF = Said("单据已自动转到“{step}”。{reason}", "The case went to “{step}” by itself. {reason}")


def holders(items: Iterable[WorkItem]) -> list[str]:
    """Whose lists the task stands in: people and groups, each once."""
    live = (each.username or each.group_name for each in items if each.state in voting.LIVE)
    return list(dict.fromkeys(name for name in live if name))


def tell(held: Held, lost: Iterable[str], to: str, reason: str, *, begun: Mapping[str, str] = NOTHING) -> None:
    """A notice to each of these people who is not the one that acts; a group only offered it, as when a colleague claims it.

    `to` is a person or a group, `begun` by username the opinion that somebody had written so far: he has it back here.
    """
    readers = [each for each in lost if each not in (to, held.by.username)]
    _tell(held, readers, to, BODY.of(who=held.by.name, reason=reason, **_about(held)), begun)


def tell_overdue(held: Held, lost: Iterable[str], to: str, *, begun: Mapping[str, str] = NOTHING) -> None:
    """The same where nobody gave it away, but the process as it was overdue."""
    _tell(held, [each for each in lost if each != to], to, OVERDUE.of(**_about(held)), begun)


def _about(held: Held) -> dict[str, str]:
    return {"step": held.task.name, "title": held.instance.title, "number": held.instance.number}


def _tell(held: Held, readers: Iterable[str], to: str, body: Said, begun: Mapping[str, str]) -> None:
    called = {each: held.company.read_in(each).named(to) for each in sayings.LANGUAGES}
    subject = SUBJECT.of(to=Said("{zh_Hans}", "{en}", called), **_about(held))
    for reader in readers:
        if reader in held.company.people:
            said = WITH_OPINION.of(body=body, begun=begun[reader]) if begun.get(reader) else body
            notices.send(
                held.session,
                held.company,
                [reader],
                subject,
                said,
                now=held.now,
                instance=held.instance,
                of_act=not begun.get(reader),
            )


def tell_followed(held: Held, lost: Sequence[str], to: Sequence[str], came: Sequence[str]) -> None:
    """The same where the organisation changed, and with it whom the step names; those to whom it `came` read why, in the page."""
    told = _about(held)
    subject = SUBJECT.of(to=sayings.joined(held.name(each) for each in to), **told)
    notices.send(held.session, held.company, lost, subject, FOLLOWED.of(**told), now=held.now, instance=held.instance)
    body = CAME_BODY.of(whom=sayings.joined(held.name(each) for each in lost), **told)
    held.tell_of_it(came, CAME.of(**told), body)


def tell_settled(held: Held) -> None:
    """A notice to those who had begun their part of a task that several decide when another's word settled it."""
    closed = [item.key for item in held.items if item.state == voting.CLOSED and item.note == votes.SETTLED]
    if not closed:
        return
    item = WorkItem
    begun = select(item.username).where(item.key.in_(closed), item.draft.is_not(None) | item.claimed_at.is_not(None))
    readers = [each for each in held.session.execute(begun).scalars() if each and each != held.by.username]
    subject = results.GIVEN_UP.of(title=held.instance.title, number=held.instance.number)
    body = DECIDED.of(step=held.task.name, who=held.doer)
    notices.send(held.session, held.company, readers, subject, body, now=held.now, instance=held.instance)


def tell_given_up(case: Case, opened: Opened, step: str, reason: str, *, instead_of: str | None = None) -> None:
    """A notice to those whose tasks ended undone because the case was sent to a step; not to who acts or has one of the new ones.

    `instead_of` is whom he stood in for.
    """
    around = case.around
    busy = {each["username"] for each in opened.items} | {around.actor}
    readers = [each for each in dict.fromkeys(around.lost) if each in around.organisation.people and each not in busy]
    about = {"title": case.instance.title, "number": case.instance.number}
    by = {} if around.by.is_system else {"who": around.organisation.acting(around.actor, instead_of)}
    body = (SENT if by else SENT_BY_ITSELF).of(step=step or BEGINNING, reason=sayings.told(reason), **by)
    company, subject, instance = around.organisation, results.GIVEN_UP.of(**about), case.instance
    facts = {notices.UNDONE: True}
    notices.send(case.session, company, readers, subject, body, now=case.now, instance=instance, facts=facts, of_act=True)
