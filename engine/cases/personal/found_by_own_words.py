"""One's own cases are found by what one wrote into them oneself: that stays one's own to read, whatever is kept of the rest.

`process_instance.words` would grow several times over if it held all that was ever filled in, and every manager's list looks
through it. So this looks only into the newest cases somebody began or handled, and only into his own answers, as their pages
word them: what is masked there or was erased finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, select, union
from sqlalchemy.orm import Session

from engine.basics.letters import spellings
from engine.cases.lines import filled, words
from engine.cases.personal import own_words, personal_data
from engine.definitions import definitions
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import HistoryEvent, ProcessInstance, WorkItem

LOOKED_THROUGH = 300  # newest cases that somebody began, and parts that he did


def by_word(session: Session, by: Actor, search: str) -> dict[str, ColumnElement[bool]]:
    """By word of a search, the condition for the cases into which the person wrote it; one statement."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    asked = {word: spellings.of_word(word) for word in words.asked(search)}
    written: dict[str, set[int]] = {word: set() for word in asked}
    for row in session.execute(_own_events(by)):
        text = "\n".join(_texts(session, company, row)).casefold()
        for word, spelled in asked.items():
            if any(each in text for each in spelled):
                written[word].add(row.instance_key)
    return {word: ProcessInstance.key.in_(sorted(keys)) for word, keys in written.items() if keys}


def _own_events(by: Actor) -> Any:
    case, item, event = ProcessInstance, WorkItem, HistoryEvent
    began = select(case.key).where(case.company_id == by.company_id, case.initiator == by.username, case.parent_key.is_(None))
    did = select(item.instance_key, item.done_at).where(item.company_id == by.company_id, item.username == by.username)
    newest = (
        began.order_by(case.key.desc()).limit(LOOKED_THROUGH).subquery(),
        did.where(item.state == "done").order_by(item.done_at.desc()).limit(LOOKED_THROUGH).subquery(),
    )
    mine = union(select(newest[0].c.key), select(newest[1].c.instance_key)).subquery()
    statement = select(event.instance_key, event.element_id, event.kind, event.data, case.definition_key)
    return (
        statement.select_from(mine)
        .join(event, event.instance_key == mine.c.key)
        .join(case, case.key == event.instance_key)
        .where(event.actor == by.username, event.kind.in_(own_words.WITH_FORM))
        .order_by(event.key)
    )


def _texts(session: Session, company: Organisation, row: Row[Any]) -> Iterator[str]:
    """What the form of one event says was filled in there."""
    given = own_words.given(row.data)
    definition = definitions.by_key(session, row.definition_key)
    form = definition.start_form if row.kind == "started" else definition.form_of(row.element_id)
    if not given or form is None:
        return
    for value in filled.of_form(form.schema, company, personal_data.masked(definition, given), beside=False):
        yield from _said(value.value)
        yield from _said(value.rows)


def _said(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _said(each)
    elif isinstance(value, str):
        yield value
