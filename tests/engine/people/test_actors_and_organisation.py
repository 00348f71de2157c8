"""Who somebody is, and who is above, beside and below: one statement, then none."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, update

from engine import errors
from engine.people import actors, organisation
from engine.storage import models


@contextmanager
def statements(database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        if not statement.startswith(("BEGIN", "ROLLBACK", "COMMIT")):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def snapshot(database, company: str = "acme") -> organisation.Organisation:
    with database.reading(company) as session:
        return organisation.current(session, company)


def change(database, *changes) -> None:
    with database.transaction() as session:
        for each in changes:
            session.execute(each)
        organisation.changed(session, "acme")


def test_an_actor_is_loaded_with_company_and_groups_in_one_statement(database, cast) -> None:
    with statements(database) as seen, database.reading("acme") as session:
        clerk = actors.load(session, "acme", "clerk")
    assert len(seen) == 1
    assert clerk is not None and clerk.groups == {"客服专员"} and clerk.department == "service"
    assert clerk.time_zone == "Asia/Shanghai" and not clerk.is_administrator and clerk.session_epoch == 0


def test_somebody_without_groups_is_an_actor_too(database, cast) -> None:
    assert cast.outsider.groups == frozenset()


def test_a_disabled_person_and_a_strangers_name_are_nobody(database, cast) -> None:
    change(database, update(models.Person).where(models.Person.username == "clerk").values(is_disabled=True))
    with database.reading() as session:
        assert actors.load(session, "acme", "clerk") is None
        assert actors.load(session, "acme", "stranger") is None
        assert actors.load(session, "nowhere", "clerk") is None


def test_a_session_of_one_company_loads_nobody_of_another(database, cast) -> None:
    with database.reading("elsewhere") as session:
        assert actors.load(session, "acme", "clerk") is None
        assert actors.load(session, "elsewhere", "stranger") is not None


def test_the_engine_itself_is_an_actor_that_no_person_can_be(database) -> None:
    system = actors.SYSTEM("acme")
    assert system.is_system and system.is_administrator and system.company_id == "acme"


def test_a_snapshot_costs_no_statement_the_second_time(database, cast) -> None:
    snapshot(database)
    with statements(database) as seen, database.reading("acme") as session:
        organisation.at_version(session, "acme", cast.clerk.organisation_version)
    assert seen == []


def test_a_change_gives_a_new_version_and_a_new_snapshot(database, cast) -> None:
    before = snapshot(database)
    change(database, update(models.Person).where(models.Person.username == "clerk").values(name="陈新名"))
    after = snapshot(database)
    assert after.organisation_version > before.organisation_version
    assert (before.name_of("clerk"), after.name_of("clerk")) == ("陈办事", "陈新名")


def test_a_change_that_is_rolled_back_leaves_no_snapshot_behind(database, cast) -> None:
    with pytest.raises(errors.Conflict), database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk").values(name="幽灵"))
        organisation.changed(session, "acme")
        assert organisation.current(session, "acme").name_of("clerk") == "幽灵"
        raise errors.Conflict("no")
    change(database, update(models.Person).where(models.Person.username == "clerk2").values(name="程新名"))
    assert snapshot(database).name_of("clerk") == "陈办事"


def test_an_unknown_company_is_not_found(database, cast) -> None:
    with database.reading() as session, pytest.raises(errors.NotFound):
        organisation.current(session, "nowhere")


def test_a_company_sees_only_its_own_people(database, cast) -> None:
    assert set(snapshot(database, "elsewhere").people) == {"stranger"}
    assert "stranger" not in snapshot(database).people


def test_managers_are_found_upwards_and_nobody_is_their_own(database, cast) -> None:
    company = snapshot(database)
    assert company.manager_of("clerk") == "head"
    assert company.manager_of("clerk", 2) == "manager"
    assert company.manager_of("clerk", 9) == "manager"  # at the top, the topmost
    assert company.manager_of("head") == "manager"
    assert company.manager_of("manager") is None
    assert company.managers_of("clerk") == ("head", "manager")
    assert company.managers_of("clerk", 1) == ("head",)


def test_a_department_without_a_head_is_skipped_on_the_way_up(database, cast) -> None:
    assert snapshot(database).manager_of("outsider") == "manager"


def test_a_disabled_head_does_not_count(database, cast) -> None:
    change(database, update(models.Person).where(models.Person.username == "head").values(is_disabled=True))
    company = snapshot(database)
    assert company.head_of("service") is None and company.manager_of("clerk") == "manager"
    assert company.members_of("部门负责人") == ()


def test_departments_that_hang_in_a_circle_end(database, cast) -> None:
    change(database, update(models.Department).where(models.Department.id == "office").values(parent="service"))
    assert snapshot(database).managers_of("clerk") == ("head", "manager")


def test_departments_are_known_by_id_and_name(database, cast) -> None:
    company = snapshot(database)
    assert company.head_of("客服部") == company.head_of("service") == "head"
    assert company.department_name("service") == "客服部" and company.department_name("gone") == ""
    assert company.department_members("客服部") == ("clerk", "clerk2", "head")
    assert company.administrators == ("owner",)


def test_a_name_that_is_not_there_any_more_is_shown_as_it_was(database, cast) -> None:
    assert snapshot(database).name_of("left_long_ago") == "left_long_ago" and snapshot(database).name_of(None) == ""


def test_an_unknown_level_of_secrecy_counts_as_the_highest() -> None:
    assert organisation.level_of("公开") < organisation.level_of("绝密") < organisation.level_of("什么")


def test_people_of_one_name_are_told_apart_by_department_or_else_by_username(database, cast) -> None:
    with database.transaction("acme") as session:
        rows = {"twin": "service", "twin2": "works", "twin3": "works", "alone": "works"}
        session.add_all(
            models.Person(company_id="acme", username=name, name="独孤" if name == "alone" else "王芳", department=unit)
            for name, unit in rows.items()
        )
        organisation.changed(session, "acme")
    with database.reading("acme") as session:
        company = organisation.current(session, "acme")
        assert [company.name_of(name) for name in rows] == ["王芳（客服部）", "王芳（twin2）", "王芳（twin3）", "独孤"]
