"""Customer records: versions are added and never changed, contents are encrypted, every reading leaves a line."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text, update

from engine import errors
from engine.cases import look_ups as functions
from engine.people import actors, organisation
from engine.people.actors import SYSTEM
from engine.queries.records import record_pages
from engine.records import catalogue, demo, holds, records
from engine.storage import models
from engine.storage.vault import Vault
from tests import sample_case


def read(database, by, key, now, **options):
    with database.transaction(by.company_id) as session:
        return records.read(session, by, key, now=now, **options)


def log(database) -> list[tuple[str, bool]]:
    with database.reading() as session:
        rows = session.execute(select(models.RecordReading).order_by(models.RecordReading.key)).scalars()
        return [(row.username, row.granted) for row in rows]


def test_a_record_is_read_with_its_content_and_the_reading_is_logged(rights, people, record, now) -> None:
    found = read(rights, people["clerk"], record, now, purpose="复核")
    assert isinstance(found, records.Reading)
    assert found.content == {"owner": "方正平", "assets": 180000000} and found.line.number == "KH-2026-0001"
    assert log(rights) == [("clerk", True)]


@pytest.mark.parametrize("who", ["clerk2", "outsider", "owner", "manager"])
def test_a_refused_reading_is_logged_too(rights, people, record, now, who: str) -> None:
    refusal = read(rights, people[who], record, now)
    assert isinstance(refusal, errors.Forbidden)
    assert log(rights) == [(who, False)]


def test_another_company_does_not_know_the_record(rights, people, record, now) -> None:
    with pytest.raises(errors.NotFound):
        read(rights, people["stranger"], record, now)
    with pytest.raises(errors.NotFound):
        read(rights, people["clerk"], 4711, now)


def test_the_log_is_for_keepers_and_has_no_way_to_change_it(rights, people, record, now) -> None:
    read(rights, people["clerk"], record, now)
    with rights.reading("acme") as session:
        assert [row.username for row in records.readings(session, people["head"], record)] == ["clerk"]
        with pytest.raises(errors.Forbidden):
            records.readings(session, people["clerk"], record)


def test_a_new_version_leaves_the_old_one_as_it_was(rights, people, record, now) -> None:
    with rights.transaction("acme") as session:
        records.save(session, people["head"], record, {"owner": "李四"}, expected_version=1, reason="更正", now=now)
    assert read(rights, people["clerk"], record, now).content == {"owner": "李四"}
    first = read(rights, people["clerk"], record, now, version=1)
    assert first.content["owner"] == "方正平" and [each.version for each in first.versions] == [2, 1]
    with pytest.raises(errors.NotFound):
        read(rights, people["clerk"], record, now, version=3)


def test_two_people_saving_on_the_same_version_do_not_overwrite_each_other(rights, people, record, now) -> None:
    with rights.transaction("acme") as session:
        records.save(session, people["head"], record, {"owner": "李四"}, expected_version=1, now=now)
    with pytest.raises(errors.Conflict), rights.transaction("acme") as session:
        records.save(session, people["head"], record, {"owner": "王五"}, expected_version=1, now=now)


@pytest.mark.parametrize("who", ["clerk", "outsider", "owner"])
def test_only_keepers_write(rights, people, record, now, who: str) -> None:
    with rights.transaction("acme") as session:
        with pytest.raises(errors.Forbidden):
            records.save(session, people[who], record, {}, expected_version=1, now=now)
        with pytest.raises(errors.Forbidden):
            records.create(session, people[who], records.NewRecord("x", "公开", {}), now=now)
        with pytest.raises(errors.Forbidden):
            holds.place(session, people[who], record, "frozen", "x", now=now)


def test_a_keeper_does_not_write_above_his_clearance(rights, people, now) -> None:
    with rights.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "head").values(clearance="内部"))
        organisation.changed(session, "acme")
    low = type(people["head"])(**{**vars(people["head"]), "clearance": "内部"})
    with rights.transaction("acme") as session, pytest.raises(errors.Forbidden):
        records.create(session, low, records.NewRecord("x", "绝密", {}), now=now)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [({"secrecy": "高"}, errors.Invalid), ({"name": "  "}, errors.Invalid), ({"number": "KH-2026-0001"}, errors.Conflict)],
)
def test_a_record_needs_name_level_and_a_number_of_its_own(rights, people, record, now, changed, refusal) -> None:
    with rights.transaction("acme") as session, pytest.raises(refusal):
        new = records.NewRecord(**{"name": "x", "secrecy": "公开", "content": {}, **changed})
        records.create(session, people["head"], new, now=now)


def test_a_content_that_is_too_large_is_refused(rights, people, record, now) -> None:
    with rights.transaction("acme") as session, pytest.raises(errors.Invalid):
        records.save(session, people["head"], record, {"x": "长" * 400_000}, expected_version=1, now=now)


def test_nothing_of_a_content_lies_in_the_database_in_plain(rights, record) -> None:
    with rights.reading() as session:
        sealed = session.execute(select(models.RecordVersion.sealed)).scalar_one()
        wrapped = session.execute(select(models.RecordKey.wrapped)).scalar_one()
    assert sealed and "方正平".encode() not in sealed and b"180000000" not in sealed and len(wrapped) > 40


def test_a_content_does_not_open_with_another_secret_or_in_another_place(rights, people, record, now) -> None:
    with rights.transaction("acme") as session:
        other = records.create(session, people["head"], records.NewRecord("别家", "秘密", {"owner": "别人"}), now=now).key
        theirs = select(models.RecordVersion.sealed).where(models.RecordVersion.record_key == other).scalar_subquery()
        session.execute(update(models.RecordVersion).where(models.RecordVersion.record_key == record).values(sealed=theirs))
    with pytest.raises(errors.Unavailable):
        read(rights, people["clerk"], record, now)
    rights.surroundings["vault"] = Vault("another secret")
    with pytest.raises(errors.Unavailable):
        read(rights, people["clerk"], other, now)
    rights.surroundings["vault"] = None
    with pytest.raises(errors.Unavailable):
        read(rights, people["clerk"], other, now)


def test_the_same_content_twice_has_different_digests_so_that_none_can_be_guessed(rights, people, now) -> None:
    with rights.transaction("acme") as session:
        for name in ("一", "二"):
            records.create(session, people["head"], records.NewRecord(name, "公开", {"a": 1}), now=now)
        digests = session.execute(select(models.RecordVersion.digest)).scalars().all()
    assert len(set(digests)) == 2


def search(database, by, **filters) -> list[catalogue.CatalogueLine]:
    with database.reading(by.company_id) as session:
        return catalogue.search(session, by, **filters)


def test_the_list_masks_what_the_reader_may_not_know_and_searching_does_not_betray_it(rights, people, record, now) -> None:
    with rights.transaction("acme") as session:
        records.create(session, people["head"], records.NewRecord("公开的青禾", "公开", {}), now=now)
    lines = search(rights, people["clerk2"])
    assert [(line.name, line.is_masked) for line in lines] == [("公开的青禾", False), ("", True)]
    assert [line.name for line in search(rights, people["clerk2"], text="青禾")] == ["公开的青禾"]
    assert len(search(rights, people["clerk"], text="青禾")) == 2
    assert search(rights, people["clerk"], text="KH-2026-0001")[0].name == "青禾置业"
    assert search(rights, people["clerk"], text="%") == [] and search(rights, people["clerk"], text="_") == []


def test_the_list_is_filtered_and_paged(rights, people, now) -> None:
    with rights.transaction("acme") as session:
        for number in range(5):
            records.create(
                session, people["head"], records.NewRecord(f"客户{number}", "公开" if number % 2 else "秘密", {}), now=now
            )
    first = search(rights, people["clerk"], limit=2)
    second = search(rights, people["clerk"], limit=2, after=first[-1].key)
    assert [line.name for line in (*first, *second)] == ["客户4", "客户3", "客户2", "客户1"]
    assert (
        len(search(rights, people["clerk"], secrecy="秘密")) == 3 and search(rights, people["clerk"], state="destroyed") == []
    )


@pytest.mark.parametrize("who", ["outsider", "owner", "manager"])
def test_the_list_is_for_readers_only(rights, people, record, who: str) -> None:
    with pytest.raises(errors.Forbidden):
        search(rights, people[who])


def test_a_hold_is_placed_lifted_once_and_stays_in_the_list(rights, people, record, now) -> None:
    with rights.transaction("acme") as session:
        hold = holds.place(session, people["head"], record, "lent", "财务部借阅", now=now)
        check = holds.check(session, "acme", [record, "12", "x", str(record) + "0" * 30])
        assert (check[0].blocked, check[0].reason) == (True, "借阅中\uff1a财务部借阅")
        assert all(each.blocked for each in check)
        holds.lift(session, people["head"], hold.key, now=now)
        session.flush()
        assert holds.check(session, "acme", [str(record)])[0].blocked is False
        with pytest.raises(errors.Conflict):
            holds.lift(session, people["head"], hold.key, now=now)
        for kind, reason in (("nothing", "x"), ("lent", " ")):
            with pytest.raises(errors.Invalid):
                holds.place(session, people["head"], record, kind, reason, now=now)
        with pytest.raises(errors.NotFound):
            holds.lift(session, people["head"], 1, now=now)


def look_ups(session, now, by=None, case=None):
    return functions.seen_from(session, organisation.current(session, "acme"), case, now=now, by=by)


def test_a_form_offers_records_by_number_and_what_the_person_may_know(rights, people, record, now) -> None:
    with rights.reading("acme") as session:
        assert look_ups(session, now, people["clerk"])["record options"]() == [
            {"label": "KH-2026-0001 青禾置业", "value": str(record)}
        ]
        assert look_ups(session, now, people["clerk2"])["record options"]() == [{"label": "KH-2026-0001", "value": str(record)}]
        assert look_ups(session, now, people["outsider"])["record options"]() == []
        assert look_ups(session, now)["record options"]() == []


def test_a_process_gets_the_line_of_a_record_but_no_content_that_could_be_destroyed(rights, people, record, now) -> None:
    with rights.transaction("acme") as session:
        found = look_ups(session, now, people["clerk"])["record"](str(record))
        assert found["name"] == "青禾置业" and found["version"] == 1 and found["content"] is None
        assert look_ups(session, now, people["clerk2"])["record"](str(record))["name"] == ""
        case = sample_case.make(session, now)
        assert look_ups(session, now, case=case)["record"](str(record))["name"] == "青禾置业"
        open_one = records.create(session, people["head"], records.NewRecord("公开", "公开", {"a": Decimal("1.5")}), now=now)
        assert look_ups(session, now, case=case)["record"](str(open_one.key))["content"] is None
        assert look_ups(session, now, case=case)["record"]("4711") is None


def test_where_nothing_is_destroyed_a_process_gets_the_content_of_open_records_and_that_is_logged(
    rights, people, record, now
) -> None:
    with rights.transaction("acme") as session:
        session.execute(update(models.Company).where(models.Company.id == "acme").values(policy={"destruction": False}))
        organisation.changed(session, "acme")
        open_one = records.create(session, people["head"], records.NewRecord("公开", "公开", {"a": Decimal("1.5")}), now=now)
        case = sample_case.make(session, now)
        assert look_ups(session, now, case=case)["record"](str(open_one.key))["content"] == {"a": Decimal("1.5")}
        assert look_ups(session, now, case=case)["record"](str(record))["content"] is None
        assert look_ups(session, now)["record"](str(open_one.key)) is None
    assert log(rights) == [("system", True), ("system", True)]
    with rights.reading() as session:
        assert set(session.execute(select(models.RecordReading.instance_key)).scalars()) == {case.key}


def test_demo_records_are_stored_once(rights, people, now) -> None:
    given = [demo.DemoRecord("甲", "秘密", {"a": 1}, hold="涉诉"), demo.DemoRecord("乙", "公开", {})]
    with rights.transaction("acme") as session:
        assert demo.store(session, "acme", given, now=now) == 2
        assert demo.store(session, "acme", given, now=now) == 0
        assert session.execute(select(func.count()).select_from(models.RecordHold)).scalar() == 1


def test_company_isolation_holds_for_every_table_of_records(rights, people, record, now) -> None:
    read(rights, people["clerk"], record, now)
    with rights.reading("elsewhere") as session:
        for table in (models.CustomerRecord, models.RecordVersion, models.RecordKey, models.RecordReading):
            assert session.execute(select(table)).scalars().all() == []
    with rights.reading() as session:
        assert session.execute(text("select count(*) from customer_record")).scalar() == 1


def test_only_the_circle_reads_a_record_until_its_secrecy_ends(rights, people, now) -> None:
    names = {"circle": "known_to", "circle_until": "until", "readers": ["客服专员"], "keepers": ["部门负责人"]}
    with rights.transaction("acme") as session:
        session.execute(update(models.Company).where(models.Company.id == "acme").values(settings={"records": names}))
        organisation.changed(session, "acme")
    with rights.transaction("acme") as session:
        content = {"owner": "方正平", "known_to": ["部门负责人"], "until": now.date().isoformat()}
        new = records.NewRecord("汇众汽车", "内部", content)
        key = records.enter(session, organisation.current(session, "acme"), SYSTEM("acme"), new, now=now).key
        clerk, head = (actors.load(session, "acme", name) for name in ("clerk", "head"))
    refusal = read(rights, clerk, key, now)
    assert isinstance(refusal, errors.Forbidden) and refusal.values["circle"].read("zh_Hans") == "部门负责人"
    assert log(rights) == [("clerk", False)]
    assert read(rights, head, key, now).content["owner"] == "方正平"
    assert read(rights, clerk, key, now + timedelta(days=2)).content["owner"] == "方正平"  # the secrecy is over
    with rights.transaction("acme") as session:
        pages = [record_pages.show(session, head, key, version=None, now=now + timedelta(days=days)) for days in (-1, 0, 2)]
    assert [page.ending for page in pages] == ["soon", "reached", "over"]  # and the page of the record says so
    with rights.transaction("acme") as session, pytest.raises(errors.Forbidden):
        records.save(session, clerk, key, {}, expected_version=1, now=now)
