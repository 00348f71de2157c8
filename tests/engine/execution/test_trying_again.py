"""Incidents of before are tried again: databases hold what their tokens waited for as plain JSON."""

from __future__ import annotations

from sqlalchemy import text

from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import incidents
from tests.cast import Cast
from tests.engine import kit

# Column `values` of an incident of a call whose process was missing, as the first version wrote it.
STORED = (
    '{"process": "inner", "wait": {"kind": "call", "details": {"process_id": "inner", "inputs": {"subject": "桥"},'
    ' "propagate_all_parent_variables": true, "propagate_all_child_variables": true}}}'
)


def test_a_call_that_an_earlier_version_left_as_an_incident_is_tried_again(database: databases.Database, cast: Cast) -> None:
    calling = kit.diagram("outer", kit.start(), kit.call("ask", "inner"), kit.end(), kit.chain("started", "ask", "done"))
    kit.deploy(database, cast.owner, calling)
    key = kit.begin(database, cast.owner, "outer", {"subject": "桥"})
    [incident] = kit.rows(database, models.Incident, instance_key=key)
    with database.transaction() as session:
        session.execute(text('UPDATE incident SET "values" = :stored'), {"stored": STORED})
    inner = kit.diagram("inner", kit.start(), kit.task("work"), kit.end(), kit.chain("started", "work", "done"))
    kit.deploy(database, cast.owner, inner)
    with database.transaction("acme") as session:
        incidents.resolve(session, cast.owner, incident.key, now=kit.NOW)
    [called] = kit.rows(database, models.ProcessInstance, process_id="inner")
    assert called.state == "active"
    assert kit.instance(database, key).incidents == 0
