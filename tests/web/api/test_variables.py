"""Variables over the API: searched like everything else, over the cases one may see, with whole and exact values."""

from __future__ import annotations

import itertools
import re
from typing import Any

import httpx
import pytest

from engine.queries.api import api_variables, variables_walk
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.api.test_bad_input import caller

pytestmark = pytest.mark.both_databases  # operators in SQL

LONG = "长" * 9000


@pytest.fixture
def owner(address: str, database: databases.Database, cast: Cast) -> httpx.Client:
    bare = kit.diagram("bare", kit.start(), kit.task("a", groups="流程管理员"), kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, bare)
    return caller(address)


@pytest.fixture
def started(owner: httpx.Client) -> list[str]:
    given = ({"a": "x", "b": 2}, {"a": "x*y", "b": 2}, {"a": None, "c": {"d": [True]}})
    bodies = ({"processDefinitionId": "bare", "variables": each} for each in given)
    return [owner.post("/process-instances", json=each).json()["processInstanceKey"] for each in bodies]


def found(client: httpx.Client, filter: dict[str, Any] | None = None, **more: Any) -> list[tuple[str, str]]:
    own = {"$or": [{"name": name} for name in "abc"]}
    answer = client.post("/variables/search", json={"filter": {**own, **(filter or {})}, **more})
    assert answer.status_code == 200, answer.text
    return [(each["name"], each["value"]) for each in answer.json()["items"]]


ALL = [("a", '"x"'), ("b", "2"), ("a", '"x*y"'), ("b", "2"), ("a", "null"), ("c", '{"d":[true]}')]


def test_every_operator_finds(owner: httpx.Client, started: list[str]) -> None:
    wanted: list[tuple[dict[str, Any], list[Any]]] = [
        ({}, ALL),
        ({"name": {"$in": ["b", "c"]}}, [ALL[1], ALL[3], ALL[5]]),
        ({"name": {"$neq": "a"}}, [ALL[1], ALL[3], ALL[5]]),
        ({"name": {"$notIn": ["a", "b"]}}, [ALL[5]]),
        ({"value": '"x"'}, [ALL[0]]),
        ({"value": ' {"d": [ true ]}'}, [ALL[5]]),
        ({"value": "null"}, [ALL[4]]),
        ({"value": {"$like": '"x?y"'}}, [ALL[2]]),
        ({"value": {"$like": '"x\\*y"'}}, [ALL[2]]),
        ({"value": {"$like": '"x*'}}, [ALL[0], ALL[2]]),
        ({"value": {"$exists": False}}, []),
        ({"isTruncated": True}, []),
    ]
    assert [(filter, found(owner, filter)) for filter, _expected in wanted] == wanted


def test_cases_are_chosen_by_their_keys(owner: httpx.Client, started: list[str]) -> None:
    for name in ("processInstanceKey", "scopeKey"):
        assert found(owner, {name: started[1]}) == ALL[2:4]
        assert found(owner, {name: {"$in": [started[0], started[2]]}}) == [*ALL[:2], *ALL[4:]]
        assert found(owner, {name: {"$neq": started[0]}}) == ALL[2:]


def test_what_fits_no_field_is_refused_by_it(owner: httpx.Client, started: list[str]) -> None:
    for field, filter in (
        ("value", {"value": "x"}),
        ("value", {"value": {"$gt": "1"}}),
        ("name", {"name": 3}),
        ("name", {"$or": [{"name": {"$in": "a"}}]}),
        ("isTruncated", {"isTruncated": {"$like": "t*"}}),
        ("processInstanceKey", {"processInstanceKey": {"$like": "1*"}}),
        ("nme", {"nme": "a"}),
    ):
        answer = owner.post("/variables/search", json={"filter": filter})
        assert answer.status_code == 400 and field in answer.json()["detail"], filter


def test_the_pages_give_every_variable_once_forwards_and_backwards(owner: httpx.Client, started: list[str]) -> None:
    sorts: tuple[list[dict[str, str]], ...] = (
        [],
        [{"field": "value", "order": "DESC"}],
        [{"field": "name"}, {"field": "value"}],
    )
    for sort in sorts:
        everything = found(owner, sort=sort)
        for size, way in itertools.product((1, 4), ("after", "before")):
            seen, total = walked(owner, sort, size, way)
            assert seen == everything and total == len(ALL), (sort, size, way)


