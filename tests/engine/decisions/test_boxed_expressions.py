"""Boxed expressions (clause 10.2.2): context, list, relation, invocation, function, conditional, iterators."""

from __future__ import annotations

import pytest

from engine import decisions
from tests.engine.decisions import dmn

LIST = "<list>" + "".join(dmn.literal(str(n)) for n in (1, 2, 3)) + "</list>"


def value(logic: str, *others: str, required: tuple[str, ...] = (), **context: object) -> object:
    xml = dmn.model(*others, dmn.decision("d", logic, *required))
    return decisions.evaluate(decisions.parse(xml), "d", context).value


def entry(name: str, logic: str, type: str = "") -> str:
    reference = f' typeRef="{type}"' if type else ""
    variable = f'<variable name="{name}"{reference}/>' if name else ""
    return f"<contextEntry>{variable}{logic}</contextEntry>"


def test_entries_of_a_context_see_the_ones_before_them() -> None:
    logic = f"<context>{entry('单 价', dmn.literal('3'))}{entry('总价', dmn.literal('单 价 * 2'))}</context>"
    assert value(logic) == {"单 价": 3, "总价": 6}


def test_the_result_entry_is_the_value_of_the_context() -> None:
    logic = f"<context>{entry('a', dmn.literal('3'))}{entry('', dmn.literal('a + 1'))}</context>"
    assert value(logic) == 4


def test_a_typed_entry_that_is_not_of_its_type_is_null() -> None:
    typed = entry("a", dmn.literal('"x"'), "number")
    assert value(f"<context>{typed}</context>") == {"a": None}


def test_a_list_and_a_relation() -> None:
    assert value(LIST) == [1, 2, 3]
    row = "<row>" + dmn.literal('"王"') + dmn.literal("30") + "</row>"
    relation = f'<relation><column name="姓名"/><column name="年 龄"/>{row}</relation>'
    assert value(relation) == [{"姓名": "王", "年 龄": 30}]
    assert value(f"<context>{entry('r', relation)}{entry('', dmn.literal('r[1].年 龄'))}</context>") == 30


def test_an_invocation_binds_arguments_by_name() -> None:
    def binding(name: str, text: str) -> str:
        return f'<binding><parameter name="{name}"/>{dmn.literal(text)}</binding>'

    call = f"<invocation>{dmn.literal('减 法')}{binding('小 数', '1')}{binding('大 数', '5')}</invocation>"
    model = dmn.knowledge("减 法", "大 数, 小 数", dmn.literal("大 数 - 小 数"))
    assert value(call, model, required=("knowledge::减 法",)) == 4
    assert value(f"<invocation>{dmn.literal('减 法')}{binding('大 数', '5')}</invocation>", model) is None


def test_a_boxed_function_is_called_by_a_later_entry() -> None:
    function = (
        '<functionDefinition><formalParameter name="n" typeRef="number"/>' + dmn.literal("n * k") + "</functionDefinition>"
    )
    entries = entry("k", dmn.literal("10")) + entry("f", function)
    assert value(f"<context>{entries}{entry('', dmn.literal('f(2)'))}</context>") == 20
    wrongly = entry("", dmn.literal('f("2")'))
    assert value(f"<context>{entries}{wrongly}</context>") is None


def test_a_function_written_in_feel_outlives_its_entry() -> None:
    entries = entry("f", dmn.literal("function(a, b) a - b"))
    assert value(f"<context>{entries}{entry('', dmn.literal('f(b: 1, a: 3)'))}</context>") == 2


def test_a_java_function_is_refused_at_parsing() -> None:
    function = '<functionDefinition kind="Java">' + dmn.literal("1") + "</functionDefinition>"
    model = decisions.parse(dmn.model(dmn.decision("d", function)))
    assert [problem.values["kind"] for problem in model.problems()] == ["Java"]


def conditional(condition: str) -> str:
    return f"<conditional><if>{dmn.literal(condition)}</if><then>{dmn.literal('1')}</then><else>{LIST}</else></conditional>"


def test_null_takes_the_else_and_a_condition_that_is_no_boolean_makes_the_whole_null() -> None:
    assert value(conditional("1 < 2")) == 1
    assert value(conditional("null")) == [1, 2, 3]
    assert value(conditional('"x"')) is None


def test_a_filter_sees_item_and_the_entries_of_an_element() -> None:
    assert value(f"<filter><in>{LIST}</in><match>{dmn.literal('item > 1')}</match></filter>") == [2, 3]
    people = dmn.literal('[{姓名: "王", 岁: 30}, {姓名: "李", 岁: 20}]')
    kept = value(f"<filter><in>{people}</in><match>{dmn.literal('岁 > 25')}</match></filter>")
    assert kept == [{"姓名": "王", "岁": 30}]


@pytest.mark.parametrize(
    ("tag", "part", "text"),
    [
        ("some", "satisfies", 'if item = 2 then true else "x"'),
        ("every", "satisfies", 'if item = 1 then true else "x"'),
        ("filter", "match", 'if item = 1 then true else "x"'),
        ("filter", "match", '"x"'),
    ],
)
def test_a_condition_that_is_no_boolean_makes_an_iteration_null(tag: str, part: str, text: str) -> None:
    assert value(f"<{tag}><in>{dmn.literal('[1, 2]')}</in><{part}>{dmn.literal(text)}</{part}></{tag}>") is None


def test_for_some_and_every() -> None:
    def loop(tag: str, part: str, text: str) -> str:
        return f'<{tag} iteratorVariable="x"><in>{LIST}</in><{part}>{dmn.literal(text)}</{part}></{tag}>'

    assert value(loop("for", "return", "x * x")) == [1, 4, 9]
    assert value(loop("for", "return", "x + count(partial)")) == [1, 3, 5]
    assert value(loop("some", "satisfies", "x > 2")) is True
    assert value(loop("every", "satisfies", "x > 2")) is False
    assert value(loop("every", "satisfies", '"x"')) is None


def test_only_lists_and_ranges_are_iterated_over_and_anything_else_is_null() -> None:
    def loop(text: str) -> str:
        body = dmn.literal("x")
        return f'<for iteratorVariable="x"><in>{dmn.literal(text)}</in><return>{body}</return></for>'

    assert value(loop("null")) is None
    assert value(loop("7")) is None
    assert value(loop("[3..5]")) == [3, 4, 5]
