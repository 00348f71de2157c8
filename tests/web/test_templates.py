"""Taking over shipped processes: their groups become the company's own, and then they run with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from engine import runtime
from engine.commands import opening
from engine.deploying import renaming, taking, templates
from engine.deploying.checking.checks import Resource
from engine.deploying.renaming import Names
from engine.people import actors, memberships, organisation
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
ONCE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
SETS = templates.Sets(opening.BPMN, opening.WORKFLOWS)
EVERY = [each.id for offer in templates.offers(SETS) for each in offer.templates]
EVENT = {
    "process": "event/complaint",
    "group:客户经理": "客服专员",
    "group:服务负责人": "客服主管",
    "members:服务负责人": "head",
    "group:总经理": "客服主管",
}


def taken(database: databases.Database) -> list[str]:
    return [each.process_id for each in kit.rows(database, models.ProcessDefinition)]


def members(database: databases.Database, group: str) -> set[str]:
    return {each.username for each in kit.rows(database, models.Membership, company_id="acme", group_name=group)}


def test_groups_become_the_company_s_own_and_the_case_runs_with_them(signed_in: SignedIn, database: databases.Database) -> None:
    someone = signed_in("owner")
    page = someone.get("/processes/templates/groups?process=event/complaint")
    assert [f"group:{name}" for name in ("客户经理", "服务负责人", "总经理")] == page.tree.xpath(
        "//input[starts-with(@name, 'group:')]/@name"
    )
    assert someone.send("/processes/templates", EVENT).address == "/start"
    assert taken(database) == ["complaint"] and members(database, "客服主管") == {"head"}
    [definition] = kit.rows(database, models.ProcessDefinition)
    assert definition.settings["may_start"] == ["客服专员"] and definition.settings["managers"] == ["客服主管"]
    with database.reading() as session:
        xml = session.execute(select(models.ProcessDefinition.xml)).scalar_one()
        lanes = {each.lane for each in runtime.parse(xml)[0].elements.values()}
        assert {"客服专员", "客服主管"} <= lanes and not {"客户经理", "服务负责人"} & lanes
        company = session.execute(select(models.Company).where(models.Company.id == "acme")).scalar_one()
    assert company.settings["firstContactHours"] == 2
    assert company.settings["texts"]["en"][company.about["firstContactHours"]].startswith("Service hours"), "and in words"
    assert signed_in("clerk").get("/start/complaint").words("h1") == "客户投诉处理"
    signed_in("manager").get("/start/complaint", 403)


@ONCE
def test_groups_that_are_left_stand_first_with_what_sounds_like_them_and_how_many_there_are(
    signed_in: SignedIn, database: databases.Database
) -> None:
    with database.transaction() as session:
        for name, people in (("大客户经理", ["head"]), ("总经理", ["manager"]), ("客服负责人", [])):
            memberships.ensure_group(session, "acme", name)
            memberships.name(session, "acme", name, people)
        organisation.changed(session, "acme")
    page = signed_in("owner").get("/processes/templates/groups?process=event/complaint")
    assert page.tree.xpath("//input[starts-with(@name, 'group:')]/@name") == [
        "group:客户经理",
        "group:服务负责人",
        "group:总经理",
    ]
    offers = {row.xpath("string(.//strong)"): row.xpath(".//button/@value") for row in page.tree.xpath("//tr[@data-group]")}
    assert offers["客户经理"][0] == "大客户经理" and offers["服务负责人"][0] == "客服负责人"
    assert "2" in page.words("@data-left") and page.tree.xpath("//details//input[@name='group:总经理']")


@ONCE
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"group:客户经理": ""}, "group:客户经理"),
        ({"group:客户经理": "没有人的组"}, "group:客户经理"),
        ({"group:客户经理": "甲，乙"}, "group:客户经理"),
        ({"members:服务负责人": "nobody"}, "group:服务负责人"),
        ({"members:服务负责人": "stranger"}, "group:服务负责人"),
    ],
    ids=str,
)
def test_what_is_not_settled_is_told_beside_it_and_nothing_is_deployed(
    signed_in: SignedIn, database: databases.Database, changed: dict[str, str], field: str
) -> None:
    page = signed_in("owner").send("/processes/templates", {**EVENT, **changed}, 422)
    assert page.tree.xpath(f"//input[@name='{field}'][@aria-invalid='true']")
    assert taken(database) == [] and members(database, "客服主管") == set()


@ONCE
def test_who_adopts_comes_into_groups_in_which_nobody_is_alone_and_the_log_tells_it(
    signed_in: SignedIn, database: databases.Database
) -> None:
    someone = signed_in("owner")
    page = someone.get("/processes/templates/groups?process=event/complaint")
    ticked = page.tree.xpath("//input[@type='checkbox'][@checked]/@name")
    assert ticked == ["alone:客户经理", "alone:服务负责人", "alone:总经理"]
    before = members(database, "客服专员")
    given = {name: value for name, value in EVENT.items() if not name.startswith("members:")}
    told = someone.send("/processes/templates", {**given, **dict.fromkeys(ticked, "1")})
    assert "目前只有您一人：客服主管" in told.words("main") or "目前只有您一人：客服主管" in told.text
    assert members(database, "客服专员") == before and "owner" not in before
    assert members(database, "客服主管") == {"owner"}
    log = someone.get("/organisation/log").words(".timeline")
    assert "客服主管" in log and "欧流程" in log and "客服专员" not in log, log


@ONCE
def test_only_administrators_are_offered_them_and_unknown_ones_are_not_there(
    signed_in: SignedIn, database: databases.Database
) -> None:
    clerk, owner = signed_in("clerk"), signed_in("owner")
    for address in (
        "/processes/templates",
        "/processes/templates/groups?process=event/complaint",
        "/processes/templates/groups",
    ):
        clerk.get(address, 404)
    clerk.send("/processes/templates", EVENT, 403)
    owner.get("/processes/templates/groups?process=../event/complaint", 404)
    owner.send("/processes/templates", {**EVENT, "process": "nothing/there"}, 404)
    assert taken(database) == []


@ONCE
def test_of_two_sets_with_the_same_process_only_one_can_be_taken(signed_in: SignedIn) -> None:
    page = signed_in("owner").get("/processes/templates/groups?process=event/complaint&process=steel/complaint", 409)
    assert "complaint" in page.text


@ONCE
@pytest.mark.parametrize("offer", [offer.set for offer in templates.offers(SETS)])
def test_a_company_with_nothing_but_one_person_can_take_every_set(database: databases.Database, cast: Cast, offer: str) -> None:
    """All groups become one, all departments are made; the deployment's own check finds nothing that is missing."""
    package = templates.package(SETS, [each for each in EVERY if each.startswith(f"{offer}/")])
    own = taking.Own(dict.fromkeys(package.groups, "全体"), {package.groups[0]: ["owner"]}, {}, {})
    with database.transaction("acme") as session:
        by = actors.load(session, "acme", "owner")
        assert by is not None
        deployed = taking.take(session, by, package, own, now=kit.NOW)
        settings = session.execute(select(models.Company.settings).where(models.Company.id == "acme")).scalar_one()
    assert sorted(each.process_id for each in deployed.definitions) == sorted(package.processes)
    copies = {name: value for name, value in settings.items() if name.endswith(("Copies", "To")) and isinstance(value, list)}
    assert all(value == ["全体"] for value in copies.values()), copies


