"""What may be spread evenly [均衡分派]: open tasks that a manager may move, to whom each may go, a proposal, and what it would change for each person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from engine import errors, feel
from engine.cases.personal import secret_titles
from engine.cases.rights import access
from engine.cases.rights.holding import acting
from engine.definitions import definitions
from engine.definitions.languages import telling
from engine.people import absences, resolve
from engine.people.actors import Actor
from engine.queries.status import carried, open_tasks
from engine.queries.status.carried import Looking
from engine.queries.status.open_tasks import Days, TaskFilters
from engine.storage.models import ProcessInstance, UserTask, WorkItem
from engine.verbs.approvals import receiving, voting
from engine.verbs.approvals.held_tasks import holder
from engine.verbs.rebalancing import MOST, Move

STEP = 2  # somebody must have this many more than another before a task of his is proposed to go there
MOST_HELD = 100_000  # of one person are counted: who has most must be told from who has much
NOBODY_ELSE, AWAY_ALL, EVEN, STARTED, KEPT_OUT = "nobody_else", "away", "even", "begun", "kept_out"
HERE: Mapping[str, str] = {  # why a task is proposed to stay
    NOBODY_ELSE: "nobody else was offered this step",
    AWAY_ALL: "everybody else it was offered to is away",
    EVEN: "nobody else has clearly less",
    STARTED: "a draft of it is saved",
    KEPT_OUT: "whoever was chosen may not do it (any more)",
}


@dataclass(frozen=True)
class Movable:
    """An open task: with whom it lies (`holder`, a username or None where several or a group are offered it), who else may do it, and where it is proposed to go.

    `counted` are those in whose load it is now, everybody it is offered to by name; moved, it is in that of one.
    `stays` is a word of `HERE` where it is proposed to stay.
    """

    key: int
    case_key: int
    name: str
    title: str
    number: str
    process_name: str
    due_at: datetime | None
    warn_at: datetime | None
    holder: str | None
    held_by: str
    may: tuple[str, ...]
    counted: frozenset[str] = frozenset()
    is_begun: bool = False
    to: str = ""
    stays: str = ""


@dataclass(frozen=True)
class Effect:
    """One person: what lies with him now and would then, of what the manager sees; `away` names who stands in, "" for who is here."""

    username: str
    name: str
    open: int
    open_after: int
    overdue: int
    overdue_after: int
    is_away: bool


@dataclass(frozen=True)
class Spread:
    """The tasks, their people, and whether there are more tasks than are shown; `offered` are groups and what nobody of them claimed."""

    tasks: list[Movable]
    people: dict[str, Effect]
    is_cut: bool
    offered: list[Effect] = field(default_factory=list)

    @property
    def moves(self) -> list[Move]:
        """What is proposed, as the verb takes it."""
        return [Move(each.key, each.to, each.holder or "") for each in self.tasks if each.to]

    def alone(self, username: str) -> int:
        """How many of the tasks that would go to somebody nobody else who is here may do."""
        others = ({name for name in each.may if not self.people[name].is_away} for each in self.tasks if each.to == username)
        return sum(names == {username} for names in others)

    @property
    def effects(self) -> list[Effect]:
        """Those for whom something changes, first who has or would have most."""
        changed = (each for each in self.people.values() if each.open != each.open_after)
        return sorted(changed, key=lambda each: (-max(each.open, each.open_after), each.name))


def movable(
    session: Session, by: Actor, filters: TaskFilters, *, tasks: Collection[int] | None = None, now: datetime
) -> Spread:
    """The tasks of processes that the person manages, what is due first, at most `MOST`; with `tasks` only those.

    Those that several decide together, and of cases that are held up, are left out. Raises Forbidden for who manages nothing.
    """
    managed = access.managed(session, by)
    if not managed:
        raise errors.Forbidden("Only those who manage a process hand its tasks to somebody else.")
    days, held_up = Days.at(now, open_tasks.company_of(session, by).time_zone), aliased(ProcessInstance)
    conditions = [*open_tasks.within(session, by, filters, now=now), *open_tasks.timed(filters.state, days)]
    conditions += [UserTask.process_id.in_(managed), UserTask.rule == "any"]
    conditions += [~exists().where(held_up.key == UserTask.instance_key, held_up.suspended.is_not(None))]
    conditions += [UserTask.key.in_(list(tasks))] if tasks is not None else []
    asked = select(UserTask.key).where(*conditions).order_by(UserTask.due_at.is_(None), UserTask.due_at, UserTask.key)
    keys = list(session.scalars(asked.limit(MOST + 1)))
    read = _Reading(session, by, keys[:MOST]).movables()
    spread = secret_titles.covered(session, by, read, case="case_key", now=now)
    return Spread(spread, _people(session, by, spread, now), len(keys) > MOST)


def proposed(spread: Spread, chosen: Collection[int] = ()) -> Spread:
    """Where each of the chosen tasks (none: all) should go: to who may do it, is here, and has least; what is due first is placed first."""
    open_, overdue = _counts(spread)
    moves = []
    for task in spread.tasks:
        if chosen and task.key not in chosen:
            moves.append(replace(task, to="", stays=""))
            continue
        placed = _placed(task, spread.people, open_, overdue)
        if placed.to:
            for name, more in _gained(placed):
                open_[name] += more
        moves.append(placed)
    return Spread(moves, spread.people, spread.is_cut)


def previewed(spread: Spread, moves: Iterable[Move], *, now: datetime) -> Spread:
    """What these moves would change for each person; those of tasks that are not there are left out.

    A task stays, and says so, where whoever was chosen may not do it: he may have left since the page was drawn.
    """
    to = {move.task_key: move.to for move in moves}
    tasks = [_chosen(task, to.get(task.key, "")) for task in spread.tasks]
    people = dict(spread.people)
    for task in tasks:
        if task.to:
            is_late = int(task.due_at is not None and task.due_at < now)
            for name, more in _gained(task):
                _shift(people, name, more, more * is_late)
    return Spread(tasks, people, spread.is_cut, _offered(tasks, now))


def _offered(tasks: Iterable[Movable], now: datetime) -> list[Effect]:
    """The groups from which something goes to one of them, with what of theirs stands here: late there is late with him too."""
    pools: dict[str, Effect] = {}
    for task in tasks:
        if task.counted:
            continue
        late, stays = int(task.due_at is not None and task.due_at < now), int(not task.to)
        pool = pools.get(task.held_by, Effect("", task.held_by, 0, 0, 0, 0, is_away=False))
        pool = replace(pool, open=pool.open + 1, open_after=pool.open_after + stays)
        pools[task.held_by] = replace(pool, overdue=pool.overdue + late, overdue_after=pool.overdue_after + late * stays)
    return [each for each in pools.values() if each.open != each.open_after]


def _chosen(task: Movable, to: str) -> Movable:
    if to in ("", task.holder):
        return replace(task, to="")
    return replace(task, to=to, stays="") if to in task.may else replace(task, to="", stays=KEPT_OUT)


def _gained(task: Movable) -> Iterable[tuple[str, int]]:
    """Whose load changes by the move, by how much: who gets it has one more unless it was offered to him, the others one less."""
    yield from ((name, -1) for name in task.counted if name != task.to)
    if task.to not in task.counted:
        yield task.to, 1


def _shift(people: dict[str, Effect], username: str, more: int, late: int) -> None:
    if username in people:
        one = people[username]
        people[username] = replace(one, open_after=one.open_after + more, overdue_after=one.overdue_after + late)


def _counts(spread: Spread) -> tuple[dict[str, int], dict[str, int]]:
    people = spread.people
    return {name: each.open for name, each in people.items()}, {name: each.overdue for name, each in people.items()}


def _placed(task: Movable, people: Mapping[str, Effect], open_: Mapping[str, int], overdue: Mapping[str, int]) -> Movable:
    here = [name for name in task.may if name != task.holder and not people[name].is_away]
    others = any(name != task.holder for name in task.may)
    if task.is_begun or not here:
        return replace(task, to="", stays=STARTED if task.is_begun else AWAY_ALL if others else NOBODY_ELSE)
    best = min(here, key=lambda name: (open_[name], overdue[name], name))
    holder = people.get(task.holder or "")
    must_go = holder is None or holder.is_away or task.holder not in task.may
    if not must_go and open_[holder.username] - open_[best] < STEP:  # type: ignore[union-attr]
        return replace(task, to="", stays=EVEN)
    return replace(task, to=best, stays="")


def _people(session: Session, by: Actor, tasks: list[Movable], now: datetime) -> dict[str, Effect]:
    """Everybody the tasks lie with or may go to, with what lies with them of what the manager sees."""
    company = open_tasks.company_of(session, by)
    names = {name for task in tasks for name in (*task.may, *task.counted)}
    looking = Looking(by, Days.at(now, company.time_zone), names=names, most=MOST_HELD)
    held = {each.username: each for each in carried.open_by_holder(session, looking)}
    away = absences.now_away(session, company, names, now=now)
    effects = {}
    for name in sorted(names):
        load = held.get(name)
        open_, overdue = (load.open, load.overdue) if load else (0, 0)
        is_away = name in away or not company.is_active(name)
        effects[name] = Effect(name, company.name_of(name), open_, open_, overdue, overdue, is_away)
    return effects


class _Reading:
    """Who else may do each of some tasks: a statement for them, one for their parts, one for who did what they are apart from."""

    def __init__(self, session: Session, by: Actor, keys: list[int]) -> None:
        self.session, self.company = session, open_tasks.company_of(session, by)
        joined = select(UserTask, ProcessInstance).join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
        rows = {task.key: (task, case) for task, case in session.execute(joined.where(UserTask.key.in_(keys)))}
        self.rows = [rows[key] for key in keys]
        self.items: dict[int, list[WorkItem]] = {}
        for item in session.scalars(select(WorkItem).where(WorkItem.user_task_key.in_(keys)).order_by(WorkItem.key)):
            self.items.setdefault(item.user_task_key, []).append(item)
        whole = [(task, case, self.items.get(task.key, [])) for task, case in self.rows]
        self.receivers = {each.task.key: each for each in receiving.receivers(session, self.company, whole)}

    def movables(self) -> list[Movable]:
        """Those that somebody holds or may take now."""
        return [each for task, case in self.rows if (each := self._movable(task, case)) is not None]

    def _movable(self, task: UserTask, case: ProcessInstance) -> Movable | None:
        live = [item for item in self.items.get(task.key, []) if item.position == voting.OWN and item.state == voting.OPEN]
        if not live:
            return None
        names = [self.company.named(item.username or item.group_name or "") for item in live]
        is_begun = any(item.draft is not None for item in live)
        said = telling.saying(self.session, task.definition_key)
        title = telling.titling(self.session, task.definition_key)
        named = (said(task.name), title(case.title), case.number, said(case.process_name))
        told = (task.key, case.key, *named, task.due_at, task.warn_at)
        counted = frozenset(item.username for item in live if item.username)
        return Movable(*told, holder(task, live), "、".join(names), self._may(task), counted, is_begun)

    def _may(self, task: UserTask) -> tuple[str, ...]:
        """Those it was offered to by name or group, here or in the diagram, but for whom the rules keep out."""
        parts, receivers = self.items[task.key], self.receivers[task.key]
        users = {name for item in parts for name in (item.username, item.first_owner) if name}
        groups = {group for item in parts for group in (item.group_name, item.claimed_from) if group}
        if receivers.settings.handed_to != "candidates":
            users, groups = users | self._drawn(task, "candidate_users"), groups | self._drawn(task, "candidate_groups")
        members = {name for group in groups for name in self.company.members_of(self.company.present_name(group))}
        signing = acting(item for item in parts if item.position != voting.OWN)
        out = signing | receivers.kept_out
        return tuple(sorted(name for name in self.company.active(users | members) if name not in out))

    def _drawn(self, task: UserTask, kind: str) -> set[str]:
        """What the diagram names outright; a task without an assignment is its lane's."""
        element = definitions.by_key(self.session, task.definition_key).program.elements[task.element_id]
        text = getattr(element, kind) or ""
        if not (element.assignee or element.candidate_users or element.candidate_groups) and kind == "candidate_groups":
            text = element.lane or ""
        return set() if feel.is_expression(text) else set(resolve.names_in(text))
