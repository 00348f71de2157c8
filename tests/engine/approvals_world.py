"""A handful of small processes and what people do in them, at random: operations in one table, and what must hold after each.

Another operation is a function `(world, by, pick)` in `OPERATIONS`: it does one thing as that person through a verb; `pick`
chooses from a list. What the verb refuses is no fault.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine import errors
from engine.background import verification
from engine.cases import cases
from engine.cases.cases import Surroundings
from engine.cases.rights import holding
from engine.deadlines import suspending
from engine.definitions.rules import joint_rules
from engine.people import actors, organisation
from engine.people.actors import SYSTEM, Actor
from engine.queries import paging
from engine.queries.cases.where import places
from engine.queries.inbox import inbox
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import choosing_voters, user_tasks
from engine.verbs.approvals import jumps, signers, voting
from engine.verbs.approvals.back import objecting, returns, taking_back
from engine.verbs.running import process_instances, timers
from tests.cast import Cast
from tests.engine import case_operations, kit, operating_at_random
from tests.engine.approval_processes import PICKED, STARTED

PEOPLE = ("clerk", "clerk2", "head", "manager", "owner", "outsider", "stranger")
WAYS_BACK, LIVE = ("returned", "taken_back", "moved"), ("open", "waiting")
Pick = Callable[[Sequence[Any]], Any]


@dataclass
class World:
    """The company with its running cases; `now` goes on with everything that is done."""

    database: databases.Database
    cast: Cast
    now: datetime = kit.NOW

    def actor(self, name: str) -> Actor:
        """A person as he is now, with those for whom he stands in."""
        company = "elsewhere" if name == "stranger" else "acme"
        with self.database.reading(company) as session:
            found = actors.load(session, company, name, now=self.now)
        assert found is not None
        return found

    def somebody(self, task: Any, by: Actor, pick: Pick) -> Actor:
        """Mostly one of those whose turn it is, or random acts would nearly all be refused."""
        return _somebody(self, task, by, pick)

    def tasks(self, *states: str) -> list[Any]:
        """The user tasks of all cases in these states."""
        return [task for task in kit.rows(self.database, models.UserTask) if task.state in states]

    def cases(self) -> list[Any]:
        """The running cases."""
        return [case for case in kit.rows(self.database, models.ProcessInstance) if case.state == "active"]

    def do(self, name: str, by: Actor, pick: Pick) -> None:
        """One operation as one person in a transaction of its own; a refusal undoes all of it."""
        self.now += timedelta(minutes=1)
        with contextlib.suppress(errors.Refusal):
            OPERATIONS[name](self, by, pick)


def _somebody(world: World, task: Any, by: Actor, pick: Pick) -> Actor:
    """Mostly one of those whose turn it is, or random acts would nearly all be refused."""
    holders = _holders(world, task)
    return pick(holders) if holders and pick([True, True, False]) else by


def _begin(world: World, by: Actor, pick: Pick) -> None:
    if len(world.cases()) < 4:
        with world.database.transaction(by.company_id) as session:
            process_instances.start(session, by, pick(STARTED), {}, now=world.now)


def _complete(world: World, by: Actor, pick: Pick) -> None:
    if task := pick(world.tasks("open")):
        by = _somebody(world, task, by, pick)
        outcome = pick(["approve", "approve", "approve", "reject"]) if task.kind == "approve" else None
        with world.database.transaction(by.company_id) as session:
            user_tasks.complete(session, by, task.key, _given(task), outcome=outcome, opinion="意见", now=world.now)


def _given(task: Any) -> dict[str, Any]:
    """What a step asks for: whom one picks."""
    return PICKED if (task.process_id, task.element_id) == ("passing", "judge") else {}


def _claim(world: World, by: Actor, pick: Pick) -> None:
    if task := pick(world.tasks("open")):
        by = _somebody(world, task, by, pick)
        with world.database.transaction(by.company_id) as session:
            pick([user_tasks.claim, user_tasks.unclaim])(session, by, task.key, now=world.now)


def _assign(world: World, by: Actor, pick: Pick) -> None:
    if task := pick(world.tasks("open")):
        with world.database.transaction("acme") as session:
            by = pick([world.cast.owner, by])
            user_tasks.assign(session, by, task.key, pick(PEOPLE), "调岗", whose=pick([None, *PEOPLE]), now=world.now)


def _choose_voters(world: World, by: Actor, pick: Pick) -> None:
    if task := pick(_unmanned(world) or world.tasks("open")):
        by, names = pick([world.cast.owner, by]), [pick(PEOPLE) for _ in range(3)]
        with world.database.transaction("acme") as session:
            choosing_voters.choose(session, by, task.key, names, "没有别人", now=world.now)


def _unmanned(world: World) -> list[Any]:
    """The open tasks that nobody has."""
    having = {item.user_task_key for item in kit.rows(world.database, models.WorkItem) if _is_somebody_s(item)}
    return [task for task in world.tasks("open") if task.key not in having]


def _is_somebody_s(item: Any) -> bool:
    return item.state in LIVE and bool(item.username or item.group_name)


def _return(world: World, by: Actor, pick: Pick) -> None:
    if task := pick(world.tasks("open")):
        by = _somebody(world, task, by, pick)
        with world.database.transaction(by.company_id) as session:
            if target := pick(returns.targets(session, by, task.key, now=world.now)):
                mode = pick(target.resumes)
                returns.return_task(session, by, task.key, target.element, "退回", resume=mode, now=world.now)


def _withdraw(world: World, by: Actor, pick: Pick) -> None:
    if case := pick(world.cases()):
        last = kit.rows(world.database, models.WorkItem, instance_key=case.key, state="done")[-1:]
        done_by = [item.done_by or item.username for item in last]  # by nobody: it passed by itself, as his approval
        by = getattr(world.cast, done_by[0]) if done_by and pick([True, True, False]) else by
        with world.database.transaction(by.company_id) as session:
            taking_back.withdraw_in(session, by, case.key, "取回", now=world.now)


def _add_signer(world: World, by: Actor, pick: Pick) -> None:
    if task := pick(world.tasks("open")):
        by = _somebody(world, task, by, pick)
        with world.database.transaction(by.company_id) as session:
            signers.add_signer(session, by, task.key, pick(signers.POSITIONS), [pick(PEOPLE)], "加签", now=world.now)


def _remove_signer(world: World, by: Actor, pick: Pick) -> None:
    added = [item for item in kit.rows(world.database, models.WorkItem) if item.parent_key is not None]
    if item := pick(added):
        by = pick([world.cast.owner, by])
        with world.database.transaction(by.company_id) as session:
            signers.remove_signer(session, by, item.user_task_key, item.key, "减签", now=world.now)


def _delegate(world: World, by: Actor, pick: Pick) -> None:
    if task := pick(world.tasks("open")):
        by = _somebody(world, task, by, pick)
        with world.database.transaction(by.company_id) as session:
            signers.delegate(session, by, task.key, pick(PEOPLE), "委派", now=world.now)


def _jump(world: World, by: Actor, pick: Pick) -> None:
    if case := pick(world.cases()):
        by = pick([world.cast.owner, by])
        with world.database.transaction(by.company_id) as session:
            place = pick(jumps.places(session, by, case.key, now=world.now))
            if place and (aim := pick(place.aims)):
                jumps.jump(session, by, case.key, place.token, aim.element, "干预", now=world.now)


def _fire(world: World, _by: Actor, _pick: Pick) -> None:
    """Time passes until the next timer."""
    due = [timer.due_at for timer in kit.rows(world.database, models.Timer)]
    world.now = max([world.now, *due[:1]])
    with world.database.transaction("acme") as session:
        for key in timers.due_keys(session, now=world.now, limit=1):
            timers.fire(session, key, now=world.now)


OPERATIONS: dict[str, Callable[[World, Actor, Pick], None]] = {
    "begin": _begin,
    "complete": _complete,
    "claim": _claim,
    "assign": _assign,
    "choose_voters": _choose_voters,
    "return": _return,
    "withdraw": _withdraw,
    "add_signer": _add_signer,
    "remove_signer": _remove_signer,
    "delegate": _delegate,
    "jump": _jump,
    "fire": _fire,
    **case_operations.OPERATIONS,
    **operating_at_random.OPERATIONS,
}


def check(world: World) -> None:
    """What holds after each operation, whatever people do."""
    tasks = {task.key: task for task in kit.rows(world.database, models.UserTask)}
    items: dict[int, list[Any]] = {key: [] for key in tasks}
    for item in kit.rows(world.database, models.WorkItem):
        items[item.user_task_key].append(item)
    events = kit.rows(world.database, models.HistoryEvent)
    for task in tasks.values():
        _check_task(task, items[task.key])
        assert {(item.process_id, item.department) for item in items[task.key]} == {(task.process_id, task.department)}
        told = {item.warn_at for item in items[task.key] if item.state in LIVE}
        assert told <= {task.warn_at}, "what managers' figures read is what the task says"
    _check_replay(tasks, items, events)
    case_operations.check_deputies(world, [item for each in items.values() for item in each if item.state == "done"])
    case_operations.check_reopened(world)
    _check_incidents(world)
    with world.database.reading() as session:
        assert [fault for _key, _number, fault in verification.cases(session) if fault] == []
        for case in kit.rows(world.database, models.ProcessInstance):
            _check_case(world, session, case, [task for task in tasks.values() if task.instance_key == case.key])
            of_case = [event for event in events if event.instance_key == case.key]
            _check_no_way_back(case, of_case)
            case_operations.check_standing_still(of_case)


def check_inboxes(world: World) -> None:
    """Everybody's list, badge and pages of cases are what the rules say he may take up: each task once, whatever was done before."""
    tasks = {task.key: task for task in world.tasks("open")}
    items: dict[int, list[Any]] = {key: [] for key in tasks}
    for item in kit.rows(world.database, models.WorkItem):
        if item.user_task_key in items:
            items[item.user_task_key].append(item)
    cases_ = {case.key: case for case in world.cases()}
    around = [holding.Around(task, items[key], cases_[task.instance_key].initiator) for key, task in tasks.items()]
    for name in PEOPLE:
        by = world.actor(name)
        own = (each for each in around if each.task.company_id == by.company_id and not holding.is_kept_out(by, each.task))
        mine = [each.task.key for each in own if any(holding.may_take(by, item, each) for item in each.items)]
        with world.database.reading(by.company_id) as session:
            page = inbox.open_tasks(session, by, inbox.InboxFilters(), paging.WantedPage(size=100), now=world.now)
            assert sorted(line.task_key for line in page.rows) == sorted(mine), name
            assert inbox.count(session, by) == len(mine), name
            company = organisation.at_version(session, by.company_id, by.organisation_version)
            held = places.of_roots(session, company, [case.root_key for case in cases_.values()], reader=by)
            on_pages = {place.task_key: place.reader for each in held.values() for place in each if place.reader}
            told = {line.task_key: (line.is_to_claim, line.instead_of) for line in page.rows}
            assert {key: (part.is_to_claim, part.instead_of) for key, part in on_pages.items()} == told, name


