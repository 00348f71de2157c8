"""The people, calendar and record functions that diagrams, forms and decisions may call in FEEL."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from engine import forms
from engine.basics.sayings import LANGUAGES, Said, joined
from engine.calendar.working import Calendar
from engine.cases import earlier
from engine.cases.rights import acted
from engine.definitions import definitions
from engine.people import absences
from engine.people.actors import Actor
from engine.people.organisation import MAX_LEVELS, Organisation
from engine.records import look_ups
from engine.records.knowing import known_to
from engine.storage.models import ProcessInstance

AWAY = Said("外出，{deputies}代理", "away, deputy: {deputies}")
Trace = list[dict[str, Any]]


@dataclass
class _Functions:
    """The functions of one evaluation; `trace` notes which people were asked for, as the reason of a resolution.

    `deputies` are those who acted in the place of handlers that were asked for.
    """

    session: Session
    organisation: Organisation
    instance: ProcessInstance | None
    now: datetime
    by: Actor | None
    named: str = ""
    trace: Trace = field(default_factory=list)
    choosing: forms.Choosing = field(default_factory=forms.Choosing)
    deputies: dict[str, set[str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)  # who was looked up already, and of them who is away
    away: dict[str, absences.Absence] = field(default_factory=dict)

    def head_of(self, department: Any, level: Any = None) -> str | None:
        unit = self.organisation.department(_text(department))
        heads = self.organisation.heads_from(unit.id) if unit and level is not None else ()
        head = heads[: _whole(level, 1)][-1] if heads else self.organisation.head_of(unit.id) if unit else None
        self._note("head_of", head, department=unit.name if unit else _text(department))
        return head

    def manager_of(self, person: Any, level: Any = None) -> str | None:
        manager = self.organisation.manager_of(_text(person), _whole(level, 1))
        self._note("manager_of", manager, person=_text(person))
        return manager

    def managers_of(self, person: Any, up_to: Any = None) -> list[str]:
        managers = list(self.organisation.managers_of(_text(person), _whole(up_to, MAX_LEVELS)))
        self._note("managers_of", managers, person=_text(person))
        return managers

    def members_of(self, group: Any) -> list[str]:
        name = _text(group)
        members = list(self.organisation.members_of(name) or self.organisation.department_members(name))
        self._note("members_of", members, group=name)
        return members

    def department_of(self, person: Any) -> str | None:
        unit = self.organisation.department_of(_text(person))
        return unit.id if unit else None

    def handler_of(self, task_id: Any) -> str | None:
        handler = acted.last_handler(self.session, self.instance, _text(task_id)) if self.instance else None
        username = handler.username if handler else None
        if handler and handler.done_by:
            self.deputies.setdefault(_text(username), set()).add(handler.done_by)
        self._note("handler_of", username, task=_text(task_id))
        return username

    def having_acted(self, people: Any) -> list[str]:
        """The people themselves; says of a step that it keeps them away for what they did, not as its case is about them (`recusal`)."""
        return list(_list(people))

    def except_(self, people: Any, others: Any) -> list[str]:
        out = set(_list(others))
        out.update(*(self.deputies.get(name, ()) for name in tuple(out)))  # who acted in a handler's place is left out with him
        self.trace[:] = [note for note in self.trace if not out.issuperset(note["people"])]  # asked for to leave them out
        return [each for each in _list(people) if each not in out]

    def both(self, people: Any, others: Any) -> list[str]:
        wanted = set(_list(others))
        chosen = [each for each in _list(people) if each in wanted]
        self._note("in_both", chosen)
        return chosen

    def people_cleared(self, people: Any, level: Any) -> list[str]:
        return known_to.cleared(self.session, self.organisation, _list(people), _text(level))

    def name_of(self, person: Any) -> Any:
        if isinstance(person, list):
            return [self.organisation.name_of(_text(each)) for each in person]
        return self.organisation.name_of(_text(person)) if person else None

    def department_name_of(self, department: Any) -> str | None:
        unit = self.organisation.department(_text(department))
        return unit.name if unit else None

    def person_options(self, people: Any = None) -> list[dict[str, str]]:
        names = self.organisation.people if people is None else _list(people)
        active = self.organisation.active(names)
        if self.by is not None:  # a form asks for the same people field by field
            new = set(active) - self.asked
            self.away |= absences.now_away(self.session, self.organisation, new, now=self.now)
            self.asked |= new
        return [{"label": self.organisation.name_of(each), "value": each} | self._of_absence(each) for each in active]

    def _of_absence(self, person: str) -> dict[str, str]:
        """Of who is away it says so, in the reader's language, to whoever chooses him for a step."""
        away = self.away.get(person)
        if away is None:
            return {}
        language = self.session.info.get(definitions.LANGUAGE) or LANGUAGES[0]
        return {"note": AWAY.of(deputies=joined(away.deputies)).read(language)}

    def department_options(self) -> list[dict[str, str]]:
        """As whoever reads is told them; what a case keeps is the id."""
        return [
            {"label": self.organisation.said(each.name), "value": each.id} for each in self.organisation.departments.values()
        ]

    def record_options(self, text: Any = None) -> list[dict[str, Any]]:
        around = (self.session, self.organisation, self.by, self.instance)
        lines = look_ups.options(*around, _text(text), self.choosing)
        return [{"label": f"{line.number} {line.name}".strip(), "value": str(line.key)} for line in lines]

    def expired_records(self) -> list[str]:
        return look_ups.expired(self.session, self.organisation, self.by, self.instance, now=self.now)

    def record(self, key: Any) -> dict[str, Any] | None:
        return look_ups.one(self.session, self.organisation, self.by, self.instance, _text(key), now=self.now)

    def record_holds(self, key: Any) -> str | None:
        return look_ups.held(self.session, self.organisation, self.by, self.instance, _text(key)) if key else None

    def working_days_after(self, date_: Any, n: Any) -> date | None:
        if not isinstance(date_, date) or n is None:
            return None
        start = date_ if isinstance(date_, datetime) else self.calendar.end_of(date_)
        return self.calendar.add_days(_aware(start, self.calendar), _whole(n, 0)).astimezone(self.calendar.zone).date()

    def working_hours_after(self, date_and_time: Any, n: Any) -> datetime | None:
        if not isinstance(date_and_time, datetime) or n is None:
            return None
        return self.calendar.add_hours(_aware(date_and_time, self.calendar), Decimal(n)).astimezone(self.calendar.zone)

    def is_working_day(self, date_: Any) -> bool | None:
        return self.calendar.is_working_day(self._day(date_)) if isinstance(date_, date) else None

    def working_days_between(self, a: Any, b: Any) -> int | None:
        if not (isinstance(a, date) and isinstance(b, date)):
            return None
        return self.calendar.working_days_between(self._day(a), self._day(b))

    def earlier_cases(self, process_id: Any, column: Any, value: Any, days: Any) -> int | None:
        if days is None:
            return None
        around = (self.session, self.organisation.id, _text(process_id), _text(column), _text(value).strip())
        but = self.instance.key if self.instance else None
        return earlier.count(*around, since=earlier.since(self.now, _whole(days, 0)), but=but)

    def earlier_handler(self, process_id: Any, column: Any, value: Any, days: Any, task_id: Any) -> str | None:
        if days is None:
            return None
        around = (self.session, self.organisation.id, _text(process_id), _text(column), _text(value).strip(), _text(task_id))
        but = self.instance.key if self.instance else None
        return earlier.handler(*around, since=earlier.since(self.now, _whole(days, 0)), but=but)

    def running_case(self, process_id: Any, column: Any, value: Any, wanted: Any) -> str | None:
        """Of what the person in front of the form may see; elsewhere nothing."""
        if self.by is None:
            return None
        asked = (_text(process_id), _text(column), _text(value).strip(), _text(wanted))
        but = self.instance.key if self.instance else None
        return earlier.running(self.session, self.by, *asked, but=but)

    def setting(self, name: Any) -> Any:
        return self.organisation.settings.get(_text(name))

    def current_person(self) -> str | None:
        return self.by.username if self.by is not None and self.by.username in self.organisation.people else None

    @property
    def calendar(self) -> Calendar:
        """That of the process whose case asks; without a case the one that is `named`."""
        name = self.named
        if self.instance is not None:
            name = definitions.by_key(self.session, self.instance.definition_key).settings.calendar
        return Calendar.of(self.session, self.organisation, name)

    def _day(self, value: date) -> date:
        if isinstance(value, datetime):
            return _aware(value, self.calendar).astimezone(self.calendar.zone).date()
        return value

    def _note(self, code: str, people: str | list[str] | None, **values: str) -> None:
        self.trace.append({"code": code, "values": values, "people": _list(people)})


