"""A record's content goes only at the end of an approved case of a company that allows it, and then for good."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

import engine
from engine import errors, operations
from engine.operations import destroying
from engine.people import actors, organisation
from engine.records import holds, records
from engine.storage import models
from tests import sample_case


@pytest.fixture
def case(rights, people, now):
    """A case proposed by the outsider, approved by two, with a keeper (clerk) and a witness (clerk2) who acted."""
    with rights.transaction("acme") as session:
        instance = sample_case.make(session, now)
        for name, by in (("supervisor", "head"), ("manager", "manager")):
            sample_case.done(session, instance, name, by, kind="approve", outcome="approve")
        for name, by in (("execute", "clerk"), ("watch", "clerk2")):
            sample_case.done(session, instance, name, by)
        return instance


def destroy(
    database, case, wanted, now, *, company="acme", keeper="clerk", witness="clerk2", approved_list=None, approved_at=None
) -> destroying.Destroyed:
    with database.transaction("acme") as session:
        instance = session.get_one(models.ProcessInstance, case.key)
        return destroying.destroy(
            session,
            organisation.current(session, company),
            instance,
            wanted,
            method="碎纸",
            keeper=keeper,
            witness=witness,
            approved_list=approved_list or [{"recordId": str(each)} for each in wanted],
            approved_at=approved_at,
            now=now,
        )


def rows(database, table, record):
    with database.reading() as session:
        return session.execute(select(table).where(table.record_key == record)).scalars().all()


def line(database, record) -> models.CustomerRecord:
    with database.reading() as session:
        return session.execute(select(models.CustomerRecord).where(models.CustomerRecord.key == record)).scalar_one()


def is_intact(database, people, record, now) -> bool:
    with database.transaction("acme") as session:
        found = records.read(session, people["clerk"], record, now=now)
    return isinstance(found, records.Reading) and found.content["owner"] == "方正平"


def test_the_content_is_gone_and_the_catalogue_line_stays(rights, people, case, record, now) -> None:
    assert is_intact(rights, people, record, now)
    result = destroy(rights, case, [record], now)
    assert result.destroyed == [str(record)] and result.kept == []
    assert rows(rights, models.RecordKey, record) == []
    with rights.reading() as session:
        assert session.execute(select(models.RecordVersion.sealed)).scalars().all() == [None]
    kept = line(rights, record)
    assert (kept.state, kept.name, kept.destroyed_in) == ("destroyed", "青禾置业", case.key)
    assert not is_intact(rights, people, record, now)


def test_neither_key_nor_content_can_be_found_in_the_file_of_the_database(rights, case, record, now) -> None:
    if rights.engine.dialect.name != "sqlite":
        return  # PostgreSQL's files are not ours to read; a vacuum frees the pages there
    wrapped = rows(rights, models.RecordKey, record)[0].wrapped
    destroy(rights, case, [record], now)
    with rights.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    content = b"".join(path.read_bytes() for path in Path(rights.engine.url.database).parent.glob("test.db*"))
    assert len(content) > 10_000 and wrapped not in content


def test_a_held_record_is_kept_with_its_reason_while_the_others_go(rights, people, case, record, now) -> None:
    with rights.transaction("acme") as session:
        other = records.create(session, people["head"], records.NewRecord("天成超市", "公开", {"owner": "x"}), now=now).key
        holds.place(session, people["head"], record, "frozen", "涉诉", now=now)
    result = destroy(rights, case, [record, other, "4711"], now)
    assert result.destroyed == [str(other)]
    assert [(each["record"], each["reason"]) for each in result.kept] == [
        (str(record), "冻结\uff1a涉诉"),
        ("4711", "没有这件档案"),
    ]
    assert is_intact(rights, people, record, now)


OTHERS = [
    ({"recordId": "{key}", "number": "KH-2026-0099"}, holds.UNLIKE),
    ({"recordId": "{key}", "number": "KH-2026-0001", "title": "汇众汽车"}, holds.UNLIKE),
    ({"recordId": "{key}", "number": "KH-2026-0001", "title": "青禾置业", "customer": "汇众汽车"}, holds.UNLIKE),
    ({"recordId": "4711", "number": "KH-2026-0001", "title": "青禾置业"}, holds.UNLISTED),
]


@pytest.mark.parametrize(("item", "reason"), OTHERS)
def test_only_the_record_that_the_approved_list_names_is_destroyed(rights, people, case, record, now, item, reason) -> None:
    item = item | {"recordId": item["recordId"].format(key=record)}
    result = destroy(rights, case, [record], now, approved_list=[item])
    assert (result.destroyed, [each["reason"] for each in result.kept]) == ([], [reason])
    assert "青禾" not in str(result.kept)  # nor does a refusal say what it is called
    assert is_intact(rights, people, record, now)


def test_a_record_that_was_changed_since_it_was_approved_is_proposed_anew(rights, people, case, record, now) -> None:
    with rights.transaction("acme") as session:
        records.save(session, people["head"], record, {"owner": "方正平"}, expected_version=1, now=now + timedelta(hours=2))
    late = now + timedelta(hours=3)
    assert destroy(rights, case, [record], late, approved_at=now + timedelta(hours=1)).kept[0]["reason"] == holds.CHANGED
    good = [{"recordId": str(record), "number": "KH-2026-0001", "customer": "青禾 置业"}]
    again = destroy(rights, case, [record], late, approved_at=late, approved_list=good)
    assert again.destroyed == [str(record)]


def test_doing_it_again_after_a_crash_gives_the_same_answer(rights, case, record, now) -> None:
    assert destroy(rights, case, [record, record], now) == destroy(rights, case, [str(record)], now)


def test_what_another_case_destroyed_is_not_destroyed_twice(rights, people, case, record, now) -> None:
    destroy(rights, case, [record], now)
    with rights.transaction("acme") as session:
        second = sample_case.make(session, now)
        sample_case.done(session, second, "supervisor", "head", kind="approve", outcome="approve")
        sample_case.done(session, second, "execute", "clerk")
        sample_case.done(session, second, "watch", "clerk2")
    result = destroy(rights, second, [record], now)
    assert result.destroyed == [] and result.kept[0]["reason"] == "已经销毁"
    assert line(rights, record).destroyed_in == case.key


def test_a_company_whose_policy_says_no_destroys_nothing(rights, people, case, record, now) -> None:
    for policy in ({"destruction": False}, {}, {"destruction": "true"}):
        with rights.transaction() as session:
            session.execute(update(models.Company).where(models.Company.id == "acme").values(policy=policy))
            organisation.changed(session, "acme")
        with pytest.raises(errors.Forbidden):
            destroy(rights, case, [record], now)
    assert is_intact(rights, people, record, now)


@pytest.mark.parametrize(
    ("keeper", "witness"),
    [
        ("clerk", "clerk"),
        ("outsider", "clerk2"),
        ("clerk", "outsider"),
        ("clerk", "owner"),
        ("ghost", "clerk2"),
        ("clerk", "ghost"),
    ],
)
def test_keeper_and_witness_are_two_people_who_acted_and_did_not_propose(
    rights, people, case, record, now, keeper, witness
) -> None:
    with pytest.raises(errors.Forbidden):
        destroy(rights, case, [record], now, keeper=keeper, witness=witness)
    assert is_intact(rights, people, record, now)


def test_without_approval_nothing_is_destroyed(rights, people, record, now) -> None:
    def case_with(*tasks, state="active"):
        with rights.transaction("acme") as session:
            instance = sample_case.make(session, now, state=state)
            for name, by, kind, outcome in (
                *tasks,
                ("execute", "clerk", "handle", "submit"),
                ("watch", "clerk2", "handle", "submit"),
            ):
                sample_case.done(session, instance, name, by, kind=kind, outcome=outcome)
            return instance

    good = ("supervisor", "head", "approve", "approve")
    for instance in (
        case_with(),
        case_with(("supervisor", "head", "handle", "approve")),
        case_with(("supervisor", "head", "approve", "reject")),
        case_with(("supervisor", "outsider", "approve", "approve")),
        case_with(good, ("manager", "manager", "approve", "return")),
        case_with(good, ("supervisor", "head", "approve", "reject")),
        case_with(good, state="completed"),
        case_with(good, state="cancelled"),
    ):
        with pytest.raises(errors.Forbidden):
            destroy(rights, instance, [record], now)
    assert is_intact(rights, people, record, now)
    assert destroy(rights, case_with(("supervisor", "head", "approve", "return"), good), [record], now).destroyed


def test_what_a_deputy_approves_in_the_name_of_the_proposer_is_no_approval(rights, people, record, now) -> None:
    with rights.transaction("acme") as session:
        instance = sample_case.make(session, now)  # proposed by the outsider
        said = {"kind": "approve", "outcome": "approve"}
        sample_case.done(session, instance, "supervisor", "manager", instead_of="outsider", **said)
        for name, by in (("execute", "clerk"), ("watch", "clerk2")):
            sample_case.done(session, instance, name, by)
    with pytest.raises(errors.Forbidden, match="every approval was given"):
        destroy(rights, instance, [record], now)
    assert is_intact(rights, people, record, now)


def test_a_record_whose_own_case_still_runs_is_kept_and_a_finished_one_forgets_the_content(rights, people, case, now) -> None:
    with rights.transaction("acme") as session:
        wrote = sample_case.make(session, now)
        company = organisation.current(session, "acme")
        row = records.enter(
            session, company, people["head"], records.NewRecord("青禾", "公开", {"owner": "方正平"}), now=now, instance=wrote
        )
        key = row.key
    assert destroy(rights, case, [key], now).kept[0]["reason"] == "所属流程尚未办结"
    with rights.transaction("acme") as session:
        session.execute(update(models.ProcessInstance).where(models.ProcessInstance.key == wrote.key).values(state="completed"))
    assert destroy(rights, case, [key], now).destroyed == [str(key)]
    with rights.reading() as session:
        tokens = dict(session.execute(select(models.ProcessInstance.key, models.ProcessInstance.tokens)).all())
    assert tokens[wrote.key] == {} and tokens[case.key] != {}


def test_the_record_of_another_company_is_not_reached(rights, people, case, record, now) -> None:
    with rights.transaction() as session:
        session.execute(update(models.Company).values(policy={"destruction": True}))
        organisation.changed(session, "elsewhere")
    with rights.transaction() as session:
        theirs = records.enter(
            session,
            organisation.current(session, "elsewhere"),
            actors.SYSTEM("elsewhere"),
            records.NewRecord("别家客户", "公开", {"a": 1}),
            now=now,
        ).key
    assert destroy(rights, case, [theirs], now).kept[0]["reason"] == "没有这件档案"
    assert line(rights, theirs).state == "active"


def test_a_destroyed_record_takes_no_more_versions_and_no_holds(rights, people, case, record, now) -> None:
    destroy(rights, case, [record], now)
    with rights.transaction("acme") as session:
        with pytest.raises(errors.Conflict):
            records.save(session, people["head"], record, {}, expected_version=1, now=now)
        with pytest.raises(errors.Conflict):
            holds.place(session, people["head"], record, "frozen", "x", now=now)


def test_a_history_event_says_what_was_destroyed_by_whom_and_by_which_list(rights, case, record, now) -> None:
    destroy(rights, case, [record], now)
    with rights.transaction("acme") as session:
        instance = session.get_one(models.ProcessInstance, case.key)
        before = instance.history_length
        destroying.destroy(
            session,
            organisation.current(session, "acme"),
            instance,
            [record],
            method="碎纸",
            keeper="clerk",
            witness="clerk2",
            approved_list=[1],
            now=now,
        )
        noted = session.info["history"][-1]
    assert before < instance.history_length and noted["kind"] == "operation"
    assert (
        noted["data"]["destroyed"] == [str(record)]
        and noted["data"]["witness"] == "clerk2"
        and len(noted["data"]["list_digest"]) == 64
    )


def test_a_second_destruction_of_the_same_record_hears_the_number_of_the_first(rights, people, record, now) -> None:
    with rights.transaction("acme") as session:
        first, second = sample_case.make(session, now), sample_case.make(session, now)
        holds.propose(session, "acme", [record], first.key)
    with rights.transaction("acme") as session:
        [told] = holds.check(session, "acme", [str(record)], beside=second.key)
        assert told.blocked and first.number in told.reason
        [own] = holds.check(session, "acme", [str(record)], beside=first.key)
        assert not own.blocked
        session.get_one(models.ProcessInstance, first.key).state = "completed"
        session.flush()
        [free] = holds.check(session, "acme", [str(record)], beside=second.key)
        assert not free.blocked


PROTECTED = {"CustomerRecord", "RecordKey", "RecordVersion", "RecordReading", "RecordHold", "RegisterEntry", "HistoryEvent"}


def deletions(path: Path) -> list[str]:
    """Tables of records and registers that a module deletes from, by `delete(Table)` or `session.delete(...)`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "delete":
            names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
            names |= {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
            found += [f"{path.stem}: {name}" for name in names & PROTECTED]
    return found


def test_nowhere_else_is_anything_of_a_record_or_register_deleted() -> None:
    root = Path(engine.__file__).parent
    modules = [*root.rglob("*.py"), *(root.parent / "web").rglob("*.py")]
    assert [each for path in modules for each in deletions(path)] == ["destroying: RecordKey"]


def test_only_the_operation_of_a_case_leads_to_the_destruction() -> None:
    root = Path(engine.__file__).parent
    callers = [
        path.relative_to(root.parent).as_posix()
        for folder in (root, root.parent / "web")
        for path in folder.rglob("*.py")
        if "destroying.destroy(" in path.read_text(encoding="utf-8")
    ]
    assert callers == ["engine/operations/destruction.py"]
    assert operations.find("records.destroy") is not None
