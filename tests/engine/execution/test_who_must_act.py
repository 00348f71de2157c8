"""Who must act: picked by hand, the initiator's own request, the same person again, nobody found; and what people are told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from sqlalchemy import update

from engine import errors
from engine.people import actors, organisation, resolve
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals.back import returns
from tests.cast import Cast
from tests.engine import kit

APPROVAL = {"kind": "approve"}


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


def line(database: databases.Database, cast: Cast, *tasks: str, start: str = "") -> None:
    ids = [text.split('id="')[1].split('"')[0] for text in tasks]
    form = [kit.form(start, kit.text_field("subject"))] if start else []
    content = (kit.start(form=start), *tasks, kit.end(), kit.chain("started", *ids, "done"))
    kit.deploy(database, cast.owner, *form, kit.diagram("line", *content))


def holders(database: databases.Database, key: int, element: str) -> set[str]:
    task = kit.open_task(database, key, element)
    items = kit.rows(database, models.WorkItem, user_task_key=task)
    return {item.username or f"group:{item.group_name}" for item in items if item.state == "open"}


def told(database: databases.Database, key: int, kind: str) -> Iterator[dict[str, Any]]:
    return (event.data for event in kit.rows(database, models.HistoryEvent, instance_key=key) if event.kind == kind)


def why(database: databases.Database, key: int, element: str) -> tuple[str, dict[str, str]]:
    task = kit.open_task(database, key, element)
    [item] = kit.rows(database, models.WorkItem, user_task_key=task)
    with database.reading("acme") as session:
        return resolve.words(item.reason, organisation.current(session, "acme"))


def test_the_initiator_picks_who_does_a_step_and_is_asked_where_he_did_not(database: databases.Database, cast: Cast) -> None:
    line(database, cast, kit.task("check", picked_by="initiator", picked_from="客服专员,head", **APPROVAL), start="request")
    with pytest.raises(errors.Invalid) as refusal:
        kit.begin(database, cast.outsider, "line", {"subject": "x"})
    assert list(refusal.value.fields) == ["picked_check"]
    assert kit.rows(database, models.ProcessInstance) == [], "nothing was begun"
    for wrong in ("manager", "nobody", ["head"]):
        with pytest.raises(errors.Invalid):
            kit.begin(database, cast.outsider, "line", {"subject": "x", "picked_check": wrong})
    key = kit.begin(database, cast.outsider, "line", {"subject": "x", "picked_check": "head"})
    assert holders(database, key, "check") == {"head"}
    assert why(database, key, "check") == ("picked by %(person)s", {"person": "魏旁人"})


def test_the_one_before_picks_several_and_only_when_the_case_goes_there(database: databases.Database, cast: Cast) -> None:
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "line",
            kit.start(),
            kit.task("fill", users="clerk", **APPROVAL),
            kit.node("exclusiveGateway", "agreed"),
            kit.task("sign", picked_by="previous", picks="several", rule="all", **APPROVAL),
            kit.end(),
            kit.end("refused"),
            kit.chain("started", "fill", "agreed"),
            kit.flow("agreed", "sign", '=outcome = "approve"'),
            kit.flow("agreed", "refused", '=outcome = "reject"'),
            kit.chain("sign", "done"),
        ),
    )
    key = kit.begin(database, cast.outsider, "line")
    with pytest.raises(errors.Invalid) as refusal:
        kit.complete(database, cast.clerk, key, "fill", {}, outcome="approve")
    assert "picked_sign" in refusal.value.fields
    kit.complete(database, cast.clerk, key, "fill", {"picked_sign": ["manager", "head"]}, outcome="approve")
    assert holders(database, key, "sign") == {"manager", "head"}
    other = kit.begin(database, cast.outsider, "line")
    kit.complete(database, cast.clerk, other, "fill", {}, outcome="reject", opinion="不行")
    assert kit.instance(database, other).state == "completed", "who refuses picks nobody"


def test_who_was_picked_and_may_not_act_has_to_be_picked_anew(database: databases.Database, cast: Cast) -> None:
    line(
        database,
        cast,
        kit.task("fill", users="clerk"),
        kit.task("check", picked_by="previous", separate_from="fill", **APPROVAL),
    )
    key = kit.begin(database, cast.outsider, "line")
    with pytest.raises(errors.Invalid, match="somebody else"):
        kit.complete(database, cast.clerk, key, "fill", {"picked_check": "clerk"})
    kit.complete(database, cast.clerk, key, "fill", {"picked_check": "head"})
    assert holders(database, key, "check") == {"head"}


@pytest.mark.parametrize(("setting", "holder"), [("act", "head"), ("superior", "manager"), ("head", "manager")])
def test_nobody_decides_on_his_own_request_where_the_step_says_so(
    database: databases.Database, cast: Cast, setting: str, holder: str
) -> None:
    line(
        database, cast, kit.task("check", assignee="=head of(department of(initiator))", same_as_initiator=setting, **APPROVAL)
    )
    key = kit.begin(database, cast.head, "line")
    assert holders(database, key, "check") == {holder}
    assert holders(database, kit.begin(database, cast.clerk, "line"), "check") == {"head"}


def test_an_own_request_is_left_to_the_others_and_never_falls_back_to_himself(database: databases.Database, cast: Cast) -> None:
    line(database, cast, kit.task("check", groups="客服专员", same_as_initiator="superior", **APPROVAL))
    key = kit.begin(database, cast.clerk, "line")
    with pytest.raises(errors.Forbidden), database.transaction("acme") as session:
        user_tasks.claim(session, cast.clerk, kit.open_task(database, key, "check"), now=kit.NOW)
    kit.complete(database, cast.clerk2, key, "check", outcome="approve")
    line(database, cast, kit.task("check", assignee="=manager of(initiator)", same_as_initiator="superior", **APPROVAL))
    key = kit.begin(database, cast.manager, "line")
    assert holders(database, key, "check") == {"owner"}, "nobody stands above him: the administrators, and not he himself"


def test_an_own_request_passes_by_itself_and_says_so(database: databases.Database, cast: Cast) -> None:
    line(
        database,
        cast,
        kit.task("check", users="head", same_as_initiator="skip", **APPROVAL),
        kit.task("judge", users="manager", **APPROVAL),
    )
    key = kit.begin(database, cast.head, "line")
    assert kit.open_elements(database, key) == ["judge"]
    [passed] = told(database, key, "passed")
    assert (passed["person"], passed["why"]) == ("head", "own_request")
    [task] = kit.rows(database, models.UserTask, instance_key=key, element_id="check")
    assert (task.state, task.outcome, task.completed_by) == ("completed", "approve", "head")
    assert kit.open_elements(database, kit.begin(database, cast.clerk, "line")) == ["check"]


def of_one_person(database: databases.Database, cast: Cast, repeat: str, *, irreversible: str = "false") -> int:
    """head, manager, head, head: two of them again and again."""
    last = {"repeat": repeat, "irreversible": irreversible, **APPROVAL}
    line(
        database,
        cast,
        kit.task("one", users="head", **APPROVAL),
        kit.task("two", users="manager", **APPROVAL),
        kit.task("three", users="head", repeat=repeat, **APPROVAL),
        kit.task("four", users="head", **last),
    )
    key = kit.begin(database, cast.clerk, "line")
    kit.complete(database, cast.head, key, "one", outcome="approve")
    kit.complete(database, cast.manager, key, "two", outcome="approve")
    return key


def test_the_same_person_is_asked_again_unless_the_step_says_otherwise(database: databases.Database, cast: Cast) -> None:
    assert kit.open_elements(database, of_one_person(database, cast, "none")) == ["three"]


def test_the_same_person_in_the_step_before_is_not_asked_again(database: databases.Database, cast: Cast) -> None:
    key = of_one_person(database, cast, "adjacent")
    assert kit.open_elements(database, key) == ["three"], "somebody else acted between"
    kit.complete(database, cast.head, key, "three", outcome="approve")
    assert kit.instance(database, key).state == "completed"
    assert [event["why"] for event in told(database, key, "passed")] == ["adjacent"]


def test_where_the_next_people_are_picked_nothing_passes_by_itself(database: databases.Database, cast: Cast) -> None:
    """Or whoever does the step before would be asked whom he picks, in a form that has no such field."""
    line(
        database,
        cast,
        kit.task("one", users="head", **APPROVAL),
        kit.task("two", users="head", repeat="adjacent", **APPROVAL),
        kit.task("sign", picked_by="previous", **APPROVAL),
    )
    key = kit.begin(database, cast.clerk, "line")
    kit.complete(database, cast.head, key, "one", outcome="approve")
    assert kit.open_elements(database, key) == ["two"]
    kit.complete(database, cast.head, key, "two", {"picked_sign": "manager"}, outcome="approve")
    assert holders(database, key, "sign") == {"manager"}


def test_who_has_approved_once_is_asked_only_then_but_never_past_what_cannot_be_taken_back(
    database: databases.Database, cast: Cast
) -> None:
    assert kit.instance(database, of_one_person(database, cast, "first")).state == "completed"
    assert kit.open_elements(database, of_one_person(database, cast, "first", irreversible="true")) == ["four"]


def test_who_was_sent_a_step_back_does_it_himself(database: databases.Database, cast: Cast) -> None:
    line(
        database,
        cast,
        kit.task("one", users="head", **APPROVAL),
        kit.task("two", users="head", repeat="first", **APPROVAL),
        kit.task("three", users="manager", **APPROVAL),
    )
    key = kit.begin(database, cast.clerk, "line")
    kit.complete(database, cast.head, key, "one", outcome="approve")
    assert kit.open_elements(database, key) == ["three"]
    with database.transaction("acme") as session:
        task = kit.open_task(database, key, "three")
        assert [each.element for each in returns.targets(session, cast.manager, task, now=kit.NOW)]
        returns.return_task(session, cast.manager, task, "one", "补材料", now=kit.NOW)
    kit.complete(database, cast.head, key, "one", outcome="approve")
    assert kit.open_elements(database, key) == ["two"]


@pytest.mark.parametrize(
    ("given", "kept", "incidents"),
    [("=40 + 30", 70, 0), ("=140 / 2", 70, 0), ("=null", 50, 0), ('="high"', 50, 1), ("=101", 50, 1), ("=1.5", 50, 1)],
)
def test_a_priority_that_comes_to_none_is_an_incident_and_its_task_is_there_all_the_same(
    database: databases.Database, cast: Cast, given: str, kept: int, incidents: int
) -> None:
    extension = f'<zeebe:assignmentDefinition assignee="head"/><zeebe:priorityDefinition priority={quoteattr(given)}/>'
    line(database, cast, kit.node("userTask", "check", extension=extension))
    key = kit.begin(database, cast.clerk, "line")
    [task] = kit.rows(database, models.UserTask, instance_key=key)
    assert (task.priority, holders(database, key, "check")) == (kept, {"head"})
    assert [each.values["text"] for each in kit.rows(database, models.Incident, instance_key=key)] == [
        given.strip('="') for _ in range(incidents)
    ]


def test_line_16_nobody_found_raises_an_alarm_where_the_step_says_so(database: databases.Database, cast: Cast) -> None:
    line(database, cast, kit.task("check", assignee="=null", empty="incident", **APPROVAL))
    key = kit.begin(database, cast.clerk, "line")
    assert kit.instance(database, key).incidents == 1 and kit.open_elements(database, key) == ["check"]
    line(database, cast, kit.task("check", assignee="=null", empty="administrators", **APPROVAL))
    assert holders(database, kit.begin(database, cast.clerk, "line"), "check") == {"owner"}


def test_line_16_a_disabled_approver_gets_nothing_and_the_step_stands_with_those_for_whom_nobody_is_there(
    database: databases.Database, cast: Cast
) -> None:
    line(database, cast, kit.task("check", users="clerk2,head", **APPROVAL))
    for gone, left in (("clerk2", {"head"}), ("head", {"owner"})):
        with database.transaction("acme") as session:
            session.execute(update(models.Person).where(models.Person.username == gone).values(is_disabled=True))
            organisation.changed(session, "acme")
        with database.reading("acme") as session:
            clerk = actors.load(session, "acme", "clerk")
        assert clerk is not None
        assert holders(database, kit.begin(database, clerk, "line"), "check") == left


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"repeat": "first"}, "no button “approve”"),
        ({"repeat": "first", "kind": "approve", "separate_from": "initiator"}, "separate_from"),
        ({"same_as_initiator": "skip", "kind": "approve", "cc": "head"}, "no copies"),
        ({"picks": "several"}, "picked_by"),
        ({"picked_by": "initiator", "picked_from": "没有的组"}, "没有的组"),
        ({"repeat": "sometimes"}, "sometimes"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    database: databases.Database, cast: Cast, properties: dict[str, str], said: str
) -> None:
    with pytest.raises(errors.Refusal) as refusal:
        line(database, cast, kit.task("check", users="head", **properties))
    assert said in str(refusal.value) or any(said in str(each) for each in refusal.value.values.get("problems", ()))
