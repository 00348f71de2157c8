"""Who stands in for somebody now, for those who write to people, and why one may not; what a deputy does himself `holding` says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.basics.sayings import Said
from engine.cases.rights import acted
from engine.cases.rights.holding import NO_PART
from engine.definitions import definitions
from engine.people import absences
from engine.people.organisation import Organisation
from engine.storage.models import Deputy, ProcessInstance, UserTask, WorkItem

OWN_PART = Said("代理人自己也参加办理", "has a part of his or her own")
OWN_CASE = Said("代理人是发起人", "began the case")
KEPT_OUT = Said("代理人须回避", "must not act on it")
ACTED_APART = Said("代理人已办理不得由同一人办理的环节", "has done a step that somebody else has to do")
Part = tuple[WorkItem, UserTask]


@dataclass
class Standing:
    """Who of a part's holders is away now, and who stands in: who may act on it, and who may not and why.

    `since`: when that was arranged; `is_left`: none of its holders is here.
    """

    away: list[str]
    is_left: bool
    able: list[str] = field(default_factory=list)
    barred: dict[str, Said] = field(default_factory=dict)
    since: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether nobody can act on the part, as those who stand in may not."""
        return self.is_left and bool(self.barred) and not self.able


def on(session: Session, company: Organisation, parts: Iterable[Part], *, now: datetime) -> dict[int, Standing]:
    """By the key of each part, of whose holders some are away now: who stands in for them. One statement where nobody is."""
    rows = [(part, task, holders_of(company, part, task)) for part, task in parts]
    names = {name for *_, holders in rows for name in holders}
    arranged = absences.arranged(session, company.id, names, now=now)
    theirs = [(part, task, holders) for part, task, holders in rows if not arranged.keys().isdisjoint(holders)]
    around = _Around.of(session, [(part, task) for part, task, _holders in theirs]) if theirs else None
    return {part.key: _standing(around, part, task, holders, arranged) for part, task, holders in theirs if around}


def holders_of(company: Organisation, part: WorkItem, task: UserTask) -> list[str]:
    """Whose a part is: who has it by name, else the members of its group who may act on it."""
    names = [part.username] if part.username else company.members_of(part.group_name or "")
    return [name for name in company.active(names) if name not in task.excluded]


def _standing(
    around: _Around, part: WorkItem, task: UserTask, holders: Sequence[str], arranged: Mapping[str, list[Deputy]]
) -> Standing:
    away = [name for name in holders if name in arranged]
    made = Standing(away, len(away) == len(holders))
    for each in (each for name in away for each in arranged[name] if _is_meant(each, part, task)):
        made.since = min(made.since or each.created_at, each.created_at)
        if (why := around.hindrance(each.deputy, task)) is not None:
            made.barred[each.deputy] = why
        elif each.deputy not in made.able:
            made.able.append(each.deputy)
    return made


def _is_meant(row: Deputy, part: WorkItem, task: UserTask) -> bool:
    is_covered = row.covers_existing or part.created_at >= row.begins_at
    return is_covered and (row.processes is None or task.process_id in row.processes)


@dataclass
class _Around:
    """What the rules of `holding` ask of tasks, loaded for all of them together."""

    cases: dict[int, tuple[str | None, int]]
    names: dict[int, set[str]]
    apart: dict[int, set[str]]

    @classmethod
    def of(cls, session: Session, parts: Sequence[Part]) -> _Around:
        case, item = ProcessInstance, WorkItem
        tasks = {task.key: task for _part, task in parts}
        started = select(case.key, case.initiator, case.root_key).where(
            case.key.in_({task.instance_key for task in tasks.values()})
        )
        cases = {row.key: (row.initiator, row.root_key) for row in session.execute(started)}
        around = cls(cases, {}, _kept_apart(session, {task: cases[task.instance_key][1] for task in tasks.values()}))
        parts_of = (item.user_task_key.in_(sorted(tasks)), item.position.not_in(NO_PART))
        for row in session.execute(select(item.user_task_key, item.username, item.done_by).where(*parts_of)):
            around.names.setdefault(row.user_task_key, set()).update(filter(None, (row.username, row.done_by)))
        return around

    def hindrance(self, deputy: str, task: UserTask) -> Said | None:
        """Why a deputy cannot take up what his principal has in an open task; None where he can."""
        initiator, _root = self.cases[task.instance_key]
        if deputy in task.excluded:
            return KEPT_OUT
        if deputy == initiator:
            return OWN_CASE
        if deputy in self.names.get(task.key, ()):
            return OWN_PART
        return ACTED_APART if deputy in self.apart[task.key] else None


def _kept_apart(session: Session, roots: Mapping[UserTask, int]) -> dict[int, set[str]]:
    """By the key of each task: who did a step that it is apart from; `roots` are those of their trees. At most one statement."""
    steps = {task: acted.apart_from(definitions.by_key(session, task.definition_key).tasks[task.element_id]) for task in roots}
    wanted = frozenset[str]().union(*steps.values())
    done = acted.doers(session, {roots[task] for task, own in steps.items() if own}, wanted) if wanted else {}
    return {task.key: set[str]().union(*(done.get((roots[task], step), set()) for step in own)) for task, own in steps.items()}


def hindrances(session: Session, deputy: str, parts: Sequence[Part]) -> dict[int, Said]:
    """By the key of each part that the deputy could not take up: why."""
    around = _Around.of(session, parts) if parts else None
    reasons = {part.key: around.hindrance(deputy, task) for part, task in parts} if around else {}
    return {key: why for key, why in reasons.items() if why is not None}