def _check_incidents(world: World) -> None:
    """What asks for somebody stands exactly where nobody has a task, however somebody came to have it; and cases count theirs."""
    open_ = [row for row in kit.rows(world.database, models.Incident) if row.state == "open"]
    asking = {(row.instance_key, row.token) for row in open_ if row.kind == "assignment"}
    assert asking == {(task.instance_key, task.token) for task in _unmanned(world)}
    standing = Counter(row.instance_key for row in open_)
    assert {case.key: case.incidents for case in world.cases()} == {case.key: standing[case.key] for case in world.cases()}


def _check_task(task: Any, items: list[Any]) -> None:
    states = Counter(item.state for item in items)
    assert task.parts == len(items), "whoever adds a part counts it"
    if task.state != "open":
        assert not states["open"] and not states["waiting"], "no part is open on a step without a token"
    elif items[0].username or items[0].group_name:
        assert states["open"], "an open task is somebody's to act on now"
    acted = {name for item in items if item.state == "done" for name in (item.username, item.done_by)}
    assert not acted & set(task.excluded)
    people = [item.username for item in items if item.username and item.state in (*LIVE, "done")]
    assert len(people) == len(set(people)), "nobody has two parts"
    rule = joint_rules.read(task.rule)
    assert rule is not None
    if task.state == "cancelled":
        return
    settled = voting.decide(rule, items)
    told = [(item.username, item.position, item.state, item.outcome) for item in items]
    assert settled == (task.outcome if task.state == "completed" else None), ("votes add up", task.rule, task.state, told)


