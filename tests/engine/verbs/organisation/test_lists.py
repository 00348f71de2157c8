"""Lists that an expression makes of departments, heads and groups follow them, as long as nobody has taken the task."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from engine import errors
from engine.background.worker import Worker
from engine.people import organisation
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.organisation import departments, groups, leaving, persons
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.engine.verbs.organisation.test_groups import again, doing, inbox_of
from tests.engine.verbs.organisation.test_importing import csv, taken

SERVICE = "=members of(unit)"


def waits(database: databases.Database, cast: Cast, users: str, unit: str = "service", **properties: str) -> int:
    """A case that waits at a step of this list."""
    step = kit.task("a", users=users, **properties)
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), step, kit.end(), kit.chain("started", "a", "done")))
    return kit.begin(database, cast.owner, "p", {"unit": unit})


def moves(database: databases.Database, cast: Cast, username: str, department: str) -> None:
    """Somebody goes to another department, and the worker comes round."""
    doing(database, persons.alter, cast.owner, username, persons.PersonValues(username, department))
    looks(database)


def looks(database: databases.Database) -> None:
    Worker(database, lambda: kit.NOW, "w").run_once()


def offered(database: databases.Database) -> set[str]:
    with database.reading(COMPANY) as session:
        there = organisation.current(session, COMPANY).active(("clerk", "clerk2", "head", "manager", "outsider"))
    return {name for name in there if inbox_of(database, name)}


@pytest.mark.parametrize(
    ("users", "before", "after"),
    [
        (SERVICE, {"clerk", "clerk2", "head"}, {"clerk", "head", "outsider"}),
        ('=append(members of(unit), "manager")', {"clerk", "clerk2", "head", "manager"}, {"clerk", "head", "manager", "outsider"}),
        ('=except(members of(unit), ["head"])', {"clerk", "clerk2"}, {"clerk", "outsider"}),
        ('=members of(unit)[item != "clerk"]', {"clerk2", "head"}, {"head", "outsider"}),
    ],
)  # fmt: skip
def test_a_joiner_is_offered_the_open_task_and_a_mover_loses_it(
    database: databases.Database, cast: Cast, users: str, before: set[str], after: set[str]
) -> None:
    case = waits(database, cast, users)
    assert offered(database) == before
    moves(database, cast, "outsider", "service")
    moves(database, cast, "clerk2", "works")
    assert offered(database) == after
    kit.complete(database, again(database, "outsider"), case, "a")


def test_a_new_head_is_offered_what_waits_for_the_head(database: databases.Database, cast: Cast) -> None:
    case = waits(database, cast, '=flatten([head of("service"), []])')
    task = kit.open_task(database, case, "a")
    heads(database, cast, "clerk2")
    assert offered(database) == {"clerk2"}
    [event] = kit.rows(database, models.HistoryEvent, kind="reassigned")
    assert (event.data["before"], event.data["to"]) == ("head", ["clerk2"])
    told = {each.username: f"{each.subject} {each.body}" for each in kit.rows(database, models.Notice)}
    assert "程办事" in told["head"] and "现由您任职" in told["clerk2"] and "何负责" in told["clerk2"]
    with pytest.raises(errors.Overtaken) as refused:
        doing(database, user_tasks.complete, again(database, "head"), task, {})
    assert str(refused.value.values["name"]) == "程办事"
    with pytest.raises(errors.NotFound):
        doing(database, user_tasks.complete, again(database, "outsider"), task, {})


def test_what_waited_for_a_head_that_was_missing_is_no_incident_once_there_is_one(
    database: databases.Database, cast: Cast
) -> None:
    case = waits(database, cast, '=[head of("works")]', empty="incident")
    assert kit.instance(database, case).incidents == 1
    doing(database, departments.alter, cast.owner, "works", departments.DepartmentValues("工程部", "office", "outsider"))
    looks(database)
    assert offered(database) == {"outsider"}
    [incident] = kit.rows(database, models.Incident)
    assert (incident.state, kit.instance(database, case).incidents) == ("resolved", 0)


def test_what_a_head_has_begun_of_an_offer_by_name_stays_his(database: databases.Database, cast: Cast) -> None:
    case = waits(database, cast, '=[head of("service")]')
    doing(database, user_tasks.save_draft, cast.head, kit.open_task(database, case, "a"), {"x": "写到一半"})
    heads(database, cast, "clerk2")
    assert offered(database) == {"head"}


def test_who_is_kept_out_is_not_offered_it_by_joining(database: databases.Database, cast: Cast) -> None:
    waits(database, cast, SERVICE, recused='="outsider"')
    moves(database, cast, "outsider", "service")
    assert offered(database) == {"clerk", "clerk2", "head"}


def test_what_somebody_has_taken_or_was_given_stays_his(database: databases.Database, cast: Cast) -> None:
    case = waits(database, cast, SERVICE)
    doing(database, user_tasks.claim, cast.clerk2, kit.open_task(database, case, "a"))
    moves(database, cast, "clerk2", "works")
    moves(database, cast, "outsider", "service")
    assert offered(database) == {"clerk2"}
    doing(database, user_tasks.unclaim, again(database, "clerk2"), kit.open_task(database, case, "a"))
    doing(database, leaving.leave, cast.owner, "clerk", leaving.Plan("manager"))
    looks(database)
    assert offered(database) == {"head", "outsider", "manager"}, "the leaver's successor, and whoever is there today"


def test_a_list_of_nobody_stays_with_those_who_have_it(database: databases.Database, cast: Cast) -> None:
    waits(database, cast, SERVICE, "works")
    moves(database, cast, "outsider", "service")
    assert offered(database) == {"outsider"}


def test_a_list_of_before_the_upgrade_becomes_an_offer_to_the_group(database: databases.Database, cast: Cast) -> None:
    waits(database, cast, '=members of("客服专员")')
    with database.transaction() as session:
        named = {"group_name": None, "username": "clerk", "first_owner": "clerk"}
        session.execute(update(models.WorkItem).values(**named))
    looks(database)  # the day's housekeeping orders it
    looks(database)
    assert offered(database) == {"clerk", "clerk2"}
    doing(database, groups.fill, cast.owner, "客服专员", ["outsider"], [])
    assert offered(database) == {"outsider"}, "at once"


HEAD = '=head of("service")'


def waits_for(database: databases.Database, cast: Cast, assignee: str, **properties: str) -> int:
    """A case that waits at a step in one person's name, found by this rule."""
    step = kit.task("a", assignee=assignee, **properties)
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), step, kit.end(), kit.chain("started", "a", "done")))
    return kit.begin(database, cast.outsider, "p")


