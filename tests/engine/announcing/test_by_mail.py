"""Notices by mail: from a step that was done to the letter of who has the next, by a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.storage import database as databases
from tests import smtp_server
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world


@pytest.fixture
def post() -> Iterator[smtp_server.Mailroom]:
    with smtp_server.running() as room:
        yield room


def test_new_work_is_mailed_once_with_a_link_that_opens_the_task(
    database: databases.Database, cast: Cast, post: smtp_server.Mailroom
) -> None:
    world.prepare(database, cast, head="en")
    world.mail(database, post.port)
    steps = kit.start() + kit.task("填写", assignee="clerk") + kit.task("审核", assignee="head") + kit.end()
    kit.deploy(database, cast.owner, kit.diagram("请示", steps, kit.chain("started", "填写", "审核", "done")))
    key = kit.begin(database, cast.clerk, "请示")
    world.go(database)
    assert post.letters == []  # he began it himself: nobody need tell him
    kit.complete(database, cast.clerk, key, "填写")
    assert post.letters == []  # nothing leaves with the transaction
    world.go(database)
    world.go(database)
    (letter,) = post.letters
    task = kit.open_task(database, key, "审核")
    assert (letter["To"], letter["From"]) == ("何负责 <head@acme.example>", "样例公司 <banjie@acme.example>")
    assert letter["Subject"].startswith("New task: 审核 · ")
    assert f"https://banjie.example/tasks/{task}" in letter.get_content()
