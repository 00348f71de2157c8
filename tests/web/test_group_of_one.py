"""What is offered to a group in which only one can act is his: the inbox does not count it among what is to be claimed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize(("group", "username", "is_shared"), [("部门负责人", "head", False), ("客服专员", "clerk", True)])
def test_only_what_others_could_claim_too_is_to_be_claimed(
    database: databases.Database, cast: Cast, signed_in: Callable[..., Browser], group: str, username: str, is_shared: bool
) -> None:
    drawn = kit.diagram("ask", kit.start(), kit.task("answer", groups=group), kit.end(), kit.chain("started", "answer", "done"))
    kit.deploy(database, cast.owner, drawn)
    kit.begin(database, cast.outsider, "ask")
    browser = signed_in(username)
    page = browser.get("/inbox")
    assert "answer" in page.words("main")
    for words in ("其中待认领1", "标有组名的", "您所在组"):
        assert (words in page.words("main")) is is_shared, (words, page.words("main"))
    assert ("answer" in browser.get("/inbox?holder=group").words("main")) is is_shared
    assert ("answer" in browser.get("/inbox?holder=me").words("main")) is not is_shared
