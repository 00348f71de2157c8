"""The API gives what is stored; the form of a task in the language that a program asks for."""

from __future__ import annotations

from typing import Any

import httpx

from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.api.test_bad_input import caller

STEPS = (kit.start(), kit.task("look", groups="客服专员", form="look"), kit.end(), kit.chain("started", "look", "done"))


def test_names_stay_as_they_are_stored_and_a_form_speaks_the_language_asked_for(
    database: databases.Database, cast: Cast, address: str
) -> None:
    field = {"type": "textfield", "key": "note", "label": "说明"}
    said = {"说明": "Note", "请假": "Leave"}
    kit.deploy(database, cast.owner, kit.form("look", field), kit.diagram("leave", *STEPS, title="请假", texts={"en": said}))
    key = kit.open_task(database, kit.begin(database, cast.clerk, "leave"), "look")
    owner: httpx.Client = caller(address)

    def label(**headers: str) -> Any:
        schema = owner.get(f"/user-tasks/{key}/form", headers=headers).json()["schema"]
        return "Note" if '"Note"' in schema else "说明" if "说明" in schema else schema

    assert label() == "说明"
    assert label(**{"Accept-Language": "en-GB,en;q=0.9"}) == "Note"
    assert label(**{"Accept-Language": "zh-CN"}) == "说明"
    assert owner.get(f"/user-tasks/{key}", headers={"Accept-Language": "en"}).json()["processName"] == "请假"
