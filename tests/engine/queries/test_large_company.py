"""A company of 5,000 people, 300 departments and 500 groups costs a person what one of 50 costs: the same statements, by index."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from sqlalchemy import event, insert, text

from engine.people import actors, organisation
from engine.people.credentials import passwords, sign_ins
from engine.queries import paging
from engine.queries.inbox import inbox, notices
from engine.queries.organisation import directory, groups
from engine.storage import database as databases
from engine.storage import keys, models
from engine.verbs.organisation import groups as putting
from engine.verbs.organisation import persons
from tests import cast as casting
from tests.cast import COMPANY, Cast
from tests.engine import kit

PASSWORD = "a password of tests"


@contextlib.contextmanager
def counted(database: databases.Database) -> Iterator[list[str]]:
    texts: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        texts.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield texts
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def fill(database: databases.Database, people: int, departments: int, by_rule: int, notices: int = 1) -> None:
    """People in departments, each in a group of its own by rule and in one by name, with notices that were not read."""
    of = {"company_id": COMPANY}
    with database.transaction() as session:
        units = [{"key": keys.new(), "id": f"d{n}", "name": f"部门{n}", "parent": "office", **of} for n in range(departments)]
        session.execute(insert(models.Department), units)
        rows = [
            {"key": keys.new(), "username": f"p{n}", "name": f"人员{n}", "department": f"d{n % departments}", **of}
            for n in range(people)
        ]
        session.execute(insert(models.Person), rows)
        named = [{"key": keys.new(), "username": f"p{n}", "group_name": f"组{n % by_rule}", **of} for n in range(people)]
        session.execute(insert(models.Membership), named)
        session.execute(
            insert(models.CandidateGroup), [{"key": keys.new(), "name": f"规则{n}", "note": "", **of} for n in range(by_rule)]
        )
        rules = [
            {"key": keys.new(), "group_name": f"规则{n}", "kind": "below", "value": f"d{n % departments}", **of}
            for n in range(by_rule)
        ]
        session.execute(insert(models.GroupRule), rules)
        session.add(models.Membership(company_id=COMPANY, group_name="规则1", username="clerk"))
        told = [
            {"key": keys.new(), "username": f"p{n}", "subject": f"通知{m}", "created_at": kit.NOW, **of}
            for m in range(notices)
            for n in range(people)
        ]
        session.execute(insert(models.Notice), told)
        organisation.changed(session, COMPANY)
    with database.transaction(COMPANY) as session:
        owner = actors.load(session, COMPANY, "owner")
        assert owner is not None
        passwords.change(session, owner, "p1", PASSWORD)


def a_morning(database: databases.Database) -> list[str]:
    """Somebody signs in, and opens the inbox."""
    with counted(database) as texts:
        signed_in = passwords.sign_in(database, COMPANY, "p1", PASSWORD, "::1", now=kit.NOW)
        with database.transaction(COMPANY) as session:
            begun = sign_ins.begin(session, COMPANY, signed_in.username, now=kit.NOW)
        with database.reading(COMPANY) as session:
            by = actors.load(session, COMPANY, "p1", begun, now=kit.NOW)
            assert by is not None and {"规则1", "组1"} <= by.groups
            assert len(inbox.open_tasks(session, by, inbox.InboxFilters(), paging.WantedPage(), now=kit.NOW).rows) == 1
            inbox.count(session, by)
            assert notices.unread(session, by, now=kit.NOW) == len(
                notices.mine(session, by, paging.WantedPage(), now=kit.NOW).rows
            )
    return texts


@pytest.fixture
def mornings(sqlite_database: databases.Database) -> tuple[list[str], list[str], databases.Database, Cast]:
    cast = casting.assemble(sqlite_database)
    found = []
    for people, departments, by_rule in ((50, 5, 5), (4950, 295, 240)):
        with sqlite_database.transaction() as session:
            for table in ("department", "membership", "candidate_group", "group_rule"):
                session.execute(text(f"DELETE FROM {table} WHERE company_id = 'acme'"))
            session.execute(text("DELETE FROM person WHERE username LIKE 'p%'"))
            session.execute(text("DELETE FROM notice WHERE username LIKE 'p%'"))
        fill(sqlite_database, people, departments, by_rule)
        task = kit.task("a", groups="规则1")
        with sqlite_database.reading(COMPANY) as session:
            owner = actors.load(session, COMPANY, "owner")
        assert owner is not None
        if not found:
            kit.deploy(
                sqlite_database, owner, kit.diagram("p", kit.start(), task, kit.end(), kit.chain("started", "a", "done"))
            )
            kit.begin(sqlite_database, owner, "p")
        with sqlite_database.reading(COMPANY) as session:
            organisation.current(session, COMPANY)  # loaded once for all after each change
        found.append(a_morning(sqlite_database))
    return found[0], found[1], sqlite_database, cast


def test_signing_in_and_the_inbox_take_the_same_statements(
    mornings: tuple[list[str], list[str], databases.Database, Cast],
) -> None:
    small, large, database, _cast = mornings
    assert large == small
    with database.engine.connect() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT group_name FROM membership WHERE company_id = 'acme' AND username = 'p1'"
        ).all()
    assert "ix_membership_person" in str(plan), "a person's groups are read by index, not by scanning the company's"


def test_pages_of_the_organisation_ask_the_snapshot(
    mornings: tuple[list[str], list[str], databases.Database, Cast],
) -> None:
    _small, _large, database, _cast = mornings
    with database.reading(COMPANY) as session:
        by = actors.load(session, COMPANY, "owner")
        assert by is not None
        with counted(database) as texts:
            first = directory.directory(session, by, wanted=paging.WantedPage())
            second = directory.directory(session, by, wanted=paging.WantedPage(after=first.page.next))
            back = directory.directory(session, by, wanted=paging.WantedPage(before=second.page.previous))
            assert back.page.rows == first.page.rows and not set(first.page.rows) & set(second.page.rows)
        assert texts == []
        with counted(database) as texts:
            assert len(groups.groups(session, by, "", paging.WantedPage()).rows) == paging.SIZE
        assert len(texts) == 3


def test_a_change_writes_what_changes_and_reads_the_organisation_once(
    mornings: tuple[list[str], list[str], databases.Database, Cast],
) -> None:
    _small, _large, database, cast = mornings
    with database.reading(COMPANY) as session:
        before = organisation.current(session, COMPANY)
    with counted(database) as texts, database.transaction(COMPANY) as session:
        putting.put_in(session, cast.owner, "规则1", "p2", now=kit.NOW)
    assert len(texts) <= 25
    assert [text.split()[:3] for text in texts if text.startswith(("INSERT", "DELETE"))] == [
        ["INSERT", "INTO", "membership"],
        ["INSERT", "INTO", "organisation_event"],
        ["INSERT", "INTO", "job"],
    ]
    with counted(database) as texts, database.transaction(COMPANY) as session:
        persons.alter(session, cast.owner, "p9", persons.PersonValues("人员九", "d10"), now=kit.NOW)
    assert len(texts) <= 25
    assert not any("membership" in text for text in texts if text.startswith("UPDATE")), "of 13,000 places two change"
    with database.reading(COMPANY) as session:
        after, stored = organisation.current(session, COMPANY), organisation.fresh(session, COMPANY)
    assert after.groups == stored.groups and after.people == stored.people, "what is kept is what stands in the tables"
    assert "p9" in after.groups["规则10"] and "p9" not in after.groups["规则9"] and "p2" in after.groups["规则1"]
    assert after.people["p3"] is before.people["p3"], "versions of a large company share who did not change"
