"""What decided each branch of a case: which answer was taken, by which values, who gave them, which rule of which version hit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine import feel, runtime
from engine.basics import answers
from engine.cases.lines import chosen_records, filled
from engine.cases.personal.personal_data import Redaction
from engine.definitions.definitions import Definition
from engine.intake.answers import CHINESE
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.cases.words import clock
from engine.queries.cases.words.clock import Clock
from engine.storage.models import HistoryEvent, ProcessInstance

FIELD, OUTCOME, SKIPPED, RULE, SYSTEM = "field", "outcome", "skipped", "rule", "system"
CUSTOMER, WORKED_OUT = "customer", "worked_out"
ANSWERED, ARRIVED = "answered", "message_received"
READ = ("started", "completed", "voted", "passed", "skipped", "answered", "decided", "operation", "message_received", "taken")
MOST_EVENTS = 3000  # of one case, the latest; those before are not told
MOST = 60  # branches told, the latest
ANYTHING = "-"  # a cell of a table that every value fits
_WRITTEN = re.compile(r'"([^"\\]*)"')  # a text in a cell of a table
CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway"})


@dataclass(frozen=True)
class Compared:
    """What a rule compared: the table's column, the value that stood there (None: cannot be told in a line), and with what."""

    label: str
    value: Any
    condition: str


@dataclass(frozen=True)
class HitRule:
    """A rule of a decision table that hit: its number from 1, what its line is explained with, and what it compared."""

    table: str
    number: int
    words: str = ""
    compared: tuple[Compared, ...] = ()


@dataclass(frozen=True)
class Fact:
    """A value that a branch asked for. `kind`: field (somebody's answer in a form), outcome (what a step came to), skipped (what an operator who skipped it gave instead), rule (what a decision gave), customer (what he answered himself, in his words), worked_out (as it stood when the way was chosen, made by the process), system.

    `label` is what people call it, `value` as on pages; `step` where it was given, "" for the application, by `who` at `at`.
    `value` is None where it cannot be told in a line, or not to this person. `rules` and `version` are those of the decision.
    """

    kind: str
    label: str
    value: Any
    who: str = ""
    step: str = ""
    at: datetime | None = None
    rules: tuple[HitRule, ...] = ()
    version: int = 0


@dataclass(frozen=True)
class BranchTaken:
    """A place where the ways part: what was asked, which answer was taken; `is_rest`: because none of the `others` fitted, named.

    `asks` tells whether the conditions ask for anything: without `facts`, then, for what the system worked out; `clock` says
    what they ask where that is the clock or the calendar alone.
    """

    question: str
    answer: str
    target: str
    at: datetime
    facts: list[Fact] = field(default_factory=list)
    is_rest: bool = False
    asks: bool = False
    others: tuple[str, ...] = ()
    clock: tuple[Clock, ...] = ()


@dataclass(frozen=True)
class _Given:
    """What a variable was last set by; `made_of` are the values that a step made it of."""

    kind: str
    value: Any
    label: str = ""
    who: str = ""
    step: str = ""
    at: datetime | None = None
    rules: tuple[HitRule, ...] = ()
    version: int = 0
    made_of: tuple[tuple[str, _Given], ...] = ()
    element: str = ""


def of_case(
    session: Session,
    by: Actor,
    company: Organisation,
    instance: ProcessInstance,
    definition: Definition,
    redaction: Redaction | None,
    *,
    now: datetime,
) -> list[BranchTaken]:
    """The branches of one case, oldest first, values masked by the redaction; one statement, one more for a chosen record."""
    telling = _Telling(
        company, definition, redaction, lambda given: chosen_records.told(session, by, given, redaction, now=now)
    )
    event = HistoryEvent
    columns = (event.kind, event.at, event.actor, event.element_id, event.element_name, event.data)
    asked = select(*columns).where(event.instance_key == instance.key, event.kind.in_(READ))
    rows = session.execute(asked.order_by(event.sequence.desc()).limit(MOST_EVENTS)).all()
    return list(telling.branches(_answers_first(rows[::-1])))[-MOST:]


def _answers_first(rows: Sequence[Row[Any]]) -> Iterator[Row[Any]]:
    """What a customer answered is noted once the case has gone on by it: it is read where his message came."""
    answered = [row for row in rows if row.kind == ANSWERED]
    for row in rows:
        if row.kind == ARRIVED and answered and answered[0].at == row.at:
            yield answered.pop(0)
        if row.kind != ANSWERED:
            yield row


