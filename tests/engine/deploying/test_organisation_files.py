"""What pages changed in the organisation: told and left by a deployment, and written by an export so that it is read back."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import errors
from engine.deploying import exporting
from engine.deploying.company_files import companies
from engine.people import actors, organisation
from engine.storage import database as databases
from engine.verbs.organisation import departments, groups, persons, posts, roles
from tests.engine import kit

TOML = """
id = "acme"
name = "样例公司"
administrators = ["owner"]
[[department]]
id = "service"
name = "客服部"
head = "head"
[[department]]
id = "old"
name = "旧部门"
[[group]]
name = "客服专员"
members = ["clerk"]
[[group]]
name = "全体"
members = []
rules = ["below:service", "post:质检员"]
[[person]]
username = "owner"
name = "欧流程"
[[person]]
username = "head"
name = "何负责"
department = "service"
[[person]]
username = "clerk"
name = "陈办事"
department = "service"
posts = ["质检员", "安全员"]
mobile = "13800000001"
superior = "owner"
"""


def apply(database: databases.Database, text: str, folder: Path, *, replace: bool = False) -> companies.Applied:
    (folder / "company.toml").write_text(text, encoding="utf-8")
    with database.transaction() as session:
        return companies.apply(session, companies.load(folder / "company.toml"), now=kit.NOW, replace=replace)


def test_posts_rules_and_superiors_of_a_file_hold(database: databases.Database, tmp_path: Path) -> None:
    assert apply(database, TOML, tmp_path).changed
    with database.reading() as session:
        company = organisation.current(session, "acme")
    assert [company.posts[post] for post in company.people["clerk"].posts] == ["质检员", "安全员"]
    assert set(company.members_of("全体")) == {"head", "clerk"} and company.manager_of("clerk") == "owner"
    assert not apply(database, TOML, tmp_path).changed


def test_what_pages_changed_is_told_and_an_export_is_read_back_without_a_difference(
    database: databases.Database, tmp_path: Path
) -> None:
    apply(database, TOML, tmp_path)
    with database.transaction("acme") as session:
        owner = actors.load(session, "acme", "owner")
        assert owner is not None
        groups.rename(session, owner, "客服专员", "客户专员", now=kit.NOW)
        groups.put_in(session, owner, "客户专员", "head", now=kit.NOW)
        departments.close(session, owner, "old", now=kit.NOW)
        departments.rename_company(session, owner, "样例集团", now=kit.NOW)
        extra = str(posts.add(session, owner, "内训师", now=kit.NOW))
        persons.alter(session, owner, "head", persons.PersonValues("何负责", "service", posts=(extra,)), now=kit.NOW)
    again = apply(database, TOML, tmp_path)
    assert not again.changed
    assert {(each.kind, each.name, each.fields) for each in again.differences} == {
        ("department", "old", ("is_closed",)),
        ("posts", "head", ("posts",)),
        ("group", "客服专员", ("members",)),
        ("group", "客服专员", ("name",)),
        ("company", "acme", ("name",)),
    }
    with database.reading() as session:
        exported = exporting.export(session, "acme").files["workflows/acme/company.toml"].decode()
        before = organisation.current(session, "acme")
    for replace in (False, True):
        read_back = apply(database, exported, tmp_path, replace=replace)
        assert not read_back.changed and read_back.differences == []
    with database.reading() as session:
        after = organisation.current(session, "acme")
    assert (after.groups, after.former, after.people) == (before.groups, before.former, before.people)


def test_somebody_whom_a_later_file_names_first_gets_the_roles_and_posts_that_it_says(
    database: databases.Database, tmp_path: Path
) -> None:
    apply(database, TOML, tmp_path)
    more = '\n[[person]]\nusername = "watch"\nname = "看守"\nroles = ["operator"]\nposts = ["安全员"]\n'
    again = apply(database, TOML + more, tmp_path)
    assert again.differences == []
    with database.reading() as session:
        watch = actors.load(session, "acme", "watch")
        assert watch is not None and watch.operates
        company = organisation.current(session, "acme")
        assert [company.posts[post] for post in company.people["watch"].posts] == ["安全员"]


def test_roles_of_a_file_hold_and_what_pages_gave_is_told_left_and_exported(
    database: databases.Database, tmp_path: Path
) -> None:
    given = TOML + '\n[[person]]\nusername = "audit"\nname = "审计"\nroles = ["auditor"]\n'
    given = given.replace('superior = "owner"', 'superior = "owner"\nroles = ["manager:service", "records_keeper:秘密"]')
    apply(database, given, tmp_path)
    with database.transaction("acme") as session:
        clerk, audit = actors.load(session, "acme", "clerk"), actors.load(session, "acme", "audit")
        assert clerk is not None and clerk.roles == {("manager", "service"), ("records_keeper", "秘密")}
        assert audit is not None and audit.is_auditor
        owner = actors.load(session, "acme", "owner")
        assert owner is not None
        roles.grant(session, owner, "clerk", "operator", now=kit.NOW)
    again = apply(database, given, tmp_path)
    assert not again.changed and [(each.kind, each.name) for each in again.differences] == [("roles", "clerk")]
    with database.reading() as session:
        exported = exporting.export(session, "acme").files["workflows/acme/company.toml"]
    assert b"operator" in exported
    read_back = apply(database, exported.decode(), tmp_path, replace=True)
    assert not read_back.changed and read_back.differences == []
    with database.reading() as session:
        assert exporting.export(session, "acme").files["workflows/acme/company.toml"] == exported
    assert apply(database, given, tmp_path, replace=True).changed
    with database.reading() as session:
        clerk = actors.load(session, "acme", "clerk")
        assert clerk is not None and ("operator", "") not in clerk.roles


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('["audit"]', "did you mean auditor"),
        ('["manager:servise"]', "did you mean service"),
        ('["process_owner:nothing"]', "there is no process nothing"),
        ('["records_keeper"]', "is given of something"),
        ('["operator:x"]', "of nothing further"),
        ('["auditor", "operator"]', "no other role"),
    ],
)
def test_roles_that_nobody_can_have_are_refused(database: databases.Database, tmp_path: Path, said: str, told: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        apply(database, TOML.replace('superior = "owner"', f'superior = "owner"\nroles = {said}'), tmp_path)
    assert told in str(refused.value)
