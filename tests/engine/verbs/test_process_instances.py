"""Starting, calling and cancelling cases; titles, summaries and deadlines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine import errors
from engine.background.worker import Worker
from engine.cases import history
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import incidents, process_instances
from tests import cast as casting
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.test_concurrency import at_once

IO = (
    '<zeebe:ioMapping><zeebe:input source="=subject" target="about"/>'
    '<zeebe:output source="=verdict" target="result"/></zeebe:ioMapping>'
)


def cancel(database: databases.Database, by: kit.Actor, key: int, reason: str = "不办了") -> None:
    with database.transaction(by.company_id) as session:
        process_instances.cancel(session, by, key, reason, now=kit.NOW)


def calling() -> tuple[kit.Resource, ...]:
    inner = kit.diagram(
        "inner", kit.start(), kit.task("judge", form="verdict"), kit.end(), kit.chain("started", "judge", "done")
    )
    outer = kit.diagram(
        "outer",
        kit.start(form="request"),
        kit.call("ask", "inner", io=IO),
        kit.task("after"),
        kit.end(),
        kit.boundary("broken", "ask", '<bpmn:errorEventDefinition errorRef="bad"/>'),
        kit.task("repair"),
        kit.chain("started", "ask", "after", "done"),
        kit.chain("broken", "repair", "done"),
        beside='<bpmn:error id="bad" name="bad" errorCode="bad"/>',
    )
    return (
        kit.form("request", kit.text_field("subject", required=True)),
        kit.form("verdict", kit.text_field("verdict")),
        inner,
        outer,
    )


def child_of(database: databases.Database, key: int) -> models.ProcessInstance:
    [child] = kit.rows(database, models.ProcessInstance, parent_key=key)
    return child  # type: ignore[no-any-return]


def test_until_a_setting_says_who_may_start_it_only_those_may_who_could_say_it(
    database: databases.Database, cast: Cast
) -> None:
    request, answer, process = kit.two_steps()
    uploaded = [request, answer, kit.Resource(process.name, process.content)]
    (warning,) = [each for each in kit.deploy(database, cast.owner, *uploaded).problems if "may start" in str(each)]
    assert (warning.resource, warning.element_id, warning.severity) == ("two_steps.bpmn", "started", "warning")
    for by in (cast.clerk, cast.head, cast.manager):
        with pytest.raises(errors.Forbidden):
            kit.begin(database, by, "two_steps", {"subject": "x"})
    kit.begin(database, cast.owner, "two_steps", {"subject": "x"})
    owned = kit.Resource(process.name, process.content, {"managers": ["主管领导"], "owners": ["部门负责人"]})
    kit.deploy(database, cast.owner, owned)
    kit.begin(database, cast.head, "two_steps", {"subject": "x"})
    for by in (cast.clerk, cast.manager):
        with pytest.raises(errors.Forbidden):
            kit.begin(database, by, "two_steps", {"subject": "x"})


def test_a_replaced_version_is_started_by_managers_alone_and_the_history_says_so(
    database: databases.Database, cast: Cast
) -> None:
    for title in ("一", "二"):
        kit.deploy(database, cast.owner, *kit.two_steps(title=title, managers=["主管领导"]))

    def begin(by: kit.Actor, version: int) -> int:
        with database.transaction(by.company_id) as session:
            started = process_instances.start(session, by, "two_steps", {"subject": "x"}, version=version, now=kit.NOW)
            return started.key

    with pytest.raises(errors.Forbidden):
        begin(cast.clerk, 1)
    told = {version: kit.rows(database, models.HistoryEvent, instance_key=begin(cast.manager, version)) for version in (1, 2)}
    started = {version: next(each.data for each in events if each.kind == "started") for version, events in told.items()}
    assert (started[1]["version"], started[1]["newest"]) == (1, 2) and "newest" not in started[2]
    assert kit.instance(database, begin(cast.clerk, 2)).version == 2


def test_only_those_who_may_start_a_process_start_it(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps(may_start=["客服专员"]))
    with pytest.raises(errors.Forbidden):
        kit.begin(database, cast.outsider, "two_steps", {"subject": "x"})
    with pytest.raises(errors.NotFound):
        kit.begin(database, cast.stranger, "two_steps", {"subject": "x"})
    with pytest.raises(errors.NotFound):
        kit.begin(database, cast.clerk, "nowhere")
    with pytest.raises(errors.Invalid) as refused:
        kit.begin(database, cast.clerk, "two_steps", {})
    assert list(refused.value.fields) == ["subject"]
    assert kit.rows(database, models.ProcessInstance) == []


def test_title_summary_and_deadline_come_from_the_settings(database: databases.Database, cast: Cast) -> None:
    kit.deploy(
        database,
        cast.owner,
        *kit.two_steps(
            title="请求",
            category="日常",
            due="5wd",
            warn="1wd",
            managers=["主管领导"],
            title_of_case='="关于" + subject',
            summary=[{"label": "答复", "value": "=answer"}],
        ),
    )
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "打印机"})
    started = kit.instance(database, key)
    assert (started.title, started.category, started.initiator_department) == ("关于打印机", "日常", "service")
    assert started.due_at == datetime(2026, 3, 9, 10, tzinfo=UTC)
    kit.complete(database, cast.clerk, key, "a", {"answer": "好"})
    assert kit.instance(database, key).summary == [{"label": "答复", "value": "好"}]
    Worker(database, lambda: datetime(2026, 3, 10, tzinfo=UTC)).run_once()
    assert [notice.username for notice in kit.notices(database)] == ["manager", "manager"]


def test_a_called_process_is_a_case_of_its_own_and_gives_its_result_back(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *calling())
    key = kit.begin(database, cast.clerk, "outer", {"subject": "桥"})
    child = child_of(database, key)
    assert (child.initiator, child.root_key) == ("clerk", key)
    assert child.number != kit.instance(database, key).number
    kit.complete(database, cast.owner, child.key, "judge", {"verdict": "可"})
    assert child_of(database, key).state == "completed"
    assert kit.open_elements(database, key) == ["after"]
    with database.reading() as session:
        from_child = process_instances.cases.variables(session, session.get_one(models.ProcessInstance, key), now=kit.NOW)
    assert from_child["result"] == "可" and "verdict" not in from_child and from_child["initiator"] == "clerk"


def test_an_error_of_a_called_process_is_caught_at_its_call(database: databases.Database, cast: Cast) -> None:
    beside = '<bpmn:error id="bad" name="bad" errorCode="bad"/>'
    failing = kit.end("failed", definition='<bpmn:errorEventDefinition errorRef="bad"/>')
    resources = list(calling())
    resources[2] = kit.diagram(
        "inner", kit.start(), kit.task("judge", form="verdict"), failing, kit.chain("started", "judge", "failed"), beside=beside
    )
    kit.deploy(database, cast.owner, *resources)
    key = kit.begin(database, cast.clerk, "outer", {"subject": "桥"})
    kit.complete(database, cast.owner, child_of(database, key).key, "judge", {"verdict": "可"})
    assert kit.open_elements(database, key) == ["repair"]
    assert child_of(database, key).state == "cancelled"
    assert kit.rows(database, models.Incident, state="open") == []


def test_a_missing_called_process_is_an_incident(database: databases.Database, cast: Cast) -> None:
    *_, outer = calling()
    kit.deploy(database, cast.owner, calling()[0], outer)
    key = kit.begin(database, cast.clerk, "outer", {"subject": "桥"})
    [incident] = kit.rows(database, models.Incident, instance_key=key)
    kit.deploy(database, cast.owner, *calling()[1:3])
    with database.transaction("acme") as session:
        incidents.resolve(session, cast.owner, incident.key, now=kit.NOW)
    assert child_of(database, key).state == "active"
    assert kit.instance(database, key).incidents == 0


def test_cancelling_ends_the_case_with_all_it_called(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *calling())
    key = kit.begin(database, cast.clerk, "outer", {"subject": "桥"})
    child = child_of(database, key)
    with pytest.raises(errors.Conflict):
        cancel(database, cast.owner, child.key)
    with pytest.raises(errors.Invalid):
        cancel(database, cast.clerk, key, " ")
    with pytest.raises(errors.NotFound):
        cancel(database, cast.outsider, key)
    cancel(database, cast.clerk, key)
    assert [(each.state, each.ended_reason) for each in kit.rows(database, models.ProcessInstance)] == [
        ("cancelled", "不办了")
    ] * 2
    assert [task.state for task in kit.rows(database, models.UserTask)] == ["cancelled"]
    assert {item.state for item in kit.rows(database, models.WorkItem)} == {"closed"}
    with pytest.raises(errors.Conflict):
        cancel(database, cast.clerk, key)
    with database.reading() as session:
        assert history.verify(session, key) == history.verify(session, child.key) == []


def test_where_the_process_forbids_it_only_managers_cancel(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps(initiator_may_cancel=False, managers=["主管领导"]))
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    for actor in (cast.clerk, cast.clerk2):
        with pytest.raises(errors.Forbidden):
            cancel(database, actor, key)
    cancel(database, cast.manager, key)
    assert kit.instance(database, key).state == "cancelled"


def test_what_a_page_saves_by_itself_while_it_is_sent_leaves_no_draft(database: databases.Database, cast: Cast) -> None:
    """The page does not know yet of the draft that was being saved as its author sent it; saved later, it is refused."""
    kit.deploy(database, cast.owner, *kit.two_steps())
    drafts, page = process_instances.start_drafts, {"once": "page-1", "now": kit.NOW}
    for _ in range(2):
        with database.transaction("acme") as session:
            drafts.save(session, cast.clerk, "two_steps", {"subject": "x"}, key=None, **page)  # type: ignore[arg-type]
    assert len(kit.rows(database, models.StartDraft)) == 1
    with database.transaction("acme") as session:
        process_instances.start(session, cast.clerk, "two_steps", {"subject": "x"}, mark="page-1", now=kit.NOW)
    with pytest.raises(drafts.StartedFromDraft), database.transaction("acme") as session:
        drafts.save(session, cast.clerk, "two_steps", {"subject": "x"}, key=None, **page)  # type: ignore[arg-type]
    assert kit.rows(database, models.StartDraft) == []


def test_saved_and_sent_at_the_same_instant_leaves_no_draft(postgres_database: databases.Database) -> None:
    database, cast = postgres_database, casting.assemble(postgres_database)
    kit.deploy(database, cast.owner, *kit.two_steps())

    def saving(once: str) -> object:
        with database.transaction("acme") as session:
            drafts = process_instances.start_drafts
            return drafts.save(session, cast.clerk, "two_steps", {"subject": "x"}, key=None, once=once, now=kit.NOW)

    def sending(once: str) -> object:
        with database.transaction("acme") as session:
            return process_instances.start(session, cast.clerk, "two_steps", {"subject": "x"}, mark=once, now=kit.NOW)

    for once in map(str, range(8)):
        at_once(lambda once=once: saving(once), lambda once=once: sending(once))  # type: ignore[misc]
    assert kit.rows(database, models.StartDraft) == []
    assert len(kit.rows(database, models.ProcessInstance)) == 8


def test_a_start_form_sent_twice_from_one_draft_starts_one_case(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    with database.transaction("acme") as session:
        draft = process_instances.start_drafts.save(session, cast.clerk, "two_steps", {"subject": "x"}, key=None, now=kit.NOW)
    for expected in (None, errors.NotFound):
        with database.transaction("acme") as session:
            if expected is None:
                process_instances.start(session, cast.clerk, "two_steps", {"subject": "x"}, now=kit.NOW, draft=draft)
                continue
            with pytest.raises(expected):
                process_instances.start(session, cast.clerk, "two_steps", {"subject": "x"}, now=kit.NOW, draft=draft)
    assert len(kit.rows(database, models.ProcessInstance)) == 1


def test_a_changed_event_breaks_the_chain(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    kit.complete(database, cast.clerk, key, "a", {"answer": "y"})
    event = models.HistoryEvent
    for tamper in (
        lambda row: setattr(row, "actor", "head"),
        lambda row: setattr(row, "data", {}),
        lambda row: setattr(row, "at", datetime(2020, 1, 1, tzinfo=UTC)),
    ):
        with pytest.raises(AssertionError), database.transaction() as session:
            row = session.query(event).filter_by(instance_key=key, kind="completed").one()
            tamper(row)  # type: ignore[no-untyped-call]
            session.flush()
            assert history.verify(session, key) == []
    with pytest.raises(AssertionError), database.transaction() as session:
        session.delete(session.query(event).filter_by(instance_key=key).order_by(event.sequence.desc()).first())
        session.flush()
        assert history.verify(session, key) == []


def test_what_people_typed_can_be_erased_and_the_chain_still_holds(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "秘密内容"})
    kit.complete(database, cast.clerk, key, "a", {"answer": "机密答复"})
    with database.transaction() as session:
        history.erase_values(session, [key])
        history.erase_values(session, [key])
    stored = models.dumps([event.data for event in kit.rows(database, models.HistoryEvent)])
    assert "秘密内容" not in stored and "机密答复" not in stored
    with database.reading() as session:
        assert history.verify(session, key) == []
    kit.complete(database, cast.head, key, "b")
    with database.transaction() as session:
        assert history.verify(session, key) == []
        event = session.query(models.HistoryEvent).filter_by(instance_key=key, kind="completed").first()
        assert event is not None
        event.data = event.data | {"values": {"erased": "0" * 64}}
        session.flush()
        assert history.verify(session, key) != []
