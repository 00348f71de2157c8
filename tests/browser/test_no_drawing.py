"""A process that nobody has drawn: its page and a case's page show it laid out, with the current step marked."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine.people import actors
from engine.storage.database import Database
from tests.browser.office import Office
from tests.browser.people import People
from tests.engine import kit

pytestmark = pytest.mark.browser
COMPANY, PROCESS = "miniapp", "undrawn_walk"


def furnish(database: Database) -> int:
    """Deploys it and starts a case; its key."""
    with database.reading() as session:
        owner, clerk = (actors.load(session, COMPANY, each) for each in ("xiao_ran", "chen_jing"))
    assert owner is not None and clerk is not None
    steps = (kit.start(), kit.task("整理材料", users="chen_jing"), kit.task("归档", users="chen_jing"), kit.end("办结"))
    diagram = kit.diagram(PROCESS, *steps, kit.chain("started", "整理材料", "归档", "办结"), title="未画图的流程")
    kit.deploy(database, owner, diagram)
    return kit.begin(database, clerk, PROCESS)


def test_a_diagram_without_a_layout_is_laid_out(sqlite_office: Office, people: People) -> None:
    with sqlite_office.database() as database:
        case = furnish(database)
    here = people(sqlite_office, COMPANY, "chen_jing").go(f"/processes/{PROCESS}")
    for step in ("started", "整理材料", "归档", "办结"):
        expect(here.page.locator(f'[data-diagram] [data-element-id="{step}"]')).to_be_visible()
    page = here.go(f"/cases/{case}").page
    page.locator("#diagram").scroll_into_view_if_needed()
    expect(page.locator('[data-element-id="整理材料"].at-token')).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("流程图无法显示")
