"""Where running cases are now: open user tasks and who holds them, over whole trees of called processes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, exists, null, or_, select, true
from sqlalchemy.orm import Session, aliased

from engine.cases.rights import barring, holding
from engine.definitions.languages import telling
from engine.execution import comebacks
from engine.people import organisation, resolve
from engine.people.actors import Actor
from engine.queries.cases import estimates
from engine.queries.cases.where import limits
from engine.storage.models import Job, ProcessInstance, Subscription, Timer, UserTask, WorkItem

FEW = 3  # members of a group are told by name as long as there are no more


@dataclass(frozen=True)
class ReaderPart:
    """What a task that waits for the reader is to him, as in his inbox: of several ways the nearest (`holding.nearest`).

    `is_to_claim`: nobody has it yet; `instead_of` is the name of whom he stands in for with it, "" for his own.
    """

    nearness: int
    is_to_claim: bool
    instead_of: str


@dataclass(frozen=True)
class CurrentPlace:
    """An open user task; `holders` are names of people, `groups` of candidate groups nobody of which has claimed it.

    `reason` is a message id and its values: why it is with them. `estimated` are years of its due time whose
    official holiday arrangement is not known yet. `gone` are those of `holders` whose account is disabled, `left_out` who
    was meant and does not act, with why (`resolve.left_out`). `claimants` are the people of a small group by name: a larger
    one is told as a group alone. `has_more`: its tree waits or listens elsewhere too. `beyond_step`: see `limits`. `reader` is set where it waits for whoever the places were asked for.
    `is_kept`: it is of a case that another called and that is about whoever reads (`barring`), who is told nothing of it but what
    its process is called. `returned` says how it came back there (`comebacks.named`), `round` for how many times its step is done. `is_about_reader`: its case is, so that he must keep out of it, though he may read it.
    """

    task_key: int
    element_id: str
    name: str
    instance_key: int
    process_name: str
    number: str
    holders: tuple[str, ...]
    groups: tuple[str, ...]
    usernames: tuple[str, ...]
    reason: tuple[str, dict[str, str]]
    since: datetime
    due_at: datetime | None
    warn_at: datetime | None
    estimated: tuple[int, ...] = ()
    gone: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    claimants: tuple[str, ...] = ()
    reader: ReaderPart | None = None
    has_more: bool = field(default=False, compare=False)
    beyond_step: datetime | None = None
    returned: Mapping[str, Any] | None = None
    round: int = 1
    is_kept: bool = False
    is_about_reader: bool = False

    def masked(self, mask: Callable[[str], str]) -> CurrentPlace:
        """The place with the words of a return as `mask` has them."""
        return replace(self, returned={**self.returned, "reason": mask(self.returned["reason"])}) if self.returned else self

    def others(self, username: str) -> tuple[str, ...]:
        """Everybody else it lies with, by name."""
        named = zip(self.usernames, self.holders, strict=True)
        return (*(name for each, name in named if each != username), *self.groups)

    @property
    def held_by(self) -> str:
        """Everybody it lies with, as one text."""
        return "、".join((*self.holders, *self.groups))


def of_roots(
    session: Session,
    company: organisation.Organisation,
    roots: Collection[int],
    *,
    estimating: bool = False,
    by: Actor | None = None,
    reader: Actor | None = None,
) -> dict[int, list[CurrentPlace]]:
    """The places of each case, oldest first; one statement for all, none for none.

    `estimating` asks the working calendar too, whether their due times are certain; `by` is from whom a place may be kept, `reader`
    is told what waits for him too.
    """
    if not roots:
        return {}
    by_task: dict[int, list[tuple[int, CurrentPlace]]] = {}
    statement = _open_items(ProcessInstance.root_key.in_(roots), WorkItem.state == "open").add_columns(_has_more())
    statement = statement.add_columns(barring.is_kept(by or reader).label("is_kept"))
    for row in session.execute(statement.add_columns(_nearness(reader)) if reader else statement):
        said, estimated = telling.told(session, row), tuple(estimates.of_task(session, company, row)) if estimating else ()
        place = _kept(said) if row.is_kept else _place(session, said, company, estimated, reader)
        by_task.setdefault(row.key, []).append((row.root_key, replace(place, has_more=bool(row.has_more))))
    places: dict[int, list[CurrentPlace]] = {}
    for parts in by_task.values():
        places.setdefault(parts[0][0], []).append(_together([place for _root, place in parts]))
    return places


def of_case(
    session: Session, by: Actor, company: organisation.Organisation, instance: ProcessInstance
) -> tuple[list[CurrentPlace], list[CurrentPlace]]:
    """Where a case rests with people, of a called one only its own places; and what else of its tree waits for the person."""
    held = of_roots(session, company, [instance.root_key], estimating=True, reader=by).get(instance.root_key, [])
    here = [place for place in held if instance.parent_key is None or place.instance_key == instance.key]
    return here, [place for place in held if place.reader and place not in here]


def _kept(row: Any) -> CurrentPlace:
    """What is left of a place of a case that is kept from the reader."""
    named = ("", row.process_name, row.instance_key, row.process_name, "")
    return CurrentPlace(row.key, *named, (), (), (), ("", {}), row.created_at, None, None, is_kept=True)


def of_tasks(session: Session, company: organisation.Organisation, tasks: Collection[int]) -> dict[int, CurrentPlace]:
    """The place of each open task by its key, also where nobody holds it just now; one statement, none for none."""
    parts: dict[int, list[CurrentPlace]] = {}
    for row in session.execute(_open_items(UserTask.key.in_(tasks))) if tasks else ():
        parts.setdefault(row.key, []).append(_place(session, telling.told(session, row), company, (), None))
    return {key: _together(each) for key, each in parts.items()}


def _open_items(*conditions: ColumnElement[bool]) -> Any:
    task, item, instance = UserTask, WorkItem, ProcessInstance
    named = (instance.root_key, instance.process_name, instance.number)
    of_task = (task.key, task.element_id, task.name, task.instance_key, task.definition_key)
    times = (task.created_at, task.due_at, task.warn_at, item.claimed_at)
    return (
        select(
            *named,
            *of_task,
            *times,
            item.username,
            item.group_name,
            item.reason,
            task.excluded,
            task.about,
            task.returned,
            task.round,
            limits.beyond_step(),
        )
        .join(task, task.instance_key == instance.key)
        .join(item, (item.user_task_key == task.key) & (item.state == "open"), isouter=True)
        .where(task.state == "open", *conditions)
        .order_by(task.key, item.key)
    )


def _has_more() -> ColumnElement[bool]:
    """Whether something of the same tree waits for a moment, an answer or work of a machine, or listens for it."""
    mine, is_open = aliased(ProcessInstance), Job.state.in_(("open", "leased"))
    of_tree = mine.root_key == ProcessInstance.root_key
    kinds: tuple[tuple[Any, ColumnElement[bool]], ...] = ((Timer, true()), (Subscription, true()), (Job, is_open))
    parts = (exists().where(rest.instance_key == mine.key, of_tree, extra) for rest, extra in kinds)
    return or_(*(part.correlate(ProcessInstance) for part in parts)).label("has_more")


def _nearness(reader: Actor) -> ColumnElement[int | None]:
    """By which holder an open item waits for the reader, null where it does not: what his inbox asks of it too."""
    return case((holding.kept_out(reader), null()), else_=holding.nearest(reader, WorkItem)).label("nearness")


def _of_reader(row: Any, company: organisation.Organisation, reader: Actor | None) -> ReaderPart | None:
    if reader is None or row.nearness is None:
        return None
    principal = holding.instead_of(reader, row.username, row.group_name)
    is_only_ones = holding.is_alone(reader, company, row.group_name, row.excluded or ())
    return ReaderPart(row.nearness, row.username is None and not is_only_ones, company.name_of(principal))


def _place(
    session: Session, row: Any, company: organisation.Organisation, estimated: tuple[int, ...], reader: Actor | None
) -> CurrentPlace:
    """The place that one work item makes."""
    is_gone = row.username is not None and not company.is_active(row.username)
    return CurrentPlace(
        row.key,
        row.element_id,
        row.name,
        row.instance_key,
        row.process_name,
        row.number,
        (company.name_of(row.username),) if row.username else (),
        (company.called(row.group_name),) if row.group_name else (),
        (row.username,) if row.username else (),
        resolve.words(row.reason, company, telling.saying(session, row.definition_key)),
        row.claimed_at or row.created_at,
        row.due_at,
        row.warn_at,
        estimated,
        (company.name_of(row.username),) if is_gone else (),
        tuple(resolve.left_out(row.reason, company)),
        _claimants(company, row.group_name, row.excluded or ()),
        _of_reader(row, company, reader),
        beyond_step=row.beyond_step,
        returned=comebacks.named(row.returned, company, telling.saying(session, row.definition_key)),
        round=row.round,
        is_about_reader=reader is not None and reader.answerable in (row.about or ()),
    )


def _claimants(company: organisation.Organisation, group: str | None, excluded: Collection[str]) -> tuple[str, ...]:
    able = holding.able(company, group, excluded)
    return tuple(map(company.name_of, able)) if len(able) <= FEW else ()


def _reason(parts: list[CurrentPlace]) -> tuple[str, dict[str, str]]:
    """Why it is with all of them; nothing where that is not the same for each, as each reads his own on his task's page."""
    text, values = parts[0].reason
    if any(part.reason[0] != text for part in parts):
        return "", {}
    told = {name: dict.fromkeys(part.reason[1].get(name, "") for part in parts) for name in values}
    return text, {name: "、".join(filter(None, each)) for name, each in told.items()}


def _together(parts: list[CurrentPlace]) -> CurrentPlace:
    """One place out of the work items of one task."""
    first = parts[0]
    return CurrentPlace(
        first.task_key,
        first.element_id,
        first.name,
        first.instance_key,
        first.process_name,
        first.number,
        tuple(name for part in parts for name in part.holders),
        tuple(name for part in parts for name in part.groups),
        tuple(name for part in parts for name in part.usernames),
        _reason(parts),
        first.since,
        first.due_at,
        first.warn_at,
        first.estimated,
        tuple(name for part in parts for name in part.gone),
        first.left_out,
        tuple(name for part in parts for name in part.claimants),
        min((part.reader for part in parts if part.reader), key=lambda each: each.nearness, default=None),
        first.has_more,
        first.beyond_step,
        first.returned,
        first.round,
        first.is_kept,
        first.is_about_reader,
    )
