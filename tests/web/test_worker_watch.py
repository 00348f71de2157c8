"""A background worker that died is noticed: by probes, and by administrators on the pages that follow cases."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask
import pytest

from engine import errors
from engine.background.worker import Worker
from engine.storage import database as databases
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
TOLD = "后台"


def pages(case: int) -> list[str]:
    return ["/status", "/status/cases", "/status/processes/purchase", "/status/incidents", f"/cases/{case}"]


def ready(app: flask.Flask) -> tuple[int, dict[str, Any]]:
    answer = app.test_client().get("/health/ready")
    return answer.status_code, json.loads(answer.text)


def test_administrators_see_that_the_background_work_stands_still(
    signed_in: SignedIn, purchases: Purchases, database: databases.Database, clock: Clock
) -> None:
    case = purchases.start()
    owner = signed_in("owner")
    for page in pages(case):
        assert TOLD in owner.get(page).words("@role='status'"), page
    Worker(database, clock).run_once()
    for page in pages(case):
        assert TOLD not in owner.get(page).words("@role='status'"), page
    clock.moment += timedelta(seconds=61)
    for page in pages(case):
        assert "09:00" in owner.get(page).words("@role='status'"), page


def test_nobody_else_and_no_other_page_is_troubled_with_it(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    for username, page in (("manager", "/status"), ("clerk", f"/cases/{case}"), ("owner", "/inbox")):
        assert TOLD not in signed_in(username).get(page).words("@role='status'"), page


def test_a_server_is_ready_without_a_worker_and_says_so(app: flask.Flask, database: databases.Database, clock: Clock) -> None:
    assert ready(app) == (200, {"status": "ok", "database": "ok", "disk": "ok", "worker": "silent"})
    Worker(database, clock).run_once()
    assert ready(app)[1]["worker"] == "ok"


def test_a_server_whose_database_cannot_be_written_is_alive_and_not_ready(
    app: flask.Flask, database: databases.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_company: str | None = None) -> Any:
        raise errors.Unavailable("The data store cannot take this just now.")

    monkeypatch.setattr(database, "transaction", refuse)
    status, found = ready(app)
    assert (status, found["database"], found["disk"]) == (503, "not writable", "ok")
    assert app.test_client().get("/health/live").status_code == 200


def test_a_server_whose_data_folder_cannot_be_written_is_not_ready(app: flask.Flask, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "files", ignore_errors=True)
    (tmp_path / "files").write_text("no folder")
    status, found = ready(app)
    assert (status, found["database"], found["disk"]) == (503, "ok", "not writable")
    assert str(tmp_path) not in json.dumps(found)
