"""`banjie verify` finds the case whose history was changed, and says its number."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from engine.storage import models
from tests import cast as casting
from tests.engine import kit
from tests.engine.commands.office import Place


def test_a_changed_history_is_found_by_its_number(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.run("init") == 0
    database = place.database()
    cast = casting.assemble(database)
    kit.deploy(database, cast.owner, *kit.two_steps())
    whole, changed = (kit.begin(database, cast.clerk, "two_steps", {"subject": "x"}) for _ in range(2))
    numbers = {key: kit.instance(database, key).number for key in (whole, changed)}
    assert place.run("verify") == 0
    assert "2 cases checked, 0 faults" in capsys.readouterr().out
    with database.transaction() as session:
        event = models.HistoryEvent
        session.execute(update(event).where(event.instance_key == changed, event.sequence == 1).values(actor="somebody"))
    database.close()
    assert place.run("verify") == 1
    told = capsys.readouterr().out
    assert numbers[changed] in told and numbers[whole] not in told
