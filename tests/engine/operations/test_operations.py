"""What service tasks of a diagram may call: registered once, called with what they take, writing what they say."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from engine import errors, operations
from engine.cases import history, notices
from engine.cases.lines import registers
from engine.operations import registry
from engine.people import actors, organisation
from engine.records import records, versions
from engine.storage import models
from engine.storage.vault import Vault
from tests import sample_case
from tests.engine import kit


@pytest.fixture
def run(database, cast, now, tmp_path):
    """Runs an operation for a case of the outsider, as the clerk, in a transaction of its own."""
    database.surroundings.update(vault=Vault("tests"), data=tmp_path)
    with database.transaction("acme") as session:
        settings = {"records": {"readers": ["客服专员"], "saved_by": ["sample"]}}
        session.execute(update(models.Company).where(models.Company.id == "acme").values(settings=settings))
        organisation.changed(session, "acme")
        case = sample_case.make(session, now)

    def run(type_: str, headers: dict | None = None, *, at: datetime = now, **inputs):
        with database.transaction("acme") as session:
            instance = session.get_one(models.ProcessInstance, case.key)
            element = SimpleNamespace(id="started", name="任务")
            context = operations.OperationContext(session, instance, element, headers or {}, at, None, cast.clerk)
            operation = operations.find(type_)
            assert operation is not None
            result = operation.run(context, inputs)
            session.flush()
            history.flush(session)
            return result

    run.case = case
    yield run
    database.surroundings.pop("vault", None)
    database.surroundings.pop("data", None)


def stored(database, table) -> list:
    with database.reading() as session:
        return list(session.execute(select(table).order_by(table.key)).scalars())


def test_the_generic_operations_are_there_and_what_leaves_the_database_is_a_job() -> None:
    in_transaction = {name for name in operations.names() if operations.find(name).in_transaction}
    assert in_transaction >= {"notices.send", "registers.enter", "records.save", "records.check_holds"}
    assert {"documents.render", "records.destroy"} <= operations.names() - in_transaction
    assert operations.find("erp.post_invoice") is None  # waits for an external worker


def test_a_name_is_registered_once_only(monkeypatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})
    registry.operation("x.y")(lambda context: {})
    with pytest.raises(ValueError, match=r"x\.y"):
        registry.operation("x.y")(lambda context: {})


def test_an_operation_gets_the_inputs_it_takes_and_no_others(monkeypatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})
    seen = []

    @registry.operation("x.y")
    def handler(context, needed, optional=5):
        seen.append((needed, optional))

    operation = registry.find("x.y")
    assert operation.run(None, {"needed": 1, "other": 2}) == {}
    assert seen == [(1, 5)]
    for inputs in ({}, {"needed": None}):
        with pytest.raises(errors.Invalid) as refused:
            operation.run(None, inputs)
        assert "needed" in str(refused.value) and "x.y" in str(refused.value)


def test_a_notice_reaches_people_and_groups_once_each(database, run) -> None:
    result = run("notices.send", to=["客服专员", "clerk", "head", "没有这组", None], subject="已办结", body="请查收")
    assert result == {"sent": ["clerk", "clerk2", "head"]}
    rows = kit.notices(database)
    assert (rows[0].username, rows[0].subject, rows[0].body, rows[0].instance_key) == (
        "clerk",
        "已办结",
        "请查收",
        run.case.key,
    )
    assert run("notices.send", to="manager", subject="一人") == {"sent": ["manager"]}
    assert run("notices.send", to=[], subject="无人") == {"sent": []}


def test_a_person_marks_only_ones_own_notices_as_read(database, run, cast, now) -> None:
    run("notices.send", to=["客服专员"], subject="一")
    run("notices.send", to=["客服专员"], subject="二")
    first, others, *_rest = kit.notices(database)
    with database.transaction("acme") as session:
        notices.mark_read(session, cast.clerk, [first.key, others.key], now=now)
    assert [(row.username, row.read_at is not None) for row in kit.notices(database)] == [
        ("clerk", True),
        ("clerk2", False),
        ("clerk", False),
        ("clerk2", False),
    ]
    with database.transaction("acme") as session:
        notices.mark_read(session, cast.clerk2, now=now + timedelta(hours=1))
    assert sum(row.read_at is not None for row in kit.notices(database)) == 3


def test_a_register_is_counted_by_the_values_of_its_columns(run, now) -> None:
    header = {"register": "大客户台账"}
    for unit, business in (("分公司", "VPDN"), ("省级", None), ("分公司", "VPDN")):
        run("registers.enter", header, entry={"填报单位": unit, "业务类型": business})
    run("registers.enter", {"register": "别的台账"}, entry={"填报单位": "分公司"})
    lines = [{"填报单位": "分公司", "业务类型": "VPDN", "count": 2}, {"填报单位": "省级", "业务类型": "", "count": 1}]
    assert run("registers.count", header, by=["填报单位", "业务类型"]) == {"lines": lines, "total": 3}
    assert run("registers.count", header, by=[], until=now.date().isoformat()) == {"lines": [], "total": 0}
    assert run("registers.count", header, by=[], since=now)["total"] == 3
    with pytest.raises(errors.Invalid):
        run("registers.count", header, by=["填报单位"], since="昨天")


def test_a_customer_with_three_contracts_is_counted_once_and_new_by_the_first(run, now) -> None:
    header, later = {"register": "本省大客户台账"}, now + timedelta(days=31)
    for customer, business in (("华岳证券", "VPDN"), ("华岳证券", "专线"), ("华岳证券", "专线"), ("天河区卫生局", "专线")):
        run("registers.enter", header, entry={"客户": customer, "业务类型": business})
    counted = run("registers.count", header, by=["业务类型"], distinct="客户")
    assert counted == {"lines": [{"业务类型": "VPDN", "count": 1}, {"业务类型": "专线", "count": 2}], "total": 2}
    run("registers.enter", header, entry={"客户": "华岳证券", "业务类型": "专线"}, at=later)
    run("registers.enter", header, entry={"客户": "新城医院", "业务类型": "专线"}, at=later)
    month = run("registers.count", header, by=["业务类型"], since=later, distinct="客户")
    assert month == {"lines": [{"业务类型": "专线", "count": 1}], "total": 1}


def test_register_lines_are_numbered_by_register_and_stay(database, run, cast, now) -> None:
    assert run("registers.enter", {"register": "销毁登记簿"}, entry={"count": 2}) == {"entry_number": "2026-0001"}
    assert run("registers.enter", {"register": "销毁登记簿"}, entry={"count": 3}) == {"entry_number": "2026-0002"}
    assert run("registers.enter", {"register": "业务开通台账"}, entry={"a": None}) == {"entry_number": "2026-0001"}
    assert run("registers.enter", {"register": "合同台账", "number": "HT-{date}-{seq:03}"}, entry={}) == {
        "entry_number": "HT-20260302-001"
    }
    with database.reading("acme") as session:
        assert registers.names(session, cast.clerk) == sorted(["销毁登记簿", "业务开通台账", "合同台账"])
        lines = registers.entries(session, cast.clerk, "销毁登记簿")
        assert [(line.number, line.data, line.entered_by) for line in lines] == [
            ("2026-0002", {"count": 3}, "clerk"),
            ("2026-0001", {"count": 2}, "clerk"),
        ]
        assert [line.number for line in registers.entries(session, cast.clerk, "销毁登记簿", after=lines[0].key)] == [
            "2026-0001"
        ]
    with database.reading("elsewhere") as session:
        assert registers.names(session, cast.stranger) == []


@pytest.mark.parametrize(
    ("headers", "entry"),
    [
        ({}, {}),
        ({"register": " "}, {}),
        ({"register": "台{账"}, {}),
        ({"register": "台账"}, [1]),
        ({"register": "台账", "number": "X"}, {}),
    ],
)
def test_a_register_line_needs_a_register_values_and_a_pattern(run, headers, entry) -> None:
    with pytest.raises(errors.Invalid):
        run("registers.enter", headers, entry=entry)


def test_a_process_writes_a_record_and_then_a_new_version_of_it(database, run) -> None:
    about = {"name": "青禾置业", "secrecy": "秘密", "last_business_on": "2017-06-20", "keeper": "clerk"}
    record = {**about, "content": {"a": 1}, "copies": [{"holder": "客服部"}]}
    with pytest.raises(errors.Invalid, match="cannot keep this record"):
        run("records.save", record=record)
    with database.transaction("acme") as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk").values(clearance="机密"))
    first = run("records.save", record=record)
    assert first["version"] == 1 and first["number"].startswith("KH-2026-")
    again = run(
        "records.save", record={"key": first["record"], "secrecy": "机密", "content": {"a": 2}}
    )  # higher needs no leave
    assert again == {**first, "version": 2}
    row = stored(database, models.CustomerRecord)[0]
    assert (row.name, row.secrecy, row.last_business_on, row.current_version) == ("青禾置业", "机密", date(2017, 6, 20), 2)
    versions = stored(database, models.RecordVersion)
    assert [(each.version, each.secrecy, each.written_by, each.instance_key, each.reason) for each in versions] == [
        (1, "秘密", "clerk", run.case.key, run.case.number),
        (2, "机密", "clerk", run.case.key, run.case.number),
    ]


@pytest.mark.parametrize(
    ("record", "refusal"),
    [
        ({}, errors.Invalid),
        ({"content": {}}, errors.Invalid),
        ({"content": {}, "name": "x", "secrecy": "高"}, errors.Invalid),
        ({"content": [], "name": "x", "secrecy": "公开"}, errors.Invalid),
        ({"key": "12", "content": {}}, errors.NotFound),
        ({"key": "x", "content": {}}, errors.NotFound),
        ({"content": {}, "name": "x", "secrecy": "公开", "last_business_on": "soon"}, errors.Invalid),
    ],
)
def test_a_record_that_is_none_is_refused(run, record, refusal) -> None:
    with pytest.raises(refusal):
        run("records.save", record=record)


def test_a_process_asks_what_holds_records_back(database, run) -> None:
    saved = run("records.save", record={"name": "青禾", "secrecy": "公开", "content": {}})
    found = run("records.check_holds", records=[saved["record"], "7"])["checks"]
    assert found == [
        {"record": saved["record"], "number": saved["number"], "blocked": False, "reason": ""},
        {"record": "7", "number": "", "blocked": True, "reason": "没有这件档案"},
    ]


def test_a_destruction_by_operation_gives_what_went_and_what_stayed(database, run, now) -> None:
    with database.transaction() as session:
        session.execute(update(models.Company).where(models.Company.id == "acme").values(policy={"destruction": True}))
        organisation.changed(session, "acme")
    with database.transaction("acme") as session:
        instance = session.get_one(models.ProcessInstance, run.case.key)
        sample_case.done(session, instance, "approve", "head", kind="approve", outcome="approve")
        sample_case.done(session, instance, "execute", "clerk")
        sample_case.done(session, instance, "watch", "clerk2")
        company = organisation.current(session, "acme")
        row = records.enter(session, company, actors.SYSTEM("acme"), records.NewRecord("青禾", "公开", {"a": 1}), now=now)
        key = str(row.key)
    result = run(
        "records.destroy", records=[key, "7"], method="碎纸", keeper="clerk", witness="clerk2", list=[{"recordId": key}]
    )
    assert result == {"destroyed": [key], "kept": [{"record": "7", "number": "", "reason": "没有这件档案"}]}
    with pytest.raises(errors.Invalid):
        run("records.destroy", records=[key], method="碎纸", keeper=None, witness="clerk2")


def test_a_case_changes_a_record_without_knowing_the_rest_of_it(run, database) -> None:
    record = {"name": "青禾置业", "secrecy": "内部", "content": {"owner": "方正平", "known_to": []}}
    key = run("records.save", record=record)["record"]
    assert run("records.save", record={"key": key, "changes": {"known_to": ["客服专员"]}})["version"] == 2
    with database.reading("acme") as session:
        row = session.get_one(models.CustomerRecord, int(key))
        assert versions.open(session, row, 2)[1] == {"owner": "方正平", "known_to": ["客服专员"]}
    with pytest.raises(errors.Invalid):
        run("records.save", record={"name": "没有档案", "secrecy": "内部", "changes": {}})
