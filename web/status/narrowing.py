"""By what a list of the board is narrowed beside what its filters show: a figure that opened it says so there in words."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine.definitions import step_names
from engine.people.actors import Actor
from engine.queries.status import choosable, open_tasks
from engine.queries.status.narrowed import case_filters
from engine.queries.status.narrowed import given as reading
from web.frame import filters, lists


def told(session: Session, by: Actor, given: Mapping[str, str]) -> list[str]:
    """The words for each condition of an address that no filter of the page shows."""
    return [words for words in _told(session, by, given) if words]


def unknown(known: Iterable[str]) -> list[str]:
    """What an address names that is no filter of its list: a list that nothing was left out of says so."""
    names = sorted(set(lists.carried()) - {*known, "q"})
    return [_("“%(names)s” is no filter of this list and was not obeyed", names=filters.listed(names))] if names else []


def _told(session: Session, by: Actor, given: Mapping[str, str]) -> Iterator[str]:
    company, process = open_tasks.company_of(session, by), given.get("process", "")
    is_open = any(id == process for id, _name in choosable.processes(session, by))

    def step(element: str) -> str:
        return (step_names.of_element(session, by.company_id, process, element) if is_open else "") or _(
            "a step without a name"
        )

    if holder := given.get("holder"):
        yield company.name_of(holder) if holder != open_tasks.NONE else _("nobody has claimed it")
    if group := given.get("group"):
        yield company.called(group)
    if initiator := given.get("initiator"):
        yield _("started by %(name)s", name=company.name_of(initiator))
    if element := given.get("element"):
        yield _("open at “%(step)s”", step=step(element))
    if lies := given.get("lies"):
        yield _lying(lies, step)
    if version := given.get("version"):
        yield _("version %(n)s", n=version)
    yield from _when(given)
    if given.get("path"):
        yield _("all by the same way")
    yield {"limited": _("with a deadline"), "late": _("ended after their deadline")}.get(given.get("limit", ""), "")


def _lying(lies: str, step: Callable[[str], str]) -> str:
    plain = {
        "stopped": _("stopped by an incident"),
        "task": _("with people"),
        "called": _("in a called process"),
        "waiting": _("waiting for a time, a message or a system"),
    }
    kind, _colon, place = lies.partition(":")
    if kind == "stopped_at":
        return _("stopped at “%(step)s”", step=step(place))
    if kind == "rests_at":
        return _("resting at “%(step)s”", step=step(place))
    _process, _colon, element = place.partition(":")
    called = _("stopped in what it called") if kind == "called_stopped" else _("in a called process")
    if kind in case_filters.NAMED and element not in ("", case_filters.UNKNOWN):
        return _("%(what)s, from “%(step)s”", what=called, step=step(element))
    return plain.get(lies, called)


def _when(given: Mapping[str, str]) -> Iterator[str]:
    first, last = given.get("since", ""), given.get("until", "")
    if first or last:
        yield _("ended %(first)s – %(last)s", first=_day(first), last=_day(last))
    since, before = (_moment(given.get(name, "")) for name in ("arrived_since", "arrived_before"))
    if since:
        yield _("arrived since %(moment)s", moment=since)
    if before:
        yield _("arrived before %(moment)s", moment=before)


def _day(text: str) -> str:
    """A day in words; what is none stays as the address says it."""
    with contextlib.suppress(ValueError):
        return filters.day(text) if text else ""
    return text


def _moment(text: str) -> str:
    return filters.moment(reading.moment(text)) if text else ""
