"""Candidate groups: by name and by rule, renamed without losing a lane, seen by joiners and no longer by movers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from engine import errors
from engine.designing import drafts
from engine.designing.packages import Package
from engine.people import actors, organisation
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.inbox import inbox
from engine.storage import database as databases
from engine.storage import keys, models
from engine.verbs import user_tasks
from engine.verbs.organisation import departments, groups, persons, posts, uses
from engine.verbs.running import process_instances
from tests.cast import COMPANY, Cast
from tests.engine import kit


def doing(database: databases.Database, verb: Any, *arguments: Any, **named: Any) -> Any:
    with database.transaction(COMPANY) as session:
        return verb(session, *arguments, now=kit.NOW, **named)


def again(database: databases.Database, username: str) -> Actor:
    with database.reading(COMPANY) as session:
        found = actors.load(session, COMPANY, username)
    assert found is not None
    return found


def members(database: databases.Database, group: str) -> set[str]:
    with database.reading(COMPANY) as session:
        return set(organisation.current(session, COMPANY).members_of(group))


def inbox_of(database: databases.Database, username: str) -> list[str]:
    with database.reading(COMPANY) as session:
        by = again(database, username)
        return [
            line.task_name
            for line in inbox.open_tasks(session, by, inbox.InboxFilters(), paging.WantedPage(), now=kit.NOW).rows
        ]


def test_a_group_by_rule_follows_departments_posts_and_heads(database: databases.Database, cast: Cast) -> None:
    post = doing(database, posts.add, cast.owner, "质检员")
    for name, rules in (
        ("客服部全员", [("department", "service")]),
        ("全公司", [("below", "office")]),
        ("质检", [("post", str(post))]),
        ("各部门负责人", [("heads", "")]),
    ):
        doing(database, groups.add, cast.owner, name)
        doing(database, groups.fill, cast.owner, name, [], rules)
    assert members(database, "客服部全员") == {"clerk", "clerk2", "head"}
    assert members(database, "全公司") == {"clerk", "clerk2", "head", "manager", "owner", "outsider"}
    assert members(database, "各部门负责人") == {"manager", "head"}
    assert members(database, "质检") == set()
    moved = persons.PersonValues("魏旁人", "service", posts=(str(post),))
    doing(database, persons.alter, cast.owner, "outsider", moved)
    assert "outsider" in members(database, "客服部全员") & members(database, "质检")
    assert {"客服部全员", "质检", "全公司"} <= again(database, "outsider").groups
    doing(database, departments.alter, cast.owner, "works", departments.DepartmentValues("工程部", "office", "outsider"))
    assert "outsider" in members(database, "各部门负责人")


def test_a_renamed_group_is_reached_by_lanes_settings_and_work_of_before(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps("p", may_start=["客服专员"], visible_to=["部门负责人"]))
    before = kit.begin(database, cast.clerk, "p", {"subject": "一"})
    doing(database, groups.rename, cast.owner, "客服专员", "客户经理")
    doing(database, groups.rename, cast.owner, "客户经理", "客户专员")
    doing(database, groups.rename, cast.owner, "部门负责人", "部门主管")
    clerk, head = again(database, "clerk"), again(database, "head")
    assert {"客服专员", "客户经理", "客户专员"} <= clerk.groups
    after = kit.begin(database, clerk, "p", {"subject": "二"})
    offered = {item.instance_key: item.group_name for item in kit.rows(database, models.WorkItem)}
    assert offered == {before: "客服专员", after: "客户专员"}
    assert inbox_of(database, "clerk2") == ["a", "a"]
    for case in (before, after):
        kit.complete(database, clerk, case, "a", {"answer": "好"})
        kit.complete(database, head, case, "b")
    assert {row.state for row in kit.rows(database, models.ProcessInstance)} == {"completed"}
    with database.reading(COMPANY) as session:
        company = organisation.current(session, COMPANY)
        found = uses.uses(session, company, "客户专员")
    assert {(use.kind, use.name) for use in found} == {("setting", "客服专员"), ("task", "客服专员")}


def test_a_diagram_may_name_a_renamed_group_by_either_name(database: databases.Database, cast: Cast) -> None:
    doing(database, groups.rename, cast.owner, "客服专员", "客户专员")
    owner, clerk = again(database, "owner"), again(database, "clerk")
    for process, group in (("old", "客服专员"), ("new", "客户专员")):
        task = kit.task("a", groups=group)
        kit.deploy(database, owner, kit.diagram(process, kit.start(), task, kit.end(), kit.chain("started", "a", "done")))
        kit.begin(database, clerk, process)
    assert [item.group_name for item in kit.rows(database, models.WorkItem)] == ["客户专员", "客户专员"]


def test_a_group_takes_its_former_name_back(database: databases.Database, cast: Cast) -> None:
    doing(database, groups.rename, cast.owner, "客服专员", "客户专员")
    doing(database, groups.rename, cast.owner, "客户专员", "客服专员")
    assert members(database, "客服专员") == members(database, "客户专员") == {"clerk", "clerk2"}
    with database.reading(COMPANY) as session:
        assert organisation.current(session, COMPANY).former == {"客户专员": "客服专员"}


@pytest.mark.parametrize("name", ["", "a,b", "客服专员", "甲：乙", "长" * 101, '引"号', "客户专员"])
def test_a_group_s_name_must_be_free_and_one_that_diagrams_can_write(
    database: databases.Database, cast: Cast, name: str
) -> None:
    doing(database, groups.rename, cast.owner, "部门负责人", "客户专员")
    with pytest.raises(errors.Invalid) as refused:
        doing(database, groups.add, cast.owner, name)
    assert "name" in refused.value.fields


def test_a_joiner_sees_the_open_tasks_of_his_new_groups_and_a_mover_loses_the_old(
    database: databases.Database, cast: Cast
) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps("p"))
    cases = [kit.begin(database, cast.clerk, "p", {"subject": text}) for text in ("一", "二")]
    doing(database, user_tasks.claim, cast.clerk2, kit.open_task(database, cases[0], "a"))
    doing(database, groups.fill, cast.owner, "客服专员", ["clerk", "outsider"], [])
    assert inbox_of(database, "outsider") == ["a"], "the one that nobody has claimed"
    assert inbox_of(database, "clerk2") == ["a"], "what he claimed stays his"
    kit.complete(database, again(database, "clerk2"), cases[0], "a", {"answer": "好"})
    with pytest.raises(errors.NotFound):
        kit.complete(database, again(database, "clerk2"), cases[1], "a", {"answer": "好"})


@pytest.mark.parametrize("written", ['=members of("客服专员")', '=if subject = null then ["head"] else members of("客服专员")'])
def test_members_of_a_group_that_an_expression_names_are_offered_the_task_as_the_group(
    database: databases.Database, cast: Cast, written: str
) -> None:
    """No list of that moment: who joins is offered it, who leaves the group is not, who is kept out is neither way."""
    step = kit.task("a", users=written, recused='="clerk"')
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), step, kit.end(), kit.chain("started", "a", "done")))
    kit.begin(database, cast.owner, "p", {"subject": "一"})
    assert [inbox_of(database, name) for name in ("clerk", "clerk2", "outsider")] == [[], ["a"], []]
    doing(database, groups.fill, cast.owner, "客服专员", ["clerk", "outsider"], [])
    assert [inbox_of(database, name) for name in ("clerk", "clerk2", "outsider")] == [[], [], ["a"]]


def test_a_group_that_is_named_or_waited_for_is_not_taken_away(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps("p"))
    with pytest.raises(errors.Conflict, match="still named"):
        doing(database, groups.remove, cast.owner, "客服专员")
    doing(database, groups.remove, cast.owner, "流程管理员")
    with database.reading() as session:
        assert session.execute(select(models.Membership).where(models.Membership.group_name == "流程管理员")).first() is None


def test_places_that_name_a_group_are_told_in_words_also_where_they_ask_a_setting_of_the_company(
    database: databases.Database, cast: Cast
) -> None:
    with database.transaction() as session:
        row = session.get_one(models.Company, COMPANY)
        row.settings = {**row.settings, "copies": ["客服专员"], "unread": "客服专员"}
        row.organisation_version = keys.new()
    step = kit.task("核对", groups="部门负责人", cc='=setting("copies")')
    repeated = '<zeebe:loopCharacteristics inputCollection="=members of(&quot;客服专员&quot;)" inputElement="each"/>'
    inner = f"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>{repeated}</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    told = kit.node("scriptTask", "通报", extension='<zeebe:script expression="=1" resultVariable="x"/>', inner=inner)
    ways = kit.chain("started", "核对", "通报", "done")
    drawn = kit.diagram("p", kit.start(), step, told, kit.end(), ways, may_start=["客服专员"])
    kit.deploy(database, again(database, "owner"), drawn)
    with database.reading(COMPANY) as session:
        found = uses.uses(session, organisation.current(session, COMPANY), "客服专员")
    assert {(each.said.read("zh_Hans"), each.setting) for each in found} == {
        ("没有流程用到的单位设定", "unread"),
        ("谁可发起", ""),
        ("环节“核对”，按单位设定", "copies"),
        ("环节“通报”", ""),
    }
    with pytest.raises(errors.Conflict) as refused:
        doing(database, groups.remove, again(database, "owner"), "客服专员")
    where = refused.value.values["where"].read("zh_Hans")
    assert "谁可发起" in where and "may_start" not in where


def test_a_group_that_only_older_versions_with_running_cases_name_is_not_taken_away(
    database: databases.Database, cast: Cast
) -> None:
    def flowing(*steps: str) -> Any:
        ids = ("started", *(re.search('id="(.*?)"', step)[1] for step in steps), "done")  # type: ignore[index]
        return kit.diagram("p", kit.start(), *steps, kit.end(), kit.chain(*ids))

    for name in ("法务", "抄送组", "复核组"):
        doing(database, groups.add, cast.owner, name)
        doing(database, groups.put_in, again(database, "owner"), name, "clerk2")
    owner = again(database, "owner")
    first, copied = kit.task("a", groups="客服专员"), kit.task("b", groups="客服专员", cc="抄送组")
    weighed = kit.task("d", users='=if 1 = 1 then members of("复核组") else []', rule="all")
    kit.deploy(database, owner, flowing(first, copied, kit.task("c", groups="法务"), weighed))
    case = kit.begin(database, cast.clerk, "p")
    kit.deploy(database, owner, flowing(first))
    for name in ("法务", "抄送组", "复核组"):
        with pytest.raises(errors.Conflict, match="“流程 p” version 1, 1 running"):
            doing(database, groups.remove, owner, name)
        with pytest.raises(groups.Emptied, match="流程 p"):
            doing(database, groups.take_out, owner, name, "clerk2")
    doing(database, process_instances.cancel, cast.owner, case, "不办了")
    for name in ("法务", "抄送组", "复核组"):
        doing(database, groups.remove, again(database, "owner"), name)


def test_who_only_administers_the_organisation_joins_no_group_himself(database: databases.Database, cast: Cast) -> None:
    by = actors.Actor(COMPANY, "outsider", "魏旁人", roles=frozenset({("organisation", "")}))
    with pytest.raises(errors.Forbidden):
        doing(database, groups.fill, by, "客服专员", ["clerk", "clerk2", "outsider"], [])
    with pytest.raises(errors.Forbidden):
        doing(database, groups.fill, by, "客服专员", ["clerk"], [("department", "works")])
    doing(database, groups.fill, by, "客服专员", ["clerk", "clerk2"], [("below", "service")])
    with pytest.raises(errors.Forbidden):  # his own department comes below one whose people are in the group
        doing(database, departments.alter, by, "works", departments.DepartmentValues("工程部", "service"))
    assert "outsider" not in members(database, "客服专员")
    for role in (cast.clerk, cast.head):
        with pytest.raises(errors.Forbidden):
            doing(database, groups.add, role, "新组")


def test_emptying_a_group_that_is_named_is_done_only_when_asked_again(database: databases.Database, cast: Cast) -> None:
    doing(database, groups.add, cast.owner, "法务")
    doing(database, groups.put_in, again(database, "owner"), "法务", "clerk")
    owner = again(database, "owner")
    task = kit.task("a", groups="法务")
    process = kit.diagram("named", kit.start(), task, kit.end(), kit.chain("started", "a", "done"))
    with database.transaction(COMPANY) as session:
        drafts.create(session, owner, Package({"named.bpmn": process.content.decode()}, {}), "named", "合同", now=kit.NOW)
    with pytest.raises(groups.Emptied, match="合同"):
        doing(database, groups.take_out, owner, "法务", "clerk")
    with database.reading(COMPANY) as session:
        company = organisation.current(session, COMPANY)
        (found,) = uses.uses(session, company, "法务")
    assert (found.kind, found.is_draft, company.groups["法务"]) == ("task", True, ("clerk",))
    doing(database, groups.take_out, owner, "法务", "clerk", is_sure=True)
    with database.reading(COMPANY) as session:
        assert not organisation.current(session, COMPANY).members_of("法务")
