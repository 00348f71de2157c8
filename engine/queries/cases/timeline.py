"""What happened in a case, as people tell it: who did what when, with which outcome and opinion."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select, true
from sqlalchemy.orm import Session

from engine.cases import cases, history
from engine.cases.lines import filled
from engine.cases.personal.personal_data import Redaction
from engine.definitions import definitions, outcome_labels
from engine.definitions.languages import telling
from engine.people import organisation
from engine.queries import paging
from engine.queries.cases.words import effects
from engine.queries.cases.words.effects import Effect
from engine.storage.models import HistoryEvent, ProcessInstance

SHOWN = sorted(history.KINDS - {"entered", "left", "taken", history.TOLD})  # how a token went on is for machines
NEWEST = 400
FILLED_IN = ("completed", "voted")  # with a form
SKIPPED, CHANGED = "skipped", "variable_changed"
GIVING = frozenset(("started", *FILLED_IN, SKIPPED, CHANGED))  # values to the variables that they name
TOLD = (
    "before",
    "after",
    "how",
    "version",
    "newest",
    "by_case",
    "type",
    "sent",
    "because",
    "to",
    "count",
    "accepted",
    "rating",
    "chosen",
    "channel",
    "to_name",
    "position",
    "undone",
    "why",
    "sender",
    "left",
)  # of an event's data; what people typed is shown under the labels of the forms
EVERY = true()
STEPS = ("from", "to_name")  # names of steps in an event's data


@dataclass(frozen=True)
class TimelineEntry:
    """One line of the timeline. `outcome` is the id, `label` what stood on the button; `took` since the task came.

    `called` is the called process that it happened in, "" for the case at the top; `instance_key`, `number` and
    `process_name` are its case's, `task` the key of a user task (0: of none); `is_undone`: the case was sent back to before
    it since. `signature` is the key and the digest of the signature under it, `files` the keys of files with the opinion;
    `has_filled_in`: values of the form came with it; `effects` say what it changed, from what to what; `changed` names the
    variables that it gave another value than they had; `given` are the values that came with a form, in the `round` of its step;
    `own` are those of them that ended with the step and are no variables of the case;
    `by` is who did it, by username, whoever he stood in for;
    `sent_back` are the steps that it sent the case back to, as `comebacks.named` tells a return, each with its name as `to`.
    """

    kind: str
    at: datetime
    who: str
    element: str
    called: str = ""
    outcome: str = ""
    label: str = ""
    opinion: str = ""
    reason: str = ""
    took: timedelta | None = None
    data: dict[str, Any] = field(default_factory=dict)
    instance_key: int = 0
    element_id: str = ""
    task: int = 0
    number: str = ""
    process_name: str = ""
    is_undone: bool = False
    signature: tuple[int, str] | None = None
    files: tuple[int, ...] = ()
    has_filled_in: bool = False
    effects: tuple[Effect, ...] = ()
    key: int = 0
    changed: tuple[str, ...] = ()
    round: int = 1
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)
    own: tuple[str, ...] = ()
    by: str = ""
    sent_back: tuple[Mapping[str, Any], ...] = ()

    @property
    def before(self) -> datetime | None:
        """The due time that a moved deadline had."""
        return _due(self.data.get("before"))

    @property
    def after(self) -> datetime | None:
        """The due time that a moved deadline has now."""
        return _due(self.data.get("after"))


def timeline(
    session: Session, company: organisation.Organisation, root_key: int, shown: ColumnElement[bool] = EVERY
) -> list[TimelineEntry]:
    """The newest events of the case and of those it called that are `shown` (`barring.beside`), oldest first; one statement."""
    event = HistoryEvent
    statement = _told(root_key, SHOWN, shown).order_by(event.at.desc(), event.key.desc()).limit(NEWEST)
    rows = list(reversed(session.execute(statement).all()))
    return _undone(_entries(session, company, rows))


def page(
    session: Session,
    company: organisation.Organisation,
    root_key: int,
    redaction: Redaction,
    wanted: paging.WantedPage,
    shown: ColumnElement[bool] = EVERY,
) -> paging.Page[TimelineEntry]:
    """One page of all that happened, the newest first, arrivals of tasks among it; personal data masked. Two statements.

    Words that changed variables once held are masked wherever they are quoted, also on pages that do not tell of the change.
    """
    rows = session.execute(paging.newest_first(_told(root_key, SHOWN, shown), HistoryEvent.key, wanted)).all()
    changes = session.execute(_told(root_key, sorted(effects.FILLED), shown)).all()
    changed, entries = ([_entry(session, company, row, None) for row in each] for each in (changes, rows))
    return paging.page(masked([*changed, *entries], redaction)[len(changed) :], wanted, lambda entry: (entry.key,))


def _told(root_key: int, kinds: Iterable[str], shown: ColumnElement[bool]) -> Select[Any]:
    event, instance = HistoryEvent, ProcessInstance
    return (
        select(
            event.key,
            event.kind,
            event.at,
            event.actor,
            event.element_id,
            event.element_name,
            event.data,
            event.instance_key,
            instance.process_name,
            instance.number,
            instance.parent_key,
            instance.definition_key,
        )
        .join(instance, instance.key == event.instance_key)
        .where(instance.root_key == root_key, event.kind.in_(kinds), shown)
    )


def with_senders(entries: Iterable[TimelineEntry], numbers: Mapping[int, str]) -> list[TimelineEntry]:
    """The entries, messages of other cases with their numbers as `from_case` where those may be known (`numbers` by key)."""
    return [
        replace(each, data={**each.data, "from_case": numbers[each.data["sender"]]})
        if each.data.get("sender") in numbers
        else each
        for each in entries
    ]


def changed_since(names: Iterable[str], entries: list[TimelineEntry], by: TimelineEntry) -> dict[str, TimelineEntry]:
    """Which of the answers that an event gave were changed after it, and by which event the last time; `customer.phone` with `customer`."""
    after = [each for each in entries[entries.index(by) + 1 :] if each.instance_key == by.instance_key]
    last = {name: each for each in after for name in each.changed}
    return {name: last[root] for name in names if (root := filled.root(name)) in last and root not in by.own}


def signatures_in(entries: Iterable[TimelineEntry]) -> dict[int, str]:
    """The digests of the signatures under these entries, by key."""
    return dict(each.signature for each in entries if each.signature is not None)


def masked(entries: Iterable[TimelineEntry], redaction: Redaction) -> list[TimelineEntry]:
    """The entries with personal data masked in what people wrote."""
    told, words = list(entries), redaction.words
    for each in told:
        words = effects.words_of(each.effects, words)
        words = Redaction.of(redaction.definition, each.given, words).words if each.given else words
    return [_masked(each, replace(redaction.of_event(each.key), words=words)) for each in told]


def _masked(entry: TimelineEntry, redaction: Redaction) -> TimelineEntry:
    opinion, reason = redaction.text(entry.opinion), redaction.text(entry.reason)
    told = effects.masked(entry.effects, redaction)
    back = tuple({**each, "reason": redaction.text(each["reason"])} for each in entry.sent_back)
    given = redaction.variables(entry.given)
    return replace(entry, opinion=opinion, reason=reason, effects=told, given=given, sent_back=back)


def _entries(session: Session, company: organisation.Organisation, rows: Iterable[Row[Any]]) -> Iterable[TimelineEntry]:
    came: dict[int, datetime] = {}
    known: dict[int, dict[str, Any]] = {}
    for row in rows:
        task = (row.data or {}).get("task") or 0
        if row.kind == "task_created":
            came[task] = row.at
            continue
        arrived = came.pop(task, None) if row.kind in ("completed", "returned") else None
        entry = _entry(session, company, row, row.at - arrived if arrived else None)
        own = _own(definitions.by_key(session, row.definition_key), row)
        yield replace(entry, own=own, changed=_changed(row, own, known.setdefault(row.instance_key, {})))


def _entry(session: Session, company: organisation.Organisation, row: Any, took: timedelta | None) -> TimelineEntry:
    row, say = telling.told(session, row), telling.saying(session, row.definition_key)
    data = row.data or {}
    if row.kind == "started" and row.parent_key is None:
        data = data | {"channel": definitions.channel(session, row.actor, row.definition_key)}
    data = data | {name: say(data[name]) for name in STEPS if isinstance(data.get(name), str)}
    if data.get("left"):
        data = data | {"left": company.name_of(data["before"])}
    if isinstance(data.get("result"), dict) and "sent" in data["result"]:
        data = data | {"sent": len(data["result"]["sent"])}
    if row.kind == "rated":
        data = data | {"rating": (data.get("values") or {}).get("stars")}
    if row.kind == "answered":
        given = data.get("values") or {}
        data = data | {name: given[name] for name in ("accepted", "rating") if name in given}
        data = data | ({"chosen": say(given["chosen"])} if isinstance(given.get("chosen"), str) else {})
    outcome = str(data.get("vote") or data.get("outcome") or "")
    return TimelineEntry(
        row.kind,
        row.at,
        _who(company, row, data),
        row.element_name or "",
        row.process_name if row.parent_key else "",
        outcome,
        _label(session, row, outcome),
        str(data.get("opinion") or ""),
        str(data.get("reason") or _written(row.kind, data) or _asked(data)),
        took,
        {name: data[name] for name in TOLD if name in data},
        row.instance_key,
        row.element_id or "",
        data.get("task") or 0,
        row.number,
        row.process_name,
        signature=_signature(data.get("signature")),
        files=tuple(data.get("files") or ()) if row.kind in FILLED_IN else (),
        has_filled_in=row.kind in FILLED_IN and bool(data.get("values")),
        effects=effects.of_event(definitions.by_key(session, row.definition_key), company, row.kind, data),
        key=row.key,
        round=data.get("round") or 1,
        given=_given(row.kind, data),
        by=row.actor or "",
    )


def _who(company: organisation.Organisation, row: Any, data: Mapping[str, Any]) -> str:
    """Who did it; of a message that another case sent whoever acted there."""
    if row.kind == "passed":
        return company.name_of(data["person"])
    return company.signed(row.actor or data.get("mover"), data.get("for"))


def _own(definition: definitions.Definition, row: Any) -> tuple[str, ...]:
    """Which of the values that came with a form ended with its step."""
    element = definition.program.elements.get(row.element_id or "")
    values = (row.data or {}).get("values")
    if element is None or row.kind not in (*FILLED_IN, SKIPPED) or not isinstance(values, Mapping):
        return ()
    return tuple(name for name in values if element.is_own(name))


def _changed(row: Any, own: Collection[str], known: dict[str, Any]) -> tuple[str, ...]:
    """Which variables an event gave another value than the events before it, whose values are `known`; nothing once they are erased.

    What was its step's `own` is no variable.
    """
    values = (row.data or {}).get("values")
    if not isinstance(values, Mapping) or row.kind not in GIVING or _is_erased(row.data):
        return ()
    given = {str(row.data["name"]): values.get("after")} if row.kind == CHANGED else values
    given = {name: value for name, value in given.items() if name not in own}
    names = tuple(name for name, value in given.items() if row.kind == CHANGED or known.get(name, value) != value)
    known.update(given)
    return names


def _given(kind: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    values = data.get("values")
    return values if kind in ("started", *FILLED_IN) and isinstance(values, Mapping) and not _is_erased(data) else {}


def _is_erased(data: Mapping[str, Any]) -> bool:
    """Whether what an event gave is gone, and only that it was is told."""
    return "erased" in data["values"] and "salt" not in data


def _signature(told: Any) -> tuple[int, str] | None:
    return (told["key"], told["digest"]) if isinstance(told, Mapping) else None


def _written(kind: str, data: Mapping[str, Any]) -> str:
    """What the customer wrote with an answer or a withdrawal, or somebody beside the case; never a field of a form by that name.

    A form also holds what others have filled in before: those are not the words of whoever completes the step.
    """
    if kind in (*FILLED_IN, SKIPPED, CHANGED):
        return ""
    values = data.get("values") or {}
    return str(values.get(cases.COMMENT) or values.get(cases.WITHDRAWAL) or "")


def _asked(data: Mapping[str, Any]) -> str:
    """Why somebody was asked to sign, or taken off."""
    return str(data.get("because") or "") if "item" in data else ""


def _undone(entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """The entries, those of steps that a way back has undone since marked: what was said there counts no more."""
    gone: set[int] = set()
    undone = []
    for entry in reversed(list(entries)):
        undone.append(replace(entry, is_undone=entry.task in gone) if entry.kind in ("completed", "voted", "passed") else entry)
        gone.update(entry.data.get("undone", ()))
    return undone[::-1]


def _due(deadline: Any) -> datetime | None:
    text = deadline.get("due_at") if isinstance(deadline, dict) else None
    return datetime.fromisoformat(text) if text else None


def _label(session: Session, row: Row[Any], outcome: str) -> str:
    """What stood on the button in the version that the case runs on."""
    if not outcome:
        return ""
    settings = definitions.by_key(session, row.definition_key).tasks.get(row.element_id)
    return outcome_labels.said(settings, outcome)
