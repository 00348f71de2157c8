"""What somebody typed and did not send stays his: whoever has the task next does not read his opinion."""

from __future__ import annotations

from typing import Any

import pytest

from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.cases import kept_copies
from engine.queries.inbox import inbox, task_page
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import kept_forms, user_tasks
from engine.verbs.approvals import handing
from engine.verbs.organisation import leaving
from tests.cast import Cast
from tests.engine import kit

NOW = kit.NOW


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    """One is enough: nothing here depends on which."""
    return sqlite_database


def do(database: databases.Database, verb: Any, by: Actor, *given: Any, **values: Any) -> Any:
    with database.transaction(by.company_id) as session:
        return verb(session, by, *given, **values)


def begin(database: databases.Database, cast: Cast) -> tuple[int, int]:
    """A case with a task that is offered to a group; both keys."""
    task = kit.task("look", form="free", groups="客服专员", kind="approve")
    flow = (kit.start(), task, kit.end(), kit.chain("started", "look", "done"))
    kit.deploy(database, cast.owner, kit.form("free", kit.text_field("remark")), kit.diagram("approval", *flow))
    key = kit.begin(database, cast.outsider, "approval")
    return key, kit.open_task(database, key, "look")


def test_an_opinion_not_sent_stays_with_its_writer_when_a_task_is_given_back_or_he_leaves(
    database: databases.Database, cast: Cast
) -> None:
    def opinion(by: Actor) -> Any:
        with database.reading("acme") as session:
            page = task_page.task_page(session, by, task, now=NOW)
            return (page.draft or {}).get(kept_forms.OPINION) if isinstance(page, task_page.TaskPage) else None

    key, task = begin(database, cast)
    do(database, user_tasks.claim, cast.clerk, task, now=NOW)
    do(database, user_tasks.save_draft, cast.clerk, task, {"remark": "写到一半", kept_forms.OPINION: "拟同意"}, now=NOW)
    do(database, user_tasks.unclaim, cast.clerk, task, now=NOW)
    with database.reading("acme") as session:
        assert [each.opinion for each in kept_copies.of_case(session, cast.clerk, key, now=kit.NOW)] == ["拟同意"]
    do(database, user_tasks.claim, cast.clerk2, task, now=NOW)
    assert opinion(cast.clerk2) is None
    do(database, user_tasks.unclaim, cast.clerk2, task, now=NOW)
    do(database, user_tasks.claim, cast.clerk, task, now=NOW)
    assert opinion(cast.clerk) == "拟同意"
    do(database, user_tasks.unclaim, cast.owner, task, now=NOW)  # its manager takes it off him
    [told] = [each for each in kit.notices(database, username="clerk") if "客服专员" in each.subject]
    assert "欧流程" in told.body
    do(database, user_tasks.claim, cast.clerk, task, now=NOW)
    do(database, handing.transfer, cast.clerk, task, "clerk2", "出差", now=NOW)
    do(database, handing.transfer, cast.clerk2, task, "clerk", "还您", now=NOW)
    assert opinion(cast.clerk) == "拟同意"
    with database.transaction("acme") as session:
        leaving.leave(session, cast.owner, "clerk", leaving.Plan("clerk2"), now=NOW)
    assert opinion(cast.clerk2) is None
    with database.reading("acme") as session:
        kept = session.query(models.WorkItem.draft).filter_by(user_task_key=task, username="clerk", position="kept")
        assert [each for (each,) in kept if each] == [{kept_forms.OPINION: "拟同意"}]
    task_row = kit.rows(database, models.UserTask, key=task)[0]
    assert task_row.parts == len(kit.rows(database, models.WorkItem, user_task_key=task))


def test_who_kept_a_copy_is_not_offered_the_task_a_second_time_when_it_is_given_back(
    database: databases.Database, cast: Cast
) -> None:
    _key, task = begin(database, cast)
    do(database, user_tasks.claim, cast.clerk, task, now=NOW)
    do(database, kept_forms.keep, cast.clerk2, task, {"remark": "来晚了"}, now=NOW)
    do(database, user_tasks.unclaim, cast.clerk, task, now=NOW)
    live = [(each.username, each.group_name) for each in kit.rows(database, models.WorkItem, user_task_key=task, state="open")]
    assert live == [(None, "客服专员")]


def test_a_form_that_stands_as_it_was_opened_is_no_draft(database: databases.Database, cast: Cast) -> None:
    fields = (kit.text_field("remark"), {**kit.text_field("way"), "defaultValue": "电话"}, kit.text_field("known"))
    task = kit.task("look", form="free", users="clerk", kind="approve")
    flow = (kit.start(), task, kit.end(), kit.chain("started", "look", "done"))
    kit.deploy(database, cast.owner, kit.form("free", *fields), kit.diagram("approval", *flow))
    key = kit.begin(database, cast.owner, "approval", {"known": "来自申请"})
    look, opened = kit.open_task(database, key, "look"), {"remark": "", "way": "电话", "known": "来自申请"}

    def is_marked(typed: dict[str, Any], window: kept_forms.Window | None = None) -> bool:
        do(database, user_tasks.save_draft, cast.clerk, look, typed, window=window, now=NOW)
        with database.reading("acme") as session:
            found = inbox.open_tasks(session, cast.clerk, inbox.InboxFilters(), paging.WantedPage(), now=NOW)
        return found.rows[0].has_draft

    mine = kept_forms.Window("mine")
    assert is_marked({**opened, "remark": "写到一半"}, mine)
    assert not is_marked(opened, mine)
    assert not is_marked({**opened, kept_forms.OPINION: " "}) and is_marked({**opened, kept_forms.OPINION: "拟同意"})
    assert is_marked({**opened, "way": ""}) and is_marked({**opened, "known": ""})
