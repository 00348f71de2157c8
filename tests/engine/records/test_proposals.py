"""Records are found by searching, however many there are; what is chosen is held against the real set."""

from datetime import timedelta

import pytest
from sqlalchemy import event, insert, update

from engine import errors, feel, forms
from engine.basics.letters import pinyin
from engine.cases import look_ups as functions
from engine.people import organisation
from engine.records import catalogue
from engine.storage import keys, models

MANY = 3_000
SELECT = {"type": "select", "id": "r", "key": "r", "label": "客户档案", "valuesExpression": "=record options()"}


def schema(**component) -> forms.Form:
    return forms.load({"id": "f", "components": [SELECT | component]})


@pytest.fixture
def many(rights, people, now) -> list[int]:
    """Keys of records 档案0 … 档案2999 and of the oldest, 长河物流集团; one in ten is 机密."""
    rows = [
        {
            "key": keys.new(),
            "company_id": "acme",
            "number": f"KH-2020-{index:05}",
            "name": name,
            "initials": pinyin.initials(name),
            "secrecy": "机密" if index % 10 == 5 else "内部",
            "keeper": "head" if index == 7 else None,
            "copies": [{"holder": "西库"}] if index == 8 else [],
            "current_version": 1,
            "state": "active",
            "created_at": now + timedelta(seconds=index),
        }
        for index, name in enumerate(["长河物流集团", *(f"档案{index}" for index in range(MANY))])
    ]
    with rights.transaction() as session:
        session.execute(insert(models.CustomerRecord), rows)
    return [row["key"] for row in rows]


def drawn(session, by, now, text="", chosen=None, **component) -> forms.ViewNode:
    look_ups = functions.seen_from(session, organisation.current(session, "acme"), None, now=now, by=by)
    scope = forms.FormScope({}, look_ups, now)
    view = forms.view(schema(**component), {"r": chosen}, scope, searches={"r": text})
    return view.lines[0][0]


def labels(database, by, now, text="", **options) -> list[str]:
    with database.reading("acme") as session:
        return [option.label for option in drawn(session, by, now, text, **options).options]


def test_more_records_than_can_be_listed_are_said_to_be_there(rights, people, many, now) -> None:
    with rights.reading("acme") as session:
        node = drawn(session, people["clerk2"], now)
    assert len(node.options) == 50 and node.offer.is_cut and node.offer.is_long


@pytest.mark.parametrize("text", ["长河", "物流", "chwl", "KH-2020-00000", "HWLJ", "2020-00000"])
def test_the_oldest_record_is_found_by_number_name_and_pinyin_initials(rights, people, many, now, text: str) -> None:
    assert labels(rights, people["clerk2"], now, text) == ["KH-2020-00000 长河物流集团"]


@pytest.mark.parametrize(("text", "index"), [("何负责", 7), ("hfz", 7), ("西库", 8)])
def test_a_record_is_found_by_any_column_of_the_catalogue(rights, people, many, now, text: str, index: int) -> None:
    assert labels(rights, people["clerk2"], now, text) == [f"KH-2020-{index:05} 档案{index - 1}"]


def test_a_name_above_the_clearance_is_not_found_by_searching_for_it(rights, people, many, now) -> None:
    with rights.transaction("acme") as session:
        row = models.CustomerRecord
        session.execute(update(row).where(row.key == many[0]).values(secrecy="机密"))
    assert labels(rights, people["clerk2"], now, "长河") == labels(rights, people["clerk2"], now, "chwl") == []
    assert labels(rights, people["clerk2"], now, "KH-2020-00000") == ["KH-2020-00000"]
    assert labels(rights, people["outsider"], now, "KH-2020-00001") == []


def test_the_chosen_record_stays_shown_whatever_is_typed(rights, people, many, now) -> None:
    found = labels(rights, people["clerk2"], now, "KH-2020-00002", chosen=str(many[0]))
    assert sorted(found) == ["KH-2020-00000 长河物流集团", "KH-2020-00002 档案1"]


def test_an_expression_may_choose_among_what_is_found(rights, people, many, now) -> None:
    chosen = {"valuesExpression": '=record options()[contains(item.label, "物流")]'}
    assert labels(rights, people["clerk2"], now, "长河", **chosen) == ["KH-2020-00000 长河物流集团"]
    assert labels(rights, people["clerk2"], now, "档案1", **chosen) == []


@pytest.mark.parametrize(
    ("who", "index", "expression", "is_accepted"),
    [
        ("clerk2", 0, "=record options()", True),  # older than all that are listed
        ("clerk2", 5, "=record options()", True),  # known by its number, its name is masked
        ("outsider", 0, "=record options()", False),
        ("clerk2", 0, '=record options()[contains(item.label, "档案")]', False),
        ("clerk2", None, "=record options()", False),
    ],
)
def test_what_is_chosen_is_held_against_the_real_set(rights, people, many, now, who, index, expression, is_accepted) -> None:
    value = "4711" if index is None else str(many[index])
    with rights.reading("acme") as session:
        look_ups = functions.seen_from(session, organisation.current(session, "acme"), None, now=now, by=people[who])
        form = schema(valuesExpression=expression)
        if is_accepted:
            assert forms.validate(form, {"r": value}, {}, functions=look_ups, now=now) == {"r": value}
        else:
            with pytest.raises(errors.Invalid):
                forms.validate(form, {"r": value}, {}, functions=look_ups, now=now)


def test_a_search_takes_a_fixed_number_of_statements_however_many_records_there_are(rights, people, many, now) -> None:
    seen = []
    with rights.reading("acme") as session:
        drawn(session, people["clerk2"], now)  # the organisation is known from now on

        def note(*given: object) -> None:
            seen.append(given[2])

        event.listen(session.get_bind().engine, "before_cursor_execute", note)
        assert len(drawn(session, people["clerk2"], now, "chwl", chosen=str(many[3])).options) == 2
        event.remove(session.get_bind().engine, "before_cursor_execute", note)
    assert len([each for each in seen if "customer_record" in each]) <= 3


def test_a_search_looks_through_no_more_than_a_bounded_number_and_says_so(rights, people, many, now, monkeypatch) -> None:
    monkeypatch.setattr(catalogue, "SCANNED", 100)
    with rights.reading("acme") as session:
        node = drawn(session, people["clerk2"], now, "长河")
        assert node.options == () and node.offer.is_cut
    assert labels(rights, people["clerk2"], now, "KH-2020-00000") == [
        "KH-2020-00000 长河物流集团"
    ]  # its number is always found


def test_an_expression_outside_a_field_does_not_get_a_part_for_the_whole(rights, people, many, now) -> None:
    with rights.reading("acme") as session:
        look_ups = functions.seen_from(session, organisation.current(session, "acme"), None, now=now, by=people["clerk2"])
        with pytest.raises(feel.FeelError) as refused:
            feel.evaluate("count(record options())", {}, functions=look_ups, now=now)
        assert "record options(text)" in str(refused.value)
        assert feel.evaluate('count(record options("长河"))', {}, functions=look_ups, now=now) == 1
