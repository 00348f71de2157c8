"""What people do beside a case's form: for each operation its words, what its dialog asks for, and the verb that does it.

Pages and API take them from here, so that both offer, ask and refuse the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import flask
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from engine import errors
from engine.deadlines import extensions, suspending
from engine.people.actors import Actor
from engine.queries.cases import offered
from engine.verbs import choosing_voters, user_tasks
from engine.verbs.approvals import consulting, handing
from engine.verbs.running import ending, restarting
from engine.verbs.sharing import comments, copies, following, linking, urging
from web.frame.operations import approval_acts
from web.frame.operations.act import REASON, WHY, Act, ActField, ActInput, Offered


def _acts(*acts: Act) -> Mapping[str, Act]:
    return {act.name: act for act in acts}


NOBODY_TICKED = "You looked for somebody and ticked nobody. Please choose one of those found, or empty the field."
KEY_DIGITS = 19  # shorter than that is a number that every database takes
ON_CASES = _acts(
    Act(
        "comment",
        lazy_gettext("Remark"),
        lambda session, by, key, sent, now: comments.add(
            session, by, key, sent.text, mentioned=sent.people, files=sent.files, kept=sent.kept_files, now=now
        ),
        lazy_gettext("Your remark stands with the case."),
        (
            ActField("text", "text", lazy_gettext("Remark"), is_required=True, with_mentions=True),
            ActField(
                "people",
                "people",
                lazy_gettext("Mention"),
                hint=lazy_gettext("They hear of it and may read the case."),
                lets_read=True,
            ),
            ActField("files", "files", lazy_gettext("Files")),
        ),
        lazy_gettext("Write a remark"),
        lazy_gettext("It decides nothing; everybody who sees the case reads it."),
    ),
    Act(
        "copy_to",
        lazy_gettext("Send a copy"),
        lambda session, by, key, sent, now: copies.copy_to(session, by, key, sent.people, sent.text, now=now),
        lazy_gettext("The copies are on their way."),
        (
            ActField("people", "people", lazy_gettext("To whom"), is_required=True, with_groups=True, lets_read=True),
            ActField("text", "text", lazy_gettext("A word to it")),
        ),
        lazy_gettext("Send a copy of this case"),
        lazy_gettext("Readers see the case and may say something; it does not wait for them."),
    ),
    Act(
        "urge",
        lazy_gettext("Urge"),
        lambda session, by, key, sent, now: urging.urge(session, by, key, sent.text, now=now),
        lazy_gettext("Those who hold it have been told."),
        (ActField("text", "text", lazy_gettext("Message (may be left empty)")),),
        lazy_gettext("Urge this case on"),
        lazy_gettext("These people get a notice; it can be done again four hours later at the earliest."),
    ),
    Act(
        "follow",
        lazy_gettext("Follow"),
        lambda session, by, key, sent, now: following.follow(session, by, key, now=now),
        lazy_gettext("You follow this case; it stands in your list."),
    ),
    Act(
        "unfollow",
        lazy_gettext("Stop following"),
        lambda session, by, key, sent, now: following.unfollow(session, by, key),
        lazy_gettext("You do not follow this case any more."),
    ),
    Act(
        "link",
        lazy_gettext("Link a case"),
        lambda session, by, key, sent, now: linking.link(session, by, key, sent.number, now=now),
        lazy_gettext("The cases are linked."),
        (ActField("number", "line", lazy_gettext("Number of the other case"), is_required=True),),
        lazy_gettext("Link another case"),
        lazy_gettext("Both show each other to those who may see both."),
    ),
    Act(
        "start_again",
        lazy_gettext("Start once more"),
        lambda session, by, key, sent, now: restarting.copy(session, by, key, now=now),
        lazy_gettext("This is a copy; change what is different and send it."),
    ),
    Act(
        "assign",
        lazy_gettext("Reassign"),
        lambda session, by, key, sent, now: _assign(session, by, sent, now),
        lazy_gettext("The task lies with somebody else now."),
        (
            ActField("task", "choice", lazy_gettext("Step"), is_required=True),
            ActField("person", "person", lazy_gettext("To whom"), is_required=True, gives_task=True),
            REASON,
        ),
        lazy_gettext("Change who does a step"),
        lazy_gettext("The task goes to whom you choose; whoever has it now is told."),
    ),
    Act(
        "choose_voters",
        lazy_gettext("Choose who decides together"),
        lambda session, by, key, sent, now: choosing_voters.choose(
            session, by, _task_of(sent)[0], sent.people, sent.reason, now=now
        ),
        lazy_gettext("The step lies with those whom you chose."),
        (
            ActField("task", "choice", lazy_gettext("Step"), is_required=True),
            ActField(
                "people",
                "people",
                lazy_gettext("Who decides"),
                is_required=True,
                hint=lazy_gettext(
                    "All of them, at least two; where they decide one after the other, in the order in which they stand here."
                ),
                without_me=True,
                gives_task=True,
            ),
            REASON,
        ),
        lazy_gettext("Choose who decides a step together"),
        lazy_gettext(
            "Several people were to decide this step, and nobody was found. Its rule counts for those whom you choose."
        ),
    ),
    Act(
        "suspend",
        lazy_gettext("Suspend"),
        lambda session, by, key, sent, now: suspending.suspend(session, by, key, sent.reason, now=now),
        lazy_gettext("The case is suspended."),
        (REASON,),
        lazy_gettext("Suspend this case?"),
        lazy_gettext("Nobody can act on it and its time stands still until somebody lets it go on."),
    ),
    Act(
        "resume",
        lazy_gettext("Resume"),
        lambda session, by, key, sent, now: suspending.resume(session, by, key, sent.reason, now=now),
        lazy_gettext("The case goes on; its deadlines have moved."),
        (WHY,),
        lazy_gettext("Let this case go on?"),
        lazy_gettext("What was left of its deadlines is left again; fixed dates stay."),
    ),
    Act(
        "terminate",
        lazy_gettext("Terminate"),
        lambda session, by, key, sent, now: ending.terminate(session, by, key, sent.reason, now=now),
        lazy_gettext("The case is ended by force."),
        (REASON,),
        lazy_gettext("End this case by force?"),
        lazy_gettext(
            "For a case that cannot be finished as usual: only by who manages the process, for everybody and for good. Its number is not used again; what was entered in ledgers and customer records, and what happened, stays."
        ),
        is_grave=True,
    ),
    Act(
        "void",
        lazy_gettext("Declare void"),
        lambda session, by, key, sent, now: ending.void(session, by, key, sent.reason, now=now),
        lazy_gettext("The case is void."),
        (REASON,),
        lazy_gettext("Declare this case void?"),
        lazy_gettext(
            "The case is to have no effect, also when it is over: by its initiator where the process lets him cancel it, or by who manages the process. Its number is not used again; what was entered in ledgers and customer records, and what happened, stays."
        ),
        is_grave=True,
    ),
    Act(
        "reopen",
        lazy_gettext("Open again"),
        lambda session, by, key, sent, now: restarting.reopen(session, by, key, sent.reason, now=now),
        lazy_gettext("This is the new case; it is linked with the old one."),
        (REASON,),
        lazy_gettext("Open this case again?"),
        lazy_gettext("A new case is started for the same initiator with the same values, and linked with this one."),
    ),
    *approval_acts.ON_CASES,
)


ON_TASKS = _acts(
    *approval_acts.ON_TASKS,
    Act(
        "transfer",
        lazy_gettext("Hand on"),
        lambda session, by, key, sent, now: handing.transfer(session, by, key, sent.person, sent.reason, now=now),
        lazy_gettext("It is handed on; you find it among what you have handled."),
        (approval_acts.GIVEN_TO, REASON),
        lazy_gettext("Hand this task on"),
        lazy_gettext(
            "It becomes theirs to do and decide. What you have filled in and saved goes with it; your opinion does not."
        ),
    ),
    Act(
        "consult",
        lazy_gettext("Ask for a view"),
        lambda session, by, key, sent, now: consulting.consult(session, by, key, sent.people, sent.text, now=now),
        lazy_gettext("They have been asked; the task stays with you."),
        (
            ActField("people", "people", lazy_gettext("Whom"), is_required=True, without_me=True, lets_read=True),
            ActField("text", "text", lazy_gettext("Question"), is_required=True),
        ),
        lazy_gettext("Ask somebody for a view"),
        lazy_gettext("They may read the case. The answer stands with it and decides nothing."),
    ),
    Act(
        "extend",
        lazy_gettext("Ask for more time"),
        lambda session, by, key, sent, now: extensions.ask(session, by, key, sent.until, sent.reason, now=now),
        lazy_gettext("It is asked for; until it is granted the old deadline counts."),
        (ActField("until", "moment", lazy_gettext("More time until"), is_required=True), REASON),
        lazy_gettext("Ask for more time for this task"),
        lazy_gettext("Your superior or who manages the process decides; the old deadline stays on record."),
    ),
)


def shown(offers: list[offered.OfferedOperation], acts: Mapping[str, Act]) -> list[Offered]:
    """The operations with their words, in the order in which they are offered; others have pages of their own."""
    known = ((acts[each.name], each) for each in offers if each.name in acts)
    return [Offered(act, each.label or act.label, each.again_at, each.barred) for act, each in known]


def without_mentions(offer: Offered) -> Offered:
    """The same for who may mention nobody: it asks for no people, and offers none behind an @."""
    fields = tuple(replace(each, with_mentions=False) for each in offer.act.fields if not each.lets_read)
    return replace(offer, act=replace(offer.act, fields=fields))


def bound(view: Callable[[int, str], Any], name: str) -> Callable[[int], Any]:
    """The view of one operation: an address of its own, so that each is walked and guarded by itself."""

    def of(key: int) -> Any:
        return view(key, name)

    of.__doc__ = view.__doc__
    return of


def _assign(session: Session, by: Actor, sent: ActInput, now: datetime) -> None:
    """`task` names a task by its key and, after a colon, with whom it was seen, whose part of it goes: "" for nobody by name."""
    key, holder = _task_of(sent)
    user_tasks.assign(session, by, key, sent.person, sent.reason, whose=holder or None, seen=holder, now=now)


def _task_of(sent: ActInput) -> tuple[int, str | None]:
    key, colon, holder = sent.task.partition(":")
    if not (key.isascii() and key.isdecimal() and len(key) < KEY_DIGITS):
        raise errors.Invalid("Please choose a step.", fields={"task": [errors.Refusal("Please choose a step.")]})
    return int(key), holder if colon else None


def require_ticked(*names: str) -> None:
    """Raises Invalid by field where somebody was looked for and nobody was ticked: nobody is not who was meant."""
    form = flask.request.form
    for name in names:
        if form.get(f"{name}_text", "").strip() and not any(form.getlist(name)):
            raise errors.Invalid(NOBODY_TICKED, fields={name: [errors.Refusal(NOBODY_TICKED)]})


def sent() -> ActInput:
    """What this request's form gives. Raises Invalid where somebody was looked for and nobody was ticked."""
    require_ticked("people", "person")
    form = flask.request.form
    uploads = tuple((file.filename, file.stream) for file in flask.request.files.getlist("files") if file.filename)
    people = tuple(form.getlist("people"))
    person = form.get("person", "")
    words: dict[str, Any] = {
        name: form.get(name, "") for name in ("reason", "text", "number", "task", "target", "resume", "until")
    }
    return ActInput(**words, person=person, people=people, files=uploads)
