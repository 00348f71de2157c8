"""Why a task, a list of the inbox or a notice is before somebody, and what is expected of him: one sentence under the title."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import flask
from flask_babel import gettext as _

from engine.basics import sayings
from engine.people import resolve
from engine.queries.cases.words import named_in
from engine.queries.inbox import notice_facts, notices
from engine.queries.inbox.task_page import TaskPage
from engine.verbs.overdue.reminders import BODIES, OF_CASES, SUBJECTS
from web.frame import filters, part_words, words
from web.frame.where import standing_words
from web.inbox import tabs

REMINDERS = (SUBJECTS, BODIES, OF_CASES)
TO_GROUPS = (resolve.REASONS["groups"], resolve.REASONS["lane"])

BEGAN, BEFORE, HANDLED = OF_HIM = tuple(resolve.REASONS[code] for code in ("began", "sent_back", "handler_of"))


def install(app: flask.Flask) -> None:
    """Offers these to all templates."""
    app.jinja_env.filters.update(task_reason=of_task, why_told=why_told, now_at=now_at, said_now=said_now)
    app.jinja_env.globals.update(list_reason=of_list, notices_reason=of_notices)


def of_task(page: TaskPage) -> str:
    """Why this person has the task; "" where the strip above it tells who gave it to him and why."""
    whys = list(_whys(page))
    if whys and page.left_out:
        whys.append(_("left out: %(names)s", names=words.left_out(list(page.left_out))))
    return _("Why you: %(why)s", why=_("; ").join(whys)) if whys else ""


def _whys(page: TaskPage) -> Iterator[str]:
    if page.instead_of:
        yield _("you stand in for %(name)s", name=page.instead_of)
    if page.handed:
        return
    text, values = page.because
    groups = page.group if not text else values["groups"] if text in TO_GROUPS else ""
    if groups and not page.instead_of:
        yield _("this step is for “%(groups)s”, and you are in that group", groups=filters.people(groups))
    elif text in OF_HIM and not page.instead_of:
        own = {BEGAN: _("you started this case"), BEFORE: _("you did this step before")}
        yield own.get(text) or _("you did “%(task)s”", task=values["task"])
    elif page.named is not None and not page.instead_of:
        yield _named(page.named)
    elif text:
        yield words.reason(page.because)
    elif not page.instead_of:
        yield _("it is in your name")


def _named(named: named_in.NamedIn) -> str:
    """What in the case names him for the step."""
    if named.department:
        told = {"department": named.department, "field": named.field}
        return _("you head %(department)s, which was named in the field “%(field)s”", **told)
    return _("you are chosen under “%(field)s”", field=named.field)


def of_list(rows: Sequence[Any]) -> str:
    """What the rows of an open list of the inbox are to him; "" for an empty one, and for those that ask nothing."""
    place = tabs.place()
    if not rows:
        return ""
    if place == tabs.OPEN:
        return _of_open(rows)
    if place == f"{tabs.OPEN}:group":
        return _("For your groups: claim one to do it.")
    if place == f"{tabs.OPEN}:deputy":
        names = dict.fromkeys(each.instead_of for each in rows if each.instead_of)
        return _("You stand in for %(names)s and do these in their place.", names=filters.listed(names))
    if place == "told.consulted":
        return (
            _("Please answer soon what you are asked; whoever asked then decides.")
            if any(each.is_open for each in rows)
            else ""
        )
    plain = {
        "told.copies": _("For your information only: nothing is asked of you."),
        "told.followed": _("Cases that you follow: for you to see how far they are, nothing is asked of you here."),
        "inbox.started_by_me": _(
            "Cases that you started: who has each step now, and until when; what comes back to you is in the inbox."
        ),
        "inbox.done": _("Steps that you did, and where their cases are now; there is nothing to do."),
        "inbox.drafts": _("Begun by you and not sent yet; open one to go on."),
    }
    return plain.get(place, "")


def _of_open(rows: Sequence[Any]) -> str:
    if any(each.is_to_claim for each in rows):
        return _("For you or your groups to do. Where a group is named, claim the task first.")
    return _("For you to do.")


def of_notices(waiting: Sequence[Any], rows: Sequence[notices.NoticeLine]) -> str:
    """What is to be done with notices; `waiting` is what stands first of them."""
    asks = [
        *([_("Please put right at once what has stopped.")] if any(each.is_stopped for each in rows) else []),
        *(
            [_("Please do what is listed first, the most urgent on top; what is marked to be claimed is claimed first.")]
            if waiting
            else []
        ),
    ]
    if asks:
        return _("%(asks)s The rest is for your information, each with the reason why.", asks=" ".join(asks))
    return _("For your information, each with the reason why. Your own work is in the inbox.") if rows else ""


def why_told(line: notices.NoticeLine) -> str:
    """Why somebody was told of a case; "" where the notice says all that is known."""
    plain = {
        notice_facts.FOLLOWS: _("you follow the case"),
        notice_facts.COPIED: _("a copy for you"),
        notice_facts.YOURS: _("a task of yours"),
        notice_facts.HAD: _("a step that you or your group had"),
        notice_facts.OF_YOUR_GROUP: _("a task of your group, for you or another to claim"),
        notice_facts.ASKED: _("about a question of views"),
        notice_facts.NAMED: _("you are mentioned"),
        notice_facts.PROCESS: _("sent to you by the process"),
    }
    if line.why == notice_facts.GROUPS:
        return _("the process told %(groups)s, and you are in that group", groups=filters.listed(line.groups))
    return plain.get(line.why) or part_words.right(line.why)


def now_at(line: notices.NoticeLine) -> str:
    """Where the case is by now of which a process told some day; "" where that is not known."""
    steps = [] if line.stands is None else standing_words.held(line.stands)
    return _("Now: %(steps)s", steps=_("; ").join(steps)) if steps else ""


def said_now(line: notices.NoticeLine, text: str) -> str:
    """Subject or body of a notice as it is true by now: what was near once and is late now is told as late."""
    if line.fate != notice_facts.LATE:
        return text
    for reminder, language in itertools.product(REMINDERS, sayings.LANGUAGES):
        if given := reminder[notice_facts.DUE_SOON].given_in(text, language):
            return reminder[notice_facts.OVERDUE].of(**given).read(language)
    return text
