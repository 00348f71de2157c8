"""A handful of small processes and what people do in them, at random: operations in one table, and what must hold after each.

Another operation is a function `(world, by, pick)` in `OPERATIONS`: it does one thing as that person through a verb; `pick`
chooses from a list. What the verb refuses is no fault.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine import errors
from engine.background import verification
from engine.cases import cases
from engine.cases.cases import Surroundings
from engine.deadlines import suspending
from engine.definitions.rules import joint_rules
from engine.people import actors
from engine.people.actors import SYSTEM, Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals import jumps, signers, voting
from engine.verbs.approvals.back import returns, taking_back
from engine.verbs.running import process_instances, timers
from tests.cast import Cast
from tests.engine import case_operations, kit, operating_at_random

PEOPLE = ("clerk", "clerk2", "head", "manager", "owner", "outsider", "stranger")
APPROVAL = {"kind": "approve", "resume": "choose", "withdraw": "handled"}
WAYS_BACK, LIVE = ("returned", "taken_back", "moved"), ("open", "waiting")
Pick = Callable[[Sequence[Any]], Any]


def processes() -> Iterator[Any]:
    """Serial, parallel, nested, joint, called, several instances, and one with a step that cannot be taken back."""
    first = kit.task("fill", groups="客服专员,部门负责人")
    yield kit.diagram(
        "serial",
        kit.start(),
        first,
        kit.task("check", users="head,clerk", separate_from="fill", **APPROVAL),
        kit.task("judge", users="manager,clerk2", **APPROVAL),
        kit.end(),
        kit.chain("started", "fill", "check", "judge", "done"),
    )
    yield kit.diagram(
        "parallel",
        kit.start(),
        first,
        kit.node("parallelGateway", "split"),
        kit.task("left", users="head", **APPROVAL),
        kit.task("left_check", users="clerk,clerk2", **APPROVAL),
        kit.boundary("late", "left", kit.timer("timeDuration", "PT1H"), interrupting=False),
        kit.task("reminded", users="owner", **APPROVAL),
        kit.end("told"),
        kit.task("right", users="manager,outsider", rule="all", **APPROVAL),
        kit.node("parallelGateway", "join"),
        kit.task("judge", users="manager", **APPROVAL),
        kit.end(),
        kit.chain("started", "fill", "split", "left", "left_check", "join", "judge", "done"),
        kit.chain("split", "right", "join"),
        kit.chain("late", "reminded", "told"),
    )
    inner = (
        kit.start("inside"),
        kit.task("one", users="clerk,head", **APPROVAL),
        kit.task("two", users="clerk2,head,manager", rule="ratio:>1/2", **APPROVAL),
        kit.end("out"),
        kit.chain("inside", "one", "two", "out"),
    )
    yield kit.diagram(
        "nested",
        kit.start(),
        first,
        kit.node("subProcess", "sub", inner="".join(inner)),
        kit.task("judge", users="manager,head,clerk", rule="sequential", **APPROVAL),
        kit.end(),
        kit.chain("started", "fill", "sub", "judge", "done"),
    )
    yield kit.diagram(
        "calling",
        kit.start(),
        first,
        kit.call("called", "serial"),
        kit.task("judge", users="manager,head,outsider", rule="veto:1/2", veto="manager", **APPROVAL),
        kit.end(),
        kit.chain("started", "fill", "called", "judge", "done"),
    )
    each = '<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[&#34;clerk&#34;,&#34;head&#34;]" inputElement="one"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>'
    several = kit.task("each", assignee="=one", **APPROVAL).replace("</bpmn:userTask>", each + "</bpmn:userTask>")
    yield kit.diagram(
        "several",
        kit.start(),
        first,
        several,
        kit.task("judge", users="manager,clerk2", **APPROVAL),
        kit.task("bind", users="owner,outsider", irreversible="true"),
        kit.task("last", users="manager,clerk2", **APPROVAL),
        kit.end(),
        kit.chain("started", "fill", "each", "judge", "bind", "last", "done"),
    )

    yield kit.diagram(
        "passing",
        kit.start(),
        kit.task("fill", groups="客服专员,部门负责人", same_as_initiator="superior", **APPROVAL),
        kit.task("check", users="head", same_as_initiator="skip", repeat="last", **APPROVAL),
        kit.task("judge", groups="部门负责人", repeat="adjacent", **APPROVAL),
        kit.task("sign", picked_by="previous", picks="several", rule="all", **APPROVAL),
        kit.task("last", users="head", repeat="first", empty="incident", **APPROVAL),
        kit.end(),
        kit.chain("started", "fill", "check", "judge", "sign", "last", "done"),
    )


STARTED = ("serial", "parallel", "nested", "calling", "several", "passing")
PICKED = {"picked_sign": ["manager", "clerk2"]}  # where it is asked; elsewhere it is not looked at


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
                jumps.jump(session, by, case.key, place.token, aim[0], "干预", now=world.now)


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
    with world.database.reading() as session:
        assert [fault for _key, _number, fault in verification.cases(session) if fault] == []
        for case in kit.rows(world.database, models.ProcessInstance):
            _check_case(world, session, case, [task for task in tasks.values() if task.instance_key == case.key])
            of_case = [event for event in events if event.instance_key == case.key]
            _check_no_way_back(case, of_case)
            case_operations.check_standing_still(of_case)


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
    """The history says who said what, and every part that is done is told there once."""
    told = Counter(
        (event.data["task"], _holder(event), event.actor, event.data.get("vote") or event.data["outcome"])
        for event in events
        if event.kind in ("voted", "completed", "returned", "passed") and ("vote" not in event.data or event.data["vote"])
    )
    done = Counter(
        (key, item.username, item.done_by, item.outcome)
        for key, each in items.items()
        for item in each
        if item.state == "done" and key in tasks
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
    """Where whoever would have to act is kept out, the administrators hand it to somebody who is not."""
    for task in open_:
        to = next(name for name in PEOPLE if name not in task.excluded and name != "stranger")
        with world.database.transaction("acme") as session:
            user_tasks.assign(session, world.cast.owner, task.key, to, "无人可办", now=world.now)
