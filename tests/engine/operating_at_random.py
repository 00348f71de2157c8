"""What operators do at random with cases, for `approvals_world`: each a function (world, by, pick); a rehearsal leaves no trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.people.actors import Actor
from engine.queries.operations import one_case
from engine.storage import models
from engine.verbs import operated
from engine.verbs.operating import single
from tests.engine import kit

Pick = Callable[[Sequence[Any]], Any]
PEOPLE = ("clerk", "clerk2", "head", "manager", "owner", "outsider")
MOMENT = "2026-03-09T09:00:00+08:00"


def operate(world: Any, by: Actor, pick: Pick) -> None:
    """One act that is offered for a case, mostly by who manages it, given what the pages offer."""
    by, case, act, given = _chosen(world, by, pick)
    if case is not None:
        with world.database.transaction(by.company_id) as session:
            single.do(session, by, case, act, given, "运维", now=world.now)


def rehearse(world: Any, by: Actor, pick: Pick) -> None:
    """The same, only tried: every row of the world is as it was."""
    by, case, act, given = _chosen(world, by, pick)
    if case is not None:
        before = _rows(world)
        with world.database.transaction(by.company_id) as session:
            single.foresee(session, by, case, act, given, "运维", now=world.now)
        assert _rows(world) == before, (act, given)


def _chosen(world: Any, by: Actor, pick: Pick) -> tuple[Actor, int | None, str, dict[str, str]]:
    case = pick(world.cases())
    by = pick([world.actor("owner"), world.actor("owner"), by])
    if case is None:
        return by, None, "", {}
    with world.database.reading(by.company_id) as session:
        page = one_case.one_case(session, by, case.key, now=world.now)
        act = pick([each for each in page.acts if each != operated.TERMINATE])
        if act is None:
            return by, None, "", {}
        places = one_case.choices(session, by, case.key, act, {}, now=world.now).places
        sent = {"place": (pick(places) or ("",))[0]}
        offered = one_case.choices(session, by, case.key, act, sent, now=world.now)
    target, outcome = pick([each.element for each in offered.targets]), pick(offered.outcomes) or ("",)
    sent |= {"target": target or "", "outcome": outcome[0], "until": MOMENT, "retries": "3", "person": pick(PEOPLE)}
    return by, case.key, act, {name: sent[name] for name in TAKEN.get(act, ())} | NAMED.get(act, {})


def _rows(world: Any) -> list[Any]:
    kinds = (models.ProcessInstance, models.UserTask, models.WorkItem, models.Timer, models.Notice, models.Operation)
    return [[_told(row) for row in kit.rows(world.database, kind)] for kind in (*kinds, models.HistoryEvent, models.Job)]


def _told(row: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


TAKEN = {
    operated.SKIP: ("place", "outcome"),
    operated.MOVE: ("place", "target"),
    operated.RUN_NOW: ("place",),
    operated.RESCHEDULE: ("place", "until"),
    operated.SET_RETRIES: ("place", "retries"),
    operated.ASSIGN: ("place", "person"),
}
NAMED = {operated.SET_VARIABLE: {"name": "amount", "kind": "number", "value": "3"}}
OPERATIONS: dict[str, Callable[[Any, Actor, Pick], None]] = {"operate": operate, "rehearse": rehearse}