def heads(database: databases.Database, cast: Cast, head: str) -> None:
    """The department gets another head, and the worker comes round."""
    doing(database, departments.alter, cast.owner, "service", departments.DepartmentValues("客服部", "office", head))
    looks(database)


def test_what_lies_with_the_head_goes_to_the_new_one_and_he_is_told(database: databases.Database, cast: Cast) -> None:
    case = waits_for(database, cast, HEAD)
    assert offered(database) == {"head"}
    heads(database, cast, "clerk2")
    assert offered(database) == {"clerk2"}
    [came, told] = kit.rows(database, models.Notice, kind="told")
    assert (came.username, came.subject) == ("clerk2", "您现在是部门负责人：客服部")
    assert told.username == "head" and "程办事" in told.subject and "组织调整" in told.body
    [event] = kit.rows(database, models.HistoryEvent, kind="reassigned")
    assert (event.data["before"], event.data["to"]) == ("head", ["clerk2"])
    kit.complete(database, again(database, "clerk2"), case, "a")


def test_what_a_head_has_begun_or_was_given_by_hand_stays_his(database: databases.Database, cast: Cast) -> None:
    case = waits_for(database, cast, HEAD)
    doing(database, user_tasks.save_draft, cast.head, kit.open_task(database, case, "a"), {"x": "写到一半"})
    heads(database, cast, "clerk2")
    assert offered(database) == {"head"}
    doing(database, user_tasks.assign, cast.owner, kit.open_task(database, case, "a"), "manager", "出差")
    heads(database, cast, "clerk")
    assert offered(database) == {"manager"}
    assert not [each for each in kit.rows(database, models.Notice, kind="told") if "组织调整" in each.body]


def test_a_leaver_s_successor_keeps_what_he_was_handed_whoever_heads_the_department_then(
    database: databases.Database, cast: Cast
) -> None:
    waits_for(database, cast, HEAD)
    doing(database, leaving.leave, cast.owner, "head", leaving.Plan("manager", headships={"service": "clerk"}))
    looks(database)
    assert offered(database) == {"manager"}


def test_a_request_follows_its_applicant_s_superior_but_nobody_decides_on_his_own(
    database: databases.Database, cast: Cast
) -> None:
    waits_for(database, cast, "=manager of(initiator)", kind="approve")
    assert offered(database) == {"manager"}
    doing(database, persons.alter, cast.owner, "outsider", persons.PersonValues("魏旁人", "service"))
    looks(database)
    assert offered(database) == {"head"}
    heads(database, cast, "outsider")
    assert offered(database) == {"manager"}


def test_a_headship_that_nobody_has_leaves_the_task_where_it_is(database: databases.Database, cast: Cast) -> None:
    waits_for(database, cast, HEAD)
    heads(database, cast, "")
    assert offered(database) == {"head"}


def settles(database: databases.Database) -> None:
    """The worker comes round until nothing follows any more."""
    for _ in range(4):
        looks(database)


def test_a_file_that_names_another_head_and_one_that_writes_the_head_off_lead_to_the_same(
    database: databases.Database, cast: Cast
) -> None:
    waits_for(database, cast, HEAD)
    taken(database, cast.owner, csv("姓名,用户名,部门,部门负责人", "程办事,clerk2,客服部,是"))
    settles(database)
    assert offered(database) == {"clerk2"}
    taken(database, cast.owner, csv("姓名,用户名,部门,部门负责人,状态", "程办事,clerk2,,,离职", "何负责,head,客服部,是,在职"))
    settles(database)
    assert offered(database) == {"head"}
    assert not kit.rows(database, models.Incident), "it lies with somebody all the time"