NAMES = (
    "head of",
    "manager of",
    "managers of",
    "members of",
    "department of",
    "handler of",
    "having acted",
    "except",
    "both",
    "people cleared",
    "name of",
    "department name of",
    "person options",
    "department options",
    "record options",
    "expired records",
    "record holds",
    "record",
    "working days after",
    "working hours after",
    "is working day",
    "working days between",
    "earlier cases",
    "earlier handler",
    "running case",
    "current person",
    "setting",
)


class Lookups(dict[str, Callable[..., Any]]):
    """The functions by their FEEL names.

    `trace` notes which people were asked for: clear it before an assignment is evaluated and hand it to
    `resolve`, and the task says "head of 市场部" instead of "named by the process". `choosing` is what a
    choice field asks of look-ups that have more than they can list.
    """

    trace: Trace
    choosing: forms.Choosing


def seen_from(
    session: Session,
    organisation: Organisation,
    instance: ProcessInstance | None,
    *,
    now: datetime,
    by: Actor | None = None,
    calendar: str = "",
) -> Lookups:
    """The functions `NAMES`, as seen from a case.

    `instance` is the case that `handler of` asks about. `by` is the person in front of the form, who is shown
    of customer records what he may know. `calendar` names the working calendar that counts as long as there is no case.
    Without him it is the case that asks, and without a case nobody: see
    `record_look_ups`.
    """
    made = _Functions(session, organisation, instance, now, by, calendar)
    functions = Lookups((name, getattr(made, "except_" if name == "except" else name.replace(" ", "_"))) for name in NAMES)
    functions.trace, functions.choosing = made.trace, made.choosing
    return functions


def _aware(value: datetime | date, calendar: Calendar) -> datetime:
    assert isinstance(value, datetime)
    return value if value.tzinfo else value.replace(tzinfo=calendar.zone)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _whole(value: Any, default: int) -> int:
    return int(value) if isinstance(value, Decimal | int) else default


def _list(value: Any) -> Iterable[str]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
