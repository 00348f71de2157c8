"""Notices by mail: from a step that was done to the letter of who has the next, by a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from engine import errors
from engine.intake.by_mail import letters as intake_letters
from engine.people import organisation
from engine.storage import database as databases
from engine.storage.models import Person
from engine.verbs.organisation import persons
from tests import smtp_server
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world


@pytest.fixture
def post() -> Iterator[smtp_server.Mailroom]:
    with smtp_server.running() as room:
        yield room


def test_new_work_is_mailed_once_with_a_link_that_opens_the_task(
    database: databases.Database, cast: Cast, post: smtp_server.Mailroom
) -> None:
    world.prepare(database, cast, head="en")
    world.mail(database, post.port)
    steps = kit.start() + kit.task("填写", assignee="clerk") + kit.task("审核", assignee="head") + kit.end()
    kit.deploy(database, cast.owner, kit.diagram("请示", steps, kit.chain("started", "填写", "审核", "done")))
    key = kit.begin(database, cast.clerk, "请示")
    world.go(database)
    assert post.letters == []  # he began it himself: nobody need tell him
    kit.complete(database, cast.clerk, key, "填写")
    assert post.letters == []  # nothing leaves with the transaction
    world.go(database)
    world.go(database)
    (letter,) = post.letters
    task = kit.open_task(database, key, "审核")
    assert (letter["To"], letter["From"]) == ("何负责 <head@acme.example>", "样例公司 <banjie@acme.example>")
    assert letter["Subject"].startswith("New task: 审核 · ")
    assert f"https://banjie.example/tasks/{task}" in letter.get_content()


@pytest.mark.parametrize("odd", ["a@b..cn", "a@x.cn.", "张@acme.example", "a..b@x.cn"])
def test_an_address_that_no_letter_can_be_written_to_is_refused_and_holds_up_nobody(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom, odd: str
) -> None:
    with here.transaction("acme") as session:
        by, member = world.today(session, "owner"), organisation.current(session, "acme").people["clerk"]
        with pytest.raises(errors.Invalid) as refused:
            persons.alter(session, by, "clerk", replace(persons.values_now(member), email=odd), now=kit.NOW)
        assert set(refused.value.fields) == {"email"}
    with here.transaction("acme") as session:  # as it came into the table before that was asked
        mine = (Person.company_id == "acme", Person.username == "clerk")
        session.execute(update(Person).where(*mine).values(email=odd))
        organisation.changed(session, "acme")
    world.mail(here, post.port)
    steps = kit.start() + kit.task("a", assignee="clerk") + kit.task("b", assignee="head") + kit.end()
    kit.deploy(here, people.owner, kit.diagram("p", steps, kit.chain("started", "a", "b", "done")))
    key = kit.begin(here, people.manager, "p")
    kit.begin(here, people.manager, "p")
    kit.complete(here, people.clerk, key, "a")
    world.go(here)
    assert [each["To"].addresses[0].username for each in post.letters] == ["head"]


def test_a_letter_of_ours_that_comes_into_a_mailbox_of_ours_is_no_new_case(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    """A colleague may have the complaints' mailbox as his address: each case would make another letter, and that a case."""
    world.mail(here, post.port)
    steps = kit.start() + kit.task("a", assignee="clerk") + kit.end() + kit.chain("started", "a", "done")
    kit.deploy(here, people.owner, kit.diagram("p", steps))
    kit.begin(here, people.manager, "p")
    world.go(here)
    [letter] = post.letters
    assert intake_letters.is_automatic(intake_letters.read(letter.as_bytes()))
