"""Cases are found by the number of a customer record that they chose or saved, by whoever may know that record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from engine.basics.letters import spellings
from engine.cases.lines import words
from engine.definitions.definitions import Definition
from engine.forms.schema import RECORDS, offers
from engine.people import organisation
from engine.people.actors import Actor
from engine.records import catalogue
from engine.records.knowing import known_to
from engine.storage.models import CustomerRecord, ProcessInstance, RecordVersion

LETTERS = str.maketrans("0123456789", "".join(map(chr, range(0xE000, 0xE00A))))  # of private use: nobody types them
MARK = "-"  # without one a word is none of our numbers


def in_case(
    session: Session,
    by: Actor,
    search: str,
    *,
    own: Mapping[str, ColumnElement[bool]] = MappingProxyType({}),
    now: datetime,
) -> ColumnElement[bool]:
    """As `words.in_case`, by who began the case too, by the numbers of records, and by word by what is `own` to the list.

    A statement or two where a word may be such a number, for who sees the catalogue.
    """
    spelled = {each: word for word in words.asked(search) for each in spellings.of_word(word) if MARK in each}
    known = {spelled[number]: key for number, key in _records(session, by, list(spelled), now).items()}
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    records = {word: _of_record(key) for word, key in known.items()}
    ways = (words.by_initiator(search, company), records, own)
    met = {word: [way[word] for way in ways if word in way] for word in words.asked(search)}
    return words.in_case(search, {word: or_(*conditions) for word, conditions in met.items() if conditions})


def of_case(definition: Definition, variables: Mapping[str, Any]) -> list[str]:
    """What the words of a case hold of the records that its forms had chosen."""
    names = choosing(definition)
    return [_sealed(key) for key in dict.fromkeys(_chosen(variables, names))] if names else []


def _records(session: Session, by: Actor, numbers: list[str], now: datetime) -> dict[str, int]:
    """The records of these numbers that the person may open: the rest finds nothing by them."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    if not numbers or not catalogue.may_list(company, by):
        return {}
    mine = (CustomerRecord.company_id == by.company_id, CustomerRecord.number.in_([each.upper() for each in numbers]))
    lines = [catalogue.line(row, by) for row in session.execute(select(CustomerRecord).where(*mine)).scalars()]
    closed = known_to.closed(session, company, by, lines, now=now)
    return {line.number.casefold(): line.key for line in lines if line.key not in closed}


def _of_record(key: int) -> ColumnElement[bool]:
    saved = select(RecordVersion.instance_key).where(RecordVersion.record_key == key, RecordVersion.instance_key.is_not(None))
    return or_(ProcessInstance.words.contains(_sealed(str(key))), ProcessInstance.key.in_(saved))


def _sealed(key: str) -> str:
    return key.translate(LETTERS)


@lru_cache(maxsize=512)
def choosing(definition: Definition) -> frozenset[str]:
    """The names of the fields in which a record is chosen."""
    forms = [definition.start_form, *(definition.form_of(each) for each in definition.user_tasks)]
    parts = (part for form in forms if form is not None for part in form.parsed.walk() if part.path)
    return frozenset(part.path[-1] for part in parts if offers(part.raw, RECORDS))


def _chosen(value: Any, names: frozenset[str]) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name in names:
                yield from (
                    key
                    for key in (each if isinstance(each, list) else [each])
                    if isinstance(key, str) and catalogue.is_key(key)
                )
            yield from _chosen(each, names)
    elif isinstance(value, list):
        for each in value:
            yield from _chosen(each, names)
