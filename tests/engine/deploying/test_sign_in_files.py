"""Ways to sign in as files: exported without secrets, deployed again, told where pages say otherwise, refused where wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from engine import errors
from engine.deploying import exporting
from engine.people import actors
from engine.signing_in import declared, policy, providers, second_factors
from engine.storage import database as databases
from engine.storage import models
from engine.storage.vault import Vault
from engine.verbs.organisation import groups
from tests.engine import kit
from tests.engine.deploying.test_organisation_files import TOML, apply

SECRET = "not to be seen"
SIGN_IN = """
[sign_in]
second_factor = ["administrator"]
[[sign_in.way]]
id = "sso"
kind = "oidc"
name = "统一登录"
[sign_in.way.settings]
issuer = "https://login.acme.example"
client_id = "banjie"
creates = true
groups = ["客服专员"]
"""
WHOLE = TOML[: TOML.index("[[department]]")] + SIGN_IN + TOML[TOML.index("[[department]]") :]


def exported(database: databases.Database) -> str:
    with database.reading() as session:
        return exporting.export(session, "acme").files["workflows/acme/company.toml"].decode()


def owner(database: databases.Database) -> actors.Actor:
    with database.reading() as session:
        found = actors.load(session, "acme", "owner")
    assert found is not None
    return found


def enter(database: databases.Database, id: str, **settings: Any) -> None:
    database.surroundings["vault"] = Vault("a secret of tests")
    known = {"issuer": "https://login.acme.example", "client_id": "banjie", **settings}
    with database.transaction("acme") as session:
        providers.save(session, owner(database), id, "oidc", "统一登录", known, secret=SECRET, now=kit.NOW)


def row(database: databases.Database) -> Any:
    [found] = kit.rows(database, models.SignInProvider)
    return found


def test_what_the_file_says_is_there_and_comes_back_as_the_same_bytes(database: databases.Database, tmp_path: Path) -> None:
    found = apply(database, WHOLE, tmp_path)
    assert found.without_secret == ["统一登录"] and not found.differences
    with database.reading("acme") as session:
        assert policy.asked(session, "acme") == {"administrator"}
        with pytest.raises(errors.NotFound):
            providers.provider_of(session, "acme", "sso")  # nobody is sent there before its secret is entered
    first = exported(database)
    assert tomllib.loads(first)["sign_in"] == tomllib.loads(SIGN_IN)["sign_in"]
    enter(database, "sso", creates=True, groups=["客服专员"])
    assert exported(database) == first
    again = apply(database, first, tmp_path)
    assert not again.differences and not again.without_secret
    with database.reading("acme") as session:
        assert providers.provider_of(session, "acme", "sso").secret == SECRET
    assert SECRET not in first and exported(database) == first


def test_what_pages_changed_is_told_and_left_until_the_file_is_to_be_obeyed(
    database: databases.Database, tmp_path: Path
) -> None:
    apply(database, WHOLE, tmp_path)
    enter(database, "sso", client_id="another")
    with database.transaction("acme") as session:
        by = owner(database)
        second_factors.begin(session, by, now=kit.NOW)
        policy.ask(session, by, [], now=kit.NOW)
    told = [str(each) for each in apply(database, WHOLE, tmp_path).differences]
    assert told == [
        "second_factor acme: second_factor differ in the database; left as it is",
        "sign_in sso: client_id, creates, groups differ in the database; left as it is",
    ]
    assert row(database).settings["client_id"] == "another"
    replaced = apply(database, WHOLE, tmp_path, replace=True)
    assert all(each.is_replaced for each in replaced.differences) and len(replaced.differences) == 2
    assert row(database).settings["client_id"] == "banjie" and row(database).sealed
    with database.reading("acme") as session:
        assert policy.asked(session, "acme") == {"administrator"}


def test_a_way_that_the_file_no_longer_names_goes_only_if_that_is_wanted_and_one_of_pages_stays(
    database: databases.Database, tmp_path: Path
) -> None:
    apply(database, WHOLE, tmp_path)
    enter(database, "paged")
    [told] = apply(database, TOML, tmp_path).differences
    assert str(told) == "sign_in sso: no longer named in the folder; left as it is (统一登录)"
    assert len(kit.rows(database, models.SignInProvider)) == 2
    apply(database, TOML, tmp_path, replace=True)
    assert [each.id for each in kit.rows(database, models.SignInProvider)] == ["paged"]


def test_a_file_that_never_spoke_of_signing_in_says_nothing_of_it(database: databases.Database, tmp_path: Path) -> None:
    apply(database, TOML, tmp_path)
    enter(database, "paged")
    found = apply(database, TOML, tmp_path, replace=True)
    assert not found.differences and len(kit.rows(database, models.SignInProvider)) == 1


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ('["administrator"]', '["administratr"]', "did you mean administrator"),
        ('kind = "oidc"', 'kind = "oidcc"', "did you mean oidc"),
        ('client_id = "banjie"', 'client_idd = "banjie"', "client_id"),
        ('client_id = "banjie"', 'client_id = "banjie"\nsecret = "x"', "a secret stands in no file"),
        ("https://", "http://", "issuer: Please use https"),
        ('["客服专员"]', '["客服专元"]', "客服专元"),
        ('id = "sso"', 'id = "../sso"', "../sso"),
        ('name = "统一登录"', 'nama = "统一登录"', "name"),
        ('name = "统一登录"', 'name = "统一登录"\nactive = "yes"', "active is true or false"),
        ("[[sign_in.way]]", '[[sign_in.way]]\nid = "sso"\nkind = "ldap"\nname = "x"\n[[sign_in.way]]', "stands twice"),
        ("second_factor", "second_facto", "did you mean second_factor"),
    ],
)
def test_what_is_wrong_is_refused_by_its_place_and_nothing_is_stored(
    sqlite_database: databases.Database, tmp_path: Path, before: str, after: str, named: str
) -> None:
    assert before in WHOLE
    text = WHOLE.replace(SIGN_IN, SIGN_IN.replace(before, after, 1))
    with pytest.raises(errors.Invalid) as refused:
        apply(sqlite_database, text, tmp_path)
    assert named in str(refused.value), str(refused.value)


def test_a_way_does_not_become_one_of_another_kind(sqlite_database: databases.Database, tmp_path: Path) -> None:
    apply(sqlite_database, WHOLE, tmp_path)
    other = WHOLE.replace('"oidc"', '"feishu"').replace('issuer = "https://login.acme.example"\n', "")
    with pytest.raises(errors.Invalid, match="another id"):
        apply(sqlite_database, other, tmp_path, replace=True)
    assert row(sqlite_database).kind == "oidc"


def test_a_group_renamed_in_pages_is_still_the_one_of_the_file(database: databases.Database, tmp_path: Path) -> None:
    apply(database, WHOLE, tmp_path)
    with database.transaction("acme") as session:
        groups.rename(session, owner(database), "客服专员", "客服坐席", now=kit.NOW)
    first = exported(database)
    assert 'formerly = ["客服专员"]' in first
    apply(database, first, tmp_path, replace=True)
    assert exported(database) == first


def test_every_setting_of_every_kind_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs/modelling.md").read_text(encoding="utf-8")
    part = text[text.index("`[sign_in.way.settings]`") : text.index("`[[department]]`:")]
    missing = {field.name for fields in declared.FIELDS.values() for field in fields if f"`{field.name}`" not in part}
    assert missing == set() and all(f"`{kind}`" in part for kind in declared.KINDS)
