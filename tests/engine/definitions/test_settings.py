"""workflow.toml and zeebe:properties: what they give, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from engine.definitions import settings, task_settings

WHOLE: dict[str, Any] = {
    "title": "投诉处理",
    "category": "投诉",
    "description": "…",
    "order": 5,
    "number": "TS-{date}-{seq:04}",
    "may_start": ["客服"],
    "managers": ["主管"],
    "visible_to": ["审计"],
    "initiator_may_cancel": False,
    "title_of_case": '="投诉:" + unit',
    "due": "5wd",
    "warn": "1wd",
    "summary": [{"label": "项目", "value": "=project"}],
    "searched": ["=supplier"],
    "register": [{"label": "额", "value": "=amount", "type": "number"}],
    "instructions": {"start": "请如实填写"},
}


def test_everything_that_is_written_is_read() -> None:
    assert settings.problems(WHOLE) == []
    read = settings.read(WHOLE)
    assert read.start_instructions == "请如实填写" and read.may_start == ("客服",) and read.initiator_may_cancel is False
    assert read.summary == (settings.Column("项目", "=project"),)
    assert read.register[0].type == "number"


def test_nothing_written_means_the_defaults() -> None:
    assert settings.read({}) == settings.Settings()
    assert settings.problems({}) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", 5),
        ("order", "5"),
        ("order", True),
        ("number", "TS"),
        ("may_start", "客服"),
        ("managers", [1]),
        ("initiator_may_cancel", "no"),
        ("summary", [{"label": "x"}]),
        ("summary", [{"label": "x", "value": "=1"}] * 6),
        ("summary", "x"),
        ("searched", "=a"),
        ("searched", ["a"]),
        ("searched", ["=1 +"]),
        ("searched", ["=a"] * 11),
        ("title_of_case", "=1 +"),
        ("register", [{"label": "x", "value": "=("}]),
        ("colour", "red"),
        ("retention", "10"),
        ("retention", "29d"),
        ("retention", "101y"),
        ("retention", "1５y"),
        ("retention", 10),
        ("due", "5wx"),
    ],
)
def test_what_is_wrong_is_named_and_never_breaks_a_running_process(name: str, value: Any) -> None:
    [problem] = settings.problems({name: value})
    assert name in str(problem) and problem.severity == "error"
    settings.read({name: value})


def test_an_approval_offers_approve_and_reject_and_wants_a_reason_for_no() -> None:
    task = task_settings.read({"kind": "approve"})
    assert [(each.id, each.label) for each in task.outcomes] == [("approve", "同意"), ("reject", "不同意并结束")]
    assert task.needs_opinion("reject") and not task.needs_opinion("approve")
    assert not task_settings.read({"kind": "approve", "opinion": "optional"}).needs_opinion("reject")
    assert task_settings.read({"opinion": "required"}).needs_opinion("submit")
    named = task_settings.read({"kind": "approve", "opinion_on": "approve"})
    assert named.needs_opinion("approve") and named.needs_opinion("reject") and not named.needs_opinion("submit")


def test_own_outcomes_have_own_labels() -> None:
    task = task_settings.read(
        {"outcomes": "substantiated:属实, unsubstantiated:不属实,return", "separate_from": "initiator, ask"}
    )
    assert [(each.id, each.label) for each in task.outcomes] == [
        ("substantiated", "属实"),
        ("unsubstantiated", "不属实"),
        ("return", "退回修改"),
    ]
    assert task.has_own_outcomes and task.separate_from == ("initiator", "ask")
    assert task_settings.read({}).outcomes == (task_settings.Outcome("submit", "提交"),)


@pytest.mark.parametrize(
    "properties",
    [
        {"kind": "guess"},
        {"rule": "ratio"},
        {"opinion": "maybe"},
        {"opinion_on": "aprove", "kind": "approve"},
        {"opinion_on": "submit", "opinion": "none"},
        {"opinion": "required on reject", "outcomes": "accept:无误,guide:需要指导"},
        {"outcomes": "yes"},
        {"outcomes": "a:1,a:2"},
        {"due": "=("},
        {"recused": "=1 +"},
        {"due": "5wx"},
    ],
)
def test_wrong_properties_are_named(properties: dict[str, str]) -> None:
    assert list(task_settings.problems(properties))


def test_good_properties_have_no_problem() -> None:
    good = {
        "kind": "approve",
        "outcomes": "approve,return,reject",
        "due": "5wd",
        "warn": "1wd",
        "opinion": "required on reject",
    }
    assert list(task_settings.problems(good)) == []


def test_an_unknown_setting_is_told_with_the_nearest_known_one() -> None:
    (misspelt,) = settings.problems({"numbr": "QQ-{seq}"})
    assert str(misspelt) == "Unknown setting numbr; did you mean number?"
    (unlike,) = settings.problems({"xyzzy": 1})
    assert str(unlike) == "Unknown setting xyzzy."
