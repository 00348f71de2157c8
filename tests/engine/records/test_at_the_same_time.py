"""Two people at one record at the same moment: the second sees what the first did, and nothing is lost."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select

from engine import errors
from engine.cases.lines import registers
from engine.operations import destroying
from engine.people import actors, organisation
from engine.records import holds, records
from engine.storage import models
from tests import patience, sample_case


def together(*works: Callable[[], object]) -> list[object]:
    """What each of the works gave or raised, run by threads of their own that begin at the same moment."""
    gate, results = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int) -> None:
        gate.wait(patience.SECONDS)
        try:
            results[place] = works[place]()
        except errors.Refusal as refusal:
            results[place] = refusal

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for each in threads:
        each.start()
    for each in threads:
        each.join(patience.SECONDS)
    return results


def destroyed(rights, case, record, now) -> destroying.Destroyed:
    """What the destruction of the record in this case gives, in a transaction of its own."""
    with rights.transaction("acme") as session:
        return destroying.destroy(
            session,
            organisation.current(session, "acme"),
            session.get_one(models.ProcessInstance, case.key),
            [record],
            method="碎纸",
            keeper="clerk",
            witness="clerk2",
            approved_list=[{"recordId": str(record)}],
            now=now,
        )


def test_of_two_who_save_on_the_same_version_one_is_told(rights, people, record, now) -> None:
    def save(owner: str):
        def work():
            with rights.transaction("acme") as session:
                return records.save(session, people["head"], record, {"owner": owner}, expected_version=1, now=now).version

        return work

    results = together(save("李四"), save("王五"), save("赵六"))
    assert sorted(str(type(each).__name__) for each in results) == ["Overtaken", "Overtaken", "int"]


def test_register_numbers_are_never_given_twice(rights, people, now) -> None:
    def enter():
        with rights.transaction("acme") as session:
            company = organisation.current(session, "acme")
            return registers.enter(session, company, actors.SYSTEM("acme"), "台账", {}, now=now).number

    assert sorted(map(str, together(*[enter] * 10))) == [f"2026-{number:04}" for number in range(1, 11)]


def test_a_hold_that_comes_first_holds_and_one_that_comes_late_is_refused(rights, people, record, now) -> None:
    with rights.transaction("acme") as session:
        case = sample_case.make(session, now)
        sample_case.done(session, case, "approve", "head", kind="approve", outcome="approve")
        sample_case.done(session, case, "execute", "clerk")
        sample_case.done(session, case, "watch", "clerk2")

    def hold():
        with rights.transaction("acme") as session:
            return holds.place(session, people["head"], record, "frozen", "涉诉", now=now).key

    def destroy():
        return destroyed(rights, case, record, now)

    held, result = together(hold, destroy)
    assert isinstance(result, destroying.Destroyed)
    with rights.reading() as session:
        state = session.execute(select(models.CustomerRecord.state)).scalar_one()
    if isinstance(held, errors.Conflict):
        assert state == "destroyed" and result.destroyed == [str(record)]
    else:
        assert state == "active" and [each["record"] for each in result.kept] == [str(record)]


def test_a_reading_while_the_record_is_destroyed_gives_all_or_a_refusal(rights, people, record, now) -> None:
    with rights.transaction("acme") as session:
        case = sample_case.make(session, now)
        sample_case.done(session, case, "approve", "head", kind="approve", outcome="approve")
        sample_case.done(session, case, "execute", "clerk")
        sample_case.done(session, case, "watch", "clerk2")

    def read():
        with rights.transaction("acme") as session:
            return records.read(session, people["clerk"], record, now=now)

    def destroy():
        return destroyed(rights, case, record, now)

    readings = together(read, destroy, read, read)
    for each in (readings[0], *readings[2:]):
        assert isinstance(each, errors.NotFound) or (isinstance(each, records.Reading) and each.content["owner"] == "方正平")


@pytest.mark.parametrize("wrong", [0, 2, 99])
def test_a_version_that_is_not_the_newest_is_refused(rights, people, record, now, wrong: int) -> None:
    with rights.transaction("acme") as session, pytest.raises(errors.Conflict):
        records.save(session, people["head"], record, {}, expected_version=wrong, now=now)
