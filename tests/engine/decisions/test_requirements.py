"""Decision requirements: what a decision needs is made first, and only that can be seen."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import decisions, errors
from tests.engine.decisions import dmn

RISK = dmn.decision(
    "风险等级",
    dmn.table(["金额"], ["y"], [["> 10000", '"高"'], ["<= 10000", '"低"']]),
    "金额",
)


def value(xml: bytes, name: str, context: dict[str, object] | None = None, **imports: bytes) -> object:
    return decisions.evaluate(decisions.parse(xml, imports=imports), name, context or {}).value


def test_a_decision_sees_the_decisions_it_requires() -> None:
    approver = dmn.decision("审批人", dmn.literal('if 风险等级 = "高" then "总经理" else "经理"'), "decision::风险等级")
    xml = dmn.model(dmn.inputs("金额"), RISK, approver)
    assert value(xml, "审批人", {"金额": 20000}) == "总经理"
    assert value(xml, "审批人", {"金额": 5}) == "经理"


def test_a_decision_does_not_see_decisions_that_it_does_not_require() -> None:
    xml = dmn.model(dmn.decision("秘密", dmn.literal("1")), dmn.decision("d", dmn.literal("秘密")))
    assert value(xml, "d") is None


def test_a_variable_that_no_input_data_declares_is_seen_as_in_camunda() -> None:
    xml = dmn.model(dmn.decision("d", dmn.table(["金额"], ["y"], [["> 10", '"高"'], ["-", '"低"']], "FIRST")))
    assert value(xml, "d", {"金额": 20}) == "高"


def test_a_decision_is_found_by_its_name_where_the_id_differs() -> None:
    xml = dmn.model('<decision id="d1" name="审批  人">' + dmn.literal("1 + 1") + "</decision>")
    assert value(xml, "审批 人") == 2
    assert value(xml, "d1") == 2


def test_an_unknown_decision_is_not_found() -> None:
    with pytest.raises(errors.NotFound, match="没有的"):
        value(dmn.model(RISK), "没有的")


def test_a_decision_without_logic_takes_its_value_from_outside() -> None:
    manual = '<decision id="m" name="人工认定"/>'
    xml = dmn.model(manual, dmn.decision("d", dmn.literal('人工认定 + "！"'), "decision::m"))
    assert value(xml, "d", {"人工认定": "属实"}) == "属实！"
    assert value(xml, "m") is None


def test_a_ring_of_requirements_is_a_problem_and_never_runs_for_ever() -> None:
    xml = dmn.model(dmn.decision("a", dmn.literal("b"), "decision::b"), dmn.decision("b", dmn.literal("a"), "decision::a"))
    model = decisions.parse(xml)
    assert {problem.element_id for problem in model.problems() if problem.severity == "error"} == {"a", "b"}
    with pytest.raises(decisions.DecisionError):
        decisions.evaluate(model, "a", {})


def test_a_knowledge_model_is_called_by_position_and_by_name() -> None:
    payment = dmn.knowledge("月供", "本金:number, 月数:number", dmn.literal("本金 / 月数"))
    by_position = dmn.decision("甲", dmn.literal("月供(1200, 12)"), "knowledge::月供")
    by_name = dmn.decision("乙", dmn.literal("月供(月数: 12, 本金: 1200)"), "knowledge::月供")
    xml = dmn.model(payment, by_position, by_name)
    assert value(xml, "甲") == value(xml, "乙") == Decimal(100)


def test_a_knowledge_model_may_hold_a_table_and_use_another() -> None:
    rate = dmn.knowledge("费率", "等级", dmn.table(["等级"], ["y"], [['"高"', "0.3"], ["-", "0.1"]], "FIRST"))
    fee = dmn.knowledge("费用", "额,等级", dmn.literal("额 * 费率(等级)"), "knowledge::费率")
    xml = dmn.model(rate, fee, dmn.decision("d", dmn.literal('费用(10, "高")'), "knowledge::费用"))
    assert value(xml, "d") == Decimal(3)


def test_a_knowledge_model_may_call_itself_but_not_for_ever() -> None:
    factorial = dmn.knowledge("fac", "n", dmn.literal("if n < 2 then 1 else n * fac(n - 1)"))
    endless = dmn.knowledge("again", "n", dmn.literal("again(n + 1)"))
    xml = dmn.model(
        factorial,
        endless,
        dmn.decision("d", dmn.literal("fac(5)"), "knowledge::fac"),
        dmn.decision("e", dmn.literal("again(1)"), "knowledge::again"),
    )
    assert value(xml, "d") == 120
    with pytest.raises(errors.Refusal):
        value(xml, "e")


def test_a_knowledge_model_can_be_evaluated_alone() -> None:
    xml = dmn.model(dmn.knowledge("加", "a,b", dmn.literal("a + b")))
    assert value(xml, "加", {"a": 1, "b": 2}) == 3


SERVICE = (
    '<decisionService id="s" name="定价服务"><variable name="定价服务"/><outputDecision href="#总价"/>'
    '<encapsulatedDecision href="#小计"/><inputDecision href="#折扣"/><inputData href="#数量"/></decisionService>'
)
PRICING = (
    dmn.inputs("数量"),
    dmn.decision("折扣", dmn.literal("0.5")),
    dmn.decision("小计", dmn.literal("数量 * 10"), "数量"),
    dmn.decision("总价", dmn.literal("小计 * 折扣"), "decision::小计", "decision::折扣"),
    SERVICE,
)


def test_a_decision_service_is_evaluated_from_its_inputs() -> None:
    assert value(dmn.model(*PRICING), "定价服务", {"数量": 4, "折扣": 0.1}) == 4


def test_a_decision_service_is_a_function_of_data_then_decisions() -> None:
    caller = dmn.decision("d", dmn.literal("定价服务(4, 0.2)"), "knowledge::s")
    named = dmn.decision("e", dmn.literal("定价服务(折扣: 0.2, 数量: 4)"), "knowledge::s")
    xml = dmn.model(*PRICING, caller, named)
    assert value(xml, "d") == value(xml, "e") == 8


def test_a_service_with_several_outputs_gives_a_context() -> None:
    service = SERVICE.replace("<encapsulatedDecision", "<outputDecision").replace('id="s"', 'id="t"')
    xml = dmn.model(*PRICING[:-1], service)
    assert value(xml, "t", {"数量": 1, "折扣": 1}) == {"总价": 10, "小计": 10}


def imported(alias: str, namespace: str) -> str:
    return f'<import name="{alias}" namespace="{namespace}" importType="{dmn.LATEST}"/>'


BASE = dmn.model(
    dmn.inputs("姓名"),
    dmn.decision("问候", dmn.literal('"你好，" + 姓名'), "姓名"),
    dmn.knowledge("加一", "n", dmn.literal("n + 1")),
    namespace="urn:base",
)


def test_imported_elements_are_seen_behind_the_imports_name() -> None:
    xml = dmn.model(
        imported("基础 库", "urn:base"),
        dmn.decision(
            "d",
            dmn.literal("基础 库.问候 + string(基础 库.加一(1))"),
            "decision::urn:base#问候",
            "knowledge::urn:base#加一",
        ),
    )
    assert value(xml, "d", {"姓名": "王"}, base=BASE) == "你好，王2"
    assert value(xml, "d", {"{urn:base}姓名": "李"}, base=BASE) == "你好，李2"


GREETING = (
    dmn.decision("d", dmn.literal("称呼 + 基础 库.姓名"), "称呼", "urn:base#姓名")
    + dmn.inputs("称呼")
    + '<decisionService id="s" name="s"><outputDecision href="#d"/><inputData href="#称呼"/>'
    + '<inputData href="urn:base#姓名"/></decisionService>'
)


@pytest.mark.parametrize(
    "called",
    [
        's("您好，", "王")',
        's(称呼: "您好，", 基础 库.姓名: "王")',
        's(基础 库.姓名: "王", 称呼: "您好，")',
        's(称呼: "您好，", 姓名: "王")',
    ],
)
def test_a_services_imported_input_is_named_behind_its_import(called: str) -> None:
    xml = dmn.model(imported("基础 库", "urn:base"), GREETING, dmn.decision("caller", dmn.literal(called), "knowledge::s"))
    assert decisions.parse(xml, imports={"base": BASE}).problems() == []
    assert value(xml, "caller", base=BASE) == "您好，王"


@pytest.mark.parametrize(
    "given", [{"基础 库.姓名": "王"}, {"基础 库": {"姓名": "王"}}, {"姓名": "王"}, {"{urn:base}姓名": "王"}]
)
def test_a_service_is_asked_with_its_imported_input_in_every_spelling(given: dict[str, object]) -> None:
    xml = dmn.model(imported("基础 库", "urn:base"), GREETING)
    assert value(xml, "s", {"称呼": "您好，", **given}, base=BASE) == "您好，王"


def test_two_imported_inputs_of_one_name_are_told_apart() -> None:
    other = dmn.model(dmn.inputs("姓名"), namespace="urn:other")
    service = (
        '<decisionService id="s" name="s"><outputDecision href="#d"/><inputData href="urn:base#姓名"/>'
        '<inputData href="urn:other#姓名"/></decisionService>'
    )
    both = dmn.decision("d", dmn.literal("甲.姓名 + 乙.姓名"), "urn:base#姓名", "urn:other#姓名")
    caller = dmn.decision("caller", dmn.literal('s(乙.姓名: "李", 甲.姓名: "王")'), "knowledge::s")
    xml = dmn.model(imported("甲", "urn:base"), imported("乙", "urn:other"), both, service, caller)
    assert value(xml, "caller", base=BASE, other=other) == "王李"
    assert value(xml, "s", {"甲.姓名": "王", "乙": {"姓名": "李"}}, base=BASE, other=other) == "王李"


def test_an_import_without_a_name_adds_to_the_models_own_names() -> None:
    xml = dmn.model(imported("", "urn:base"), dmn.decision("d", dmn.literal("问候"), "decision::urn:base#问候"))
    assert value(xml, "d", {"姓名": "王"}, base=BASE) == "你好，王"


@pytest.mark.parametrize("alias", ["", "库"])
def test_files_may_import_each_other_in_a_ring(alias: str) -> None:
    back = dmn.model(imported(alias, "urn:test"), dmn.decision("b", dmn.literal("2")), namespace="urn:base")
    own = dmn.decision("a", dmn.literal("1"), type="没有的类型")
    model = decisions.parse(dmn.model(imported(alias, "urn:base"), own), imports={"b": back})
    assert decisions.evaluate(model, "a", {}).value == 1


def test_a_missing_import_is_a_problem_that_names_it() -> None:
    model = decisions.parse(dmn.model(imported("x", "urn:gone"), dmn.decision("d", dmn.literal("1"))))
    assert any("urn:gone" in str(problem) for problem in model.problems())
    assert decisions.evaluate(model, "d", {}).value == 1


def test_a_long_chain_of_decisions_is_made_and_an_endless_one_refused() -> None:
    def chain(length: int) -> bytes:
        links = [dmn.decision(f"d{n}", dmn.literal(f"d{n - 1} + 1"), f"decision::d{n - 1}") for n in range(1, length)]
        return dmn.model(dmn.decision("d0", dmn.literal("0")), *links)

    assert value(chain(60), "d59") == 59
    with pytest.raises(errors.Refusal):
        value(chain(3000), "d2999")
