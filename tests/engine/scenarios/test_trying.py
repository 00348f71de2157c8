"""A trial of a draft: the real engine on the company as it is, and nothing of it anywhere but in memory."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from engine import errors
from engine.deploying.deployment import DeploymentRefused
from engine.designing.packages import Package
from engine.designing.scenarios import scripts
from engine.people.actors import Actor
from engine.scenarios import play
from engine.scenarios.trials import trying
from engine.scenarios.trials.draft_stage import DraftStage, Furniture, furniture
from engine.storage import database as databases
from engine.storage import keys, models
from tests.cast import Cast
from tests.engine import kit

NOW = datetime(2026, 2, 10, 1, tzinfo=UTC)
ANSWER = {"by": "clerk", "form": {"why": "出差"}}


@pytest.fixture
def calling(database: databases.Database, cast: Cast) -> databases.Database:
    """A company with a published process that a draft calls."""
    kit.deploy(database, cast.owner, *kit.two_steps("inner", may_start=["*"]))
    return database


def package(*steps: str, beside: str = "") -> Package:
    content = steps or (
        kit.start(form="request"),
        kit.task("a", groups="客服专员"),
        kit.node("intermediateCatchEvent", "wait", inner=kit.timer("timeDuration", "P3D")),
        kit.call("inside", "inner"),
        kit.end(),
        kit.chain("started", "a", "wait", "inside", "done"),
    )
    diagram = kit.diagram("outer", *content, beside=beside, may_start=["*"])
    form = kit.form("request", kit.text_field("why", required=True))
    return Package(
        {each.name.rpartition("/")[2]: each.content.decode() for each in (diagram, form)}, {"outer": {"may_start": ["*"]}}
    )


def given(database: databases.Database, by: Actor, drawn: Package) -> Furniture:
    with database.reading(by.company_id) as session:
        return furniture(session, by, "outer", drawn)


def counts(database: databases.Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in models.metadata.sorted_tables
        }


def look(trial: trying.Trial) -> trying.Situation:
    with trial.stage.database.reading(trial.stage.company) as session:
        return trial.situation(session)


def test_a_draft_is_walked_to_its_end_and_back_without_a_trace(calling: databases.Database, cast: Cast) -> None:
    before = counts(calling)
    keys.use_node(77)
    trial = trying.Trial(given(calling, cast.owner, package()), NOW, [])
    try:
        with pytest.raises(errors.Invalid) as refused:
            trial.take({"start": {"by": "clerk", "form": {}}})
        assert "why" in refused.value.fields and trial.steps == []
        trial.take({"start": ANSWER})
        (turn,) = look(trial).turns
        assert turn.place.element_id == "a" and turn.people == [("clerk", "陈办事"), ("clerk2", "程办事")]
        trial.take({"task": "a", "by": "clerk2", "form": {}})
        stands = look(trial)
        assert stands.next_due is not None and stands.turns == [] and "wait" in stands.marks["token"]
        trial.take({"until": stands.next_due.isoformat()})
        assert look(trial).turns[0].place.process_name == "流程 inner"
        steps = trial.steps
    finally:
        trial.close()
    again = trying.Trial(given(calling, cast.owner, package()), NOW, steps[:-1])
    assert again.broken is None and "wait" in look(again).marks["token"]
    again.close()
    assert (keys.new() >> keys.SEQUENCE_BITS) & 1023 == 77  # the real database's keys are made as before
    keys.use_node(0)
    assert counts(calling) == before


def test_a_process_that_an_expression_names_is_tried_too(calling: databases.Database, cast: Cast) -> None:
    call = kit.call("inside", "=&quot;in&quot; + &quot;ner&quot;")
    steps = (kit.start(form="request"), call, kit.end(), kit.chain("started", "inside", "done"))
    trial = trying.Trial(given(calling, cast.owner, package(*steps)), NOW, [{"start": ANSWER}])
    assert look(trial).turns[0].place.process_name == "流程 inner"
    trial.close()


def test_steps_that_fit_no_more_fall_away_and_there_is_an_end_to_them(calling: databases.Database, cast: Cast) -> None:
    changed = package(kit.start(form="request"), kit.task("b", groups="客服专员"), kit.end(), kit.chain("started", "b", "done"))
    steps: list[trying.Step] = [{"start": ANSWER}, {"task": "a", "by": "clerk", "form": {}}]
    trial = trying.Trial(given(calling, cast.owner, changed), NOW, steps)
    assert isinstance(trial.broken, errors.Conflict) and trial.steps == steps[:1]
    trial.close()
    with pytest.raises(errors.Invalid):
        trying.require_short([{"until": NOW.isoformat()}] * 41)
    with pytest.raises(errors.Invalid):
        trying.require_short([{"start": {"by": "clerk", "form": {"why": "x" * 200_000}}}])
    with pytest.raises(DeploymentRefused):
        DraftStage(given(calling, cast.owner, package(kit.start(form="nothing"), kit.end(), kit.chain("started", "done"))), NOW)


def test_a_trial_is_a_scenario_that_goes_as_written(calling: databases.Database, cast: Cast) -> None:
    later = datetime(2026, 3, 1, tzinfo=UTC)
    steps: list[trying.Step] = [{"start": ANSWER}, {"task": "a", "by": "clerk", "form": {}}, {"until": later.isoformat()}]
    text = trying.as_scenario("出差", NOW, steps, {"state": "active"})
    stage = DraftStage(given(calling, cast.owner, package()), NOW)
    play(stage, "outer", scripts.read(scripts.written(text), "出差"))
    assert stage.now == later
    stage.close()


def test_a_trial_hands_over_signs_sends_back_and_hears_messages(calling: databases.Database, cast: Cast) -> None:
    drawn = package(
        kit.start(form="request"),
        kit.task("a", assignee="clerk", kind="approve", due="1wd", warn="4wh"),
        kit.task("b", groups="客服专员", kind="approve", **{"return": "any"}),
        kit.node("intermediateCatchEvent", "heard", inner='<bpmn:messageEventDefinition messageRef="m"/>'),
        kit.service("outside", "print.badge"),
        kit.end(),
        kit.chain("started", "a", "b", "heard", "outside", "done"),
        beside=kit.message("m", "answer", '="K1"'),
    )
    before = counts(calling)
    trial = trying.Trial(given(calling, cast.owner, drawn), NOW, [])
    try:
        trial.take({"start": ANSWER})
        assert look(trial).outlook.due is not None and look(trial).outlook.due.is_reminder  # type: ignore[union-attr]
        trial.take({"task": "a", "by": "clerk", "hand_over": {"to": "clerk2", "reason": "休假"}})
        assert [each.people for each in look(trial).turns] == [[("clerk2", "程办事")]]
        assert ("程办事", "New work") in {(each.who, each.kind) for each in look(trial).outlook.notices}
        trial.take({"task": "a", "by": "clerk2", "sign": {"to": ["head"], "position": "before", "reason": "请先看"}})
        assert ("head", "何负责") in look(trial).turns[0].people
        trial.take({"task": "a", "by": "head", "outcome": "approve"})
        trial.take({"task": "a", "by": "clerk2", "outcome": "approve"})
        assert look(trial).outlook.due is None, "the deadline of a step that is over is none"
        (turn,) = look(trial).turns
        with trial.stage.database.reading("acme") as session:
            assert [each.element for each in trial.ways_back(session, turn, "clerk")][:1] == ["a"]
        trial.take({"task": "b", "by": "clerk", "return": {"to": "a", "reason": "重写"}})
        assert [each.place.element_id for each in look(trial).turns] == ["a"]
        assert any(each.who == "程办事" for each in look(trial).outlook.notices)
        trial.take({"task": "a", "by": "clerk2", "outcome": "approve"})
        trial.take({"task": "b", "by": "clerk", "outcome": "approve"})
        (heard,) = look(trial).outlook.awaited
        assert (heard.name, heard.correlation) == ("answer", "K1")
        trial.take({"message": "answer", "correlation": "K1", "variables": {"score": 5}})
        assert look(trial).values["score"] == 5 and look(trial).outlook.outside == [("print.badge", "outside")]
        trial.take({"job": "print.badge", "complete": {}})
        ended = look(trial).instance
        assert ended is not None and ended.state == "completed"
        text = trying.as_scenario("全部", NOW, trial.steps, {"state": "completed"})
    finally:
        trial.close()
    assert scripts.read(scripts.written(text), "全部") and counts(calling) == before
