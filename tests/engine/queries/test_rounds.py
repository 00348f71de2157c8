"""What earlier rounds of a case wrote stays on its page, by round, also when a later one wrote over it."""

from __future__ import annotations

from engine.queries.cases import instance_page
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import messages
from tests.cast import COMPANY, Cast
from tests.engine import kit


def negotiated(database: databases.Database, cast: Cast) -> int:
    """A solution is proposed, and told to the customer, who may answer himself; until he accepts, it is proposed anew."""
    form = kit.form(
        "solution", kit.text_field("solution", required=True), kit.text_field("contact") | {"properties": {"personal": True}}
    )
    online = kit.boundary("online", "tell", '<bpmn:messageEventDefinition messageRef="answer"/>')
    gate = kit.node("exclusiveGateway", "accepted", attributes=' default="accepted_propose"')
    ways = [kit.chain("started", "propose", "tell", "carry_out", "done"), kit.flow("online", "accepted")]
    ways += [kit.flow("accepted", "propose"), kit.flow("accepted", "carry_out", "=accepted = true")]
    steps = [
        kit.task("propose", groups="客服专员", form="solution"),
        kit.task("tell", groups="客服专员"),
        kit.task("carry_out", groups="客服专员"),
    ]
    beside = kit.message("answer", "customer_answer", "=instance_number")
    drawn = kit.diagram("n", kit.start(), *steps, online, gate, kit.end(), *ways, beside=beside, managers=["部门负责人"])
    kit.deploy(database, cast.owner, form, drawn)
    return kit.begin(database, cast.clerk, "n")


def told(database: databases.Database, cast: Cast, key: int) -> list[tuple[int, list[tuple[str, list[object]]]]]:
    with database.reading(COMPANY) as session:
        page = instance_page.instance_page(session, cast.head, key, now=kit.NOW)
    return [
        (one.number, [(each.entry.element_id, [value.value for value in each.values]) for each in one.passed])
        for one in page.rounds
    ]


def test_each_round_stands_with_what_was_proposed_and_answered(database: databases.Database, cast: Cast) -> None:
    key = negotiated(database, cast)
    number = kit.instance(database, key).number
    for solution in ("退还 5000", "退还 8000"):
        kit.complete(database, cast.clerk, key, "propose", {"solution": solution, "contact": "13812345678"})
        with database.transaction(COMPANY) as session:
            messages.correlate(session, cast.owner, "customer_answer", number, {"accepted": False}, now=kit.NOW)
    kit.complete(database, cast.clerk, key, "propose", {"solution": "退还 9000", "contact": "13812345678"})
    assert told(database, cast, key) == [
        (2, [("propose", ["退还 8000", "138****5678"])]),
        (1, [("propose", ["退还 5000", "138****5678"])]),
    ]
    kit.complete(database, cast.clerk, key, "tell")
    kit.complete(database, cast.clerk, key, "carry_out")
    assert [number for number, _passed in told(database, cast, key)] == [2, 1]  # also once it is over


def test_a_round_is_counted_as_the_task_itself_counts_it(database: databases.Database, cast: Cast) -> None:
    """Another step that was done twice before is no round of this one."""
    form = kit.form("solution", kit.text_field("solution"))
    gates = [
        kit.node("exclusiveGateway", "seen", attributes=' default="seen_propose"'),
        kit.node("exclusiveGateway", "accepted", attributes=' default="accepted_done"'),
    ]
    ways = [kit.chain("started", "look", "seen", "propose", "accepted", "done")]
    ways += [kit.flow("seen", "look", '=solution = "再看"'), kit.flow("accepted", "propose", '=solution = "太少"')]
    steps = [kit.task(each, groups="客服专员", form="solution") for each in ("look", "propose")]
    drawn = kit.diagram("n", kit.start(), *steps, *gates, kit.end(), *ways, managers=["部门负责人"])
    kit.deploy(database, cast.owner, form, drawn)
    key = kit.begin(database, cast.clerk, "n")
    for step, solution in (("look", "再看"), ("look", "看过"), ("propose", "太少")):
        kit.complete(database, cast.clerk, key, step, {"solution": solution})
    (task,) = kit.rows(database, models.UserTask, state="open")
    assert task.round == 2
    kit.complete(database, cast.clerk, key, "propose", {"solution": "够了"})
    assert told(database, cast, key) == [(1, [("propose", ["太少"])]), (1, [("look", ["再看"])])]


def test_a_case_that_went_one_way_has_no_rounds(database: databases.Database, cast: Cast) -> None:
    key = negotiated(database, cast)
    kit.complete(database, cast.clerk, key, "propose", {"solution": "退还 5000"})
    kit.complete(database, cast.clerk, key, "tell")
    assert told(database, cast, key) == []


def test_what_follows_on_a_step_that_was_done_anew_says_of_which_round_it_is(database: databases.Database, cast: Cast) -> None:
    """The solution of the second round, and below it the customer's no to the first, which nobody is to take for one to the second."""
    proposed, told_so = kit.form("solution", kit.text_field("solution")), kit.form("said", kit.text_field("said"))
    gate = kit.node("exclusiveGateway", "content", attributes=' default="content_done"')
    steps = [kit.task(name, users="clerk", form=form) for name, form in (("propose", "solution"), ("tell", "said"))]
    ways = [kit.chain("started", "propose", "tell", "content", "done"), kit.flow("content", "propose", '=said = "不接受"')]
    kit.deploy(database, cast.owner, proposed, told_so, kit.diagram("n", kit.start(), *steps, gate, kit.end(), *ways))
    key = kit.begin(database, cast.clerk, "n")

    def rounds() -> tuple[list[tuple[str, int | None]], list[tuple[str, int]]]:
        with database.reading(COMPANY) as session:
            page = instance_page.instance_page(session, cast.owner, key, now=kit.NOW)
        return [(each.name, each.round) for each in page.answers], [(each.element_id, each.round) for each in page.places]

    kit.complete(database, cast.clerk, key, "propose", {"solution": "退还 5000"})
    kit.complete(database, cast.clerk, key, "tell", {"said": "不接受"})
    assert rounds() == ([("propose", None), ("tell", None)], [("propose", 2)])
    kit.complete(database, cast.clerk, key, "propose", {"solution": "退还 8000"})
    assert rounds() == ([("propose", None), ("tell", 1)], [("tell", 2)])
    kit.complete(database, cast.clerk, key, "tell", {"said": "接受"})
    assert rounds() == ([("propose", None), ("tell", None)], [])
