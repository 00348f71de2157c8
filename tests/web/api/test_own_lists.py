"""What somebody keeps for himself in the inbox, over the API with the rights and refusals of the pages."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from engine.storage import database as databases
from tests import patience
from tests.cast import COMPANY
from tests.web.api.conftest import PASSWORD


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


class Caller:
    """Somebody who calls our part of the API."""

    def __init__(self, address: str, username: str) -> None:
        self.address, self.credentials = f"{address}/v2/extensions", (f"{COMPANY}/{username}", PASSWORD)

    def __call__(self, method: str, path: str, status: int = 200, body: Any = None) -> Any:
        answer = httpx.request(method, f"{self.address}{path}", json=body, auth=self.credentials, timeout=patience.SECONDS)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.text else None


def test_phrases_are_kept_and_the_companys_by_administrators(address: str) -> None:
    clerk, owner = Caller(address, "clerk"), Caller(address, "owner")
    key = clerk("POST", "/phrases", body={"text": "情况属实，同意。"})["key"]
    assert clerk("GET", "/phrases") == {"items": [{"key": key, "text": "情况属实，同意。", "forAll": False}]}
    assert owner("GET", "/phrases") == {"items": []}
    assert "text" in clerk("POST", "/phrases", 400, {"text": "情况属实，同意。"})["errors"]
    clerk("POST", "/phrases", 403, {"text": "已阅。", "forAll": True})
    shared = owner("POST", "/phrases", body={"text": "已阅。", "forAll": True})["key"]
    assert [each["text"] for each in clerk("GET", "/phrases")["items"]] == ["情况属实，同意。", "已阅。"]
    owner("DELETE", f"/phrases/{key}", 404)
    clerk("DELETE", f"/phrases/{shared}", 403)
    clerk("DELETE", f"/phrases/{key}", 204)


def test_views_are_kept_shared_and_seen_by_those_they_are_shared_with(address: str) -> None:
    clerk, other, head = (Caller(address, name) for name in ("clerk", "clerk2", "head"))
    body = {"name": "本周到期", "query": {"due": "week"}, "sharedWith": "客服专员"}
    key = clerk("POST", "/views", body=body)["key"]
    assert clerk("POST", "/views", body=body | {"query": {"due": "day"}})["key"] == key  # in its place
    [mine], [theirs] = clerk("GET", "/views")["items"], other("GET", "/views")["items"]
    assert (mine["isOwn"], theirs["isOwn"], theirs["query"]["due"]) == (True, False, "day")
    assert head("GET", "/views") == {"items": []}
    assert "sharedWith" in head("POST", "/views", 400, body)["errors"]
    assert "quary" in str(clerk("POST", "/views", 400, {"name": "x", "query": {"quary": "x"}}))
    other("DELETE", f"/views/{key}", 403)
    head("DELETE", f"/views/{key}", 404)
    clerk("DELETE", f"/views/{key}", 204)


def test_the_columns_of_a_list_are_chosen_and_laid_out_as_usual_again(address: str) -> None:
    clerk = Caller(address, "clerk")
    usual = clerk("GET", "/list-layouts/open")
    assert usual["isOwn"] is False
    columns = [{"name": "arrived", "isShown": True, "width": "wide"}, {"name": "number", "isShown": True, "width": "normal"}]
    clerk("PUT", "/list-layouts/open", 204, {"columns": columns})
    now = clerk("GET", "/list-layouts/open")
    assert now["isOwn"] and now["columns"][:2] == columns and not any(each["isShown"] for each in now["columns"][2:])
    assert Caller(address, "clerk2")("GET", "/list-layouts/open") == usual
    for wrong in ([], [{"name": "numbr"}], [{"name": "number", "width": "huge"}], [{"name": "number"}, {"name": "number"}]):
        clerk("PUT", "/list-layouts/open", 400, {"columns": wrong})
    clerk("PUT", "/list-layouts/elsewhere", 404, {"columns": columns})
    clerk("DELETE", "/list-layouts/open", 204)
    assert clerk("GET", "/list-layouts/open") == usual
