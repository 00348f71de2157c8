"""What a process's public page says and asks: the table [public] of workflow.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from engine.definitions import declarations
from engine.definitions.declarations import declared

FAULT = "The setting %(name)s needs the texts title, form and message, and tables as the documentation lists them."


@dataclass(frozen=True)
class Shown:
    """A labelled value of the case that the customer may read; `value` is an expression."""

    label: str
    value: str


@dataclass(frozen=True)
class Paper:
    """A form that the regulation names, printed from a case: [[paper]]."""

    template: str = declared(declarations.TEXT, "", "The name of a document template.")
    title: str = declared(declarations.TEXT, "", "The title on the paper.")


@dataclass(frozen=True)
class AskedCustomer:
    """What the customer is asked while the case waits for a message; without `form` it is yes or no with a comment.

    `silence` says what follows when a timer goes on without his answer.
    """

    text: str = ""
    form: str = ""
    silence: str = ""


CUSTOMER_ANSWER = "customer_answer"  # the message of the standard questions


@dataclass(frozen=True)
class Public:
    """The public page of a process: [public]."""

    title: str = declared(declarations.TEXT, "", "What the customer files.")
    form: str = declared(declarations.TEXT, "", "The form, deployed with the process.")
    message: str = declared(declarations.TEXT, "", "The message start event that it starts.")
    intro: str = declared(declarations.TEXT, "", "A sentence above the form.")
    channel: str = declared(declarations.TEXT, "网页", "Goes into the variable channel.")
    promise: str = declared(declarations.FORMULA, "", "A date, a moment or a sentence, shown while the case runs.")
    promised: str = declared(declarations.TEXT, "", "What is promised by that date or moment; without it an answer.")
    thanks: str = declared(declarations.TEXT, "", "Words at the end.")
    withdrawal: str = declared(declarations.TEXT, "", "The message by which the customer ends the case; without it he cannot.")
    settled: str = declared(
        declarations.TEXT,
        "",
        "Steps with commas between, from which on the matter is settled for the customer: he withdraws no more.",
    )
    steps: Mapping[str, str] = declared(declarations.TABLE, None, "Plain words for the customer, by element id.")
    ends: Mapping[str, str] = declared(
        declarations.TABLE, None, "How it ended, in words for the customer, by id of an end event."
    )
    shows: tuple[Shown, ...] = declared(declarations.TABLES, (), "Values the customer may read, by label and value.")
    questions: Mapping[str, AskedCustomer] = declared(
        declarations.TABLE, None, "How a question is worded, or its form, by element id or message name."
    )

    @property
    def settling(self) -> tuple[str, ...]:
        """The elements that `settled` names."""
        return tuple(filter(None, map(str.strip, self.settled.split(","))))

    @property
    def closing(self) -> tuple[str, ...]:
        """The elements after which it is over for the customer, though others may still have something to do with it."""
        return (*(self.ends or {}), *self.settling)

    def asks(self, element_id: str, message: str) -> bool:
        """Whether the message that a case waits for at a place is a question to its customer."""
        return message == CUSTOMER_ANSWER or bool({element_id, message} & (self.questions or {}).keys())

    def asked(self, element_id: str, message: str) -> AskedCustomer:
        """How the question of that place is worded."""
        return self.questions.get(element_id) or self.questions.get(message) or AskedCustomer()


WORDS = ("steps", "ends")  # tables of words by element id
TEXTS = tuple(
    name
    for name, each in declarations.settings_of(Public).items()
    if each.type not in (declarations.TABLE, declarations.TABLES)
)


def read(raw: Mapping[str, Any]) -> Public:
    """The table as `Public`; `is_fine` must have been asked before."""
    texts = {name: raw[name] for name in TEXTS if name in raw}
    questions = {name: AskedCustomer(**each) for name, each in raw.get("questions", {}).items()}
    return Public(
        **texts,
        steps=dict(raw.get("steps", {})),
        ends=dict(raw.get("ends", {})),
        questions=questions,
        shows=tuple(Shown(each["label"], each["value"]) for each in raw.get("shows", [])),
    )


def is_fine(raw: Any) -> bool:
    """Whether the table has what it needs, everything of the right type, and nothing unknown."""
    if not isinstance(raw, Mapping) or raw.keys() - declarations.settings_of(Public).keys():
        return False
    if not all(isinstance(raw.get(name), str) and raw[name] for name in ("title", "form", "message")):
        return False
    return all(isinstance(raw[name], str) for name in TEXTS if name in raw) and _are_tables_fine(raw)


def papers(raw: Any) -> tuple[Paper, ...] | None:
    """The tables [[paper]]; None when they are not as they should be."""
    if not isinstance(raw, list) or not all(isinstance(each, Mapping) and each.keys() == {"template", "title"} for each in raw):
        return None
    return tuple(Paper(str(each["template"]), str(each["title"])) for each in raw)


def expressions(public: Public) -> Iterator[str]:
    """All expressions of the table."""
    yield public.promise
    yield from (shown.value for shown in public.shows)


def form_ids(raw: Mapping[str, Any]) -> set[str]:
    """The forms that the table of a workflow.toml names, which are deployed with the process."""
    table = raw.get("public")
    if not is_fine(table) or table is None:
        return set()
    public = read(table)
    return {public.form, *(asked.form for asked in public.questions.values() if asked.form)}


QUESTION = frozenset(each.name for each in fields(AskedCustomer))


def _are_tables_fine(raw: Mapping[str, Any]) -> bool:
    words, shows, questions = [raw.get(name, {}) for name in WORDS], raw.get("shows", []), raw.get("questions", {})
    if not (all(isinstance(each, Mapping) for each in (*words, questions)) and isinstance(shows, list)):
        return False
    return (
        all(isinstance(text, str) and text.strip() for table in words for text in table.values())
        and all(isinstance(each, Mapping) and {type(each.get("label")), type(each.get("value"))} == {str} for each in shows)
        and all(_is_question(each) for each in questions.values())
    )


def _is_question(raw: Any) -> bool:
    return isinstance(raw, Mapping) and raw.keys() <= QUESTION and all(isinstance(each, str) for each in raw.values())
