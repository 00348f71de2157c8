"""How personal data look when they are masked, and what of a case's variables is."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cases.personal import personal_data
from engine.definitions import definitions
from engine.storage import database as databases
from engine.storage import locking, models
from engine.verbs.running import service_jobs
from tests import cast as casting
from tests.cast import Cast
from tests.engine import kit


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("王明", "王*"),
        ("王小明", "王**"),
        ("欧阳小明", "欧**"),
        ("王", "王*"),
        ("13812341234", "138****1234"),
        ("138 1234 1234", "138****1234"),
        ("+86 13812341234", "+86*******1234"),
        ("66668888", "******88"),
        ("11010519491231002X", "110***********002X"),
        ("wang@example.com", "w***@example.com"),
        ("匿名", "匿名"),
        ("", ""),
        (None, None),
        (5, 5),
        (["王明", "李四"], ["王*", "李*"]),
    ],
)
def test_names_numbers_and_addresses_are_masked(value: object, shown: object) -> None:
    assert personal_data.mask(value) == shown


@given(st.text(min_size=2, max_size=40).filter(lambda text: len(text.strip()) > 1))
def test_no_text_is_left_as_it_was(text: str) -> None:
    assert personal_data.mask(text) != text.strip() or set(text.strip()[1:]) == {"*"}


PERSONAL = {"properties": {"personal": True}}
FORM = kit.form(
    "request",
    {"type": "number", "key": "telephone", "label": "telephone"} | PERSONAL,
    {
        "type": "group",
        "path": "basic",
        "label": "basic",
        "components": [kit.text_field("phone") | PERSONAL, kit.text_field("note")],
    },
    {"type": "group", "label": "all", "components": [kit.text_field("unit"), kit.text_field("address")]} | PERSONAL,
    {
        "type": "dynamiclist",
        "path": "people",
        "label": "people",
        "components": [kit.text_field("name") | PERSONAL, kit.text_field("note")],
    },
    {"type": "group", "path": "client.basic", "label": "client", "components": [kit.text_field("mobile") | PERSONAL]},
    {"type": "select", "key": "handler", "label": "handler", "values": [{"label": "a", "value": "13812341234"}]},
    kit.text_field("note"),
)


@pytest.fixture
def masked(database: databases.Database, cast: Cast) -> Any:
    """Masks variables as the process with FORM does."""
    diagram = kit.diagram("marked", kit.start(form="request"), kit.end(), kit.chain("started", "done"))
    kit.deploy(database, cast.owner, FORM, diagram)
    with database.reading("acme") as session:
        definition = definitions.latest(session, "acme", "marked")
    return lambda **known: personal_data.masked(definition, known)


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        ({"telephone": Decimal(13812341234)}, {"telephone": "138****1234"}),
        ({"basic": {"phone": "66668888", "note": "转66668888"}}, {"basic": {"phone": "******88", "note": "转******88"}}),
        ({"unit": "王小明家", "address": "东门街3号"}, {"unit": "王**", "address": "东**"}),
        (
            {"people": [{"name": "李雷", "note": "李雷已到"}], "note": "找李雷"},
            {"people": [{"name": "李*", "note": "李*已到"}], "note": "找李*"},
        ),
        ({"complainant": {"name": "王小明", "age": 40}}, {"complainant": {"name": "王**", "age": 40}}),
        (
            {"client": {"basic": {"mobile": "13812341234"}}, "loaded": {"basic": {"mobile": "13900005678"}}},
            {"client": {"basic": {"mobile": "138****1234"}}, "loaded": {"basic": {"mobile": "139****5678"}}},
        ),
        ({"any": {"deep": [{"er": "电话13812341234"}]}}, {"any": {"deep": [{"er": "电话138****1234"}]}}),
    ],
)
def test_marked_fields_are_masked_at_any_depth_and_their_words_everywhere(masked: Any, known: Any, shown: Any) -> None:
    assert masked(**known) == shown


@pytest.mark.parametrize(
    "known",
    [
        {"handler": "13812341234"},  # chosen from a list: a username
        {"initiator": "13812341234", "instance_number": "TS-20260302-0001", "started_at": "2026-03-02T09:00:00+08:00"},
        {"files": [{"key": "252158945873895424", "name": "说明.txt", "size": 3, "type": "text/plain"}]},
        {
            "amount": Decimal("13812341234.50"),
            "count": 3,
            "is_large": True,
            "none": None,
            "list": [],
            "customer_record": "252158945873895424",
        },
        {"complainant": "匿名", "note": "匿名客户投诉，客户不愿留名"},
    ],
)
def test_what_is_nobodys_is_left_as_it_is(masked: Any, known: Any) -> None:
    assert masked(**known) == known


def test_a_word_for_nobody_is_not_hidden_in_what_others_write(masked: Any) -> None:
    assert masked(complainant="客户", note="客户不满意")["note"] == "客户不满意"


def test_a_job_whose_case_is_being_moved_is_left_rather_than_waited_for(postgres_database: databases.Database) -> None:
    cast = casting.assemble(postgres_database)
    job = kit.service("ship", "ship-it")
    diagram = kit.diagram("shipping", kit.start(), job, kit.end(), kit.chain("started", "ship", "done"))
    kit.deploy(postgres_database, cast.owner, diagram, now=kit.NOW)
    key = kit.begin(postgres_database, cast.owner, "shipping", {"complainant": "王小明"})

    def leased() -> list[service_jobs.HandedOut]:
        with postgres_database.transaction("acme") as session:
            found = service_jobs.activate(
                session, cast.owner, "ship-it", 5, timeout=timedelta(minutes=1), worker="w", now=kit.NOW
            )
            return [service_jobs.hand_out(session, cast.owner, each, None, now=kit.NOW) for each in found]

    with postgres_database.transaction("acme") as session:
        assert locking.instance(session, key) is not None
        assert leased() == []
    (row,) = kit.rows(postgres_database, models.Job)
    assert (row.state, row.worker, row.attempts) == ("open", None, 0)
    (handed,) = leased()
    assert handed.variables["complainant"] == "王小明"