def _check_replay(tasks: dict[int, Any], items: dict[int, list[Any]], events: list[Any]) -> None:
    """The history says who said what, and every part that is done, or was and is decided anew, is told there once."""
    told = Counter(
        (event.data["task"], _holder(event), event.actor, event.data.get("vote") or event.data["outcome"])
        for event in events
        if event.kind in ("voted", "completed", "returned", "passed") and ("vote" not in event.data or event.data["vote"])
    )
    done = Counter(
        (key, item.username, item.done_by, item.outcome)
        for key, each in items.items()
        for item in each
        if (item.state == "done" or item.note == objecting.REOPENED) and key in tasks
    )
    assert told == done


def _holder(event: Any) -> str | None:
    """In whose name something was decided."""
    return event.data.get("person") or event.data.get("for") or event.actor


def _check_case(world: World, session: Any, case: Any, tasks: list[Any]) -> None:
    open_ = {task.token for task in tasks if task.state == "open"}
    if case.state != "active":
        assert not open_
        return
    row = session.get_one(models.ProcessInstance, case.key)
    run = cases.look_into(Surroundings(session, SYSTEM("acme", world.cast.owner.organisation_version), world.now), row).run
    at_tasks = {token for token, _element, kind in run.places() if kind == "user_task"}
    assert at_tasks == open_, "a token for each open task, a task for each token"
    waits = [kind for _element, kind in run.live if kind not in ("scope", "join", "gateway")]
    assert waits, "every running case has something that somebody can act on, or something to wait for"


