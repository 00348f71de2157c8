"""Whom a case is about does not reach it by a message either: not by a case that he begins, nor as an administrator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.background.worker import Worker
from engine.cases.rights import access
from engine.deadlines import suspending
from engine.people import roles
from engine.people.actors import Actor
from engine.people.machines import scopes
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import ending, messages, process_instances
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


def begin(database: databases.Database, cast: Cast) -> models.ProcessInstance:
    return kit.instance(database, kit.begin(database, cast.outsider, "complaint", {"accused": "clerk"}))


def next_number(database: databases.Database, before: int, *, after: int = 1) -> str:
    """The number that the next complaint will have, or the one `after` some cases: they are consecutive."""
    number = kit.instance(database, before).number
    return number[:-1] + str(int(number[-1]) + after)


def unheard(database: databases.Database, case: models.ProcessInstance) -> list[str | None]:
    return [each.actor for each in kit.rows(database, models.HistoryEvent, instance_key=case.key, kind="message_unheard")]


def test_what_an_accused_administrator_sent_before_the_complaint_was_there_does_not_reach_it(
    database: databases.Database, cast: Cast, complaint: int
) -> None:
    number = next_number(database, complaint)
    with database.transaction(COMPANY) as session:
        messages.publish(session, cast.owner, "withdrawn", number, {}, now=kit.NOW, time_to_live=timedelta(hours=1))
    case = begin(database, cast)
    Worker(database, lambda: kit.NOW).run_once()
    assert case.number == number and kit.instance(database, case.key).state == "active"
    assert unheard(database, case) == ["owner"], "who manages the case reads that it came, once"


def test_nor_does_what_a_case_of_the_accused_threw_before(database: databases.Database, cast: Cast, complaint: int) -> None:
    withdraw(database, cast.clerk, next_number(database, complaint, after=2))
    case = begin(database, cast)
    assert case.number.endswith("3") and case.state == "active" and unheard(database, case) == ["clerk"]


def test_what_somebody_else_sent_before_is_taken(database: databases.Database, cast: Cast, complaint: int) -> None:
    withdraw(database, cast.clerk2, next_number(database, complaint, after=2))
    case = begin(database, cast)
    assert case.state == "completed" and not unheard(database, case)


def test_a_program_of_the_accused_steers_it_no_more_than_he(database: databases.Database, cast: Cast, complaint: int) -> None:
    program = replace(
        cast.owner,
        username=scopes.username(7),
        is_administrator=False,
        roles=frozenset({(roles.OWNER, roles.EVERYTHING), (roles.OPERATOR, roles.EVERYTHING)}),
        machine=scopes.Machine(
            7, frozenset({scopes.STEER_CASES, scopes.SEND_MESSAGES}), None, "owner", is_of_administrator=True
        ),
    )
    number = kit.instance(database, complaint).number
    acts: list[Callable[[Session], object]] = [
        lambda session: messages.publish(session, program, "withdrawn", number, {}, now=kit.NOW),
        lambda session: process_instances.cancel(session, program, complaint, "重复", now=kit.NOW),
        lambda session: ending.void(session, program, complaint, "重复", now=kit.NOW),
        lambda session: ending.terminate(session, program, complaint, "重复", now=kit.NOW),
        lambda session: suspending.suspend(session, program, complaint, "重复", now=kit.NOW),
    ]
    for act in acts:
        with pytest.raises(errors.Forbidden, match="about you"), database.transaction(COMPANY) as session:
            act(session)
    assert kit.instance(database, complaint).state == "active" and kit.instance(database, complaint).suspended is None


def test_a_program_of_an_owner_reads_no_case_that_is_kept_from_him(
    database: databases.Database, cast: Cast, complaint: int
) -> None:
    given = frozenset({(roles.OWNER, roles.EVERYTHING)})
    for maker, sees in (("clerk", False), ("clerk2", True)):
        machine = scopes.Machine(7, frozenset({scopes.READ_CASES}), None, maker)
        program = replace(cast.clerk, username=scopes.username(7), groups=frozenset(), roles=given, machine=machine)
        with database.reading(COMPANY) as session:
            row = models.ProcessInstance
            assert access.may_see(session, program, session.get_one(row, complaint)) is sees
            assert (complaint in session.scalars(select(row.key).where(access.cases_seen(session, program)))) is sees
