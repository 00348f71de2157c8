"""The words by which lists find a case: number, title, summary and what its process declares, with their pinyin initials.

`process_instance.words` holds them as one small text, which every list looks through. An inbox may be offered a hundred
thousand tasks, so the parts of open tasks hold them once more in pairs of letters: PostgreSQL finds these by an index of its
own make (pg_trgm knows no word of two characters, which most Chinese words have, and not every server lets it be installed);
SQLite passes over what lacks a pair without looking at case and task.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, Text, and_, bindparam, exists, false, func, literal_column, or_, select, true, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from engine.basics.letters import pinyin, spellings
from engine.people.organisation import Organisation
from engine.storage import database
from engine.storage.models import ProcessInstance, UserTask, WorkItem

LONGEST = 100  # of a value, as far as it is searched
MOST_ASKED = 8  # words of one search
LEAST_NUMBER = 6  # signs of what may be meant as a case's whole number; less is a word like any other
STARTED = "@"  # before the username of who started the case: names are looked up when somebody searches
_PAIRS = func.string_to_array(WorkItem.pairs, literal_column("' '"), type_=ARRAY(Text))  # as the index has it


def of_case(number: str, title: str, values: Iterable[str] = ()) -> str:
    """The words of a case, a line for each text and one for its initials; small letters."""
    texts = [number, title, *(value[:LONGEST] for value in values)]
    lines = [line for text in texts for line in (" ".join(text.split()).casefold(), _initials(text))]
    return "\n".join(dict.fromkeys(line for line in lines if line))


def numbered(number: str, found_by: str) -> str:
    """The words of a case that had no number when `of_case` gave them, with its number."""
    return "\n".join(dict.fromkeys(f"{of_case(number, '')}\n{found_by}".splitlines()))


def of_part(words: str, step: str, initiator: str | None) -> str:
    """The pairs of letters of a case's words and of the step's name, and who started the case, with spaces around each."""
    parts = f"{words} {step.casefold()}".split()
    pairs = dict.fromkeys(pair for part in parts for pair in _pairs_of(part))
    return " ".join(["", *pairs, *([f"{STARTED}{initiator}"] if initiator else []), ""])


def renew_parts(session: Session, instance: ProcessInstance) -> None:
    """Open parts of the case that stood there before its words changed are found by the new ones; two statements."""
    live = (WorkItem.instance_key == instance.key, WorkItem.state.in_(("open", "waiting")))
    asked = select(WorkItem.key, UserTask.name).join(UserTask, UserTask.key == WorkItem.user_task_key).where(*live)
    new = [{"item": key, "found": of_part(instance.words, name, instance.initiator)} for key, name in session.execute(asked)]
    table = WorkItem.__table__
    changing = update(table).where(table.c.key == bindparam("item")).values(pairs=bindparam("found"))  # type: ignore[arg-type]
    if new:
        session.connection().execute(changing, new)


def asked(search: str) -> list[str]:
    """The words of a search, all of which have to be found."""
    return search.casefold().split()[:MOST_ASKED]


def in_case(search: str, other: Mapping[str, ColumnElement[bool]] | None = None) -> ColumnElement[bool]:
    """Whether a case is found by number, title, summary, declared values or their initials; a whole number finds its case alone.

    `other` are by word the conditions that a case may meet instead.
    """
    return _or_number(search, *(_in_words(word, (other or {}).get(word)) for word in asked(search)))


def by_initiator(search: str, company: Organisation) -> dict[str, ColumnElement[bool]]:
    """By word, the condition that somebody so called, or with such initials, began the case; words that are nobody's name are left out."""
    named = {word: _called(company, word) for word in asked(search)}
    return {word: ProcessInstance.initiator.in_(usernames) for word, usernames in named.items() if usernames}


def any_in_case(search: str) -> ColumnElement[bool]:
    """Whether any of the words is found in a case's own."""
    return or_(false(), *(_in_words(word) for word in asked(search)))


def _in_words(word: str, other: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    held = [ProcessInstance.words.contains(each, autoescape=True) for each in spellings.of_word(word)]
    return or_(*held) if other is None else or_(*held, other)


def in_task(search: str, company: Organisation) -> ColumnElement[bool]:
    """The same of a task with its case, which the step's name and who started the case find too."""
    return _or_number(search, *(_in_task(word, _called(company, word)) for word in asked(search)))


def _or_number(search: str, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Cases that name another by its number in their summary are not meant by who searches for that number."""
    number, other = search.strip(), aliased(ProcessInstance)
    if len(asked(search)) != 1 or len(number) < LEAST_NUMBER or not number[-1].isdigit():
        return and_(true(), *conditions)
    meant = spellings.of_number(number)
    named = exists().where(other.company_id == ProcessInstance.company_id, other.number.in_(meant)).correlate(ProcessInstance)
    return and_(*conditions, or_(ProcessInstance.number.in_(meant), ~named))


def by_pairs(session: Session, search: str, company: Organisation) -> list[ColumnElement[bool]]:
    """What the pairs of a part must hold to be found; nothing for words of one letter, which have none."""
    has_array = not database.is_sqlite(session)
    words = [word for word in asked(search) if len(word) > 1]
    return [_has(word, _called(company, word), has_array=has_array) for word in words]


def _in_task(word: str, named: list[str]) -> ColumnElement[bool]:
    conditions = [_in_words(word), UserTask.name.icontains(word, autoescape=True)]
    return or_(*conditions, ProcessInstance.initiator.in_(named)) if named else or_(*conditions)


def _has(word: str, named: list[str], *, has_array: bool) -> ColumnElement[bool]:
    spelled = [list(_pairs_of(each)) for each in spellings.of_word(word)]
    people = [f"{STARTED}{name}" for name in named]
    if has_array:
        return or_(*(_PAIRS.contains(pairs) for pairs in spelled), *([_PAIRS.overlap(people)] if people else []))
    return or_(*(_hold(pairs) for pairs in spelled), *(_hold([each]) for each in people))


def _hold(pairs: list[str]) -> ColumnElement[bool]:
    return and_(*(WorkItem.pairs.contains(f" {each} ", autoescape=True) for each in pairs))


def _called(company: Organisation, word: str) -> list[str]:
    spelled = spellings.of_word(word)
    return [each.username for each in company.people.values() if any(pinyin.matches(each.name, one) for one in spelled)]


def _pairs_of(part: str) -> Iterable[str]:
    return dict.fromkeys(part[place : place + 2] for place in range(len(part) - 1))


def _initials(text: str) -> str:
    return "" if text.isascii() else pinyin.initials(text[:LONGEST])
