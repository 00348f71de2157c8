"""What an operation beside a form is to pages and API: its words, what its dialog asks for, and the verb that does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from engine.errors import Refusal
from engine.people.actors import Actor
from engine.verbs.sharing import comments


@dataclass(frozen=True)
class ActInput:
    """What a dialog, or a body of the API, gives an operation; it reads what it asks for."""

    reason: str = ""
    text: str = ""
    number: str = ""
    person: str = ""
    people: tuple[str, ...] = ()
    task: str = ""
    target: str = ""
    resume: str = ""
    until: str = ""
    files: tuple[comments.File, ...] = ()
    kept_files: tuple[str, ...] = ()  # keys of files that were handed in before


Verb = Callable[[Session, Actor, int, ActInput, datetime], Any]


@dataclass(frozen=True)
class ActField:
    """One thing that a dialog asks for. `kind`: text, line, moment, people, person, files, choice (of what its page knows).

    People are chosen `with_groups`, and `without_me` where whoever chooses would be refused; who is chosen reads the case
    where it `lets_read`, so that whom that keeps away is not offered; who is chosen is given the task where it `gives_task`, so
    that of whom cannot be the reason is told before. In a text `with_mentions` they are offered behind an @.
    """

    name: str
    kind: str
    label: Any
    is_required: bool = False
    hint: Any = ""
    with_groups: bool = False
    without_me: bool = False
    lets_read: bool = False
    gives_task: bool = False
    with_mentions: bool = False


@dataclass(frozen=True)
class Act:
    """One operation. `words` say what it does, `button` does it, `done` is said afterwards; without fields it is done at once."""

    name: str
    label: Any
    verb: Verb
    done: Any
    fields: tuple[ActField, ...] = ()
    heading: Any = ""
    words: Any = ""
    is_grave: bool = False

    @property
    def asks(self) -> bool:
        """Whether it has a dialog."""
        return bool(self.fields)


@dataclass(frozen=True)
class Offered:
    """An operation as it is offered here: its words, or those of the diagram; refused until `again_at`, if that is known, or as `barred` says."""

    act: Act
    label: Any
    again_at: datetime | None = None
    barred: Refusal | None = None


REASON = ActField("reason", "text", lazy_gettext("Reason"), is_required=True)
WHY = ActField("reason", "text", lazy_gettext("Reason"))
