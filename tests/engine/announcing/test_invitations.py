"""Codes for passwords by mail: in the person's language and the company's name, and nowhere readable on the way."""

from __future__ import annotations

import re

import pytest

from engine import errors
from engine.announcing import invitations
from engine.people.credentials import password_codes
from engine.storage import database as databases
from engine.storage.models import Outgoing
from tests import smtp_server
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world

LINK = "https://banjie.example/password/code?code={code}"


def test_a_code_by_mail_opens_the_account_and_is_kept_nowhere(
    database: databases.Database, cast: Cast, post: smtp_server.Mailroom
) -> None:
    world.prepare(database, cast, clerk="en")
    world.mail(database, post.port, kinds=())
    with database.transaction("acme") as session:
        invitations.mail_code(session, world.today(session, "owner"), "clerk", LINK, now=kit.NOW)
    (waiting,) = kit.rows(database, Outgoing)
    world.go(database)
    (letter,) = post.letters
    assert letter["From"] == "样例公司 <banjie@acme.example>"
    assert letter["Subject"] == "Set your password for 样例公司"
    (code,) = re.findall(r"code=([0-9A-Z-]+)", letter.get_content())
    assert code not in str(waiting.facts)
    (sent,) = kit.rows(database, Outgoing)
    assert (sent.state, sent.facts) == ("sent", {})
    assert password_codes.invited(database, code, "127.0.0.1", now=kit.NOW).username == "clerk"


def test_the_letter_leads_to_the_company_s_own_address_whatever_the_request_called_it(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    world.mail(here, post.port)
    with here.transaction("acme") as session:
        evil = LINK.replace("banjie.example", "evil.example")
        invitations.mail_code(session, world.today(session, "owner"), "clerk", evil, now=kit.NOW)
    world.go(here)
    [letter] = post.letters
    assert "https://banjie.example/password/code?code=" in letter.get_content() and "evil" not in letter.get_content()


def test_nothing_is_handed_out_where_no_letter_can_leave(here: databases.Database, people: Cast) -> None:
    for by, whom, refusal in (
        ("owner", "clerk", errors.Conflict),
        ("owner", "outsider", errors.Invalid),
        ("clerk", "head", errors.Forbidden),
    ):
        with here.transaction("acme") as session, pytest.raises(refusal):
            invitations.mail_code(session, world.today(session, by), whom, LINK, now=kit.NOW)
        if by == "owner":
            with here.reading() as session:
                if not invitations.may_mail(session, "acme"):
                    world.mail(here, 1)
    assert kit.rows(here, Outgoing) == []


def test_codes_for_all_go_by_mail_to_those_who_have_an_address(here: databases.Database, people: Cast) -> None:
    world.mail(here, 1, kinds=())
    with here.transaction("acme") as session:
        sent = invitations.mail_codes(session, world.today(session, "owner"), LINK, now=kit.NOW)
    waiting = kit.rows(here, Outgoing)
    assert {each.username for each in waiting} == {"clerk", "clerk2", "head", "manager", "owner"} and sent == 5
    with here.reading() as session:
        for each in waiting:
            code = invitations.unlocked(session, each)["code"]
            assert password_codes.invited(here, code, "127.0.0.1", now=kit.NOW).username == each.username
    with here.transaction("acme") as session:
        assert invitations.mail_codes(session, world.today(session, "owner"), LINK, now=kit.NOW) == 0
