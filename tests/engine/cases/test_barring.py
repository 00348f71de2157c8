"""From whom a case is kept: said in Python as one would say it, and by every way of asking, for any trees of called cases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine.cases.rights import access, barring, open_work
from engine.people import roles
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import CarbonCopy, Consultation, ProcessInstance, UserTask, WorkItem
from tests.engine import kit
from tests.engine.kit import NOW

NAMES = ("clerk", "clerk2", "head")
OFFICES: dict[str, dict[str, Any]] = {
    "": {},
    "follows": {"groups": frozenset({"主管领导"})},
    "manages departments": {"roles": frozenset({(roles.MANAGER, "service")})},
    "audits": {"roles": frozenset({(roles.AUDITOR, "")})},
    "operates": {"roles": frozenset({(roles.OPERATOR, "")})},
    "administers": {"is_administrator": True},
}


@dataclass(frozen=True)
class Task:
    """Whom it keeps out, of these whom as it is about them (None: stored before that was told apart), and who has or had it."""

    out: frozenset[str]
    about: frozenset[str] | None
    parts: tuple[tuple[str | None, str | None], ...]  # holder, who did it

    def is_about(self, name: str, initiator: str | None) -> bool:
        return name in self.out and (name != initiator if self.about is None else name in self.about)


@dataclass(frozen=True)
class Case:
    """One case of a tree, with who was asked for his view in it."""

    tasks: tuple[Task, ...]
    asked: frozenset[str]

    def is_his(self, name: str) -> bool:
        return name in self.asked or any(name in part for task in self.tasks for part in task.parts)


names, some = st.sampled_from(NAMES), st.frozensets(st.sampled_from(NAMES), max_size=2)
holders = st.tuples(st.none() | names, st.none() | names)
tasks = st.builds(Task, some, st.none() | some, st.lists(holders, max_size=1).map(tuple))
cases = st.builds(Case, st.lists(tasks, max_size=2).map(tuple), st.frozensets(names, max_size=1) | st.just(frozenset()))
trees = st.lists(cases, min_size=3, max_size=3)  # the first calls the second, that the third


@pytest.fixture
def tree(database: Any, cast: Any) -> Any:
    """The keys of three cases, of which each called the next."""

    def drawn(process: str, step: str) -> Any:
        way = kit.chain("started", "step", "done")
        return kit.diagram(process, kit.start(), step, kit.end(), way, visible_to=["主管领导"])

    last, below = drawn("last", kit.task("step", groups="客服专员")), drawn("below", kit.call("step", "last"))
    kit.deploy(database, cast.owner, last, below, drawn("first", kit.call("step", "below")))
    kit.begin(database, cast.outsider, "first")
    return database, [each.key for each in kit.rows(database, ProcessInstance)]


def stored(session: Session, keys_: list[int], made: list[Case], initiator: str, copied: frozenset[str]) -> None:
    like = dict(session.execute(select(UserTask.__table__)).mappings().first() or {})
    for model in (WorkItem, UserTask, CarbonCopy, Consultation):
        session.execute(model.__table__.delete())
    session.execute(ProcessInstance.__table__.update().values(initiator=initiator, incidents=1))
    of = {"company_id": "acme"}
    for name in copied:
        row = {**of, "key": keys.new(), "instance_key": keys_[0], "username": name, "note": "", "sent_at": NOW, "sent_by": None}
        session.execute(insert(CarbonCopy.__table__).values(row))
    for instance, each in zip(keys_, made, strict=True):
        for task in each.tasks or (Task(frozenset(), None, ()),):
            key = keys.new()
            about = None if task.about is None else sorted(task.about)
            row = {
                **like,
                "key": key,
                "instance_key": instance,
                "excluded": sorted(task.out),
                "about": about,
                "process_id": "last",
            }
            session.execute(insert(UserTask.__table__).values(row))
            for username, done_by in task.parts:
                row = {
                    **of,
                    "key": keys.new(),
                    "user_task_key": key,
                    "instance_key": instance,
                    "sort_due": NOW,
                    "created_at": NOW,
                }
                state = "done" if done_by else "open"
                session.execute(
                    insert(WorkItem.__table__).values({**row, "username": username, "done_by": done_by, "state": state})
                )
        for name in each.asked:
            task_key = session.scalars(select(UserTask.key).where(UserTask.instance_key == instance)).first()
            row = {**of, "key": keys.new(), "user_task_key": task_key, "instance_key": instance, "asker": "owner"}
            session.execute(insert(Consultation.__table__).values({**row, "asked": name, "question": "?", "asked_at": NOW}))


def kept(made: list[Case], number: int, name: str, initiator: str, copied: frozenset[str]) -> bool:
    """Whether one of the cases is kept from somebody who is no administrator."""
    began = name == initiator or name in copied
    by_tree = any(name in task.out for each in made for task in each.tasks)
    if by_tree and not began and not any(each.is_his(name) for each in made):
        return True
    is_his = made[number].is_his(name) or (began and number == 0)
    return any(task.is_about(name, initiator) for task in made[number].tasks) and not is_his


@pytest.mark.both_databases
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(
    name=names, office=st.sampled_from(sorted(OFFICES)), made=trees, initiator=names, copied=st.frozensets(names, max_size=1)
)
def test_every_way_of_asking_agrees(
    tree: Any, cast: Any, name: str, office: str, made: list[Case], initiator: str, copied: frozenset[str]
) -> None:
    database, keys_ = tree
    by: Actor = replace(getattr(cast, name), **OFFICES[office])
    with database.reading("acme") as session:
        stored(session, keys_, made, initiator, copied)
        rows = [session.get_one(ProcessInstance, key, populate_existing=True) for key in keys_]
        is_kept = {key: kept(made, number, name, initiator, copied) for number, key in enumerate(keys_)}
        away = {key for key in keys_ if is_kept[key] and not by.is_administrator}
        assert {each.key for each in rows if not barring.is_free(session, by, each)} == away
        row, task = ProcessInstance, UserTask
        assert set(session.scalars(select(row.key).where(barring.free(session, by, row.key)))) == set(keys_) - away
        below = set(session.scalars(select(row.key).where(barring.is_kept(by))))
        assert below == away - {keys_[0]}
        for each in rows:
            beside = set(session.scalars(select(row.key).where(barring.beside(by, each))))
            assert beside == (set(keys_) - away) | {each.key}
        assert {each.key for each in rows if barring.kept_from(session, each, [name])} == {key for key in keys_ if is_kept[key]}
        seen = {each.key for each in rows if access.may_see(session, by, each)}
        assert set(session.scalars(select(row.key).where(access.cases_seen(session, by)))) == seen and not seen & away
        for condition in (access.tasks_seen, access.tasks_followed, open_work.tasks):
            assert not away & set(session.scalars(select(task.instance_key).where(condition(session, by)))), condition
        if office == "audits" or by.is_administrator:
            assert seen == set(keys_) - away
