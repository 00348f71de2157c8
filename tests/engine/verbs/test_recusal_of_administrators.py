"""An administrator whom a case is about hands it to nobody of his choice: neither by letting its holder leave, nor by copies, mentions, links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from engine import errors
from engine.people import roles
from engine.queries.cases import offered
from engine.queries.organisation import person_page
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import grounds, user_tasks
from engine.verbs.organisation import leaving
from engine.verbs.sharing import comments, copies, linking
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.test_recusal import ANYBODY, deploy


def begin(database: databases.Database, cast: Cast, accused: str, **investigation: str) -> int:
    """The key of the task in which clerk2 investigates a complaint about `accused`."""
    deploy(database, cast, ANYBODY, recused='=if accused = "" then [] else accused', **investigation)
    return kit.open_task(database, kit.begin(database, cast.outsider, "complaint", {"accused": accused}), "investigate")


def leave(database: databases.Database, cast: Cast, plan: leaving.Plan) -> None:
    with database.transaction("acme") as session:
        leaving.leave(session, cast.owner, "clerk2", plan, now=kit.NOW)


def test_what_its_holder_leaves_goes_back_to_the_group(database: databases.Database, cast: Cast) -> None:
    task = begin(database, cast, "owner", groups="客服专员")
    with database.transaction("acme") as session:
        user_tasks.claim(session, cast.clerk2, task, now=kit.NOW)
    with database.reading("acme") as session:
        assert person_page.person(session, cast.owner, "clerk2", now=kit.NOW).own_tasks == {task}
    with pytest.raises(errors.Invalid) as refused:
        leave(database, cast, leaving.Plan("head", tasks={task: "clerk"}))
    assert "is about you" in str(refused.value.fields[f"task-{task}"][0])
    leave(database, cast, leaving.Plan("clerk"))
    [part] = kit.rows(database, models.WorkItem, user_task_key=task)
    assert (part.username, part.group_name) == (None, "客服专员")


def test_what_lay_with_him_alone_is_handed_over_by_another_administrator(database: databases.Database, cast: Cast) -> None:
    task = begin(database, cast, "owner", users="clerk2")
    with pytest.raises(errors.Invalid) as refused:
        leave(database, cast, leaving.Plan("clerk"))
    assert "another administrator" in str(refused.value.fields[f"task-{task}"][0])
    assert [each.username for each in kit.rows(database, models.WorkItem, user_task_key=task)] == ["clerk2"]


@pytest.mark.parametrize("by_group", [True, False])
def test_who_only_administers_the_organisation_is_not_told_of_it(
    database: databases.Database, cast: Cast, by_group: bool
) -> None:
    task = begin(database, cast, "outsider", **({"groups": "客服专员"} if by_group else {"users": "clerk2"}))
    runs_it = replace(cast.outsider, roles=frozenset({(roles.ORGANISATION, roles.EVERYTHING)}))
    if by_group:
        with database.transaction("acme") as session:
            user_tasks.claim(session, cast.clerk2, task, now=kit.NOW)
    with database.reading("acme") as session:
        assert person_page.person(session, runs_it, "clerk2", now=kit.NOW).tasks == []
    with database.transaction("acme") as session:
        leaving.leave(session, runs_it, "clerk2", leaving.Plan("clerk"), now=kit.NOW)
    assert [(each.username, each.group_name) for each in kit.rows(database, models.WorkItem, user_task_key=task)] == (
        [(None, "客服专员")] if by_group else [("clerk2", None)]
    )


def test_a_case_about_somebody_else_is_handed_over_as_he_says(database: databases.Database, cast: Cast) -> None:
    task = begin(database, cast, "head", users="clerk2")
    leave(database, cast, leaving.Plan("clerk"))
    assert [each.username for each in kit.rows(database, models.WorkItem, user_task_key=task)] == ["clerk"]


def test_he_neither_copies_nor_links_it_nor_mentions_anybody_in_it(database: databases.Database, cast: Cast) -> None:
    begin(database, cast, "owner", groups="客服专员")
    [case] = kit.rows(database, models.ProcessInstance)
    other = kit.instance(database, kit.begin(database, cast.outsider, "complaint", {"accused": ""}))
    acts: list[Callable[[Session], object]] = [
        lambda session: copies.copy_to(session, cast.owner, case.key, ["clerk"], now=kit.NOW),
        lambda session: comments.add(session, cast.owner, case.key, "请看", mentioned=["clerk"], now=kit.NOW),
        lambda session: linking.link(session, cast.owner, case.key, other.number, now=kit.NOW),
        lambda session: linking.link(session, cast.owner, other.key, case.number, now=kit.NOW),
    ]
    for act in acts:
        with pytest.raises(errors.Forbidden, match=grounds.ABOUT_YOU), database.transaction("acme") as session:
            act(session)
    with database.reading("acme") as session:
        names = {
            each.name
            for each in offered.on_case(session, cast.owner, session.get_one(models.ProcessInstance, case.key), now=kit.NOW)
        }
        assert "comment" in names and not names & {"copy_to", "link", "urge"}
        there = session.get_one(models.ProcessInstance, other.key)
        assert {"copy_to", "link"} <= {each.name for each in offered.on_case(session, cast.owner, there, now=kit.NOW)}