def _check_no_way_back(case: Any, events: list[Any]) -> None:
    """Nothing leads back once something was done that cannot be taken back."""
    if case.irreversible is None:
        return
    bound = next((n for n, event in enumerate(events) if event.kind == "completed" and event.element_id == "bind"), len(events))
    assert not [event.kind for event in events[bound:] if event.kind in WAYS_BACK]


def finish(world: World) -> None:
    """Everybody agrees until all is over: nothing that was done has left a case that cannot be finished."""
    for case in world.cases():
        if case.suspended is not None and case.parent_key is None:
            with world.database.transaction("acme") as session:
                suspending.resume(session, world.cast.owner, case.key, now=world.now)
    for _ in range(200):
        open_ = world.tasks("open")
        if not world.cases() or not open_:
            break
        agreed = [_agree(world, task, by) for task in open_ for by in _holders(world, task)]
        if not any(agreed):
            _hand_over(world, open_)
    assert world.cases() == [], [(task.element_id, task.excluded) for task in world.tasks("open")]


def _holders(world: World, task: Any) -> list[Actor]:
    """Those whose turn it is."""
    found = []
    for item in kit.rows(world.database, models.WorkItem, user_task_key=task.key, state="open"):
        everybody = [world.actor(name) for name in PEOPLE if name != "stranger"]
        found += [by for by in everybody if by.username == item.username or item.group_name in by.groups]
        found += [by for by in everybody if item.username in {each.username for each in by.principals}]
    return found


def _agree(world: World, task: Any, by: Actor) -> bool:
    for outcome in ("approve", "reject") if task.kind == "approve" else (None,):  # refused beside: only to be refused
        world.now += timedelta(minutes=1)
        with contextlib.suppress(errors.Refusal), world.database.transaction(by.company_id) as session:
            user_tasks.complete(session, by, task.key, _given(task), outcome=outcome, opinion="同意", now=world.now)
            return True
    return False


def _hand_over(world: World, open_: list[Any]) -> None:
    """Where whoever would have to act is kept out, the administrators hand it to somebody who may have it; else they choose who decides."""
    others = [name for name in PEOPLE if name not in ("stranger", "owner")]
    unmanned = {task.key for task in _unmanned(world)}
    for task in open_:
        pairs = [list(pair) for pair in itertools.combinations(others, 2)] if task.key in unmanned else []
        if not any(_given_to(world, task, name) for name in (*others, "owner")):
            any(_chosen(world, task, pair) for pair in pairs)


def _given_to(world: World, task: Any, name: str) -> bool:
    with contextlib.suppress(errors.Refusal), world.database.transaction("acme") as session:
        user_tasks.assign(session, world.cast.owner, task.key, name, "无人可办", now=world.now)
        return True
    return False


def _chosen(world: World, task: Any, names: list[str]) -> bool:
    with contextlib.suppress(errors.Refusal), world.database.transaction("acme") as session:
        choosing_voters.choose(session, world.cast.owner, task.key, names, "无人可办", now=world.now)
        return True
    return False
