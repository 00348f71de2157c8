"""A process whose diagram cannot be drawn, as its ids are Chinese: its page and a case's page tell its steps in their order, with the current one marked."""

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


def test_a_diagram_that_cannot_be_drawn_is_a_list_of_steps(sqlite_office: Office, people: People) -> None:
    with sqlite_office.database() as database:
        case = furnish(database)
    here = people(sqlite_office, COMPANY, "chen_jing").go(f"/processes/{PROCESS}")
    steps = here.page.locator("[data-diagram].as-list li b")
    expect(steps).to_have_text(["started", "整理材料", "归档", "办结"])
    page = here.go(f"/cases/{case}").page
    page.locator("#diagram").scroll_into_view_if_needed()
    expect(page.locator("[data-diagram].as-list li.here b")).to_have_text("整理材料")
    expect(page.locator("main")).not_to_contain_text("流程图无法显示")
