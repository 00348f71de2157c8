"""The trial of a draft in the browser: as each person in turn, back and anew, with nothing left behind."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser, Page

SignedIn = Callable[..., Browser]
STEPS = (
    kit.start(form="request"),
    kit.task("a", groups="客服专员", form="look"),
    kit.node("intermediateCatchEvent", "wait", inner=kit.timer("timeDuration", "P3D")),
    kit.boundary("late", "a", kit.timer("timeDuration", "P90D")).replace(' name="late"', ""),
    kit.end(),
    kit.end("overdue"),
    kit.chain("started", "a", "wait", "done"),
    kit.chain("late", "overdue"),
)


@pytest.fixture
def owned(database: databases.Database, cast: Cast) -> None:
    """A process that the heads own."""
    file = {"type": "filepicker", "key": "papers", "label": "材料", "validate": {"required": True}}
    forms = (kit.form("request", kit.text_field("why", required=True), file), kit.form("look", kit.text_field("note")))
    kit.deploy(database, cast.owner, *forms, kit.diagram("leave", *STEPS, owners=["部门负责人"], may_start=["*"]))


def counts(database: databases.Database) -> dict[str, int]:
    with database.reading() as session:
        tables = [each for each in models.metadata.sorted_tables if each.name not in ("sign_in", "heartbeat", "node")]
        return {table.name: session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}


def test_a_draft_is_tried_as_everyone_in_turn_and_leaves_nothing(
    signed_in: SignedIn, owned: None, database: databases.Database, tmp_path: Path
) -> None:
    head, clerk, outsider = signed_in("head"), signed_in("clerk"), signed_in("stranger", "elsewhere")
    draft = head.post("/designer/processes/leave").address
    address = f"{draft}/try"
    assert address in head.get(draft).links()
    before, files = counts(database), sorted(tmp_path.rglob("*"))

    def act(page: Page, status: int = 200, **fields: str) -> Page:
        return head.send(address, {"state": page.form(address)["state"], **fields}, status)

    page = head.get(address)
    assert "陈办事" in page.words("main")
    page = act(page, 422, turn="start|clerk", act="start")
    assert "材料" in page.words(".problems")
    page = act(page, turn="start|clerk", act="start", why="出差", papers="机票.pdf")
    assert "客服专员" in page.words(".trial-turns") and "为何" in page.words(".trial-turns")
    assert "出差" in page.words("aside") and "机票.pdf" in page.words("aside")
    assert "“a”之后未命名的边界事件" in page.words(".trial-bar")
    act(page, 422, turn="0 b|clerk", outcome="submit")
    page = act(page, turn="0 a|clerk2", outcome="submit", note="准")
    assert "到下一期限" in page.words(".trial-bar")
    waiting = page
    page = act(page, act="clock")
    assert "已办结" in page.words(".trial-bar") and "流程已走完" in page.words("main")
    ended = page
    assert "到下一期限" in act(page, act="back").words(".trial-bar")
    assert "谁来发起" in act(page, act="anew").words("main")
    assert 'name="note"' in head.send(f"{address}/live", {"state": act(waiting, act="back").form(address)["state"]}).text
    assert counts(database) == before and sorted(tmp_path.rglob("*")) == files
    head.send(f"{address}/scenario", {"state": ended.form(address)["state"]})
    with database.reading("acme") as session:
        files_of = session.execute(select(models.ProcessDraft.files)).scalar_one()
    [scenario] = [text for name, text in files_of.items() if name.endswith(".toml")]
    assert tomllib.loads(scenario)["expect"]["ended"] == ["done"]
    head.send(address, {"state": "forged"}, 422)
    for other in (clerk, outsider):
        other.get(address, 404)
        other.send(address, {"state": waiting.form(address)["state"]}, 404)


def test_what_keeps_a_draft_from_running_is_told_as_the_checks_tell_it(signed_in: SignedIn, owned: None) -> None:
    head = signed_in("head")
    draft = head.post("/designer/processes/leave").address
    broken = kit.diagram("leave", kit.start(form="nothing"), *STEPS[1:]).content.decode()
    sent = {"revision": 1, "files": {"leave.bpmn": broken}}
    assert head.client.put(draft, json=sent, headers={"X-CSRFToken": head.token()}).status_code == 200
    page = head.get(f"{draft}/try")
    assert "nothing" in page.words(".designer-problems") and "个问题" in page.words(".designer-problems")
