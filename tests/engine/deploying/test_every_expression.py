"""Wherever FEEL may stand, a sign of a Chinese keyboard in it is refused at deployment, with the sign to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from engine import errors, forms
from engine.definitions import company_settings, declarations, settings, task_settings, terms
from engine.deploying.checking import checks
from engine.forms.checking import checks as form_checks
from engine.intake import setup
from engine.runtime import program
from engine.runtime.checking import rules
from tests.engine import kit
from tests.engine.decisions import dmn

SLIPS = ("=amount＞5", "＝amount > 5", "=sum（amount，1）", "=amount > １", "=decision = “同意”")
EXPRESSIONS = (
    declarations.FORMULA,
    declarations.DEADLINE,
    declarations.PEOPLE,
    declarations.STAND_IN,
    declarations.PEOPLE_OR_ANYONE,
    declarations.WEIGHTS,
    declarations.FORMULAS,
)
FOR_PEOPLE = {  # texts that a settings page would not take for expressions: each is obeyed as it is written
    declarations.TEXT,
    declarations.CHOICE,
    declarations.STEP,
    declarations.OUTCOMES,
    declarations.OUTCOME_IDS,
    declarations.VARIABLE,
    declarations.PATTERN,
    declarations.PERIOD,
    declarations.RULE,
    declarations.BUTTONS,
    declarations.NAMES,
    declarations.RULES,
    declarations.ROLES,
    declarations.TASKS,
    declarations.GROUPS,
    declarations.PROCESSES,
    declarations.USERNAMES,
    declarations.HOURS,
    declarations.CALENDAR,
    declarations.SWITCH,
    declarations.NUMBER,
    declarations.TABLE,
    declarations.TABLES,
}
# Ids, names and words of a diagram that are never expressions; all its other texts may be.
PLAIN = {
    program.Element: {
        *("id", "name", "type", "documentation", "lane", "parent", "form_id", "form_key", "result_variable"),
        *("attached_to", "default", "compensated_by"),
    },
    program.Event: {"kind", "activity"},
    program.MultiInstance: {"input_element", "output_collection", "unread_maximum"},  # the last is told as it is
    program.TaskDefinition: set(),
    program.IoMapping: {"target"},
    program.Timer: {"type"},
    program.Flow: {"id", "source", "target", "name"},
}


def told(problems: Any) -> str:
    return " ".join(str(each) for each in problems)


def is_refused(problems: list[Any]) -> bool:
    grave = [each for each in problems if each.severity == "error"]
    return any("full-width sign; write" in str(each) for each in grave)


def places() -> Iterator[tuple[type, declarations.Setting]]:
    for place in (task_settings.TaskSettings, task_settings.StepSettings, task_settings.EndSettings):
        yield from ((place, setting) for setting in declarations.settings_of(place).values())
    for place in (settings.Settings, settings.Column, terms.Public, terms.Paper):
        yield from ((place, setting) for setting in declarations.settings_of(place).values())
    for place in company_settings.TABLES.values():
        yield from ((place, setting) for setting in declarations.settings_of(place).values())


DECLARED = [(place, setting) for place, setting in places() if setting.type in EXPRESSIONS]


def test_every_kind_of_setting_is_an_expression_or_is_not() -> None:
    """A new kind is told here, so that its expressions are checked too."""
    assert {setting.type for _place, setting in places()} <= {*EXPRESSIONS, *FOR_PEOPLE}
    assert len(DECLARED) > 8


@pytest.mark.parametrize(("place", "setting"), DECLARED, ids=lambda each: getattr(each, "name", getattr(each, "__name__", "")))
@pytest.mark.parametrize("slip", SLIPS)
def test_every_setting_that_takes_an_expression_refuses_the_sign(place: type, setting: declarations.Setting, slip: str) -> None:
    public = {"title": "t", "form": "f", "message": "m"}
    if place is task_settings.TaskSettings:
        step = kit.task("step", groups="客服专员", **{setting.name: slip})
        found = checks.check([kit.diagram("p", kit.start(), step, kit.end(), kit.chain("started", "step", "done"))])
    elif place is task_settings.EndSettings:
        listed = (
            f"<zeebe:properties><zeebe:property name={quoteattr(setting.name)} value={quoteattr(slip)}/></zeebe:properties>"
        )
        ended = kit.node("endEvent", "done", extension=listed)
        found = checks.check([kit.diagram("p", kit.start(), ended, kit.chain("started", "done"))])
    elif setting.type == declarations.FORMULAS:
        found = settings.problems({setting.name: [slip]})
    elif place is settings.Column:
        found = settings.problems({"register": [{"label": "x", setting.name: slip}]})
    elif place is terms.Public:
        found = settings.problems({"public": public | {setting.name: slip}})
    else:
        found = settings.problems({setting.name: slip})
    assert is_refused(found), told(found)


@pytest.mark.parametrize("slip", SLIPS)
def test_values_that_stand_in_tables_refuse_the_sign(slip: str) -> None:
    public = {"title": "t", "form": "f", "message": "m", "shows": [{"label": "x", "value": slip}]}
    assert is_refused(settings.problems({"public": public}))
    assert is_refused(settings.problems({"summary": [{"label": "x", "value": slip}]}))
    hook = {"process": "p", "message": "m", "variables": {"amount": slip.replace("amount", "payload")}}
    with pytest.raises(errors.Invalid, match="full-width sign"):
        setup.check({"intake": {"hooks": {"wechat": hook}}})


def texts(kind: type) -> list[str]:
    """The fields of a part of a diagram that are texts."""
    return [each.name for each in fields(kind) if each.type in ("str", "str | None") and each.name not in PLAIN[kind]]


def parts(slip: str) -> Iterator[tuple[str, program.Element, dict[str, program.Flow]]]:
    """An element with the slip, for every text of it and of what it holds."""
    bare = program.Element("a", "a", "userTask")
    loop, event = program.MultiInstance(), program.Event("message")
    for name in texts(program.Element):
        yield name, replace(bare, **{name: slip}), {}
    for name in texts(program.MultiInstance):
        yield name, replace(bare, multi_instance=replace(loop, **{name: slip})), {}
    for name in texts(program.Event):
        yield name, replace(bare, event=replace(event, **{name: slip})), {}
    for name in texts(program.Timer):
        timer = replace(program.Timer("duration", ""), **{name: slip})
        yield name, replace(bare, event=replace(event, timer=timer)), {}
    for name in texts(program.TaskDefinition):
        given = {"type": "work", name: slip}
        yield name, replace(bare, task_definition=program.TaskDefinition(**given)), {}
    for name in texts(program.IoMapping):
        mapping = program.IoMapping(**{"source": "", "target": "x", name: slip})
        yield name, replace(bare, inputs=(mapping,)), {}
        yield name, replace(bare, outputs=(mapping,)), {}
    for name in texts(program.Flow):
        flow = replace(program.Flow("f", "a", "b"), **{name: slip})
        yield name, replace(bare, outgoing=("f",)), {"f": flow}
    yield "properties", replace(bare, properties={"anything": slip}), {}


@pytest.mark.parametrize("slip", SLIPS)
def test_every_text_of_a_diagram_that_may_be_an_expression_refuses_the_sign(slip: str) -> None:
    missed = []
    for name, element, flows in parts(slip):
        drawn = program.Program("p", "p", True, None, {"a": element}, flows, (), ())
        if not is_refused(list(rules.texts(drawn, element, frozenset()))):
            missed.append(name)
    assert missed == []


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("attribute", [*sorted(form_checks._CHECKED), "hide"])
def test_every_expression_of_a_form_refuses_the_sign(attribute: str, slip: str) -> None:
    component: dict[str, Any] = {"type": "textfield", "key": "x", "label": "x"}
    component |= {"conditional": {"hide": slip}} if attribute == "hide" else {attribute: slip}
    found = forms.problems({"type": "default", "id": "f", "components": [component]}, frozenset())
    assert is_refused(list(found)), told(found)


@pytest.mark.parametrize("slip", [each.removeprefix("=") for each in SLIPS if not each.startswith("＝")])
def test_an_expression_of_a_decision_refuses_the_sign(slip: str) -> None:
    file = checks.Resource("d.dmn", dmn.model(dmn.inputs("amount", "decision"), dmn.decision("d", dmn.literal(slip), "amount")))
    assert is_refused(checks.check([file]))
