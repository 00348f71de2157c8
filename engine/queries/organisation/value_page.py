"""The company's own values by the processes that read them: what each is, where it is used, what the file says otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from engine.basics import sayings
from engine.basics.letters import pinyin
from engine.definitions.values import value_uses
from engine.definitions.values.value_uses import CompanyValue
from engine.deploying.company_files import own_values as files
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.organisation import reading

SHARED, RECORDS, UNREAD = (
    "several",
    "records",
    "none",
)  # groups of values that several processes read, customer records, or none


@dataclass(frozen=True)
class ValueLine:
    """A value with its words; `in_file` is what the company's file said last, None where it says the same or nothing."""

    value: CompanyValue
    words: str
    in_file: Any


@dataclass(frozen=True)
class ValueGroup:
    """The values of one process (`id`, `title`), or SHARED, RECORDS, UNREAD; `cases` run of what reads them."""

    id: str
    title: str
    lines: tuple[ValueLine, ...]
    cases: int


@dataclass(frozen=True)
class ValuePage:
    """All groups there are, and those that were asked for; `cases` run of the processes that read what is shown."""

    groups: tuple[ValueGroup, ...]
    shown: tuple[ValueGroup, ...]
    cases: int


def page(session: Session, by: Actor, text: str = "", of: str = "") -> ValuePage:
    """The values, narrowed to a group and to what names the text: itself, its process or a step. Raises Forbidden."""
    company = reading.company(session, by)
    running = value_uses.running(session, company.id)
    lines = _lines(session, company)
    groups = _groups(lines, running)
    fitting = [each for each in lines if _fits(each, text.strip())]
    shown = tuple(each for each in _groups(fitting, running) if of in ("", each.id))
    reading_them = {id for group in shown for line in group.lines for id in line.value.processes}
    return ValuePage(groups, shown, sum(running.get(id, 0) for id in reading_them))


def lines(session: Session, by: Actor) -> list[ValueLine]:
    """All of them. Raises Forbidden."""
    return _lines(session, reading.company(session, by))


def _lines(session: Session, company: Organisation) -> list[ValueLine]:
    said = files.of_file(session, company.id)
    return [
        ValueLine(each, sayings.read(each.words, company.language), _otherwise(said.get(each.name), each.value))
        for each in value_uses.of_company(session, company)
    ]


def _otherwise(said: Any, value: Any) -> Any:
    return None if said == value else said


def _groups(lines: Iterable[ValueLine], running: dict[str, int]) -> tuple[ValueGroup, ...]:
    """By process, in the order of their titles; then what several read, what records go by, what none reads."""
    by_group: dict[tuple[int, str, str], list[ValueLine]] = {}
    for line in lines:
        by_group.setdefault(_group_of(line.value), []).append(line)
    return tuple(
        ValueGroup(id, title, tuple(sorted(several, key=_is_worded_by_process)), _cases(several, running))
        for (_place, title, id), several in sorted(by_group.items())
    )


def _group_of(value: CompanyValue) -> tuple[int, str, str]:
    processes = list(value.processes.items())
    if len(processes) == 1:
        return 0, processes[0][1], processes[0][0]
    if processes:
        return 1, "", SHARED
    return (2, "", RECORDS) if value.is_of_records else (3, "", UNREAD)


def _is_worded_by_process(line: ValueLine) -> bool:
    """What the company words itself comes first, deadlines of steps after it."""
    return not isinstance(line.value.words, str)


def _cases(several: Iterable[ValueLine], running: dict[str, int]) -> int:
    return sum(running.get(id, 0) for id in {id for each in several for id in each.value.processes})


def _fits(line: ValueLine, text: str) -> bool:
    places = {place for use in line.value.uses for place in (use.process, use.place)}
    return not text or text == line.value.name or any(pinyin.matches(each, text) for each in (line.words, *places))