def test_a_department_goes_by_its_other_name_everywhere() -> None:
    names = Names({"经理": "主管"}, {"quality": "zl", "质量部": "品控部"})
    given: dict[str, Any] = {"may_start": ["经理", "*"], "title_of_case": '=head of("质量部")', "title": "质量部"}
    assert renaming.of_settings(given, names) == {
        "may_start": ["主管", "*"],
        "title_of_case": '=head of("品控部")',
        "title": "品控部",
    }
    decision = Resource("d.dmn", b'<d><text>["quality", "sales"]</text></d>')
    assert b'["zl", "sales"]' in renaming.resource(decision, names).content
    form = Resource("f.form", '{"valuesExpression": "=person options(members of(\\"经理\\"))", "value": "quality"}'.encode())
    changed = renaming.resource(form, names).content.decode()
    assert 'members of(\\"主管\\")' in changed and '"zl"' in changed
    assert renaming.resource(form, Names({"经理": "经理"})) == form


@ONCE
def test_in_a_large_company_people_are_typed_and_nobody_stands_in_the_page_once_per_group(
    signed_in: SignedIn, database: databases.Database
) -> None:
    someone = signed_in("owner")
    with database.transaction() as session:
        session.add_all(models.Person(company_id="acme", username=f"p{n}", name=f"某甲{n}") for n in range(60))
        organisation.changed(session, "acme")
    page = someone.get("/processes/templates/groups?process=event/complaint")
    assert "某甲5" not in page.text and page.tree.xpath("//input[@name='people:总经理']")
    typed = {name: value for name, value in EVENT.items() if not name.startswith("members:")}
    someone.send("/processes/templates", {**typed, "people:服务负责人": "某甲5、何负责 (head)、谁"}, 422)
    someone.send("/processes/templates", {**typed, "people:服务负责人": "某甲5、何负责 (head)"})
    assert members(database, "客服主管") == {"p5", "head"}