class _Telling:
    """Goes through what happened and keeps what every variable was last set by."""

    def __init__(
        self,
        company: Organisation,
        definition: Definition,
        redaction: Redaction | None,
        with_titles: Callable[[list[filled.Value]], list[filled.Value]],
    ) -> None:
        self.company, self.definition, self.redaction, self.with_titles = company, definition, redaction, with_titles
        self.program = definition.program
        self.given: dict[str, _Given] = {}
        self.held: Mapping[str, Any] = {}  # the values when the way was chosen that is told

    def branches(self, rows: Iterator[Row[Any]]) -> Iterator[BranchTaken]:
        """Each branch as it stood when it was taken."""
        for row in rows:
            if row.kind == "taken":
                yield from self._taken(row)
            else:
                self._read(row)

    def _read(self, row: Row[Any]) -> None:
        data, element = row.data or {}, self.program.elements.get(row.element_id or "")
        if row.kind == ANSWERED:
            self._answered(row, data)
        elif row.kind == "decided" and element is not None:
            self._decided(row, element, data)
        elif row.kind == "operation" and element is not None:
            names = [mapping.target.partition(".")[0] for mapping in element.outputs] or [element.result_variable or ""]
            self.given.update((name, _Given(SYSTEM, None, element.name, at=row.at)) for name in names if name)
        else:
            self._said(row, data)

    def _said(self, row: Row[Any], data: Mapping[str, Any]) -> None:
        """What a person filled in, and what the step came to by it."""
        passed = row.kind == "passed" and data.get("person")
        who = self.company.name_of(passed) if passed else self.company.signed(row.actor, data.get("for"))
        step, values = self.definition.said(row.element_name or ""), data.get("values")
        if isinstance(values, dict) and "erased" not in values and row.kind != "voted":
            at = row.element_id or ""
            self.given.update((name, _Given(FIELD, value, "", who, step, row.at, element=at)) for name, value in values.items())
        settings = self.definition.tasks.get(row.element_id or "")
        outcome = data.get("outcome")
        if settings is not None and outcome and row.kind in ("completed", "passed", "skipped"):
            chosen = settings.outcome(str(outcome))
            label = chosen.label if chosen and chosen.label else str(outcome)
            kind = SKIPPED if row.kind == "skipped" else OUTCOME
            self.given[settings.result] = _Given(kind, label, step, who, step, row.at)
        if row.kind in ("completed", "passed"):
            self._made(row, step)

    def _made(self, row: Row[Any], step: str) -> None:
        """What the step makes of its answers under other names: a branch that asks for it is told by the answers."""
        element = self.program.elements.get(row.element_id or "")
        made = {}
        for mapping in element.outputs if element else ():
            sources = [name for name in _names(mapping.source) if name != mapping.target]
            told = tuple((name, self.given[name]) for name in sources if name in self.given)
            if "." not in mapping.target:
                made[mapping.target] = _Given(WORKED_OUT, None, "", "", step, row.at, made_of=told)
        self.given.update({name: each for name, each in made.items() if not self._is_its_own(name, each)})

    def _is_its_own(self, name: str, made: _Given) -> bool:
        """Whether a step only hands on what was filled in under this name."""
        given = self.given.get(name)
        return given is not None and given.kind == FIELD and given.at == made.at and not made.made_of

    def _answered(self, row: Row[Any], data: Mapping[str, Any]) -> None:
        values = data.get("values")
        if not isinstance(values, dict) or "erased" in values:
            return
        comment, is_choice = str(values.get("comment") or ""), isinstance(values.get("accepted"), bool)
        word = answers.word(values, CHINESE.yes, CHINESE.no) if is_choice else ""
        if word and comment:
            word = f"{word}：{comment}"
        told = {
            name: _Given(CUSTOMER, self.definition.said(word) if word else value, at=row.at) for name, value in values.items()
        }
        self.given.update(told)

    def _decided(self, row: Row[Any], element: runtime.Element, data: Mapping[str, Any]) -> None:
        steps = data.get("trail") or [{}]
        say = self.definition.said
        rules = tuple(_rules(steps[-1], self._hidden, say))
        name, value = steps[-1].get("name") or element.name, data.get("value")
        told = _Given(
            RULE,
            say(value) if isinstance(value, str) else value,
            say(str(name)),
            step=element.name,
            at=row.at,
            rules=rules,
            version=data.get("version") or 0,
        )
        self.given[element.result_variable or ""] = told
        self.given.update((mapping.target.partition(".")[0], told) for mapping in element.outputs)

    def _taken(self, row: Row[Any]) -> Iterator[BranchTaken]:
        flow = self.program.flows.get(row.element_id or "")
        source = self.program.elements.get(flow.source) if flow else None
        if flow is None or source is None or len(source.outgoing) < 2 or not self._is_choice(source):
            return
        target = self.program.elements[flow.target]
        is_rest = flow.id == source.default
        asked = [self.program.flows[each] for each in source.outgoing] if is_rest or not flow.condition else [flow]
        conditions = [each.condition for each in asked if each.condition]
        names = dict.fromkeys(name for each in conditions for name in _names(each))
        held = (row.data or {}).get("values")
        self.held = held if isinstance(held, dict) and "erased" not in held else {}
        facts = [fact for name in names for fact in self._facts(name, self.given.get(name))]
        others = tuple(each.name for each in asked if each.name and each.id != source.default) if is_rest else ()
        of_clock = clock.asked(conditions)
        yield BranchTaken(source.name, flow.name, target.name, row.at, _once(facts), is_rest, bool(names), others, of_clock)

    def _is_choice(self, source: runtime.Element) -> bool:
        return source.type in CHOOSING or any(self.program.flows[each].condition for each in source.outgoing)

    def _facts(self, name: str, given: _Given | None) -> Iterator[Fact]:
        """The value that a variable had, under the labels of people; nothing for one that nobody can name."""
        if given is None:
            return
        if given.kind == WORKED_OUT or (given.kind == FIELD and self.held.get(name, given.value) != given.value):
            yield from self._made_of(name, given)
        elif given.kind != FIELD:
            value = self._masked(name, given.value) if given.kind in (RULE, CUSTOMER) else given.value
            told = None if isinstance(value, dict) else value  # its members have names of machines
            yield Fact(given.kind, given.label, told, given.who, given.step, given.at, given.rules, given.version)
        else:
            yield from (
                Fact(FIELD, label, value, given.who, given.step, given.at)
                for label, value in self._told(name, given.value, given.element)
            )

    def _made_of(self, name: str, given: _Given) -> Iterator[Fact]:
        """What it was made of; else, or where that says nothing, the value itself as it stood."""
        parts = [fact for part, each in given.made_of for fact in self._facts(part, each)]
        if parts or name not in self.held:
            yield from parts
            return
        for label, value in self._told(name, self.held[name]):
            yield Fact(WORKED_OUT, label, value, "", given.step, given.at)

    def _told(self, name: str, value: Any, element: str = "") -> Iterator[tuple[str, Any]]:
        """A value under the labels of the form of the step that gave it, else of those that ask for it or show it."""
        values = {name: self._masked(name, value)}
        fields = filled.at_step(self.definition, element, self.company, values)
        fields = fields or filled.filled_fields(self.definition, self.company, values)
        values = {each.name: each.value for each in self.with_titles(fields) if each.kind == "text"}
        for each in fields:
            yield each.label, values.get(each.name)

    def _hidden(self, value: Any) -> Any:
        """A value that a table compared, without the personal data in it; None for what has members."""
        if isinstance(value, dict | list):
            return None
        return self.redaction.value(value) if self.redaction else value

    def _masked(self, name: str, value: Any) -> Any:
        return self.redaction.variables({name: value})[name] if self.redaction else value