def walked(owner: httpx.Client, sort: list[dict[str, str]], size: int, way: str) -> tuple[list[Any], int]:
    """All variables in their order, page by page from the beginning or back from the end, and how many there are told to be."""
    body: dict[str, Any] = {"sort": sort, "page": {"limit": size}, "filter": {"name": {"$in": ["a", "b", "c"]}}}
    seen: list[Any] = []
    if way == "before":
        last = owner.post("/variables/search", json={**body, "page": {"from": 5}}).json()
        body["page"]["before"] = last["page"]["endCursor"]
        seen = [(each["name"], each["value"]) for each in last["items"]]
    while page := owner.post("/variables/search", json=body).json():
        if not page["items"]:
            break
        got = [(each["name"], each["value"]) for each in page["items"]]
        seen = got + seen if way == "before" else seen + got
        body["page"][way] = page["page"]["endCursor" if way == "after" else "startCursor"]
    return seen, page["page"]["totalItems"]


def test_whole_values_are_given_where_they_are_asked_for(owner: httpx.Client) -> None:
    owner.post("/process-instances", json={"processDefinitionId": "bare", "variables": {"a": LONG}})
    [short] = owner.post("/variables/search", json={"filter": {"isTruncated": True}}).json()["items"]
    assert len(short["value"]) == 8192 and short["isTruncated"] is True
    [whole] = owner.post("/variables/search?truncateValues=false", json={"filter": {"name": "a"}}).json()["items"]
    assert (whole["value"], whole["isTruncated"]) == (f'"{LONG}"', False)
    assert owner.get(f"/variables/{short['variableKey']}").json() == whole


def test_numbers_leave_as_they_came(owner: httpx.Client) -> None:
    for text in ("1.50", "100", "12345678901234567890.123456789", "0.1", "-7", "1E-7", "1000000000000000000000"):
        content = f'{{"processDefinitionId": "bare", "variables": {{"a": {text}, "b": [{{"c": {text}}}]}}}}'
        begun = owner.post("/process-instances", content=content, headers={"Content-Type": "application/json"})
        assert f'"a":{text},' in begun.text and f'"c":{text}}}' in begun.text
        assert found(owner, {"scopeKey": begun.json()["processInstanceKey"]}) == [("a", text), ("b", f'[{{"c":{text}}}]')]


def test_others_find_nothing_of_cases_they_may_not_see(owner: httpx.Client, address: str, started: list[str]) -> None:
    [variable] = owner.post("/variables/search", json={"filter": {"name": "c"}}).json()["items"]
    for username in ("acme/outsider", "elsewhere/stranger"):
        other = caller(address, username)
        assert found(other) == []
        assert other.get(f"/variables/{variable['variableKey']}").status_code == 404
        assert other.post("/variables/search", json={"filter": {"scopeKey": started[0]}}).status_code == 404


