"""The operations of approvals: sending back, asking others to sign, delegating, taking back, steering."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import Actor
from engine.verbs.approvals import jumps, signers
from engine.verbs.approvals.back import returns, taking_back
from web.frame.operations.act import REASON, WHY, Act, ActField, ActInput

BETWEEN = "|"  # in the value of a choice that says two things
KEY_DIGITS = 19  # shorter than that is a number that every database takes


def _return(session: Session, by: Actor, key: int, sent: ActInput, now: datetime) -> Any:
    """`target` is an element id, perhaps with how the case goes on from there behind a bar."""
    to, _bar, resume = sent.target.partition(BETWEEN)
    if not to:
        raise errors.Invalid("Please choose a step.", fields={"target": [errors.Refusal("Please choose a step.")]})
    return returns.return_task(session, by, key, to, sent.reason, resume=sent.resume or resume or None, now=now)


def _jump(session: Session, by: Actor, key: int, sent: ActInput, now: datetime) -> Any:
    """`target` is an element id; the place is named by `task`, or before a bar in `target`."""
    before, bar, behind = sent.target.partition(BETWEEN)
    place, to = (before, behind) if bar else (sent.task, before)
    if not (place and to):
        raise errors.Invalid("Please choose a step.", fields={"target": [errors.Refusal("Please choose a step.")]})
    return jumps.jump(session, by, key, place, to, sent.reason, now=now)


def _remove_signer(session: Session, by: Actor, key: int, sent: ActInput, now: datetime) -> Any:
    item = _key(sent.target)
    if item is None:
        raise errors.Invalid("Please choose somebody.", fields={"target": [errors.Refusal("Please choose somebody.")]})
    return signers.remove_signer_in(session, by, key, item, sent.reason, now=now)


def _withdraw(session: Session, by: Actor, key: int, sent: ActInput, now: datetime) -> Any:
    return taking_back.withdraw_in(session, by, key, sent.reason, task=_key(sent.task), now=now)


def _add(position: str) -> Any:
    return lambda session, by, key, sent, now: signers.add_signer(session, by, key, position, sent.people, sent.reason, now=now)


def _key(text: str) -> int | None:
    is_key = text.isascii() and text.isdecimal() and len(text) < KEY_DIGITS
    return int(text) if is_key else None


WHO_SIGNS = ActField(
    "people", "people", lazy_gettext("Who signs"), is_required=True, with_groups=True, without_me=True, gives_task=True
)
GIVEN_TO = ActField("person", "person", lazy_gettext("To whom"), is_required=True, without_me=True, gives_task=True)
ASKED = lazy_gettext("They have been asked.")
ON_TASKS = (
    Act(
        "return",
        lazy_gettext("Return for correction"),
        _return,
        lazy_gettext("It is sent back; what was said stays on record."),
        (ActField("target", "choice", lazy_gettext("To which step"), is_required=True), REASON),
        lazy_gettext("Send this case back"),
        lazy_gettext("It goes back to whoever did that step. Nobody else needs to act on this task any more."),
    ),
    Act(
        "delegate",
        lazy_gettext("Delegate"),
        lambda session, by, key, sent, now: signers.delegate(session, by, key, sent.person, sent.reason, now=now),
        lazy_gettext("It comes back to you when it is done."),
        (GIVEN_TO, REASON),
        lazy_gettext("Let somebody do this for you"),
        lazy_gettext(
            "He or she does it, then it comes back to you, and you decide. What you have saved of the form goes along, your opinion does not."
        ),
    ),
    Act(
        "add_before",
        lazy_gettext("Let others sign first"),
        _add("before"),
        ASKED,
        (WHO_SIGNS, REASON),
        lazy_gettext("Ask others to sign before you"),
        lazy_gettext(
            "The task waits for them and then comes back to you. If one of them disagrees, that refuses it where the step can be refused; otherwise it comes back to you to decide."
        ),
    ),
    Act(
        "add_after",
        lazy_gettext("Let others sign afterwards"),
        _add("after"),
        lazy_gettext("They come once you have agreed."),
        (WHO_SIGNS, REASON),
        lazy_gettext("Ask others to sign after you"),
        lazy_gettext(
            "Once you have agreed they must agree too. If one of them disagrees, that refuses it where the step can be refused; otherwise it comes back to you to decide."
        ),
    ),
    Act(
        "add_beside",
        lazy_gettext("Add a co-signer"),
        _add("beside"),
        ASKED,
        (WHO_SIGNS, REASON),
        lazy_gettext("Ask others to sign beside you"),
        lazy_gettext(
            "They decide together with you. If one of them disagrees, that refuses it where the step can be refused; otherwise it comes back to you to decide."
        ),
    ),
)
ON_CASES = (
    Act(
        "withdraw",
        lazy_gettext("Take it back"),
        _withdraw,
        lazy_gettext("It is yours again."),
        (WHY,),
        lazy_gettext("Take back what you have handed on?"),
        lazy_gettext("It leaves the lists of those who have it now and is in yours again."),
    ),
    Act(
        "remove_signer",
        lazy_gettext("Take a signer off"),
        _remove_signer,
        lazy_gettext("He or she need not sign any more."),
        (ActField("target", "choice", lazy_gettext("Who is taken off"), is_required=True), REASON),
        lazy_gettext("Take somebody off who was asked to sign"),
        lazy_gettext("Only who has not acted yet. When nobody is left to wait for, the task goes on."),
    ),
    Act(
        "jump",
        lazy_gettext("Move by hand"),
        _jump,
        lazy_gettext("The case is moved."),
        (ActField("target", "choice", lazy_gettext("From where to where"), is_required=True), REASON),
        lazy_gettext("Move this case by hand"),
        lazy_gettext("For a case that is stuck or went the wrong way. You see first what it does."),
        is_grave=True,
    ),
)
