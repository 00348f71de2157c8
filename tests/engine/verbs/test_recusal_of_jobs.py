"""No program gets the jobs of a case about who answers for it (回避)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine import errors
from engine.people import roles
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import service_jobs
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.test_recusal import ACCUSED


def test_no_worker_gets_what_a_case_about_himself_waits_for(database: databases.Database, cast: Cast) -> None:
    """Its variables would tell him of the case, and its result would move it: whoever operates, and his machine accounts."""
    fork = kit.node("parallelGateway", "fork")
    steps = (kit.start(form="complaint"), fork, kit.task("investigate", groups="部门负责人", recused="=accused"))
    ways = kit.chain("started", "fork", "investigate", "done") + kit.chain("fork", "file", "filed")
    drawn = kit.diagram("complaint", *steps, kit.service("file", "archive"), kit.end(), kit.end("filed"), ways)
    kit.deploy(database, cast.owner, kit.form("complaint", ACCUSED), drawn)
    key = kit.begin(database, cast.outsider, "complaint", {"accused": ["clerk"]})
    him, other = (replace(each, roles=frozenset({(roles.OPERATOR, roles.EVERYTHING)})) for each in (cast.clerk, cast.clerk2))

    def leased(by: Actor) -> list[int]:
        with database.transaction("acme") as session:
            leased = service_jobs.activate(session, by, "archive", 9, timeout=timedelta(minutes=1), worker="w", now=kit.NOW)
            return [each.instance_key for each in leased if each.instance_key]

    assert leased(him) == []
    assert leased(other) == [key]
    [job] = kit.rows(database, models.Job, type="archive")
    with database.transaction("acme") as session, pytest.raises(errors.NotFound):
        service_jobs.complete(session, him, job.key, {}, now=kit.NOW)
    with database.transaction("acme") as session:
        service_jobs.complete(session, other, job.key, {}, now=kit.NOW)
