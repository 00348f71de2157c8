"""Twenty at once on the public page: no complaint is lost, no number comes twice, the inbox stays usable; `banjie bench` takes a thousand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import flask
import pytest
from sqlalchemy import event

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web import complaints
from tests.web.complaints import Customer, number_and_secret
from tests.web.pages import Browser, Page

pytestmark = pytest.mark.both_databases  # twenty writers at once

CLIENTS, EACH, TRIES = 20, 10, 40


def file_all(app: flask.Flask, client: int) -> list[tuple[str, str]]:
    """One customer's complaints; a busy data store is asked again with the same form, as a browser would."""
    customer = Customer(app)
    token = customer.token()
    got = []
    for number in range(EACH):
        form = {
            "csrf_token": token,
            "receipt": f"receipt-of-{client:03}-{number:03}-long",
            **complaints.FILED,
            "content": f"第 {client}/{number} 件",
        }
        for _ in range(TRIES):
            answer = customer.client.post("/p/acme/complaint", data=form)
            if answer.status_code != 503:
                break
        assert answer.status_code == 200, answer.text[:500]
        got.append(number_and_secret(Page(answer)))
    return got


@pytest.mark.slow
def test_two_hundred_complaints_by_twenty_clients(
    app: flask.Flask, database: databases.Database, cast: Cast, signed_in: Callable[..., Browser]
) -> None:
    kit.deploy(database, cast.owner, *complaints.resources())
    app.config["PUBLIC_LIMITS"] = False
    with ThreadPoolExecutor(CLIENTS) as pool:
        filed = [each for found in pool.map(lambda client: file_all(app, client), range(CLIENTS)) for each in found]
    numbers, secrets = Counter(number for number, _ in filed), Counter(secret for _, secret in filed)
    assert len(numbers) == len(secrets) == CLIENTS * EACH and "" not in numbers and "" not in secrets
    stored = Counter(case.number for case in kit.rows(database, models.ProcessInstance))
    assert stored == numbers
    assert len(kit.rows(database, models.UserTask, state="open")) == CLIENTS * EACH
    statements: list[str] = []
    clerk = signed_in("clerk")
    event.listen(database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert len(clerk.get("/inbox").tree.xpath("//*[@data-row]")) == 50
    assert len([each for each in statements if each.startswith("SELECT")]) < 20
