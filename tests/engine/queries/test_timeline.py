"""The timeline says of everybody what he wrote, and nothing that others did."""

from __future__ import annotations

from engine.people import organisation
from engine.queries.cases import timeline
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit


def test_a_field_of_a_form_is_never_quoted_as_the_words_of_who_completes_the_step(
    database: databases.Database, cast: Cast
) -> None:
    steps = (kit.task("note", users="owner"), kit.task("check", users="owner"))
    kit.deploy(
        database,
        cast.owner,
        kit.diagram("heard", kit.start(), *steps, kit.end(), kit.chain("started", "note", "check", "done")),
    )
    case = kit.begin(database, cast.outsider, "heard")
    kit.complete(database, cast.owner, case, "note", {"comment": "客户原话"})
    kit.complete(database, cast.owner, case, "check", {"comment": "客户原话"})
    with database.reading("acme") as session:
        told = timeline.timeline(session, organisation.current(session, "acme"), case)
    done = [each for each in told if each.kind == "completed"]
    assert [(each.opinion, each.reason, each.has_filled_in) for each in done] == [("", "", True), ("", "", True)]
