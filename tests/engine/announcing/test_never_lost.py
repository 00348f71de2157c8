"""A worker that is killed between making and sending, or while it sends, loses no notice; and what sending costs."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from engine.announcing import making, outbox, sending
from engine.announcing.undelivered import fates
from engine.intake import posting
from engine.people import organisation
from engine.storage import database as databases
from engine.storage import heartbeats, keys
from engine.storage.models import Notice, Outgoing, Person, ProcessInstance
from tests import patience, smtp_server
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world
from tests.engine.verbs.test_costs import counted

DEAD = "worker that dies"
# Runs the product's own loop on the database of the test, and dies the moment it comes to the function that is named.
DYING = """
import os, signal, sys, threading
from datetime import datetime
from engine.announcing import making, outbox, sending
from engine.storage import database as databases
from engine.storage.vault import Vault
from engine.intake import posting

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

url, module, name, now, worker = sys.argv[1:]
setattr({"outbox": outbox, "posting": posting, "making": making}[module], name, die)
opened = databases.connect(url)
opened.surroundings.update(vault=Vault("a secret of tests"), local_hooks=True)
sending.forever(opened, lambda: datetime.fromisoformat(now), threading.Event(), worker)
"""


@pytest.mark.both_databases
@pytest.mark.parametrize(("module", "name"), [("making", "put"), ("posting", "delivered")])
def test_a_killed_worker_loses_none(
    database: databases.Database, cast: Cast, post: smtp_server.Mailroom, module: str, name: str
) -> None:
    world.prepare(database, cast)
    world.mail(database, post.port)
    steps = kit.start() + kit.task("审核", users="head,manager") + kit.end()
    kit.deploy(database, cast.owner, kit.diagram("p", steps, kit.chain("started", "审核", "done")))
    kit.begin(database, cast.clerk, "p")
    die_at(database, module, name)
    with database.transaction() as session:
        heartbeats.pulse(session, DEAD, now=kit.NOW)
    if name == "delivered":
        world.go(database, kit.NOW + heartbeats.PULSE)
        assert post.letters == [], "what was taken is left alone as long as its worker may live"
    world.go(database, kit.NOW + heartbeats.DEAD_AFTER)
    ids = [letter["Message-ID"] for letter in post.letters]
    assert sorted({letter["To"] for letter in post.letters}) == ["何负责 <head@acme.example>", "毛经理 <manager@acme.example>"]
    assert len(set(ids)) == 2  # sent again after all, a letter has the id of before
    assert [each.state for each in world.outgoing(database)] == ["sent", "sent"]


def test_a_chat_shows_a_message_once_though_the_worker_dies_before_noting_it(
    database: databases.Database, cast: Cast, receiver: world.Receiver
) -> None:
    world.prepare(database, cast)
    world.channel(database, "wecom", url=receiver.url, kinds=("new_work",))
    steps = kit.start() + kit.task("审核", users="head,manager") + kit.end()
    kit.deploy(database, cast.owner, kit.diagram("p", steps, kit.chain("started", "审核", "done")))
    kit.begin(database, cast.clerk, "p")
    die_at(database, "outbox", "note")
    assert len(receiver.posts) == 1, "the worker died between the answer of the chat and its own note"
    later = kit.NOW + outbox.LEASE + timedelta(minutes=1)
    world.go(database, later)
    assert len(receiver.posts) == 1
    assert [each.state for each in world.outgoing(database)] == ["unknown", "unknown"]
    (incident,) = world.incidents(database, kind="notice_fate")
    assert incident.values["count"] == 2 and "nobody knows" in incident.message
    (told,) = kit.rows(database, Notice, username="owner", kind="incident")
    assert "渠道 wecom" in told.subject
    with database.transaction("acme") as session:
        assert fates.again(session, world.today(session, "owner"), incident.key, now=later) == 2
    world.go(database, later)
    assert [world.said(each).count("（重发）") for each in receiver.posts] == [0, 2]
    assert world.incidents(database, kind="notice_fate") == []


def die_at(database: databases.Database, module: str, name: str) -> None:
    """Runs a worker that is killed when it comes to that function."""
    url = database.engine.url.render_as_string(hide_password=False)
    given = [sys.executable, "-c", DYING, url, module, name, kit.NOW.isoformat(), DEAD]
    died = subprocess.run(given, timeout=patience.SECONDS, capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()


def test_a_worker_that_is_told_to_stop_begins_no_further_letter_and_gives_the_others_back(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.mail(here, post.port)
    steps = kit.start() + kit.task("审核", users="head,manager,clerk2") + kit.end()
    kit.deploy(here, people.owner, kit.diagram("p", steps, kit.chain("started", "审核", "done")))
    kit.begin(here, people.clerk, "p")
    stop, deliver = threading.Event(), posting.delivered

    def delivered(*given: Any) -> str:
        stop.set()
        return deliver(*given)

    with monkeypatch.context() as patch:
        patch.setattr(posting, "delivered", delivered)
        sending.once(here, now=kit.NOW, seconds=2, worker="stopped", stop=stop)
    assert len(post.letters) == 1
    world.go(here)
    assert len(post.letters) == len({each["Message-ID"] for each in post.letters}) == 3


def test_making_again_makes_nothing_twice(database: databases.Database, cast: Cast) -> None:
    world.prepare(database, cast)
    world.channel(database, "hook", url="https://hook.example/", secret="a secret of sixteen")
    kit.deploy(database, cast.owner, *kit.two_steps())
    key = kit.begin(database, cast.owner, "two_steps", {"subject": "x"})
    while making.make_due(database, now=kit.NOW):
        pass
    before = [each.key for each in world.outgoing(database)]
    assert before
    with database.transaction() as session:
        session.get_one(ProcessInstance, key).announced = 0  # as if another worker had been at it at the same time
    while making.make_due(database, now=kit.NOW):
        pass
    assert [each.key for each in world.outgoing(database)] == before


def test_a_daily_letter_to_very_many_costs_few_statements(
    database: databases.Database, cast: Cast, post: smtp_server.Mailroom
) -> None:
    world.prepare(database, cast)
    channel = world.mail(database, post.port)
    many = [f"p{n}" for n in range(200)]
    with database.transaction() as session:
        of = {"company_id": "acme", "clearance": "内部", "is_administrator": False, "is_disabled": False, "session_epoch": 0}
        session.execute(
            insert(Person),
            [{"key": keys.new(), "username": name, "name": name, "email": f"{name}@x.example", **of} for name in many],
        )
        organisation.changed(session, "acme")
        waiting = {"company_id": "acme", "channel_key": channel, "kind": "copied", "made_at": kit.NOW, "due_at": kit.NOW}
        rows = [
            {
                "key": keys.new(),
                "username": name,
                "source": f"{name}/{n}",
                "facts": {"subject": f"单据 {n}"},
                "state": "waiting",
                **waiting,
            }
            for name in many
            for n in range(2)
        ]
        session.execute(insert(Outgoing), rows)
    with counted(database) as seen:
        world.go(database)
    assert len(post.letters) == 200
    assert len(seen) < 200 / 2  # with commits; most of them note twenty letters at a time
