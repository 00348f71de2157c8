"""催办: whoever waits for a case asks those who hold it to get on with it."""

from __future__ import annotations

import pytest

from engine import errors
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import ending
from engine.verbs.sharing import copies, urging
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.test_beside_a_case import HOUR, NOW, begin, do


def test_line_18_urging_not_after_the_end_and_not_too_often(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    do(database, copies.copy_to, cast.clerk, key, ["manager"])
    with pytest.raises(errors.Forbidden):  # a reader only reads
        do(database, urging.urge, cast.manager, key)
    assert do(database, urging.urge, cast.clerk, key, "客户在等") == ["clerk2"], "not the one who urges"
    with pytest.raises(errors.TooMany, match=r"陈办事 has urged .* can be done again from") as refused:
        do(database, urging.urge, cast.owner, key, now=NOW + HOUR)
    assert refused.value.seconds == 3 * 3600
    do(database, urging.urge, cast.owner, key, now=NOW + 4 * HOUR)
    do(database, ending.terminate, cast.owner, key, "不再需要")
    with pytest.raises(errors.Conflict, match="over already"):
        do(database, urging.urge, cast.clerk, key, now=NOW + 9 * HOUR)


def test_urging_a_called_case_asks_who_holds_that_one_alone(database: databases.Database, cast: Cast) -> None:
    inner = (kit.start("s"), kit.task("b", users="clerk2,owner"), kit.end("e"), kit.chain("s", "b", "e"))
    fork = kit.node("parallelGateway", "fork") + kit.flow("fork", "beside", "") + kit.task("beside", users="head")
    outer = (
        kit.start(),
        fork,
        kit.call("c", "inner"),
        kit.end(),
        kit.chain("started", "fork", "c", "done"),
        kit.flow("beside", "done"),
    )
    kit.deploy(database, cast.owner, kit.diagram("inner", *inner), kit.diagram("outer", *outer))
    outside = kit.begin(database, cast.manager, "outer")
    [called] = kit.rows(database, models.ProcessInstance, parent_key=outside)
    assert do(database, urging.urge, cast.owner, called.key) == ["clerk2"], "neither the head above, nor who urges"
    [event] = kit.rows(database, models.HistoryEvent, kind="urged")
    assert event.instance_key == called.key
    assert sorted(do(database, urging.urge, cast.owner, outside, now=NOW + HOUR)) == ["clerk2", "head"]
    with pytest.raises(errors.TooMany):  # the same people were asked with the case above
        do(database, urging.urge, cast.owner, called.key, now=NOW + 4 * HOUR)
