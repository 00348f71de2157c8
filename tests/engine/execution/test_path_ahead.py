"""The path ahead: the steps and people that really come, nothing stored, and what depends on later answers said so."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from engine.cases.cases import Surroundings
from engine.definitions import definitions
from engine.execution.ahead import forecast
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.approvals.back import taking_back
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.test_costs import counted

APPROVAL = {"kind": "approve"}
AMOUNT = {"type": "number", "key": "amount", "label": "金额"}
LEVEL = kit.text_field("level")


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


def branching(gateway: str = "=amount > 1000") -> Any:
    """An expense: the head, above 1000 the manager too, and a payment."""
    return kit.diagram(
        "expense",
        kit.start(form="request"),
        kit.task("check", assignee="=manager of(initiator)", form="checking", **APPROVAL),
        kit.node("exclusiveGateway", "much", attributes=' default="much_pay"'),
        kit.task("judge", users="manager", **APPROVAL),
        kit.task("pay", groups="客服专员"),
        kit.end(),
        kit.chain("started", "check", "much", "pay", "done"),
        kit.flow("much", "judge", gateway).replace('id="much_judge"', 'id="much_judge" name="金额较大"'),
        kit.chain("judge", "pay"),
    )


def ahead(database: databases.Database, by: Actor, values: dict[str, Any], process: str = "expense", **given: Any) -> list[Any]:
    with database.reading("acme") as session:
        definition = definitions.latest(session, "acme", process)
        return forecast.of_start(Surroundings(session, by, kit.NOW), definition, values, **given)


def told(steps: list[Any]) -> list[tuple[Any, ...]]:
    return [(step.name, (*step.usernames, *step.groups), step.way) for step in steps]


@pytest.fixture
def deployed(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, kit.form("request", AMOUNT), kit.form("checking", LEVEL), branching())


def test_the_initiator_sees_the_steps_that_his_values_lead_to(database: databases.Database, cast: Cast, deployed: None) -> None:
    assert told(ahead(database, cast.clerk, {"amount": 5})) == [("check", ("head",), ""), ("pay", ("客服专员",), "")]
    much = told(ahead(database, cast.clerk, {"amount": 5000}))
    assert much == [("check", ("head",), ""), ("judge", ("manager",), ""), ("pay", ("客服专员",), "")]


def test_what_depends_on_a_value_that_is_not_there_yet_is_told_with_the_answer_that_leads_there(
    database: databases.Database, cast: Cast, deployed: None
) -> None:
    for known in (ahead(database, cast.clerk, {}), ahead(database, cast.clerk, {"amount": None}, empty={"amount"})):
        assert told(known) == [("check", ("head",), ""), ("judge", ("manager",), "金额较大"), ("pay", ("客服专员",), "")]


def test_an_answer_of_a_later_step_leaves_both_ways_open(database: databases.Database, cast: Cast) -> None:
    files = (kit.form("request", AMOUNT), kit.form("checking", LEVEL), branching('=level = "A"'))
    kit.deploy(database, cast.owner, *files)
    assert ("judge", ("manager",), "金额较大") in told(ahead(database, cast.clerk, {"amount": 5}))


def test_a_step_behind_the_first_open_answer_is_to_come_before_a_case_is_started(
    database: databases.Database, cast: Cast
) -> None:
    diagram = kit.diagram(
        "expense",
        kit.start(form="request"),
        kit.node("exclusiveGateway", "much", attributes=' default="much_pay"'),
        kit.task("judge", users="manager", **APPROVAL),
        kit.task("pay", groups="客服专员"),
        kit.end(),
        kit.chain("started", "much", "pay", "done"),
        kit.flow("much", "judge", "=amount > 1000"),
        kit.chain("judge", "pay"),
    )
    kit.deploy(database, cast.owner, kit.form("request", AMOUNT), diagram)
    found = ahead(database, cast.clerk, {"amount": None}, empty={"amount"})
    assert {step.name for step in found} == {"judge", "pay"}


def test_nothing_is_stored_counted_or_told(database: databases.Database, cast: Cast, deployed: None) -> None:
    kit.begin(database, cast.clerk, "expense", {"amount": 1})
    ahead(database, cast.clerk, {"amount": 5000})

    def everything() -> dict[str, int]:
        with database.reading() as session:
            tables = models.metadata.sorted_tables
            return {table.name: session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}

    before = everything()
    with database.transaction("acme") as session, counted(database) as seen:
        definition = definitions.latest(session, "acme", "expense")
        forecast.of_start(Surroundings(session, cast.clerk, kit.NOW), definition, {"amount": 5000})
        session.flush()
    assert everything() == before
    assert [each for each in seen if not each.startswith(("SELECT", "COMMIT", "BEGIN"))] == []
    first, second = (kit.instance(database, kit.begin(database, cast.clerk, "expense", {"amount": 1})) for _ in range(2))
    assert int(second.number[-3:]) - int(first.number[-3:]) == 1, "no number was used up"


@pytest.mark.parametrize("amount", [5, 5000])
def test_line_6_predicted_approver_is_actual_approver(
    database: databases.Database, cast: Cast, deployed: None, amount: int
) -> None:
    expected = told(ahead(database, cast.clerk, {"amount": amount}))
    key = kit.begin(database, cast.clerk, "expense", {"amount": amount})
    found = []
    while elements := kit.open_elements(database, key):
        [element] = elements
        items = kit.rows(database, models.WorkItem, user_task_key=kit.open_task(database, key, element))
        found.append((element, tuple(item.username or item.group_name for item in items), ""))
        by = getattr(cast, items[0].username or "clerk")
        kit.complete(database, by, key, element, outcome="approve" if element != "pay" else None)
    assert found == expected


def test_a_running_case_shows_what_is_still_to_come(database: databases.Database, cast: Cast, deployed: None) -> None:
    key = kit.begin(database, cast.clerk, "expense", {"amount": 5000})
    with database.reading("acme") as session:
        instance = session.get_one(models.ProcessInstance, key)
        definition = definitions.by_key(session, instance.definition_key)
        steps = forecast.of_case(Surroundings(session, cast.clerk, kit.NOW), instance, definition)
    assert told(steps) == [("judge", ("manager",), ""), ("pay", ("客服专员",), "")]


def test_parallel_branches_called_cases_and_loops_are_followed(database: databases.Database, cast: Cast) -> None:
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "inner", kit.start(), kit.task("inside", users="outsider"), kit.end(), kit.chain("started", "inside", "done")
        ),
        kit.diagram(
            "outer",
            kit.start(),
            kit.node("parallelGateway", "split"),
            kit.call("called", "inner"),
            kit.task("left", users="head", outcomes="again:再来,on:好"),
            kit.node("exclusiveGateway", "back", attributes=' default="back_join"'),
            kit.node("parallelGateway", "join"),
            kit.task("last", users='=except(["clerk", "manager"], handler of("left"))'),
            kit.end(),
            kit.chain("started", "split", "called", "join", "last", "done"),
            kit.chain("split", "left", "back", "join"),
            kit.flow("back", "left", '=outcome = "again"'),
        ),
    )
    steps = ahead(database, cast.clerk, {}, "outer")
    assert {step.name: step.called for step in steps} == {"called": "", "left": "", "inside": "流程 inner", "last": ""}
    assert steps[-1].name == "last" and set(steps[-1].usernames) == {"clerk", "manager"}


def test_who_is_determined_later_is_told_so_and_passing_steps_say_why(database: databases.Database, cast: Cast) -> None:
    kit.deploy(
        database,
        cast.owner,
        kit.form("request", AMOUNT),
        kit.form("checking", kit.text_field("who")),
        kit.diagram(
            "later",
            kit.start(form="request"),
            kit.task("own", users="clerk", same_as_initiator="skip", **APPROVAL),
            kit.task("check", users="head", form="checking", repeat="last", **APPROVAL),
            kit.task("do", assignee="=who"),
            kit.task("sign", picked_by="previous", **APPROVAL),
            kit.task("judge", users="head", repeat="first", **APPROVAL),
            kit.end(),
            kit.chain("started", "own", "check", "do", "sign", "judge", "done"),
        ),
    )
    steps = {step.name: step for step in ahead(database, cast.clerk, {}, "later")}
    assert steps["own"].passes == "own_request" and steps["check"].passes == "last"
    assert steps["do"].is_open and steps["do"].usernames == ()
    assert steps["sign"].picked_by == "previous"
    key = kit.begin(database, cast.clerk, "later", {})
    assert kit.open_elements(database, key) == ["do"], "both passed, as was foreseen"


def test_work_of_the_system_is_passed_and_what_it_will_give_is_not_known(database: databases.Database, cast: Cast) -> None:
    given = '<zeebe:ioMapping><zeebe:output source="=answer" target="judged"/></zeebe:ioMapping>'
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "working",
            kit.start(),
            kit.service("ask", "erp.ask", inputs=given),
            kit.node("intermediateCatchEvent", "pause", inner=kit.timer("timeDuration", "P3D")),
            kit.node("exclusiveGateway", "how", attributes=' default="how_well"'),
            kit.task("well", users="clerk"),
            kit.task("badly", users="head"),
            kit.end(),
            kit.chain("started", "ask", "pause", "how", "well", "done"),
            kit.flow("how", "badly", "=judged = 1").replace('id="how_badly"', 'id="how_badly" name="不行"'),
            kit.chain("badly", "done"),
        ),
    )
    steps = ahead(database, cast.clerk, {}, "working")
    assert {step.name: step.way for step in steps} == {"pause": "", "well": "how", "badly": "不行"}


def test_an_answer_that_sends_it_back_is_no_step_to_come(database: databases.Database, cast: Cast) -> None:
    kit.deploy(
        database,
        cast.owner,
        kit.form("checking", LEVEL),
        kit.diagram(
            "again",
            kit.start(),
            kit.task("fill", users="clerk", form="checking"),
            kit.task("check", users="head", form="checking"),
            kit.node("exclusiveGateway", "good", attributes=' default="good_do"'),
            kit.task("do", users="clerk2"),
            kit.end(),
            kit.chain("started", "fill", "check", "good", "do", "done"),
            kit.flow("good", "fill", '=level = "差"').replace('id="good_fill"', 'id="good_fill" name="退回"'),
        ),
    )
    key = kit.begin(database, cast.outsider, "again")
    with database.reading("acme") as session:
        instance = session.get_one(models.ProcessInstance, key)
        definition = definitions.by_key(session, instance.definition_key)
        steps = forecast.of_case(Surroundings(session, cast.clerk, kit.NOW), instance, definition)
    assert [(step.name, step.way) for step in steps] == [("check", ""), ("do", "")]


def test_after_a_way_back_the_same_steps_are_to_come_again(database: databases.Database, cast: Cast) -> None:
    parts = (
        kit.task("check", users="head", resume="choose", **APPROVAL),
        kit.node("exclusiveGateway", "much", attributes=' default="much_pay"'),
        kit.task("judge", users="manager", **APPROVAL),
        kit.task("pay", groups="客服专员"),
        kit.end(),
        kit.chain("started", "check", "much", "pay", "done"),
        kit.flow("much", "judge", '=level = "高"').replace('id="much_judge"', 'id="much_judge" name="金额较大"'),
        kit.chain("judge", "pay"),
    )
    check = parts[0].replace("<zeebe:properties>", '<zeebe:formDefinition formId="checking"/><zeebe:properties>')
    kit.deploy(database, cast.owner, kit.form("checking", LEVEL), kit.diagram("again", kit.start(), check, *parts[1:]))
    case = kit.begin(database, cast.clerk, "again")
    first = told_of(database, cast, case)
    kit.complete(database, cast.head, case, "check", {"level": "高"}, outcome="approve")
    with database.transaction("acme") as session:
        taking_back.withdraw_in(session, cast.head, case, "", now=kit.NOW)
    assert kit.open_elements(database, case) == ["check"]
    assert told_of(database, cast, case) == first == [("judge", ("manager",), "金额较大"), ("pay", ("客服专员",), "")]


def told_of(database: databases.Database, cast: Cast, case: int) -> list[tuple[Any, ...]]:
    with database.reading("acme") as session:
        row = session.get_one(models.ProcessInstance, case)
        definition = definitions.by_key(session, row.definition_key)
        return told(forecast.of_case(Surroundings(session, cast.clerk, kit.NOW), row, definition))


def test_whoever_did_a_step_of_a_group_is_not_nobody_before_he_has_done_it(database: databases.Database, cast: Cast) -> None:
    parts = (
        kit.task("burn", groups="客服专员"),
        kit.task("sign", assignee='=handler of("burn")'),
        kit.end(),
        kit.chain("started", "burn", "sign", "done"),
    )
    kit.deploy(database, cast.owner, kit.diagram("burning", kit.start(), *parts))
    [_burn, sign] = ahead(database, cast.outsider, {}, "burning")
    assert sign.is_open and not (sign.usernames or sign.groups)


def test_a_look_up_of_a_step_not_yet_done_names_nobody_though_the_expression_has_an_answer_for_it(
    database: databases.Database, cast: Cast
) -> None:
    either = '=if handler of("watch") = null then handler of("burn") else handler of("watch")'
    parts = (
        kit.task("watch", groups="客服专员"),
        kit.task("burn", users="manager"),
        kit.task("sign", assignee=either),
        kit.end(),
        kit.chain("started", "watch", "burn", "sign", "done"),
    )
    kit.deploy(database, cast.owner, kit.diagram("burning", kit.start(), *parts))
    _watch, burn, sign = ahead(database, cast.outsider, {}, "burning")
    assert burn.usernames == ("manager",)
    assert sign.is_open and not (sign.usernames or sign.groups)
    case = kit.begin(database, cast.outsider, "burning", {})
    with database.reading("acme") as session:
        row = session.get_one(models.ProcessInstance, case)
        running = Surroundings(session, cast.clerk, kit.NOW)
        _burn, sign = forecast.of_case(running, row, definitions.by_key(session, row.definition_key))
    assert sign.is_open and not (sign.usernames or sign.groups), "also while the case rests at that step"


def test_a_look_up_of_a_step_that_never_comes_has_its_answer(database: databases.Database, cast: Cast) -> None:
    parts = (
        kit.node("exclusiveGateway", "watched", attributes=' default="watched_burn"'),
        kit.task("watch", groups="客服专员"),
        kit.task("burn", users='=if handler of("watch") = null then ["manager"] else [handler of("watch")]'),
        kit.end(),
        kit.chain("started", "watched", "burn", "done"),
        kit.flow("watched", "watch", "=1 = 2"),
        kit.chain("watch", "burn"),
    )
    kit.deploy(database, cast.owner, kit.diagram("burning", kit.start(), *parts))
    [burn] = ahead(database, cast.outsider, {}, "burning")
    assert burn.usernames == ("manager",) and not burn.is_open


def noted(condition: str) -> Any:
    """The head agrees or it ends; the manager takes note of what is secret, all else goes to the desk at once."""

    def named(flow: str, name: str) -> str:
        return flow.replace(' id="', f' name="{name}" id="', 1)

    return kit.diagram(
        "expense",
        kit.start(form="request"),
        kit.task("check", users="head", form="checking"),
        kit.node("exclusiveGateway", "verdict", attributes=' default="verdict_ended"').replace(
            'name="verdict"', 'name="主管意见？"'
        ),
        kit.node("exclusiveGateway", "secret", attributes=' default="secret_judge"').replace(
            'name="secret"', 'name="须知悉？"'
        ),
        kit.task("note", users="manager"),
        kit.task("judge", users="clerk2"),
        kit.end(),
        kit.node("endEvent", "ended"),
        kit.chain("started", "check", "verdict"),
        named(kit.flow("verdict", "ended"), "不同意"),
        named(kit.flow("verdict", "secret", '=level = "同意"'), "同意"),
        named(kit.flow("secret", "note", condition), "是"),
        named(kit.flow("secret", "judge"), "否"),
        kit.chain("note", "judge", "done"),
    )


def test_a_step_that_both_answers_lead_to_depends_on_the_question_before(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, kit.form("request", AMOUNT), kit.form("checking", LEVEL), noted('=level = "绝密"'))
    found = {step.name: step.when for step in ahead(database, cast.clerk, {})}
    assert found == {"check": (), "note": (("须知悉？", "是"),), "judge": (("主管意见？", "同意"),)}


def test_a_step_that_what_is_known_rules_out_is_not_to_come_whatever_is_asked_beside_it(
    database: databases.Database, cast: Cast
) -> None:
    files = (kit.form("request", AMOUNT), kit.form("checking", LEVEL))
    for condition in (
        '=amount > 9 and (some l in [level] satisfies l = "A" and l = "B")',
        "=amount > 9 and level between 1 and 2",
    ):
        kit.deploy(database, cast.owner, *files, noted(condition))
        assert "note" not in {step.name for step in ahead(database, cast.clerk, {"amount": 5})}
        assert "note" in {step.name for step in ahead(database, cast.clerk, {"amount": 50})}
