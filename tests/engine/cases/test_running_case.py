"""What the register says of a running case is looked up for whoever may see that case, and for nobody else."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from engine import errors, feel
from engine.cases import look_ups
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.verbs.running import process_instances
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.test_concurrency import at_once

REGISTER = [{"label": "合同编号", "value": "=contract"}, {"label": "客户", "value": "=customer"}]


def deploy(database: databases.Database, cast: Cast) -> None:
    steps = (kit.start(form="request"), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))
    diagram = kit.diagram("opening", *steps, register=REGISTER, managers=["主管领导"], may_start=["客服专员"])
    kit.deploy(database, cast.owner, kit.form("request", kit.text_field("contract"), kit.text_field("customer")), diagram)


def test_a_running_case_is_told_to_whoever_may_see_it(database: databases.Database, cast: Cast, now: datetime) -> None:
    deploy(database, cast)
    older = kit.begin(database, cast.clerk, "opening", {"contract": "HT-1", "customer": "甲公司"}, now=now)
    newer = kit.begin(
        database, cast.clerk, "opening", {"contract": "HT-1", "customer": "乙公司"}, now=now + timedelta(minutes=1)
    )

    def ask(by: Actor | None, contract: str | None = "HT-1", wanted: str = "客户") -> str | None:
        with database.reading("acme") as session:
            functions = look_ups.seen_from(session, organisation.current(session, "acme"), None, now=now, by=by)
            text, given = 'running case("opening", "合同编号", contract, wanted)', {"contract": contract, "wanted": wanted}
            return feel.evaluate(text, given, functions=functions, now=now)

    assert ask(cast.manager) == ask(cast.clerk) == "乙公司"
    assert ask(cast.manager, wanted="单号") == kit.instance(database, newer).number
    assert ask(cast.outsider) is None and ask(None) is None
    assert ask(cast.manager, "HT-2") is None and ask(cast.manager, None) is None
    with pytest.raises(feel.FeelError, match="客戶"):
        ask(cast.manager, wanted="客戶")
    with database.transaction("acme") as session:
        process_instances.cancel(session, cast.manager, newer, "登记有误", now=now)
    assert ask(cast.manager) == "甲公司"
    kit.complete(database, cast.clerk, older, "a", now=now)
    assert ask(cast.manager) is None


@pytest.mark.both_databases
def test_of_several_who_begin_what_must_run_once_one_begins(database: databases.Database, cast: Cast) -> None:
    """The form of the start asks whether one runs; it is asked once more when the first corrects what he began."""
    once = '=if running case("once", "合同编号", contract, "单号") = null then "" else "^$"'
    steps = (kit.start(form="request"), kit.task("correct", groups="客服专员", form="request"), kit.end())
    diagram = kit.diagram(
        "once", *steps, kit.chain("started", "correct", "done"), register=REGISTER[:1], may_start=["客服专员"]
    )
    kit.deploy(database, cast.owner, kit.form("request", kit.text_field("contract", pattern=once)), diagram)

    def begin() -> int:
        return kit.begin(database, cast.clerk, "once", {"contract": "HT-1"})

    begun = at_once(*[begin] * 4)
    assert Counter(map(type, begun)) == {int: 1, errors.Invalid: 3}
    [key] = [each for each in begun if isinstance(each, int)]
    kit.complete(database, cast.clerk, key, "correct", {"contract": "HT-1"})
    assert isinstance(begin(), int)
