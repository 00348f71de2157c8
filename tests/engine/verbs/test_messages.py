"""Messages and signals: who gets them, who may come late, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from engine import errors
from engine.background.worker import Worker
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import messages
from tests.cast import Cast
from tests.engine import kit

PAID = kit.message("paid", "paid", "=order")


def waiting(process_id: str = "waiting") -> kit.Resource:
    catch = kit.node("intermediateCatchEvent", "wait", inner='<bpmn:messageEventDefinition messageRef="paid"/>')
    return kit.diagram(
        process_id, kit.start(), catch, kit.task("ship"), kit.end(), kit.chain("started", "wait", "ship", "done"), beside=PAID
    )


def publish(database: databases.Database, cast: Cast, key: str, **options: object) -> messages.Published:
    with database.transaction("acme") as session:
        return messages.publish(session, cast.owner, "paid", key, {"amount": 5}, now=kit.NOW, **options)  # type: ignore[arg-type]


def test_a_message_goes_to_the_case_with_its_key(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, waiting())
    first, second = (kit.begin(database, cast.owner, "waiting", {"order": order}) for order in ("A1", "A2"))
    assert publish(database, cast, "A2").instance_keys == [second]
    assert kit.open_elements(database, second) == ["ship"] and kit.open_elements(database, first) == []
    with pytest.raises(errors.NotFound), database.transaction("acme") as session:
        messages.correlate(session, cast.owner, "paid", "A2", {}, now=kit.NOW)
    with database.transaction("acme") as session:
        assert messages.correlate(session, cast.owner, "paid", "A1", {}, now=kit.NOW) == first
    assert kit.rows(database, models.Subscription) == []


def test_a_message_that_comes_early_is_kept_for_a_while(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, waiting())
    assert publish(database, cast, "A1", time_to_live=timedelta(hours=1)).instance_keys == []
    publish(database, cast, "A2")  # without time to live it is gone at once
    in_time = kit.begin(database, cast.owner, "waiting", {"order": "A1"}, now=kit.NOW + timedelta(minutes=59))
    for order, at in (("A1", timedelta(minutes=59)), ("A2", timedelta(0))):
        key = kit.begin(database, cast.owner, "waiting", {"order": order}, now=kit.NOW + at)
        assert kit.open_elements(database, key) == []  # taken already, or never kept
    assert kit.open_elements(database, in_time) == ["ship"]


def test_the_same_message_id_is_refused(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, waiting())
    kit.begin(database, cast.owner, "waiting", {"order": "A1"})
    publish(database, cast, "A1", message_id="m-1")
    with pytest.raises(errors.Conflict):
        publish(database, cast, "A1", message_id="m-1")
    publish(database, cast, "A1", message_id="m-2", time_to_live=timedelta(hours=1))
    assert Worker(database, lambda: kit.NOW + timedelta(days=3)).run_once() == 0
    assert kit.rows(database, models.Message) == []


def test_only_administrators_publish(database: databases.Database, cast: Cast) -> None:
    for verb in (messages.publish, messages.correlate):
        with pytest.raises(errors.Forbidden), database.transaction("acme") as session:
            verb(session, cast.clerk, "paid", "A1", {}, now=kit.NOW)
    with pytest.raises(errors.Forbidden), database.transaction("acme") as session:
        messages.broadcast(session, cast.clerk, "alarm", {}, now=kit.NOW)


def test_companies_do_not_hear_each_other(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, waiting())
    key = kit.begin(database, cast.owner, "waiting", {"order": "A1"})
    other = messages.SYSTEM("elsewhere")
    with database.transaction() as session:
        assert messages.publish(session, other, "paid", "A1", {}, now=kit.NOW).instance_keys == []
    assert kit.open_elements(database, key) == []


def test_a_message_starts_a_process(database: databases.Database, cast: Cast) -> None:
    start = kit.start(definition='<bpmn:messageEventDefinition messageRef="paid"/>')
    content = (start, kit.task("ship"), kit.end(), kit.chain("started", "ship", "done"))
    kit.deploy(database, cast.owner, kit.diagram("by_message", *content, beside=kit.message("paid", "paid")))
    [key] = publish(database, cast, "").instance_keys
    started = kit.instance(database, key)
    assert (started.initiator, kit.open_elements(database, key)) == (None, ["ship"])
    with pytest.raises(errors.Invalid):
        kit.begin(database, cast.owner, "by_message")


def test_what_a_process_throws_reaches_another_after_the_commit(database: databases.Database, cast: Cast) -> None:
    throw = kit.node("intermediateThrowEvent", "tell", inner='<bpmn:messageEventDefinition messageRef="paid"/>')
    kit.deploy(
        database,
        cast.owner,
        waiting(),
        kit.diagram("telling", kit.start(), throw, kit.end(), kit.chain("started", "tell", "done"), beside=PAID),
    )
    waits = kit.begin(database, cast.owner, "waiting", {"order": "A1"})
    kit.begin(database, cast.owner, "telling", {"order": "A1", "amount": 7})
    assert kit.open_elements(database, waits) == []
    Worker(database, lambda: kit.NOW).run_once()
    assert kit.open_elements(database, waits) == ["ship"]


def test_a_signal_reaches_everybody(database: databases.Database, cast: Cast) -> None:
    beside = '<bpmn:signal id="alarm" name="alarm"/>'
    catch = kit.node("intermediateCatchEvent", "wait", inner='<bpmn:signalEventDefinition signalRef="alarm"/>')
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "alarmed",
            kit.start(),
            catch,
            kit.task("leave"),
            kit.end(),
            kit.chain("started", "wait", "leave", "done"),
            beside=beside,
        ),
    )
    keys = [kit.begin(database, cast.clerk, "alarmed") for _ in range(3)]
    with database.transaction("acme") as session:
        assert sorted(messages.broadcast(session, cast.owner, "alarm", {}, now=kit.NOW)) == sorted(keys)
    assert [kit.open_elements(database, key) for key in keys] == [["leave"]] * 3


def test_a_message_and_a_wait_that_missed_each_other_are_brought_together(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, waiting())
    key = kit.begin(database, cast.owner, "waiting", {"order": "A1"})
    with database.transaction() as session:  # as if it had been written at the same moment
        session.add(
            models.Message(
                company_id="acme",
                name="paid",
                correlation_key="A1",
                message_id=None,
                variables={},
                published_at=kit.NOW,
                expires_at=kit.NOW + timedelta(hours=1),
            )
        )

    def clock() -> datetime:
        return kit.NOW

    assert Worker(database, clock).run_once() == 1
    assert kit.open_elements(database, key) == ["ship"]


def by_message(process_id: str) -> kit.Resource:
    start = kit.start(definition='<bpmn:messageEventDefinition messageRef="paid"/>')
    content = (start, kit.task("ship"), kit.end(), kit.chain("started", "ship", "done"))
    return kit.diagram(process_id, *content, beside=kit.message("paid", "paid"))


def sweep(database: databases.Database, later: timedelta = timedelta(0)) -> None:
    """What the worker does every moment."""
    Worker(database, lambda: kit.NOW + later).run_once()


def begun(database: databases.Database, process_id: str) -> list[int]:
    return [row.key for row in kit.rows(database, models.ProcessInstance, process_id=process_id)]


def test_a_second_start_with_the_same_key_waits_until_the_first_case_is_over(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, by_message("bm"))
    [first] = publish(database, cast, "A1").instance_keys
    assert publish(database, cast, "A1", time_to_live=timedelta(hours=1)).instance_keys == []
    assert publish(database, cast, "A1").instance_keys == []  # lives no longer: it is lost
    assert len(publish(database, cast, "A2").instance_keys) == len(publish(database, cast, "").instance_keys) == 1
    assert len(publish(database, cast, "").instance_keys) == 1  # an empty key holds nothing up
    with pytest.raises(errors.NotFound), database.transaction("acme") as session:
        messages.correlate(session, cast.owner, "paid", "A1", {}, now=kit.NOW)
    sweep(database)
    assert len(begun(database, "bm")) == 4
    kit.complete(database, cast.owner, first, "ship")
    sweep(database)
    sweep(database)
    assert len(begun(database, "bm")) == 5
    assert kit.instance(database, begun(database, "bm")[-1]).correlation_key == "A1"


def test_a_held_start_that_expires_before_its_turn_starts_nothing(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, by_message("bm"))
    [first] = publish(database, cast, "A1").instance_keys
    publish(database, cast, "A1", time_to_live=timedelta(hours=1))
    kit.complete(database, cast.owner, first, "ship")
    sweep(database, timedelta(hours=1))
    assert begun(database, "bm") == [first]
    sweep(database, timedelta(days=3))
    assert kit.rows(database, models.Message) == []


def test_of_several_held_starts_one_begins_at_a_time(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, by_message("bm"), by_message("other"))
    for _ in range(3):
        publish(database, cast, "A1", time_to_live=timedelta(hours=1))
    for count in (1, 2, 3):
        assert len(begun(database, "bm")) == count and len(begun(database, "other")) == 1
        kit.complete(database, cast.owner, begun(database, "bm")[-1], "ship")
        sweep(database)
    assert len(begun(database, "bm")) == 3


def test_a_case_of_before_holds_nothing_up(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, by_message("bm"))
    publish(database, cast, "A1")
    with database.transaction() as session:
        session.execute(update(models.ProcessInstance).values(correlation_key=None))
    assert len(publish(database, cast, "A1").instance_keys) == 1


def test_a_kept_message_reaches_one_case_of_each_process_that_asks(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, waiting("a"), waiting("b"))
    publish(database, cast, "A1", time_to_live=timedelta(hours=1))
    keys = [kit.begin(database, cast.owner, process, {"order": "A1"}) for process in ("a", "a", "b")]
    sweep(database)
    assert [kit.open_elements(database, key) for key in keys] == [["ship"], [], ["ship"]]


def test_a_message_taken_at_once_does_not_wait_for_others(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, waiting("a"), waiting("b"))
    first = kit.begin(database, cast.owner, "a", {"order": "A1"})
    assert publish(database, cast, "A1", time_to_live=timedelta(hours=1)).instance_keys == [first]
    later = kit.begin(database, cast.owner, "b", {"order": "A1"})
    sweep(database)
    assert kit.open_elements(database, later) == []


def test_a_new_process_is_not_started_by_messages_of_before(database: databases.Database, cast: Cast) -> None:
    publish(database, cast, "A1", time_to_live=timedelta(hours=1))
    kit.deploy(database, cast.owner, by_message("bm"))
    sweep(database)
    assert begun(database, "bm") == []
