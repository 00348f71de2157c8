"""Tells those whose task somebody took off them: nothing goes out of a list without a word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.basics import sayings
from engine.basics.sayings import Said
from engine.cases import notices
from engine.cases.cases import Case
from engine.execution.ledger import Opened
from engine.storage.models import WorkItem
from engine.verbs.approvals import voting
from engine.verbs.approvals.held_tasks import Held

SUBJECT = Said("待办已转给{to}：{title}（{number}）", "Your task was given to {to}: {title} ({number})")
BODY = Said("步骤：{step}。操作人：{who}。{reason}", "Step: {step}. By {who}. {reason}")

OVERDUE = Said(
    "步骤：{step}。逾期未办，已按流程设定转出。", "Step: {step}. It was overdue, so its process gave it to somebody else."
)
FOLLOWED = Said(
    "步骤：{step}。组织调整后，由现任人员办理。", "Step: {step}. The organisation changed; whoever has that place now does it."
)
BEGINNING = Said("发起", "the beginning")
GIVEN_UP = Said("您的待办已撤下：{title}（{number}）", "Your task was taken off your list: {title} ({number})")
SENT = Said("单据已转到“{step}”。操作人：{who}。{reason}", "The case went to “{step}”. By {who}. {reason}")
SENT_BY_ITSELF = Said("单据已自动转到“{step}”。{reason}", "The case went to “{step}” by itself. {reason}")


def holders(items: Iterable[WorkItem]) -> list[str]:
    """Whose lists the task stands in: people and groups, each once."""
    live = (each.username or each.group_name for each in items if each.state in voting.LIVE)
    return list(dict.fromkeys(name for name in live if name))


def tell(held: Held, lost: Iterable[str], to: str, reason: str) -> None:
    """A notice to each of these people who is not the one that acts; a group only offered it, as when a colleague claims it."""
    told = {"step": held.task.name, "title": held.instance.title, "number": held.instance.number}
    readers = [each for each in lost if each in held.company.people and each not in (to, held.by.username)]
    subject, body = SUBJECT.of(to=held.name(to), **told), BODY.of(who=held.by.name, reason=reason, **told)
    notices.send(held.session, held.company, readers, subject, body, now=held.now, instance=held.instance)


def tell_overdue(held: Held, lost: Iterable[str], to: str) -> None:
    """The same where nobody gave it away, but the process as it was overdue; `to` may be a group."""
    told = {"step": held.task.name, "title": held.instance.title, "number": held.instance.number}
    readers = [each for each in lost if each in held.company.people and each != to]
    subject = SUBJECT.of(to=held.name(to) or held.company.present_name(to), **told)
    notices.send(held.session, held.company, readers, subject, OVERDUE.of(**told), now=held.now, instance=held.instance)


def tell_followed(held: Held, lost: str, to: Sequence[str]) -> None:
    """The same where the organisation changed, and with it whom the step names."""
    told = {"step": held.task.name, "title": held.instance.title, "number": held.instance.number}
    readers = [lost] if lost not in to else []
    subject = SUBJECT.of(to="、".join(held.name(each) for each in to), **told)
    notices.send(held.session, held.company, readers, subject, FOLLOWED.of(**told), now=held.now, instance=held.instance)


def tell_given_up(case: Case, opened: Opened, step: str, reason: str) -> None:
    """A notice to those whose tasks ended undone because the case was sent to a step; not to who acts or has one of the new ones."""
    around = case.around
    busy = {each["username"] for each in opened.items} | {around.actor}
    readers = [each for each in dict.fromkeys(around.lost) if each in around.organisation.people and each not in busy]
    about = {"title": case.instance.title, "number": case.instance.number}
    by = {} if around.by.is_system else {"who": around.by.name}
    body = (SENT if by else SENT_BY_ITSELF).of(step=step or BEGINNING, reason=sayings.told(reason), **by)
    notices.send(case.session, around.organisation, readers, GIVEN_UP.of(**about), body, now=case.now, instance=case.instance)
