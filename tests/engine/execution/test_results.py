"""How a case ended, told once to whoever had started it: by its process, or else by us."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.background.worker import Worker
from engine.cases import notices
from engine.people import organisation
from engine.people.actors import SYSTEM
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import messages
from tests.cast import COMPANY, Cast
from tests.engine import kit


def begin(database: databases.Database, cast: Cast, *between: str) -> int:
    steps = (kit.start(), kit.task("judge", assignee="head"), *between, kit.end())
    ids = ("tell",) if between else ()
    kit.deploy(database, cast.owner, kit.diagram("p", *steps, kit.chain("started", "judge", *ids, "done")))
    return kit.begin(database, cast.clerk, "p")


def subjects(database: databases.Database) -> list[str]:
    return [each.subject for each in kit.notices(database, username="clerk")]


def test_another_notice_of_the_same_instant_does_not_swallow_the_result(database: databases.Database, cast: Cast) -> None:
    case = begin(database, cast)
    with database.transaction(COMPANY) as session:
        company, instance = organisation.current(session, COMPANY), session.get_one(models.ProcessInstance, case)
        notices.send(session, company, ["clerk"], "请看一下附件", now=kit.NOW, instance=instance, kind="mentioned")
    kit.complete(database, cast.head, case, "judge")
    told = subjects(database)
    assert len(told) == 2 and any("已办结" in each for each in told)


@pytest.mark.parametrize(("to", "told"), [("clerk", ["您的申请办好了"]), ("clerk2", ["已办结"])])
def test_a_process_that_tells_its_initiator_is_enough(
    database: databases.Database, cast: Cast, to: str, told: list[str]
) -> None:
    inputs = f'<zeebe:ioMapping><zeebe:input source="=&quot;{to}&quot;" target="to"/>'
    inputs += '<zeebe:input source="=&quot;您的申请办好了&quot;" target="subject"/></zeebe:ioMapping>'
    case = begin(database, cast, kit.service("tell", "notices.send", inputs=inputs))
    kit.complete(database, cast.head, case, "judge")
    Worker(database, lambda: kit.NOW + timedelta(minutes=1)).run_once()
    assert [each.partition("：")[0] for each in subjects(database)] == told


def test_an_end_beside_the_way_of_a_case_says_nothing_of_how_it_ended(database: databases.Database, cast: Cast) -> None:
    reminding = (
        kit.boundary("late", "judge", kit.timer("timeDuration", "PT1H"), interrupting=False),
        kit.node("endEvent", "reminded").replace('name="reminded"', 'name="已提醒"'),
        kit.chain("late", "reminded"),
    )
    said = '<zeebe:properties><zeebe:property name="outcome" value="closed:未表态结案"/></zeebe:properties>'
    for outcome, how in ((said, "未表态结案"), ("", "已办结")):
        end = kit.node("endEvent", "silent", extension=outcome).replace('name="silent"', 'name="客户未表态"')
        parts = (kit.start(), kit.task("judge", assignee="head"), end, *reminding, kit.chain("started", "judge", "silent"))
        kit.deploy(database, cast.owner, kit.diagram("p", *parts))
        case = kit.begin(database, cast.clerk, "p")
        Worker(database, lambda: kit.NOW + timedelta(hours=2)).run_once()
        kit.complete(database, cast.head, case, "judge")
        row = kit.instance(database, case)
        assert (row.end_event, row.ended_as) == ("reminded,silent", "closed:未表态结案" if outcome else None)
        told = kit.notices(database, username="clerk")[-1]
        assert told.subject.startswith(how) and "客户未表态" in told.body and "已提醒" not in told.body


@pytest.mark.parametrize("outcome", ["withdrawn:已撤诉", ""])
def test_what_takes_the_place_of_all_says_how_a_case_ended_though_a_branch_had_ended_before(
    database: databases.Database, cast: Cast, outcome: str
) -> None:
    properties = f'<zeebe:properties><zeebe:property name="outcome" value="{outcome}"/></zeebe:properties>' if outcome else ""
    inside = kit.start("asked", definition='<bpmn:messageEventDefinition messageRef="withdrawal"/>')
    inside += kit.node("endEvent", "withdrawn", extension=properties) + kit.flow("asked", "withdrawn")
    steps = (
        kit.start(),
        kit.node("parallelGateway", "both"),
        kit.task("judge", assignee="head"),
        kit.end(),
        kit.end("told"),
        kit.chain("started", "both", "judge", "done"),
        kit.flow("both", "told"),
        kit.node("subProcess", "withdraw", inner=inside, attributes=' triggeredByEvent="true"'),
    )
    beside = kit.message("withdrawal", "withdrawn_by_customer", "=instance_number")
    kit.deploy(database, cast.owner, kit.diagram("p", *steps, beside=beside))
    case = kit.begin(database, cast.clerk, "p")
    with database.transaction(COMPANY) as session:
        number = session.get_one(models.ProcessInstance, case).number
        messages.correlate(session, SYSTEM(COMPANY), "withdrawn_by_customer", number, {}, now=kit.NOW)
    with database.reading() as session:
        ended = session.get_one(models.ProcessInstance, case)
        assert (ended.state, ended.ended_as) == ("completed", outcome or None)
        assert ended.end_event == "told,withdrawn"
    [notice] = kit.notices(database, username="clerk")
    assert ("已撤诉" if outcome else "withdrawn") in notice.subject + notice.body and "told" not in notice.subject + notice.body
