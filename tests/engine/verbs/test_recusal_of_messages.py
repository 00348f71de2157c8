"""Whom a case is about does not reach it by a message either: not by a case that he begins, nor as an administrator."""

from __future__ import annotations

import pytest

from engine import errors
from engine.background.worker import Worker
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import messages
from tests.cast import COMPANY, Cast
from tests.engine import kit

EVENT = '<bpmn:messageEventDefinition messageRef="withdrawn"/>'


@pytest.fixture
def complaint(database: databases.Database, cast: Cast) -> int:
    """A complaint about the clerk and the owner, who administers; a message with its number ends it, and a process throws one."""
    form = kit.form("complaint", {"type": "textfield", "key": "accused", "label": "被投诉人"})
    steps = (kit.start(form="complaint"), kit.task("investigate", groups="客服专员", recused='=[accused, "owner"]'))
    gone = kit.boundary("gone", "investigate", EVENT) + kit.end("withdrawn_end") + kit.flow("gone", "withdrawn_end")
    listens = kit.message("withdrawn", "withdrawn", "=instance_number")
    drawn = kit.diagram("complaint", *steps, gone, kit.end(), kit.chain("started", "investigate", "done"), beside=listens)
    told = kit.form("withdrawal", kit.text_field("number"))
    sent = (kit.start(form="withdrawal"), kit.end(definition=EVENT), kit.chain("started", "done"))
    withdrawal = kit.diagram("withdrawal", *sent, beside=kit.message("withdrawn", "withdrawn", "=number"))
    kit.deploy(database, cast.owner, form, told, drawn, withdrawal)
    return kit.begin(database, cast.outsider, "complaint", {"accused": "clerk"})


def withdraw(database: databases.Database, by: Actor, number: str) -> None:
    kit.begin(database, by, "withdrawal", {"number": number})
    Worker(database, lambda: kit.NOW).run_once()


def test_a_case_that_the_accused_begins_throws_it_no_message(database: databases.Database, cast: Cast, complaint: int) -> None:
    number = kit.instance(database, complaint).number
    with pytest.raises(errors.Forbidden, match="about you"):
        withdraw(database, cast.clerk, number)
    assert kit.instance(database, complaint).state == "active" and not kit.rows(database, models.Job)
    withdraw(database, cast.clerk2, number)
    assert kit.instance(database, complaint).state == "completed"


def test_an_accused_administrator_sends_it_none(database: databases.Database, cast: Cast, complaint: int) -> None:
    number = kit.instance(database, complaint).number
    for send in (messages.publish, messages.correlate):
        with pytest.raises(errors.Forbidden, match="about you"), database.transaction(COMPANY) as session:
            send(session, cast.owner, "withdrawn", number, {}, now=kit.NOW)
    assert kit.instance(database, complaint).state == "active"
