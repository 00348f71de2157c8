"""What rows keep of a process's texts (names of steps, of processes, labels), in the language of whoever reads.

Rows keep what the process said when they were written; here it is said again by the translations of their version. It costs
no statement but the first reading of a version in a process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session, attributes

from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.definitions.languages import wording

SAID = ("name", "task_name", "process_name", "element_name", "category", "step", "title")


def saying(session: Session, definition_key: int | None) -> Callable[[str], str]:
    """What says a text of that version to whoever reads; in a session without a reader every text stays."""
    if definition_key is None or not session.info.get(definitions.LANGUAGE):
        return _as_it_is
    return definitions.by_key(session, definition_key).said


def told(session: Session, row: Any) -> Any:
    """A row of a list, which names its `definition_key`, with its texts said to whoever reads."""
    if not session.info.get(definitions.LANGUAGE):
        return row
    words = definitions.by_key(session, row.definition_key).words
    return SimpleNamespace(**{name: _said(name, value, words) for name, value in row._mapping.items()}) if words else row


def tell(definition: Definition, *rows: Any) -> None:
    """Has rows of a session that only reads say their texts to whoever reads, as `definition` does."""
    for row in rows if definition.words else ():
        for name in (*SAID, "summary"):
            if name in row.__mapper__.columns:
                attributes.set_committed_value(row, name, _said(name, getattr(row, name), definition.words))


def by(session: Session, row: Any, *others: Any) -> Definition:
    """The definition of a row's version as it speaks to whoever reads; the row and those with it say their texts so, too."""
    definition = definitions.by_key(session, row.definition_key)
    tell(definition, row, *others)
    return definition


def schema(session: Session, company_id: str, form: Mapping[str, Any]) -> Mapping[str, Any]:
    """A form that belongs to no case, in the words of the company's processes; one statement where somebody reads."""
    if not session.info.get(definitions.LANGUAGE):
        return form
    words = {text: said for each in definitions.all_latest(session, company_id) for text, said in each.words.items()}

    def say(text: str, _kind: str, _at: str) -> str:
        return words.get(text, text)

    return wording.schema(form, say) if words else form


def _said(name: str, value: Any, words: Mapping[str, str]) -> Any:
    if name == "summary" and isinstance(value, list):
        return [
            {name: words.get(text, text) if isinstance(text, str) else text for name, text in each.items()} for each in value
        ]
    return words.get(value, value) if name in SAID and isinstance(value, str) else value


def _as_it_is(text: str) -> str:
    return text
