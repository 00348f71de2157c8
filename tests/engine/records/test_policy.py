"""Only processes that the record policy names save or look up records; secrecy is lowered by approval; versions keep their level."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from engine import errors
from engine.cases import look_ups
from engine.deploying import deployment
from engine.deploying.company_files import companies
from engine.people import actors, organisation
from engine.records import records
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals import deputies
from engine.verbs.running import process_instances
from tests import sample_case
from tests.engine import kit

POLICY = {"readers": ["客服专员", "主管领导"], "keepers": ["部门负责人"], "saved_by": ["filing"], "lowered_by": ["filing"]}
SAVE = '<zeebe:ioMapping><zeebe:input source="={{key: record_key, secrecy: level, content: {{a: {content}}}}}" target="record"/></zeebe:ioMapping>'


def allow(database, clearances=(), **changed) -> None:
    """Sets the record policy of the company, and clearances of people."""
    with database.transaction() as session:
        settings = {"records": POLICY | changed}
        session.execute(update(models.Company).where(models.Company.id == "acme").values(settings=settings, policy={}))
        for username, clearance in dict(clearances).items():
            session.execute(update(models.Person).where(models.Person.username == username).values(clearance=clearance))
        organisation.changed(session, "acme")


def actor(database, username: str) -> actors.Actor:
    with database.reading() as session:
        return actors.load(session, "acme", username)


def process(process_id: str, *between: str, content: str = "1"):
    """start → … → records.save → end."""
    names = ["started", *(each.split('id="', 1)[1].split('"', 1)[0] for each in between), "save", "done"]
    save = kit.service("save", "records.save", inputs=SAVE.format(content=content))
    return kit.diagram(process_id, kit.start(), *between, save, kit.end(), kit.chain(*names))


def deploy(database, *resources, now=kit.NOW) -> None:
    with database.transaction("acme") as session:
        deployment.deploy(session, actors.SYSTEM("acme"), resources, now=now)


def begin(database, by: str, process_id: str, now, **variables) -> int:
    with database.transaction("acme") as session:
        return process_instances.start(session, actor(database, by), process_id, variables, now=now).key


def complete(database, by: str, case: int, element: str, now, **options) -> None:
    with database.transaction("acme") as session:
        user_tasks.complete(session, actor(database, by), kit.open_task(database, case, element), {}, now=now, **options)


def level_of(database, record: int) -> str:
    with database.reading() as session:
        return session.get_one(models.CustomerRecord, record).secrecy


def read(database, by: str, record: int, now, version: int | None = None):
    with database.transaction("acme") as session:
        return records.read(session, actor(database, by), record, version=version, now=now)


def readings(database) -> list[tuple[str, int | None, bool]]:
    return [(row.username, row.instance_key, row.granted) for row in kit.rows(database, models.RecordReading)]


def test_a_diagram_of_a_process_that_the_policy_does_not_name_is_not_deployed(rights, people) -> None:
    allow(rights)
    with pytest.raises(deployment.DeploymentRefused) as refused:
        deploy(rights, process("thief"))
    (problem,) = refused.value.problems
    assert problem.element_id == "save" and "saved_by" in str(problem) and "thief" in str(problem)
    deploy(rights, process("filing"))


@pytest.mark.parametrize(
    "element",
    [
        kit.node("scriptTask", "look", extension='<zeebe:script expression="=record(k).name" resultVariable="x"/>'),
        kit.service(
            "look", "erp.post", inputs='<zeebe:ioMapping><zeebe:input source="=record options()" target="x"/></zeebe:ioMapping>'
        ),
        kit.service("look", "records.check_holds"),
        kit.task("look", assignee="=record(k).keeper"),
    ],
)
def test_a_diagram_that_looks_up_records_without_being_named_is_not_deployed(rights, people, element: str) -> None:
    diagram = kit.diagram("curious", kit.start(), element, kit.end(), kit.chain("started", "look", "done"))
    allow(rights)
    with pytest.raises(deployment.DeploymentRefused) as refused:
        deploy(rights, diagram)
    errors_found = [each for each in refused.value.problems if each.severity == "error"]
    assert {(each.element_id, "read_by" in str(each)) for each in errors_found} == {("look", True)}
    allow(rights, read_by=["curious"])
    deploy(rights, diagram)


def test_a_condition_that_looks_up_records_is_found_at_deployment(rights, people) -> None:
    ways = kit.flow("choose", "done", "=record(k) != null") + kit.flow("choose", "other")
    gateway = kit.node("exclusiveGateway", "choose", attributes=' default="choose_other"')
    allow(rights)
    with pytest.raises(deployment.DeploymentRefused) as refused:
        deploy(
            rights,
            kit.diagram("curious", kit.start(), gateway, kit.end(), kit.end("other"), kit.flow("started", "choose"), ways),
        )
    assert [each.element_id for each in refused.value.problems] == ["choose_done"]


def test_a_version_deployed_before_the_policy_changed_saves_nothing_and_becomes_an_incident(
    rights, people, record, now
) -> None:
    allow(rights)
    deploy(rights, process("filing"))
    allow(rights, saved_by=[])
    case = begin(rights, "owner", "filing", now, record_key=str(record), level="公开")
    (incident,) = kit.rows(rights, models.Incident)
    assert incident.instance_key == case and "saved_by" in incident.message
    assert level_of(rights, record) == "秘密" and len(kit.rows(rights, models.RecordVersion)) == 1


def test_an_administrator_cannot_declassify_by_starting_a_process_that_may_save(rights, people, record, now) -> None:
    allow(rights)
    deploy(rights, process("filing"))
    begin(rights, "owner", "filing", now, record_key=str(record), level="公开")
    assert level_of(rights, record) == "秘密" and len(kit.rows(rights, models.RecordVersion)) == 1
    assert isinstance(read(rights, "clerk2", record, now), errors.Forbidden)
    assert isinstance(read(rights, "clerk2", record, now, version=1), errors.Forbidden)


APPROVE = kit.task("approve", users="head,manager,owner,clerk", kind="approve")


@pytest.mark.parametrize(
    ("initiator", "approver", "clearances", "changed", "is_lowered"),
    [
        ("owner", "head", {"head": "秘密"}, {}, True),
        ("owner", "head", {"head": "内部"}, {}, False),  # not cleared for what it was
        ("head", "head", {"head": "秘密"}, {}, False),  # the initiator himself
        ("clerk", "owner", {"owner": "绝密"}, {}, False),  # may not see records at all
        ("owner", "head", {"head": "秘密"}, {"lowered_by": []}, False),  # the process is not named
    ],
)
def test_secrecy_is_lowered_only_after_somebody_else_who_is_cleared_approved(
    rights, people, record, now, initiator, approver, clearances, changed, is_lowered
) -> None:
    allow(rights, clearances, **changed)
    deploy(rights, process("filing", APPROVE))
    case = begin(rights, "owner", "filing", now, record_key=str(record), level="公开")
    with rights.transaction() as session:
        session.execute(update(models.ProcessInstance).values(initiator=initiator))
    complete(rights, approver, case, "approve", now, outcome="approve")
    assert (level_of(rights, record) == "公开") == is_lowered
    assert bool(kit.rows(rights, models.Incident)) != is_lowered


def test_a_deputy_lowers_nothing_in_the_name_of_whoever_asked_for_it(rights, people, record, now) -> None:
    allow(rights, {"head": "绝密", "owner": "绝密"})
    deploy(rights, process("filing", kit.task("approve", users="owner", kind="approve")))
    case = begin(rights, "owner", "filing", now, record_key=str(record), level="公开")
    with rights.transaction("acme") as session:
        deputies.set_up(session, people["owner"], "head", begins_at=now, ends_at=now + timedelta(days=1), now=now)
        head = actors.load(session, "acme", "head", now=now)
        user_tasks.complete(session, head, kit.open_task(rights, case, "approve"), {}, now=now, outcome="approve")
    assert level_of(rights, record) == "秘密" and "somebody else" in kit.rows(rights, models.Incident)[0].message


def test_a_step_that_is_no_approval_lowers_nothing_nor_does_whoever_filled_in_the_request(rights, people, record, now) -> None:
    allow(rights, {"head": "绝密"})
    deploy(rights, process("filing", kit.task("ask", assignee="head"), kit.task("look", assignee="manager")))
    case = begin(rights, "owner", "filing", now, record_key=str(record), level="公开")
    complete(rights, "head", case, "ask", now)
    complete(rights, "manager", case, "look", now)
    assert level_of(rights, record) == "秘密"
    deploy(rights, process("filing", kit.task("ask", assignee="head"), APPROVE))
    case = begin(rights, "owner", "filing", now, record_key=str(record), level="公开")
    complete(rights, "head", case, "ask", now)
    complete(rights, "head", case, "approve", now, outcome="approve")
    assert level_of(rights, record) == "秘密"


def test_a_version_keeps_its_level_when_the_record_is_lowered_or_raised(rights, people, record, now) -> None:
    allow(rights, {"head": "绝密"})
    deploy(rights, process("filing", APPROVE))
    case = begin(rights, "owner", "filing", now, record_key=str(record), level="公开")
    complete(rights, "head", case, "approve", now, outcome="approve")
    assert read(rights, "clerk2", record, now).content == {"a": 1}
    refused = read(rights, "clerk2", record, now, version=1)
    assert isinstance(refused, errors.Forbidden) and "Confidential" in str(refused)
    assert read(rights, "clerk", record, now, version=1).content["owner"] == "方正平"
    deploy(rights, process("filing"))
    begin(rights, "owner", "filing", now, record_key=str(record), level="机密")
    for version in (1, 2, 3):  # whoever raises a level means the older versions too
        assert isinstance(read(rights, "clerk", record, now, version=version), errors.Forbidden), version


def test_one_line_is_logged_for_a_reader_a_version_and_an_hour(rights, people, record, now) -> None:
    for minutes in (0, 10, 59, 61):
        read(rights, "clerk", record, now.replace(minute=0) + timedelta(minutes=minutes))
    assert len(readings(rights)) == 2


def test_a_case_that_looks_up_a_record_is_named_as_the_reader(rights, people, record, now) -> None:
    script = kit.node("scriptTask", "look", extension='<zeebe:script expression="=record(k).name" resultVariable="x"/>')
    allow(rights, read_by=["reading"])
    deploy(rights, kit.diagram("reading", kit.start(), script, kit.end(), kit.chain("started", "look", "done")))
    case = begin(rights, "owner", "reading", now, k=str(record))
    assert readings(rights) == [("system", case, True)]


def test_a_case_of_a_process_that_is_not_named_learns_nothing(rights, people, record, now) -> None:
    with rights.transaction("acme") as session:
        case = sample_case.make(session, now)
    allow(rights)
    with rights.transaction("acme") as session:
        ask = look_ups.seen_from(session, organisation.current(session, "acme"), case, now=now)
        for name, arguments in (("record", [str(record)]), ("record options", [])):
            with pytest.raises(errors.Forbidden):
                ask[name](*arguments)


def test_who_may_not_see_records_learns_nothing_from_a_form_and_the_try_is_logged(rights, people, record, now) -> None:
    with rights.transaction("acme") as session:
        ask = look_ups.seen_from(session, organisation.current(session, "acme"), None, now=now, by=people["owner"])
        assert ask["record"](str(record)) is None and ask["record options"]() == []
    assert readings(rights) == [("owner", None, False)]


def test_a_session_that_cannot_log_gives_no_content(rights, people, now) -> None:
    allow(rights)
    with rights.transaction("acme") as session:
        key = str(records.create(session, people["head"], records.NewRecord("公开的", "公开", {"a": 1}), now=now).key)
    with rights.reading("acme") as session:
        found = look_ups.seen_from(session, organisation.current(session, "acme"), None, now=now, by=people["clerk"])["record"](
            key
        )
        assert found["name"] == "公开的" and found["content"] is None
    with rights.transaction("acme") as session:
        found = look_ups.seen_from(session, organisation.current(session, "acme"), None, now=now, by=people["clerk"])["record"](
            key
        )
        assert found["content"] == {"a": 1}
    assert readings(rights) == [("clerk", None, True)]


@pytest.mark.parametrize(
    ("line", "told"),
    [("save_by = ['p']", "saved_by"), ("saved_by = 'p'", "saved_by"), ("readers = [1]", "readers"), ("form = 1", "form")],
)
def test_a_record_policy_with_a_fault_is_refused_with_the_name_that_is_meant(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "company.toml"
    path.write_text(f'id = "x"\nname = "x"\n[settings.records]\n{line}\n', encoding="utf-8")
    with pytest.raises(errors.Invalid) as refused:
        companies.load(path)
    assert told in str(refused.value)


def test_a_summary_that_looks_up_records_is_told_at_deployment_and_never_stops_a_case(rights, people, record, now) -> None:
    summary = [{"label": "客户", "value": f'=record("{record}").name'}]
    diagram = kit.diagram(
        "listed", kit.start(), kit.task("a", users="head"), kit.end(), kit.chain("started", "a", "done"), summary=summary
    )
    allow(rights)
    with rights.transaction("acme") as session:
        (problem,) = deployment.deploy(session, actors.SYSTEM("acme"), [diagram], now=now).problems
    assert (problem.element_id, problem.severity) == ("listed", "warning") and "read_by" in str(problem)
    allow(rights, read_by=["listed"])
    deploy(rights, diagram)
    assert kit.instance(rights, begin(rights, "owner", "listed", now)).summary == [{"label": "客户", "value": "青禾置业"}]
    allow(rights)
    assert kit.instance(rights, begin(rights, "owner", "listed", now)).summary == [{"label": "客户", "value": ""}]
