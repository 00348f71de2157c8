"""A form that asks for too much work is refused at every way in, and the field is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from engine.deploying import deployment
from engine.deploying.deployment import Resource
from engine.storage import database as databases
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
HEAVY = "=count(for i in 1..2000 return i * i) > 5000"


@pytest.fixture
def heavy(database: databases.Database, cast: Cast, now: datetime) -> None:
    """A process whose start form has 400 fields with a heavy condition each."""
    fields: list[dict[str, Any]] = [
        {"type": "textfield", "key": f"k{number}", "id": f"k{number}", "label": f"栏目{number}", "conditional": {"hide": HEAVY}}
        for number in range(400)
    ]
    resources = [
        kit.form("much", *fields),
        kit.diagram(
            "heavy",
            kit.start(form="much"),
            kit.task("a", groups="客服专员"),
            kit.end(),
            kit.chain("started", "a", "done"),
            may_start=["客服专员"],
        ),
    ]
    with database.transaction(COMPANY) as session:
        deployment.deploy(
            session, cast.owner, [Resource(each.name, each.content, each.settings) for each in resources], now=now
        )


def test_page_live_evaluation_and_submission_are_refused_with_the_field(signed_in: SignedIn, heavy: None) -> None:
    someone = signed_in("clerk")
    for page in (
        someone.get("/start/heavy", status=422),
        someone.send("/start/heavy/live", {"k1": "x"}, status=422),
        someone.send("/start/heavy", {"k1": "x"}, status=422),
    ):
        assert "计算量过大" in page.text and "栏目" in page.text
    someone.get("/inbox")  # and everything else goes on
