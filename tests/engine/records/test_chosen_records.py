"""A customer record that somebody chose in a form is told by number and name, to whom the catalogue tells it, and never as a key."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from engine import errors
from engine.cases import look_ups
from engine.cases.lines.filled import ChosenRecord
from engine.people import actors, organisation
from engine.people.actors import SYSTEM, Actor
from engine.queries import paging
from engine.queries.cases import instance_page
from engine.queries.cases.words import story, whole_value
from engine.queries.inbox import my_cases
from engine.queries.status import board
from engine.records import records
from engine.storage import models
from tests import sample_case
from tests.engine import kit
from tests.engine.kit import NOW

CHOICE = {"type": "select", "key": "of", "label": "客户档案", "valuesExpression": "=record options()"}


@pytest.fixture
def case(rights: Any, people: Any, record: int) -> int:
    """The key of a case about the record, which has passed a gateway that asks for it."""
    gateway = kit.node("exclusiveGateway", "known", attributes=' default="known_done"')
    with rights.transaction("acme") as session:
        open_one = records.create(
            session, people["head"], records.NewRecord("白鹭物业", "内部", {}, reason="建档"), now=NOW
        ).key
    also = {"type": "dynamiclist", "path": "others", "label": "另有", "components": [{**CHOICE, "key": "one", "label": "档案"}]}
    kit.deploy(
        rights,
        people["owner"],
        kit.form("about", CHOICE, also),
        kit.diagram(
            "sample",
            kit.start(form="about"),
            gateway,
            kit.task("check", groups="客服专员"),
            kit.end(),
            kit.chain("started", "known"),
            kit.flow("known", "check", "=of != null"),
            kit.flow("known", "done"),
            kit.flow("check", "done"),
        ),
    )
    return kit.begin(rights, people["clerk"], "sample", {"of": str(record), "others": [{"one": str(open_one)}]})


def answers(rights: Any, by: Any, case: int) -> dict[str, Any]:
    with rights.reading("acme") as session:
        page = instance_page.instance_page(session, by, case, now=NOW)
    return {each.label: each.rows if each.kind == "table" else each.value for group in page.answers for each in group.values}


def test_a_chosen_record_is_shown_by_its_title_as_far_as_the_reader_may_know_it(rights: Any, people: Any, case: int) -> None:
    mine = answers(rights, people["clerk"], case)
    [[other]] = mine["另有"]
    assert (str(mine["客户档案"]).endswith("青禾置业"), mine["客户档案"].may_open) == (True, True)
    assert str(other).endswith("白鹭物业")
    masked = answers(rights, people["clerk2"], case)["客户档案"]
    assert "青禾" not in masked.title
    assert (bool(masked.title), masked.may_open) == (True, False)
    assert answers(rights, people["owner"], case) == {"另有": ((None,),)}  # no reader of records
    assert not any(isinstance(value, ChosenRecord) for value in answers(rights, people["owner"], case).values())


@pytest.mark.both_databases
def test_its_number_finds_the_case_for_whoever_may_open_the_record(rights: Any, people: Any, record: int, case: int) -> None:
    numbers = {row.key: row.number for row in kit.rows(rights, models.CustomerRecord)}
    secret, open_one = numbers.pop(record), *numbers.values()

    def found_by(by: Actor, search: str) -> list[int]:
        filters, wanted = my_cases.MyCasesFilters(search=search), paging.WantedPage()
        with rights.reading("acme") as session:
            started = my_cases.started(session, by, filters, wanted, now=NOW).rows
            done = my_cases.done(session, by, filters, wanted, now=NOW).rows
            listed = board.cases(session, by, board.CaseFilters(search=search), wanted, now=NOW).rows
        return [*(line.key for line in started), *(line.instance_key for line in done), *(line.key for line in listed)]

    assert found_by(people["clerk"], secret) == found_by(people["clerk"], open_one.lower()) == [case]  # it is his
    assert found_by(people["clerk"], str(record)) == []  # nobody is asked for keys
    kit.complete(rights, people["clerk2"], case, "check")
    assert found_by(people["clerk2"], open_one) == [case] and found_by(people["clerk2"], secret) == []  # above his clearance
    number = kit.instance(rights, case).number
    assert found_by(people["owner"], number) == [case] and found_by(people["owner"], open_one) == []  # reads no records


@pytest.mark.both_databases
def test_its_number_finds_the_case_that_saved_it(rights: Any, people: Any, record: int, case: int) -> None:
    saved = kit.begin(rights, people["clerk"], "sample", {})
    [row] = kit.rows(rights, models.CustomerRecord, key=record)
    with rights.transaction("acme") as session:
        session.execute(
            update(models.RecordVersion).where(models.RecordVersion.record_key == record).values(instance_key=saved)
        )
    with rights.reading("acme") as session:
        filters = my_cases.MyCasesFilters(search=row.number)
        lines = my_cases.started(session, people["clerk"], filters, paging.WantedPage(), now=NOW).rows
    assert {line.key for line in lines} == {saved, case}


def test_a_single_answer_and_the_story_tell_it_too(rights: Any, people: Any, case: int) -> None:
    with rights.reading("acme") as session:
        assert str(whole_value.value(session, people["clerk"], case, "of", now=NOW).value).endswith("青禾置业")
        with pytest.raises(errors.NotFound):
            whole_value.value(session, people["owner"], case, "of", now=NOW)
        [branch] = story.story(session, people["clerk"], case, now=NOW).branches
        [fact] = branch.facts
        assert (fact.label, str(fact.value).endswith("青禾置业"), fact.who) == ("客户档案", True, "陈办事")
        [untold] = story.story(session, people["owner"], case, now=NOW).branches[0].facts
        assert (untold.label, untold.value) == ("客户档案", None)


def test_who_stands_outside_the_circle_gets_no_link_to_a_chosen_record(
    rights: Any, people: Any, record: int, case: int
) -> None:
    of_circle = {"records": {"circle": "known_to", "readers": ["客服专员"], "keepers": ["部门负责人"]}}
    with rights.transaction("acme") as session:
        session.execute(update(models.Company).where(models.Company.id == "acme").values(settings=of_circle))
        organisation.changed(session, "acme")
    with rights.transaction("acme") as session:
        head, content = actors.load(session, "acme", "head"), {"known_to": ["部门负责人"]}
        assert head is not None
        records.save(session, head, record, content, expected_version=1, now=NOW)
        clerk = actors.load(session, "acme", "clerk")
    chosen = answers(rights, clerk, case)["客户档案"]
    assert (str(chosen).endswith("青禾置业"), chosen.may_open) == (True, False)
    [row] = kit.rows(rights, models.CustomerRecord, key=record)
    with rights.reading("acme") as session:
        filters = my_cases.MyCasesFilters(search=row.number)
        assert my_cases.started(session, clerk, filters, paging.WantedPage(), now=NOW).rows == []


@pytest.mark.parametrize(
    ("level", "keeper", "circle"), [("绝密", "clerk", "clerk"), ("秘密", "outsider", "outsider"), ("秘密", "clerk", "clerk2")]
)
def test_a_keeper_who_could_not_read_the_record_is_neither_offered_nor_taken(
    rights: Any, people: Any, record: int, level: str, keeper: str, circle: str
) -> None:
    content = {"known_to": [circle, "head"]}
    of_circle = {"records": {"circle": "known_to", "readers": ["客服专员"], "keepers": ["部门负责人"], "saved_by": ["sample"]}}
    with rights.transaction("acme") as session:
        session.execute(update(models.Company).where(models.Company.id == "acme").values(settings=of_circle))
        organisation.changed(session, "acme")
    with rights.transaction("acme") as session:
        company, instance = organisation.current(session, "acme"), sample_case.make(session, NOW)
        around: dict[str, Any] = {"now": NOW, "instance": instance, "secrecy": level}
        with pytest.raises(errors.Invalid, match="cannot keep this record"):
            records.amend(session, company, SYSTEM("acme"), str(record), content, keeper=keeper, **around)
        row, _version = records.amend(session, company, SYSTEM("acme"), str(record), content, keeper="head", **around)
        assert row.keeper == "head"
        asked = look_ups.seen_from(session, company, None, now=NOW)["people cleared"]
        assert asked(["clerk", "outsider", "head"], "秘密") == ["clerk", "head"] and asked(["clerk", "head"], "绝密") == [
            "head"
        ]
