"""Small diagrams that were once run or ignored wrongly: each does what is right."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import select

from engine import runtime
from engine.background.worker import Worker
from engine.deploying import deployment
from engine.deploying.deployment import Resource
from engine.diagrams import lanes
from engine.queries.cases import instance_page
from engine.queries.processes import process_pages
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import messages
from tests.cast import Cast
from tests.engine import kit
from tests.faults.naming import named

FOLDER = Path(__file__).parent


def fault(name: str, **settings: Any) -> Resource:
    """A diagram of this folder."""
    return Resource(f"{name}.bpmn", named((FOLDER / f"{name}.bpmn").read_bytes()), settings)


def found(name: str) -> list[tuple[str, str, str]]:
    """What the check says about a diagram: severity, element and sentence."""
    return [(each.severity, each.element_id, str(each)) for each in deployment.check([fault(name)])]


def test_a_cycle_that_never_advances_is_refused() -> None:
    [(element, text)] = [(element, text) for severity, element, text in found("cycle_zero_runaway") if severity == "error"]
    assert element == "started"
    assert text == "The cycle R/PT0S never advances: its period must be a second or more."


def test_daily_at_ten_is_at_ten_however_late_the_worker_was(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, fault("cycle_daily_at_ten"))
    due = []
    for now in ("2026-03-02T02:00:37", "2026-03-03T06:12:00", "2026-03-06T02:00:00"):
        moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
        assert Worker(database, lambda moment=moment: moment).run_once() == 1
        due += [row.due_at for row in kit.rows(database, models.ScheduledStart)]
    assert due == [datetime(2026, 3, day, 2, tzinfo=UTC) for day in (3, 4, 7)]
    assert len(kit.rows(database, models.ProcessInstance)) == 3  # missed occurrences count as one


def test_an_error_two_calls_down_is_caught_at_the_top(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *(fault(f"call_two_levels_error-{each}") for each in ("p0", "p1", "top")))
    key = kit.begin(database, cast.owner, "top")
    [lowest] = kit.rows(database, models.ProcessInstance, process_id="p0")
    kit.complete(database, cast.owner, lowest.key, "w")
    assert kit.open_elements(database, key) == ["fix"]
    assert [row.state for row in kit.rows(database, models.ProcessInstance, process_id="p1")] == ["cancelled"]
    assert kit.rows(database, models.Incident, state="open") == []


def test_a_thrown_signal_starts_the_event_subprocess_of_its_own_process(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, fault("signal_own_event_subprocess"))
    key = kit.begin(database, cast.owner, "p")
    kit.complete(database, cast.owner, key, "a")
    assert kit.open_elements(database, key) == ["inner"]
    Worker(database, lambda: kit.NOW).run_once()
    kit.complete(database, cast.owner, key, "inner")
    assert kit.instance(database, key).end_event == "ie"


def test_a_second_start_message_with_the_same_key_starts_none_while_the_first_case_runs(
    database: databases.Database, cast: Cast
) -> None:
    kit.deploy(database, cast.owner, fault("msg_start_same_key_twice"))

    def publish() -> list[int]:
        with database.transaction("acme") as session:
            live = timedelta(hours=1)
            return messages.publish(session, cast.owner, "paid", "K", {}, now=kit.NOW, time_to_live=live).instance_keys

    [first] = publish()
    assert publish() == []
    kit.complete(database, cast.owner, first, "ship")
    Worker(database, lambda: kit.NOW).run_once()
    assert len(kit.rows(database, models.ProcessInstance)) == 2


def test_conditions_that_overlap_in_two_orders_are_refused() -> None:
    [(element, text)] = [(element, text) for severity, element, text in found("gateway_order") if severity == "error"]
    assert element == "g" and "Both =amount > 10000 and =amount > 1000 may hold" in text


@pytest.mark.parametrize(("amount", "way"), [(20_000, "over10000"), (5_000, "over1000"), (5, "small")])
def test_conditions_are_tried_in_the_order_of_the_file(database: databases.Database, cast: Cast, amount: int, way: str) -> None:
    one_order = re.sub(rb"<bpmn:outgoing>\w+</bpmn:outgoing>", b"", fault("gateway_order").content)
    kit.deploy(database, cast.owner, Resource("gateway_order.bpmn", one_order, {}))
    assert kit.open_elements(database, kit.begin(database, cast.owner, "p", {"amount": amount})) == [way]


def test_a_version_of_before_keeps_its_order(database: databases.Database, cast: Cast) -> None:
    one_order = re.sub(rb"<bpmn:outgoing>\w+</bpmn:outgoing>", b"", fault("gateway_order").content)
    kit.deploy(database, cast.owner, Resource("gateway_order.bpmn", one_order, {}))
    with database.transaction() as session:  # one that was published by an earlier edition
        now = session.execute(select(models.ProcessDefinition)).scalar_one()
        same = {name: getattr(now, name) for name in ("company_id", "deployment_key", "process_id", "name", "settings")}
        xml = fault("gateway_order").content
        session.add(
            models.ProcessDefinition(**same, resource_name="p", version=2, digest="", deployed_at=kit.NOW, xml=xml, edition=1)
        )
    assert kit.open_elements(database, kit.begin(database, cast.owner, "p", {"amount": 20_000})) == ["over1000"]


def test_a_data_association_is_told_and_does_not_refuse() -> None:
    told = found("data_association_ignored")
    assert [element for _severity, element, text in told if "use input and output mappings" in text] == ["x"]
    assert {severity for severity, _element, _text in told} == {"warning"}


def test_a_file_without_a_drawing_is_laid_out_where_it_is_looked_at(database: databases.Database, cast: Cast) -> None:
    content = fault("mistakes/no_layout").content
    assert b"BPMNShape" not in content
    drawn = etree.fromstring(lanes.shown(content, {}))
    shapes = {str(each.get("bpmnElement")) for each in drawn.iter("{*}BPMNShape")}
    steps = [each for each in drawn.iter("{*}process") for each in each if each.tag.endswith(("Task", "Event", "Gateway"))]
    assert steps and {str(each.get("id")) for each in steps} <= shapes
    kit.deploy(database, cast.owner, fault("data_association_ignored", may_start=["*"]))
    [version] = kit.rows(database, models.ProcessDefinition)
    case = kit.begin(database, cast.owner, version.process_id)
    with database.reading("acme") as session:
        looked_at = process_pages.drawn(session, cast.owner, version.key)[1], instance_page.diagram(session, cast.owner, case)
        fetched = process_pages.diagram(session, cast.owner, version.key)[1]
    assert all(b"BPMNShape" in each for each in looked_at) and b"BPMNShape" not in fetched


def test_every_file_of_the_folder_stands_in_a_test() -> None:
    said = "".join(path.read_text() for path in FOLDER.glob("test_*.py"))
    inputs = [path for path in FOLDER.rglob("*.*") if path.suffix in (".bpmn", ".dmn")]
    assert [path.name for path in inputs if path.stem not in said and path.stem.partition("-")[0] not in said] == []


@pytest.mark.parametrize(
    ("name", "join", "way"),
    [
        ("join_of_boundary", "j", "after start event without a name → a no token comes from why any more"),
        ("mistakes/exclusive_split_parallel_join", "Gateway_join", "no token comes from 到货验收 any more"),
        (
            "mistakes/join_leads_nowhere",
            "Gateway_join",
            "下单 → parallel gateway without a name ends here and not at an end event",
        ),
    ],
)
def test_a_join_that_cannot_fire_is_told_with_the_way_there(name: str, join: str, way: str) -> None:
    told = [(each.severity, each.element_id, each.message % each.values) for each in runtime.check(fault(name).content)]
    assert [text for severity, element, text in told if (severity, element) == ("warning", join) and way in text]
