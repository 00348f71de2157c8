"""What was done to an account is told to whom it belongs, where he reads it whoever has it now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from engine import errors
from engine.announcing import configuring, invitations
from engine.announcing.kinds import KINDS, NEVER
from engine.people import organisation
from engine.people.credentials import password_codes
from engine.storage import database as databases
from engine.storage.models import Notice, Outgoing, Person, SignInIdentity
from engine.verbs.organisation import persons
from tests import smtp_server
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world

LINK = "https://banjie.example/password/code?code={code}"
NEW = "new@acme.example"


@pytest.fixture
def post(here: databases.Database, people: Cast, post: smtp_server.Mailroom) -> smtp_server.Mailroom:
    """A mail server for a company whose clerk has a password, and wants no notices at all."""
    world.mail(here, post.port, kinds=())
    with here.transaction("acme") as session:
        mine = (Person.company_id == "acme", Person.username == "clerk")
        session.execute(update(Person).where(*mine).values(password_hash="x"))
        configuring.choose(session, people.clerk, dict.fromkeys(KINDS, NEVER), "00:00", "23:59", now=kit.NOW)
    return post


def give(here: databases.Database, email: str, username: str = "clerk") -> None:
    """Gives somebody another mail address, as an administrator does."""
    with here.transaction("acme") as session:
        by = world.today(session, "owner")
        member = organisation.current(session, "acme").people[username]
        persons.alter(session, by, username, replace(persons.values_now(member), email=email), now=kit.NOW)


def told(post: smtp_server.Mailroom) -> dict[str, str]:
    """What the letters say, by the address that they went to."""
    letters = {each["To"].addresses[0].addr_spec: f"{each['Subject']}\n{each.get_content()}" for each in post.letters}
    post.letters.clear()
    return letters


def test_another_mail_address_is_told_at_the_one_of_before_and_at_the_new_one(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    give(here, NEW)
    world.go(here)
    letters = told(post)
    assert set(letters) == {"clerk@acme.example", NEW}
    assert "您的邮箱已改为 n***@acme.example" in letters["clerk@acme.example"] and "欧流程" in letters["clerk@acme.example"]
    assert "请立即告知系统管理员" in letters["clerk@acme.example"] and NEW not in letters["clerk@acme.example"]
    [in_page] = kit.rows(here, Notice, username="clerk")
    assert in_page.subject.startswith("您的邮箱已改为")
    give(here, "NEW@acme.example")
    give(here, "first@acme.example", "outsider")
    world.go(here)
    assert told(post) == {}, "the same address in other letters, and a first one, are no news"
    give(here, "")
    world.go(here)
    assert set(told(post)) == {"NEW@acme.example"}


def test_a_code_for_a_password_is_told_at_both_addresses_and_goes_by_mail_to_no_new_one(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    give(here, NEW)
    world.go(here)
    told(post)
    with here.transaction("acme") as session, pytest.raises(errors.Conflict) as refused:
        invitations.mail_code(session, world.today(session, "owner"), "clerk", LINK, now=kit.NOW + timedelta(hours=23))
    assert "24" in str(refused.value)
    with here.transaction("acme") as session:
        password_codes.invite(session, world.today(session, "owner"), "clerk", now=kit.NOW)
    world.go(here)
    letters = told(post)
    assert set(letters) == {"clerk@acme.example", NEW} and all("重设密码的验证码" in each for each in letters.values())
    later = kit.NOW + timedelta(days=2)
    with here.transaction("acme") as session:
        invitations.mail_code(session, world.today(session, "owner"), "clerk", LINK, now=later)
    world.go(here, later)
    letters = told(post)
    assert "password/code?code=" in letters[NEW] and "password/code" not in letters["clerk@acme.example"]


def test_who_has_no_password_yet_gets_his_code_at_the_address_that_was_put_right(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    give(here, NEW, "clerk2")
    with here.transaction("acme") as session:
        invitations.mail_code(session, world.today(session, "owner"), "clerk2", LINK, now=kit.NOW)
    world.go(here)
    assert "password/code?code=" in told(post)[NEW]


def test_who_signs_in_by_another_way_is_told_of_a_password_for_his_account(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    with here.transaction("acme") as session:
        session.add(SignInIdentity(company_id="acme", issuer="i", subject="s", username="clerk2", at=kit.NOW))
    give(here, NEW, "clerk2")
    world.go(here)
    told(post)
    with here.transaction("acme") as session, pytest.raises(errors.Conflict):
        invitations.mail_code(session, world.today(session, "owner"), "clerk2", LINK, now=kit.NOW)
    with here.transaction("acme") as session:
        by = world.today(session, "owner")
        given = password_codes.invite_all(session, by, now=kit.NOW)
        assert "clerk2" not in [each.username for each, _code in given], "among many nobody would notice"
        password_codes.invite(session, by, "clerk2", now=kit.NOW)
    world.go(here)
    letters = told(post)
    assert set(letters) == {"clerk2@acme.example", NEW} and all("设置密码的验证码" in each for each in letters.values())


def test_where_no_mail_leaves_the_page_tells_it_and_nothing_waits(here: databases.Database, people: Cast) -> None:
    give(here, NEW)
    world.go(here)
    assert kit.rows(here, Outgoing) == [] and len(kit.rows(here, Notice, username="clerk")) == 1


def test_letters_that_wait_for_a_later_try_stay_when_their_reader_chooses_anew(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    with here.transaction("acme") as session:
        invitations.mail_code(session, world.today(session, "owner"), "clerk", LINK, now=kit.NOW)
        session.execute(update(Outgoing).values(due_at=kit.NOW + timedelta(minutes=2)))
    with here.transaction("acme") as session:
        configuring.choose(session, people.clerk, {}, "", "", now=kit.NOW)
    world.rules(here, people, digest_at="09:00")
    assert {each.state for each in kit.rows(here, Outgoing)} == {"waiting"}
