"""Text and numbers that no database can hold are refused, from every way in; nothing of them is stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import history
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.running import messages, process_instances
from tests.cast import Cast
from tests.engine import kit

BAD = ("a\x00b", "a\ud800b")


@pytest.mark.parametrize("text", BAD, ids=["nul", "surrogate"])
def test_texts_that_cannot_be_stored_are_refused_or_cleaned(database: databases.Database, cast: Cast, text: str) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps(title_of_case="=subject"))
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    task = kit.open_task(database, key, "a")
    ways: list[Callable[[Session], object]] = [
        lambda session: user_tasks.complete(session, cast.clerk, task, {"answer": text}, opinion=text, now=kit.NOW),
        lambda session: user_tasks.complete(session, cast.clerk, task, {"answer": "y"}, outcome=text, now=kit.NOW),
        lambda session: user_tasks.assign(session, cast.owner, task, "clerk", text, now=kit.NOW),
        lambda session: user_tasks.assign(session, cast.owner, task, text, "因为", now=kit.NOW),
        lambda session: process_instances.start(session, cast.clerk, text, {}, now=kit.NOW),
        lambda session: process_instances.cancel(session, cast.clerk, key, text, now=kit.NOW),
        lambda session: messages.publish(session, cast.owner, text, text, {"x": text}, now=kit.NOW, message_id=text),
    ]
    for way in ways:
        try:
            with database.transaction("acme") as session:
                way(session)
        except errors.Refusal:
            continue
    with database.reading() as session:
        for instance in kit.rows(database, models.ProcessInstance):
            assert history.verify(session, instance.key) == []


@pytest.mark.parametrize("key", [10**30, -(10**30), 2**63])
def test_keys_beyond_all_rows_are_not_found(database: databases.Database, cast: Cast, key: int) -> None:
    for verb in (user_tasks.claim, user_tasks.unclaim, user_tasks.open_for):
        with pytest.raises(errors.Refusal), database.transaction("acme") as session:
            verb(session, cast.owner, key, now=kit.NOW)
    with pytest.raises(errors.Refusal), database.transaction("acme") as session:
        process_instances.cancel(session, cast.owner, key, "因为", now=kit.NOW)
