"""What rows keep of a process's texts (names of steps, of processes, labels), in the language of whoever reads.

Rows keep what the process said when they were written; here it is said again by the translations of their version. It costs
no statement but the first reading of a version in a process.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, TypeVar

from sqlalchemy.orm import Session, attributes

from engine.basics.sayings import BESIDE, is_chinese
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.definitions.languages import typed, wording
from engine.people.organisation import Organisation

Row = TypeVar("Row")
INSIDE = {"returned": ("from", "label", "asked", "answered"), "data": ("to_name",)}  # texts within what a column holds
SAID = ("name", "task_name", "process_name", "element_name", "category", "step", "title")


def saying(session: Session, definition_key: int | None) -> Callable[[str], str]:
    """What says a text of that version to whoever reads; in a session without a reader every text stays."""
    if definition_key is None or not session.info.get(definitions.LANGUAGE):
        return _as_it_is
    return definitions.by_key(session, definition_key).said


def titling(session: Session, definition_key: int | None) -> Callable[[str], str]:
    """What says titles of cases of that version to whoever reads, as `saying` does other texts."""
    if definition_key is None or not session.info.get(definitions.LANGUAGE):
        return _as_it_is
    return definitions.by_key(session, definition_key).titled


def ended(session: Session, definition_key: int | None, ended_as: str | None) -> str | None:
    """How a case ended, as its row keeps it, with the diagram's own words for it said to whoever reads."""
    how, colon, text = (ended_as or "").partition(":")
    return f"{how}{colon}{saying(session, definition_key)(text)}" if colon else ended_as


def told(session: Session, row: Any) -> Any:
    """A row of a list, which names its `definition_key`, with its texts said to whoever reads."""
    if not session.info.get(definitions.LANGUAGE):
        return row
    definition = definitions.by_key(session, row.definition_key)
    if not definition.words:
        return row
    return SimpleNamespace(**{name: _said(name, value, definition) for name, value in row._mapping.items()})


def tell(definition: Definition, *rows: Any) -> None:
    """Has rows of a session that only reads say their texts to whoever reads, as `definition` does."""
    for row in rows if definition.words else ():
        for name in (*SAID, *INSIDE, "summary", "ended_as"):
            if name in row.__mapper__.columns:
                attributes.set_committed_value(row, name, _said(name, getattr(row, name), definition))


def by(session: Session, row: Any, *others: Any) -> Definition:
    """The definition of a row's version as it speaks to whoever reads; the row and those with it say their texts so, too."""
    definition = definitions.by_key(session, row.definition_key)
    tell(definition, row, *others)
    return definition


def read(session: Session, row: Row) -> Row:
    """A row of a case with its texts said to whoever reads; where nobody does, as it is stored."""
    if session.info.get(definitions.LANGUAGE):
        by(session, row)
    return row


def of_company(company: Organisation, language: str, text: str) -> str:
    """A text of the company's own folder for who reads that language."""
    return company.read_in(language).said(text)


@contextlib.contextmanager
def read_by(session: Session, language: str | None) -> Iterator[None]:
    """Within it the session speaks to who reads that language, as when something is sent to him."""
    before = session.info.get(definitions.LANGUAGE)
    session.info[definitions.LANGUAGE] = language
    try:
        yield
    finally:
        session.info[definitions.LANGUAGE] = before


def of_all(session: Session, company_id: str) -> dict[str, str]:
    """The texts of all processes of a company as whoever reads is told them; one statement where somebody reads."""
    if not session.info.get(definitions.LANGUAGE):
        return {}
    return {text: said for each in definitions.all_latest(session, company_id) for text, said in each.words.items()}


def schema(session: Session, company_id: str, form: Mapping[str, Any]) -> Mapping[str, Any]:
    """A form that belongs to no case, in the words of the company's processes; one statement where somebody reads."""
    words = of_all(session, company_id)

    def say(text: str, _kind: str, _at: str) -> str:
        return words.get(text, text)

    return wording.schema(form, say) if words else form


def _said(name: str, value: Any, definition: Definition) -> Any:
    words = definition.words
    if name == "title" and isinstance(value, str):
        return definition.titled(value)
    if name == "summary" and isinstance(value, list):
        return [
            {**each, "label": words.get(each["label"], each["label"]), "value": summed(definition, each, words)}
            for each in value
        ]
    if name in INSIDE and isinstance(value, Mapping):
        return {
            **value,
            **{each: words.get(value[each], value[each]) for each in INSIDE[name] if isinstance(value.get(each), str)},
        }
    if name == "ended_as" and isinstance(value, str):
        how, colon, text = value.partition(":")
        return f"{how}{colon}{words.get(text, text)}"
    return words.get(value, value) if name in SAID and isinstance(value, str) else value


def summed(definition: Definition, part: Mapping[str, Any], words: Mapping[str, str]) -> Any:
    """The value of one part of a summary, in these translations of the process; what people typed as they typed it."""
    text = part["value"]
    own = next((each.value for each in definition.settings.summary if each.name == part["label"]), "")
    return several(text, words) if isinstance(text, str) and not typed.gives(definition, own) else text


def several(text: str, words: Mapping[str, str]) -> str:
    """A text, or several choices that stand in one, where the process has translations for any."""
    parts = text.split(BESIDE)
    if text in words or words.keys().isdisjoint(parts):
        return words.get(text, text)
    said = [words.get(each, each) for each in parts]
    return (BESIDE if any(map(is_chinese, said)) else ", ").join(said)


def _as_it_is(text: str) -> str:
    return text
