"""What people type is kept without characters that nobody sees, by page and by API."""

from __future__ import annotations

from collections.abc import Callable

import flask
import pytest

from engine.storage import database as databases
from engine.storage import models
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.pages import PASSWORD, Browser

SignedIn = Callable[..., Browser]
TYPED, KEPT = "请\u202eexe.付款\u2066\x07\n尽快", "请exe.付款\n尽快"


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


def test_characters_that_nobody_sees_are_left_out_of_what_people_write(
    app: flask.Flask, signed_in: SignedIn, purchases: Purchases, database: databases.Database
) -> None:
    case = purchases.start()
    signed_in("clerk").post(f"/cases/{case}/comment", text=TYPED)
    address = f"/v2/extensions/process-instances/{case}/comment"
    sent = app.test_client().post(address, json={"text": TYPED}, auth=("acme/clerk", PASSWORD))
    assert sent.status_code in (200, 204), sent.text
    told = [each.data["values"]["comment"] for each in kit.rows(database, models.HistoryEvent, kind="commented")]
    assert told == [KEPT, KEPT]
    task = purchases.check(case)
    signed_in("manager").post(f"/tasks/{task}/complete", outcome="reject", opinion=TYPED)
    [item] = kit.rows(database, models.WorkItem, user_task_key=task, state="done")
    assert item.opinion == KEPT


def test_bullets_pasted_from_a_word_processor_are_signs_that_every_page_can_draw(
    app: flask.Flask, signed_in: SignedIn, purchases: Purchases
) -> None:
    case, pasted = purchases.start(), "\uf0b7 先查库存\n\uf0d8 再询价"
    someone = signed_in("clerk")
    shown = someone.post(f"/cases/{case}/comment", text=pasted)
    assert "• 先查库存 ➢ 再询价" in shown.words() and "\uf0b7" not in shown.text
    address = f"/v2/extensions/process-instances/{case}/comment"
    app.test_client().post(address, json={"text": pasted}, auth=("acme/clerk", PASSWORD))
    assert someone.get(f"/cases/{case}").text.count("➢ 再询价") >= 2


def test_a_text_that_is_too_long_is_refused_and_never_cut(
    signed_in: SignedIn, purchases: Purchases, database: databases.Database
) -> None:
    """A page sends each end of a line as two characters; the person typed one."""
    case = purchases.start()
    here = signed_in("clerk")
    here.post(f"/cases/{case}/urge", 422, text="急" * 4001)
    here.post(f"/cases/{case}/copy_to", 422, people="manager", text="知" * 4001)
    assert not kit.rows(database, models.HistoryEvent, kind="urged")
    here.post(f"/cases/{case}/comment", text="行\r\n" * 1999 + "止")
    [noted] = kit.rows(database, models.HistoryEvent, kind="commented")
    assert len(noted.data["values"]["comment"]) == 1999 * 2 + 1
