"""Leaving: out at once, and all that stood in the person's name goes to others in the same step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.basics.sayings import Said
from engine.cases import history, notices
from engine.cases.rights.holding import NO_PART, acting
from engine.definitions.languages import telling
from engine.definitions.rules import joint_rules
from engine.people import memberships
from engine.people.actors import Actor
from engine.people.credentials import password_codes, sign_ins
from engine.people.leaving import LEFT
from engine.people.organisation import Organisation
from engine.people.roles import ADMINISTRATOR
from engine.storage import locking
from engine.storage.models import (
    Department,
    Deputy,
    Membership,
    Person,
    PlannedChange,
    ProcessInstance,
    RoleGrant,
    UserTask,
    WorkItem,
)
from engine.verbs import kept_forms
from engine.verbs.approvals import receiving, voting
from engine.verbs.approvals.deputies import OVER
from engine.verbs.approvals.receiving import Receivers
from engine.verbs.organisation import changing, own_cases, roles
from engine.verbs.organisation.changing import OrganisationChange

Given = list[tuple[str, str]]  # what something is called, and who got it; "" nobody
IN_PLACE_OF = Said("您接替了{name}", "You have taken the place of {name}")
HEADS_NOW = Said("您现在是部门负责人：{names}。", "You head these departments now: {names}.")
GROUPS_NOW = Said(
    "您现在属于这些组，可以领取组里的待办：{names}。", "You belong to these groups now, and may take their tasks: {names}."
)
BACK = own_cases.BACK
HAS_PART = "%(name)s has a part in “%(task)s” (%(number)s) already. Please choose somebody else for it."
NOT_FOR_HIM = "“%(task)s” (%(number)s): %(why)s"


@dataclass(frozen=True)
class Plan:
    """Who gets what. `successor` gets whatever names nobody else; `tasks` by key, `groups` by name, `headships` by department.

    Values are usernames, for tasks also `BACK`; "" in `groups` and `headships` leaves the place empty.
    """

    successor: str = ""
    tasks: Mapping[int, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    headships: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenTask:
    """A task that waits for somebody in person; `may_go_back` to a group or to others to whom it was offered.

    `receivers`: who may be given it. `is_shared`: others may do it as well. `deciding` have a part of their own in it, as voters
    or signers.
    """

    key: int
    name: str
    number: str
    instance_key: int
    process: str
    receivers: Receivers
    due_at: datetime | None
    warn_at: datetime | None
    may_go_back: bool
    is_shared: bool
    deciding: frozenset[str] = frozenset()

    @property
    def kept_out(self) -> list[str]:
        """Who must not be given it."""
        return sorted(self.receivers.kept_out)

    @property
    def way_back(self) -> str:
        """`BACK` where it goes back to its group or stays with others, "" where it stays with nobody."""
        return BACK if self.may_go_back or self.is_shared else ""


def open_tasks(session: Session, company: Organisation, username: str) -> list[OpenTask]:
    """The tasks that wait for the person by name, oldest first; those offered to others beside him need nobody else."""
    item, task, case = WorkItem, UserTask, ProcessInstance
    statement = (
        select(item, task, case)
        .join(task, task.key == item.user_task_key)
        .join(case, case.key == item.instance_key)
        .where(item.company_id == company.id, item.username == username, item.state.in_(voting.LIVE), task.state == "open")
        .order_by(task.key)
    )
    rows = session.execute(statement).all()
    beside = _beside(session, username, [row[1].key for row in rows])
    whole = [(of_task, of_case, [mine, *beside.get(of_task.key, [])]) for mine, of_task, of_case in rows]
    receivers = receiving.receivers(session, company, whole)
    return [_open_task(session, *row, beside.get(row[1].key, []), may) for row, may in zip(rows, receivers, strict=True)]


def _open_task(
    session: Session, item: WorkItem, task: UserTask, case: ProcessInstance, beside: list[WorkItem], receivers: Receivers
) -> OpenTask:
    said = telling.saying(session, task.definition_key)
    named = (task.key, said(task.name), case.number, task.instance_key, said(case.process_name))
    of_task = (*named, receivers, task.due_at, task.warn_at)
    if item.position != voting.OWN or (joint_rules.read(task.rule) or joint_rules.JointRule()).is_joint:
        there = [each for each in beside if each.state != voting.REMOVED and each.position not in NO_PART]
        deciding = acting(there) | {each.username for each in there if each.username}
        return OpenTask(*of_task, bool(item.claimed_from), False, deciding)
    states = {each.state for each in beside if each.position == voting.OWN}
    signing = acting(each for each in beside if each.position != voting.OWN)
    return OpenTask(*of_task, bool(item.claimed_from) or voting.CLOSED in states, voting.OPEN in states, signing)


def leave(session: Session, by: Actor, username: str, plan: Plan, *, now: datetime) -> None:
    """Disables the person, ends all sessions, and hands over as the plan says: everything, or nothing is changed.

    Raises NotFound, Forbidden, Conflict for the last administrator, Invalid with `fields` by what has no successor or one
    who must not act on it.
    """
    with changing.change(session, by, now=now) as change:
        row = change.person(username)
        if row.is_disabled:
            raise errors.Conflict("%(name)s is disabled already.", name=row.name)
        handed, _left = hand_over(change, row, plan)
        disable(change, row, handed)


def disable(change: OrganisationChange, row: Person, handed: Mapping[str, Any]) -> None:
    """Ends what the person may do. Roles end too; they are given anew to somebody who comes back.

    Raises Forbidden where an administrator is to leave by somebody who makes none.
    """
    require_may_go(change, row)
    taken = [[ADMINISTRATOR, ""]] if row.is_administrator else []
    row.is_disabled, row.is_administrator, row.password_hash = True, False, None
    password_codes.withdraw(change.session, change.company_id, row.username, now=change.now)
    change.session.flush()
    sign_ins.end_all(change.session, change.company_id, row.username)
    grants = (RoleGrant.company_id == change.company_id, RoleGrant.username == row.username)
    for grant in change.session.execute(select(RoleGrant).where(*grants).order_by(RoleGrant.key)).scalars().all():
        taken.append([grant.role, roles.called(change, grant.role, grant.scope)])
        change.session.delete(grant)
    planned = (PlannedChange.company_id == change.company_id, PlannedChange.username == row.username)
    dropped = update(PlannedChange).where(*planned, PlannedChange.state == "planned").values(state="dropped")
    change.session.execute(dropped)
    ended = _end_deputies(change, row.username)
    told = {"roles_taken": taken, "deputies_ended": ended}
    change.note(LEFT, f"person:{row.username}", name=row.name, **handed, **told)


def require_may_go(change: OrganisationChange, row: Person) -> None:
    """An administrator leaves by another one: who makes none takes none away. Raises Forbidden."""
    if row.is_administrator and change.oneself is not None:
        raise errors.Forbidden("Only an administrator lets an administrator leave.")


def hand_over(
    change: OrganisationChange, row: Person, plan: Plan, *, is_strict: bool = True
) -> tuple[dict[str, Any], list[str]]:
    """Gives what the person holds to others; what was given, and the names of tasks that stay for want of somebody.

    `is_strict`: nothing may stay. Raises Invalid with `fields` then.
    """
    tasks = open_tasks(change.session, change.company, row.username)
    _check(change, row.username, plan)
    own = own_cases.about(change.session, change.by, tasks, change.behind or change.by.answerable, now=change.now)
    chosen = {task.key: task.way_back if task.key in own else _for_task(plan, task) for task in tasks}
    faults = _faults(change, [task for task in tasks if task.key not in own], chosen)
    faults |= own_cases.faults(change, [task for task in tasks if task.key in own], plan.tasks)
    if faults and is_strict:
        raise errors.Invalid("Not everything can be handed over like this.", fields=faults)
    left, moved = [], []
    for task in tasks:
        to = chosen[task.key]
        if f"task-{task.key}" in faults:
            to = task.way_back
        if not to:
            left.append(task.name)
            continue
        _hand_task(change, task, row.username, to)
        moved.append(to)
    change.session.flush()
    history.flush(change.session)
    groups = _hand_groups(change, row.username, plan)
    heads = _hand_headships(change, row.username, plan)
    _hand_followers(change, row.username, plan)
    _tell_takers(change, row.username, moved, groups, heads)
    told: dict[str, Any] = {"tasks": len(moved), "successor": plan.successor}
    for kind, given in (("groups", groups), ("departments", heads)):
        told |= {kind: [name for name, _to in given], f"{kind}_to": [to for _name, to in given]}
    return told, left


def _tell_takers(change: OrganisationChange, username: str, tasks: list[str], groups: Given, heads: Given) -> None:
    """A line in the log of each who got something: from whom, and what; he hears of places himself, of tasks as of any."""
    takers = dict.fromkeys([*tasks, *(to for _name, to in (*groups, *heads))])
    for taker in takers:
        if taker and taker != BACK:
            got = {
                "groups": [name for name, to in groups if to == taker],
                "departments": [name for name, to in heads if to == taker],
            }
            name = change.company.name_of(taker)
            change.note("person_took_over", f"person:{taker}", name=name, took_from=username, tasks=tasks.count(taker), **got)
            _tell_taker(change, username, taker, got)


def _tell_taker(change: OrganisationChange, username: str, taker: str, got: Mapping[str, list[str]]) -> None:
    new = [change.company.present_name(name) for name in got["groups"] if taker not in change.company.members_of(name)]
    said = [(HEADS_NOW, got["departments"]), (GROUPS_NOW, new)]
    body = sayings.lines(*(words.of(names=sayings.joined(names)) for words, names in said if names))
    if taker == change.by.username or not (got["departments"] or new):
        return
    change.told.add(taker)
    subject = IN_PLACE_OF.of(name=change.company.name_of(username))
    notices.send(change.session, change.company, [taker], subject, body, now=change.now)


def _for_task(plan: Plan, task: OpenTask) -> str:
    """Whom the plan names, else the successor; what others may do as well stays with them where he must not do it."""
    if plan.tasks.get(task.key):
        return plan.tasks[task.key]
    may_get = plan.successor and plan.successor not in task.deciding and task.receivers.bar(plan.successor) is None
    return plan.successor if may_get or not task.is_shared else BACK


def _check(change: OrganisationChange, username: str, plan: Plan) -> None:
    faults: dict[str, list[errors.Refusal]] = {}
    places = {"successor": plan.successor} | {f"task-{key}": to for key, to in plan.tasks.items()}
    places |= {f"group-{name}": to for name, to in plan.groups.items()}
    places |= {f"head-{id}": to for id, to in plan.headships.items()}
    for place, to in places.items():
        if to and to != BACK and (to == username or not change.company.is_active(to)):
            faults[place] = [errors.Refusal("There is no person “%(name)s” who could act.", name=change.company.name_of(to))]
    if faults:
        raise errors.Invalid("Not everything can be handed over like this.", fields=faults)


def _faults(change: OrganisationChange, tasks: list[OpenTask], chosen: Mapping[int, str]) -> dict[str, list[errors.Refusal]]:
    faults: dict[str, list[errors.Refusal]] = {}
    for task in tasks:
        to = chosen[task.key]
        if not to or (to == BACK and not task.way_back):
            faults[f"task-{task.key}"] = [errors.Refusal("Please say who takes over “%(task)s”.", task=task.name)]
        elif to in task.deciding:
            name = change.company.name_of(to)
            faults[f"task-{task.key}"] = [errors.Refusal(HAS_PART, name=name, task=task.name, number=task.number)]
        elif to != BACK and (why := task.receivers.bar(to)) is not None:
            faults[f"task-{task.key}"] = [errors.Refusal(NOT_FOR_HIM, why=why, task=task.name, number=task.number)]
    return faults


def _hand_task(change: OrganisationChange, task: OpenTask, username: str, to: str) -> None:
    change.refuse_own(to)
    rows = locking.with_items(change.session, task.key)
    if rows is None or rows[1].state != "open":
        return  # done or cancelled since it was listed
    instance, row, items = rows
    mine = next((item for item in items if item.username == username and item.state in voting.LIVE), None)
    if mine is None:
        return
    opinion = kept_forms.go_along(change.session, mine, to if to != BACK else None)
    kept_forms.leave(change.session, row, mine, opinion, now=change.now)
    kept_forms.bring_back(items, mine, to)
    _move(row, mine, items, username, to)
    history.append(
        change.session,
        instance,
        "reassigned",
        at=change.now,
        element_id=row.element_id,
        element_name=row.name,
        actor=None if change.by.is_system else change.by.username,
        data={
            "task": row.key,
            "before": username,
            **({} if to == BACK else {"to": to}),
            "left": True,
            "reason": sayings.LEFT.zh_Hans,
        },
    )


def _move(row: UserTask, mine: WorkItem, items: list[WorkItem], username: str, to: str) -> None:
    others = [item for item in items if item is not mine and item.position == voting.OWN]
    mine.first_owner = mine.first_owner or username
    if to != BACK:
        theirs = next((item for item in others if item.username == to and item.state == voting.OPEN), None)
        mine.state, mine.username = (voting.REMOVED, mine.username) if theirs else (mine.state, to)
        mine.opened_at = None
        row.assignee = to if row.assignee == username else row.assignee
        return
    row.assignee = None if row.assignee == username else row.assignee
    if mine.claimed_from:
        mine.username, mine.group_name, mine.claimed_from, mine.claimed_at = None, mine.claimed_from, None, None
    else:
        mine.state = voting.REMOVED  # for good: it does not come back with him, nor when somebody gives the task back
    for item in others:
        if item.state == voting.CLOSED and item.username not in {username, *acting(items)}:
            item.state, item.note = voting.OPEN, None


def _hand_groups(change: OrganisationChange, username: str, plan: Plan) -> Given:
    row = Membership
    mine = (row.company_id == change.company_id, row.username == username, row.is_named.is_(True))
    names = list(change.session.execute(select(row.group_name).where(*mine).order_by(row.key)).scalars())
    for name in names:
        to = plan.groups.get(name, plan.successor)
        of_group = (row.company_id == change.company_id, row.group_name == name, row.is_named.is_(True))
        there = change.session.execute(select(row.username).where(*of_group).order_by(row.key)).scalars().all()
        wanted = [each for each in there if each != username] + ([to] if to else [])
        if to and to not in there:
            change.refuse_own(to)
        memberships.ensure_group(change.session, change.company_id, name)  # it stays, also without anybody in it
        come, gone = memberships.name(change.session, change.company_id, name, wanted)
        change.note("group_filled", f"group:{name}", name=name, come=come, gone=gone)
    return [(name, plan.groups.get(name, plan.successor)) for name in names]


def _hand_headships(change: OrganisationChange, username: str, plan: Plan) -> Given:
    headed = (Department.company_id == change.company_id, Department.head == username)
    rows = change.session.execute(select(Department).where(*headed).order_by(Department.key)).scalars().all()
    for row in rows:
        row.head = plan.headships.get(row.id, plan.successor) or None
        told = {"head": [username, row.head]}
        change.note("department_changed", f"department:{row.id}", name=row.name, changed=told)
    change.session.flush()
    return [(row.name, row.head or "") for row in rows]


def _hand_followers(change: OrganisationChange, username: str, plan: Plan) -> None:
    """Whom the person led follows the successor; without one, the head of the department."""
    led = (Person.company_id == change.company_id, Person.superior == username)
    for row in change.session.execute(select(Person).where(*led)).scalars():
        row.superior = plan.successor if plan.successor != row.username else None
        row.superior = row.superior or None
        told = {"superior": [username, row.superior]}
        change.note("person_changed", f"person:{row.username}", name=row.name, changed=told)


def _beside(session: Session, username: str, tasks: list[int]) -> dict[int, list[WorkItem]]:
    """The parts that others have or had in these tasks."""
    row = WorkItem
    items: dict[int, list[WorkItem]] = {}
    others = row.username.is_(None) | (row.username != username)
    for item in session.execute(select(row).where(row.user_task_key.in_(tasks), others)).scalars():
        items.setdefault(item.user_task_key, []).append(item)
    return items


def deputies(session: Session, company_id: str, username: str, now: datetime) -> list[Deputy]:
    """The arrangements that are not over, in which the person is away or stands in."""
    row = Deputy
    mine = (row.company_id == company_id, (row.principal == username) | (row.deputy == username))
    running = select(row).where(*mine, row.ended_at.is_(None), row.ends_at > now)
    return list(session.execute(running.order_by(row.begins_at, row.key)).scalars())


def _end_deputies(change: OrganisationChange, username: str) -> list[str]:
    """Whoever is not there any more stands in for nobody; the other one is told. Gives those others."""
    others = []
    for row in deputies(change.session, change.company_id, username, change.now):
        row.ended_at, row.ended_by = change.now, change.by.username
        other = row.deputy if row.principal == username else row.principal
        others.append(other)
        subject = OVER.of(name=change.company.name_of(username))
        facts = {"subject": subject, "said": subject}
        notices.send(change.session, change.company, [other], subject, now=change.now, kind="deputy", facts=facts)
    return others
