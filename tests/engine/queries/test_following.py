"""What comes next, as people read it: each branch once, under the answers that really decide it."""

from __future__ import annotations

import pytest

from engine.definitions import definitions
from engine.people import organisation
from engine.queries.cases.where import following
from engine.storage import database as databases
from engine.storage import keys, models
from tests.cast import COMPANY, Cast
from tests.engine import kit


def gateway(id: str, kind: str = "exclusiveGateway", default: str = "") -> str:
    return kit.node(kind, id, attributes=f' default="{id}_{default}"' if default else "")


def named(source: str, target: str, name: str, condition: str = "") -> str:
    return kit.flow(source, target, condition).replace("<bpmn:sequenceFlow", f'<bpmn:sequenceFlow name="{name}"', 1)


def told(database: databases.Database, cast: Cast, *content: str) -> list[tuple[str, list[str]]]:
    steps = [kit.task(each, groups="客服专员") for each in ("甲", "乙", "丙")]
    kit.deploy(database, cast.owner, kit.diagram("f", kit.start(), kit.chain("started", "甲"), *steps, *content))
    with database.reading(COMPANY) as session:
        definition = definitions.latest(session, COMPANY, "f")
        found = following.after(definition, organisation.current(session, COMPANY), "甲")
    return [("，".join([*each.way, *["其他"] * each.is_rest]), [step.name for step in each.steps]) for each in found]


def test_what_every_answer_leads_to_is_told_without_them(database: databases.Database, cast: Cast) -> None:
    parts = (gateway("冻结？", default="乙"), kit.end(), kit.node("scriptTask", "记下", extension=NOTED))
    ways = (
        named("冻结？", "记下", "有", "=true")
        + named("冻结？", "乙", "无")
        + kit.chain("记下", "乙", "done")
        + kit.flow("丙", "done")
    )
    assert told(database, cast, *parts, kit.flow("甲", "冻结？"), ways, kit.flow("乙", "丙")) == [("", ["乙"])]


def test_answers_one_after_the_other_stand_together_and_the_rest_is_last(database: databases.Database, cast: Cast) -> None:
    parts = (gateway("冻结？", default="乙"), gateway("还有？", default="done"), kit.end())
    ways = named("冻结？", "还有？", "有", "=true") + named("冻结？", "乙", "无")
    further = named("还有？", "乙", "有", "=true") + named("还有？", "done", "无") + kit.chain("乙", "丙", "done")
    assert told(database, cast, *parts, kit.flow("甲", "冻结？"), ways, further) == [
        ("冻结？有，还有？无", ["done"]),
        ("其他", ["乙"]),
    ]


def test_branches_at_once_stand_on_one_line(database: databases.Database, cast: Cast) -> None:
    parts = (gateway("同意？", default="done"), gateway("分", "parallelGateway"), gateway("合", "parallelGateway"), kit.end())
    ways = (
        named("同意？", "分", "是", "=true")
        + named("同意？", "done", "否")
        + kit.chain("分", "乙", "合")
        + kit.chain("分", "丙", "合")
    )
    rest = kit.flow("甲", "同意？") + kit.flow("合", "done")
    assert told(database, cast, *parts, ways, rest) == [("同意？否", ["done"]), ("同意？是", ["乙", "丙"])]


NOTED = '<zeebe:script expression="=true" resultVariable="noted"/>'


def test_what_a_step_gives_up_goes_where_it_is_caught(database: databases.Database, cast: Cast) -> None:
    thrown = '<bpmn:escalationEventDefinition escalationRef="up"/>'
    inner = (
        kit.start("begun"),
        kit.task("甲", groups="客服专员"),
        gateway("能解决？", default="放弃"),
        kit.end("解决"),
        kit.end("放弃", definition=thrown),
        kit.chain("begun", "甲", "能解决？"),
        named("能解决？", "解决", "能够解决", "=true"),
        named("能解决？", "放弃", "不能解决"),
    )
    parts = (
        kit.node("subProcess", "处理", inner="".join(inner)),
        kit.boundary("上报", "处理", thrown),
        kit.task("乙", groups="客服专员"),
        kit.task("丙", groups="客服专员"),
        kit.end(),
        kit.chain("started", "处理", "乙", "done") + kit.chain("上报", "丙", "done"),
    )
    escalation = '<bpmn:escalation id="up" name="up" escalationCode="up"/>'
    kit.deploy(database, cast.owner, kit.diagram("f", kit.start(), *parts, beside=escalation))
    with database.reading(COMPANY) as session:
        definition = definitions.latest(session, COMPANY, "f")
        found = following.after(definition, organisation.current(session, COMPANY), "甲")
    assert [(each.way, [step.name for step in each.steps]) for each in found] == [
        (("能够解决",), ["乙"]),
        (("不能解决",), ["丙"]),
    ]


def test_a_group_is_called_as_the_company_says_in_the_reader_s_language(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "MOST_NAMED", 1)
    with database.transaction() as session:
        row = session.get_one(models.Company, COMPANY)
        said = {"texts": {"en": {"客服专员": "Everybody"}}}
        row.settings, row.organisation_version = {**row.settings, **said}, keys.new()
    steps = (kit.start(), kit.task("甲", groups="客服专员"), kit.task("乙", groups="客服专员"), kit.end())
    kit.deploy(database, cast.owner, kit.diagram("f", *steps, kit.chain("started", "甲", "乙", "done")))
    with database.reading(COMPANY) as session:
        session.info[definitions.LANGUAGE] = "en"
        company = organisation.current(session, COMPANY)
        [coming] = following.after(definitions.latest(session, COMPANY, "f"), company, "甲")
    assert [step.who for step in coming.steps] == ["Everybody"]
