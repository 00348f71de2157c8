"""Every operation on tasks and cases over pages and API: the same right, the same refusal in the same words, the same effect."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import flask
import pytest

from engine.storage import database as databases
from engine.storage import models
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.pages import PASSWORD, Browser
from web.api import extensions
from web.frame.operations import acts

SignedIn = Callable[..., Browser]
DONE = 200
AS_THE_API_SAYS = {302: DONE, 204: DONE, 422: 400}  # what is wrong with fields is 400 there; all else is the same number
NUMBER = re.compile(r"CG-\d+-\d+")  # by which the twins differ
LAST = (
    "delegate",
    "add_before",
    "transfer",
    "return",
    "assign",
    "terminate",
    "void",
)  # what ends a person's part, so that the others are tried before


@dataclass(frozen=True)
class Twin:
    """One of two cases that are alike, its first task and who holds that."""

    case: int
    task: int
    item: int


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


def operations() -> Iterator[tuple[str, str]]:
    """Kind and name of all, with what ends a part or the case at the end."""
    named = [("tasks", name) for name in acts.ON_TASKS] + [("cases", name) for name in acts.ON_CASES]
    return iter(sorted(named, key=lambda each: (each[1] in LAST, LAST.index(each[1]) if each[1] in LAST else 0)))


def twin(purchases: Purchases) -> Twin:
    """A case whose first task clerk2 has claimed."""
    case = purchases.start()
    task = purchases.claim(case, purchases.cast.clerk2)
    return Twin(case, task, next(row.key for row in kit.rows(purchases.database, models.WorkItem) if row.user_task_key == task))


def given(twin: Twin, name: str) -> dict[str, str]:
    """What any of them asks for."""
    said = {"reason": "因故", "text": "请办", "person": "head", "number": "CG-20260302-0001", "until": "2026-03-20T18:00"}
    return {**said, "task": f"{twin.task}:", "target": str(twin.item) if name == "remove_signer" else "check"}


def on_page(browser: Browser, twin: Twin, kind: str, name: str) -> tuple[int, str]:
    key = twin.task if kind == "tasks" else twin.case
    sent = {**given(twin, name), "people": "head", "seen": "check", "csrf_token": browser.token()}
    answer = browser.client.post(f"/{kind}/{key}/{name}", data=sent)
    return AS_THE_API_SAYS.get(answer.status_code, answer.status_code), NUMBER.sub("", answer.text)


def on_api(app: flask.Flask, username: str, twin: Twin, kind: str, name: str) -> tuple[int, str]:
    where = f"user-tasks/{twin.task}" if kind == "tasks" else f"process-instances/{twin.case}"
    path = f"/v2/extensions/{where}/{name.replace('_', '-')}"
    who, headers = (f"acme/{username}", PASSWORD), {"Accept-Language": "zh-CN"}
    read = [each.name for each in {**acts.ON_TASKS, **acts.ON_CASES}[name].fields] + list(extensions.ALSO.get(name, ()))
    sent = {each: value for each, value in {**given(twin, name), "people": ["head"]}.items() if each in read}
    answer = app.test_client().post(path, json=sent, auth=who, headers=headers)
    told: Any = answer.json if answer.is_json else {}
    return AS_THE_API_SAYS.get(answer.status_code, answer.status_code), NUMBER.sub("", (told or {}).get("detail", ""))


def course(database: databases.Database, twin: Twin) -> list[Any]:
    """What a case has come to: its events, and who holds what."""
    events = [(each.kind, each.actor) for each in kit.rows(database, models.HistoryEvent) if each.instance_key == twin.case]
    items = [
        (each.username, each.group_name, each.state, each.position)
        for each in kit.rows(database, models.WorkItem)
        if each.instance_key == twin.case
    ]
    return [kit.instance(database, twin.case).state, events, items]


@pytest.mark.parametrize(
    ("username", "state"),
    [
        ("outsider", "claimed"),  # who knows nothing of the case
        ("clerk", "claimed"),  # who started it
        ("clerk2", "claimed"),  # who holds it
        ("owner", "claimed"),  # who manages the process
        ("clerk2", "suspend"),
        ("clerk2", "terminate"),
    ],
)
def test_page_and_api_allow_and_refuse_alike_and_leave_the_same_behind(
    app: flask.Flask, signed_in: SignedIn, purchases: Purchases, database: databases.Database, username: str, state: str
) -> None:
    purchases.start()  # to be linked
    left, right = twin(purchases), twin(purchases)
    for each in (left, right) if state != "claimed" else ():
        signed_in("owner").post(f"/cases/{each.case}/{state}", reason="等待")
    browser, told = signed_in(username), {}
    for kind, name in operations():
        shown, answered = on_page(browser, left, kind, name), on_api(app, username, right, kind, name)
        assert shown[0] == answered[0], (kind, name, answered[1])
        if answered[0] != DONE:
            assert answered[1] and answered[1] in shown[1], (kind, name, answered)
        told[kind, name] = answered[0]
    assert course(database, left) == course(database, right)
    if username == "outsider":
        assert set(told.values()) == {404}
    if state != "claimed":
        assert {told["tasks", name] for name in acts.ON_TASKS} == {409}