def _once(facts: list[Fact]) -> list[Fact]:
    """Each only once, where a condition asks for several parts of the same."""
    return list({(fact.kind, fact.label, fact.step): fact for fact in reversed(facts)}.values())[::-1]


def _names(condition: str) -> list[str]:
    """The variables of a condition, in the order in which they stand there."""
    text = feel.body(condition)
    try:
        names = feel.compile(text).names
    except feel.FeelSyntaxError:
        return []
    return sorted(names, key=text.find)


def _rules(step: Mapping[str, Any], told: Callable[[Any], Any], say: Callable[[str], str]) -> Iterator[HitRule]:
    for table in step.get("tables") or []:
        asked = [(say(str(each.get("label") or "")), told(each.get("value"))) for each in table.get("inputs") or []]
        for rule in table.get("rules") or []:
            notes = [say(str(note["text"])) for note in rule.get("annotations") or [] if note.get("text")]
            name = say(str(table.get("name") or step.get("name") or ""))
            words = ("; " if all(map(str.isascii, notes)) else "；").join(notes)
            yield HitRule(name, int(rule["number"]), words, tuple(_compared(asked, rule, say)))


def _compared(asked: list[tuple[str, Any]], rule: Mapping[str, Any], say: Callable[[str], str]) -> Iterator[Compared]:
    """The columns that the rule asks; those that it leaves open say nothing."""
    for (label, value), condition in zip(asked, rule.get("conditions") or [], strict=False):
        if label and str(condition).strip() not in ("", ANYTHING):
            told = _WRITTEN.sub(lambda at: f'"{say(at[1])}"', str(condition).strip())
            yield Compared(label, say(value) if isinstance(value, str) else value, told)