def test_a_key_of_no_variable_is_refused(owner: httpx.Client) -> None:
    for key in ("1", "x", "9" * 25, "9" * 26, "000000"):
        assert owner.get(f"/variables/{key}").status_code in (400, 404), key


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases are many from two on, and are looked at in windows of two."""
    monkeypatch.setattr(api_variables, "COUNTED_CASES", 1)
    monkeypatch.setattr(variables_walk, "WINDOW", 2)
    monkeypatch.setattr(variables_walk, "BATCH", 1)


@pytest.mark.parametrize("way", ["after", "before"])
def test_of_many_cases_the_pages_give_every_variable_once(
    owner: httpx.Client, many: None, started: list[str], way: str
) -> None:
    body: dict[str, Any] = {"page": {"limit": 2}, "filter": {"name": {"$in": ["a", "b", "c"]}}}
    if way == "before":
        last = owner.post("/variables/search", json={**body, "page": {"from": 5}}).json()
        assert [(each["name"], each["value"]) for each in last["items"]] == ALL[5:]
        body["page"]["before"] = last["page"]["startCursor"]
    seen: list[Any] = [] if way == "after" else ALL[5:]
    while page := owner.post("/variables/search", json=body).json():
        if not page["items"]:
            break
        got = [(each["name"], each["value"]) for each in page["items"]]
        seen = got + seen if way == "before" else seen + got
        assert page["page"]["totalItems"] >= len(got)
        body["page"][way] = page["page"]["endCursor" if way == "after" else "startCursor"]
    assert seen == ALL


def test_of_many_cases_a_page_reads_no_more_than_it_needs(
    owner: httpx.Client, many: None, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Any] = []
    real = variables_walk.variables_of

    def counted(session: Any, instance: Any, **more: Any) -> Any:
        read.append(instance.key)
        return real(session, instance, **more)

    monkeypatch.setattr(variables_walk, "variables_of", counted)
    page = owner.post("/variables/search", json={"page": {"limit": 1}}).json()
    assert len(page["items"]) == 1 and page["page"]["hasMoreTotalItems"] is True and set(read) == {int(started[0])}
    read.clear()
    assert found(owner) == ALL and len(read) == 3
    read.clear()
    [one] = owner.post("/variables/search", json={"filter": {"name": "c"}}).json()["items"]
    assert one["processInstanceKey"] == started[2] and read == [int(started[2])]  # the others are not even read


def test_a_name_is_found_however_it_is_written(owner: httpx.Client, started: list[str]) -> None:
    for name in ('a"b', "a\\b", "100%", "a_b", "金额", "é\n", "A"):
        owner.post("/process-instances", json={"processDefinitionId": "bare", "variables": {name: 1}})
        for asked in (name, {"$eq": name}, {"$in": [name, "x"]}):
            items = owner.post("/variables/search", json={"filter": {"name": asked}}).json()["items"]
            assert [each["name"] for each in items] == [name]


def test_what_takes_too_much_reading_is_gone_on_with_by_a_cursor(
    owner: httpx.Client, many: None, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variables_walk, "MOST_READ", 2)
    part = owner.post("/variables/search", json={"filter": {"name": {"$in": ["a", "c"]}}}).json()
    assert [each["value"] for each in part["items"]] == ['"x"', '"x*y"'] and part["page"]["hasMoreTotalItems"] is True
    rest = {"filter": {"name": {"$in": ["a", "c"]}}, "page": {"after": part["page"]["endCursor"]}}
    assert [each["name"] for each in owner.post("/variables/search", json=rest).json()["items"]] == ["a", "c"]
    nothing = owner.post("/variables/search", json={"filter": {"value": '{"d":[true]}'}})
    assert nothing.status_code == 400
    cursor = re.split("[ ：]", nothing.json()["detail"])[-1]
    go_on = {"filter": {"value": '{"d":[true]}'}, "page": {"after": cursor}}
    assert len(owner.post("/variables/search", json=go_on).json()["items"]) == 1
    assert owner.post("/variables/search", json={"sort": [{"field": "value"}]}).status_code == 400


def test_a_page_is_never_larger_than_memory_bears(
    owner: httpx.Client, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_variables, "MAX_CHARACTERS", 5)
    for sort in ([], [{"field": "name"}]):
        body = {"filter": {"scopeKey": started[0]}, "sort": sort}
        assert owner.post("/variables/search", json=body).status_code == 400
    assert found(owner, {"scopeKey": started[0]}, page={"limit": 1}) == ALL[:1]
    assert owner.post("/variables/search", json={"page": {"from": 10_001}}).status_code == 400


def test_a_cursor_of_no_variable_is_refused_or_leads_nowhere(owner: httpx.Client, started: list[str]) -> None:
    cursors = ("WzFd", "WyJhIiwgImIiXQ==", "x", "WzEsICJhIl0=")
    for cursor, sort in ((each, sort) for each in cursors for sort in ([], [{"field": "name"}])):
        answer = owner.post("/variables/search", json={"page": {"before": cursor}, "sort": sort})
        assert answer.status_code == 400 or answer.json()["items"] == []


def test_a_masked_value_cannot_be_guessed_by_filters(owner: httpx.Client, address: str, database: Any, cast: Cast) -> None:
    apart = kit.task("a", groups="客服专员", separate_from="initiator")
    diagram = kit.diagram("apart", kit.start(form="request"), apart, kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, kit.form("request", kit.text_field("content")), diagram)
    kit.begin(database, cast.clerk, "apart", {"content": "电话13812341234"})
    clerk = caller(address, "acme/clerk")
    for asked in ('"电话13812341234"', {"$like": "*1381234*"}):
        assert clerk.post("/variables/search", json={"filter": {"value": asked}}).json()["items"] == []
    assert clerk.post("/variables/search", json={"filter": {"value": {"$like": "*138\\*\\*\\*\\**"}}}).json()["items"] != []
    assert clerk.post("/variables/search?maskValues=false", json={}).status_code == 400
