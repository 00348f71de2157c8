"""Where a case stands, in words: who has which step, and what it waits for, for whom and until when."""

from __future__ import annotations

import re
from datetime import datetime

from flask_babel import gettext as _

from engine.queries.cases.where import places, standing, waits
from web.frame import filters

WAITING = re.compile("^(等待|等|wait(ing)? for (the )?)", re.IGNORECASE)  # as drawings call a place; said once is enough


def wait(case_wait: waits.CaseWait) -> str:
    """What a case waits for, with whom that lies, and until when."""
    return filters.in_a_row(wait_parts(case_wait))


def wait_sentence(case_wait: waits.CaseWait) -> str:
    """The same where nothing else is said beside it; of a day on which the case goes on by itself, that it does."""
    told = wait(case_wait)
    if case_wait.kind == "timer":
        told = filters.sentence(_("%(waits)s; it goes on by itself then"), waits=told)
    return filters.begun(told)


def wait_parts(case_wait: waits.CaseWait) -> list[str]:
    """The same in parts, as far as they are known."""
    who, until = case_wait.who, case_wait.due_at
    with_whom = _("with %(names)s", names=filters.few_listed(who)) if who else ""
    when = waits_until(until) if until and case_wait.kind != "timer" else ""
    return [each for each in (_awaited(case_wait), with_whom, when) if each]


def held(stands: standing.CaseStanding) -> list[str]:
    """Each open step of a case with who has it, and what else is waited for."""
    return [*map(_step_held, stands.places), *map(wait, stands.waits)]


def _step_held(place: places.CurrentPlace) -> str:
    return _("%(step)s (%(who)s)", step=place.name, who=filters.people(place.held_by)) if place.held_by else place.name


def kept(process_name: str) -> str:
    """What is told of a case that is about the reader: what its process is called, and that he keeps out of it."""
    return filters.in_a_row((process_name, _("it is about you; you must keep out")))


def waits_until(until: datetime) -> str:
    """Until when something is to come that is waited for; also where it is late."""
    light, when = filters.light(until), filters.begins(until)
    if light.level != "late" and when != filters.moment(until):
        return when  # a day on which it goes on by itself is no limit of anybody
    return filters.in_a_row((light.words, when)) if light.level == "late" else filters.sentence(_("by %(when)s"), when=when)


def _awaited(case_wait: waits.CaseWait) -> str:
    if case_wait.kind == "kept":
        return kept(case_wait.name)
    name = WAITING.sub("", case_wait.name) or _(" or ").join(case_wait.others)
    if case_wait.kind == "timer":
        when = filters.begins(case_wait.due_at) if case_wait.due_at else ""
        if name:
            return filters.sentence(_("waits for “%(name)s”: %(when)s"), name=name, when=when)
        return filters.sentence(_("waits until %(when)s"), when=when)
    if case_wait.kind == "join":
        names = filters.listed(case_wait.others)
        return (
            _("one branch is through and waits for %(names)s", names=names)
            if names
            else _("waits until all branches are there")
        )
    if case_wait.kind == "job":
        return _("the system is doing “%(name)s”", name=name) if name else _("the system is at work")
    if case_wait.kind == "customer":
        return _("the customer may answer online too") if case_wait.is_beside else _of_customer(name)
    return _("waits for “%(name)s”", name=name) if name else _("waits for an answer")


def _of_customer(name: str) -> str:
    told = name.removeprefix("客户")
    return _("waits for the customer: %(name)s", name=told) if told else _("waits for the customer’s answer")
