"""Bounds: a model that would take for ever or fill the memory is stopped with a clear refusal."""

from __future__ import annotations

import pytest

from engine import decisions, errors, feel
from engine.decisions.dmn import files
from engine.deploying.checking import checks
from engine.deploying.deployment import Resource
from engine.feel.reading import lexer
from tests.engine.decisions import dmn

TEN = dmn.literal("[1,2,3,4,5,6,7,8,9,10]")


def refusal(*elements: str, name: str = "d", steps: int = 100_000) -> str:
    model = decisions.parse(dmn.model(*elements))
    with pytest.raises(errors.Refusal) as caught:
        decisions.evaluate(model, name, {}, budget=feel.Budget(steps))
    return str(caught.value)


def context(*texts: str) -> str:
    """A context with entries e0, e1, … of these expressions."""
    entries = (f'<contextEntry><variable name="e{n}"/>{dmn.literal(text)}</contextEntry>' for n, text in enumerate(texts))
    return f"<context>{''.join(entries)}</context>"


def test_a_large_table_called_in_a_loop_is_counted_for_its_size() -> None:
    rows = [[f"> {n}", "1"] for n in range(500)]
    table = dmn.knowledge("f", "x", dmn.table(["x"], ["y"], rows, "COLLECT"))
    loop = dmn.decision("d", dmn.literal("for x in 1..1000 return f(x)"), "knowledge::f")
    assert "steps" in refusal(table, loop)


@pytest.mark.parametrize(("tag", "part"), [("for", "return"), ("some", "satisfies"), ("every", "satisfies")])
def test_loops_within_loops_are_stopped(tag: str, part: str) -> None:
    logic = dmn.literal("false" if tag == "some" else "true")
    for level in range(8):
        logic = f'<{tag} iteratorVariable="v{level}"><in>{TEN}</in><{part}>{logic}</{part}></{tag}>'
    assert "steps" in refusal(dmn.decision("d", logic))


def test_filters_within_filters_are_stopped() -> None:
    logic = dmn.literal("true")
    for _ in range(8):
        logic = (
            f"<filter><in>{TEN}</in><match><conditional><if>{_any_of(logic)}</if>{_then_else()}</conditional></match></filter>"
        )
    assert "steps" in refusal(dmn.decision("d", logic))


def _any_of(logic: str) -> str:
    return f'<every iteratorVariable="x"><in>{TEN}</in><satisfies>{logic}</satisfies></every>'


def _then_else() -> str:
    return f"<then>{dmn.literal('true')}</then><else>{dmn.literal('true')}</else>"


def test_values_that_double_are_stopped() -> None:
    doubled = [f"concatenate(e{n}, e{n})" for n in range(60)]
    assert "steps" in refusal(dmn.decision("d", context("[1]", *doubled)))
    nested = [f"[e{n}, e{n}]" for n in range(60)]
    assert "steps" in refusal(dmn.decision("d", context("[1]", *nested)))
    texts = [f"e{n} + e{n}" for n in range(60)]
    assert "too long" in refusal(dmn.decision("d", context('"x"', *texts)))


def test_decisions_that_double_are_stopped() -> None:
    chain = [dmn.decision("d0", dmn.literal("[1]"))]
    for n in range(1, 60):
        pair = f"<list>{dmn.literal(f'd{n - 1}') * 2}</list>"
        chain.append(dmn.decision(f"d{n}", pair, f"decision::d{n - 1}"))
    assert "steps" in refusal(*chain, name="d59")


def test_functions_that_call_each_other_without_end_are_stopped() -> None:
    ping = dmn.knowledge("ping", "n", dmn.literal("pong(n)"), "knowledge::pong")
    pong = dmn.knowledge("pong", "n", dmn.literal("ping(n)"), "knowledge::ping")
    assert refusal(ping, pong, dmn.decision("d", dmn.literal("ping(1)"), "knowledge::ping"))


def test_a_service_that_asks_for_itself_is_stopped() -> None:
    service = '<decisionService id="s" name="s"><outputDecision href="#d"/></decisionService>'
    assert refusal(service, dmn.decision("d", dmn.literal("s()"), "knowledge::s"))


def test_a_budget_is_shared_by_all_decisions_of_one_evaluation() -> None:
    one = "count(for x in 1..1000 return x)"
    chain = [dmn.decision("d0", dmn.literal(one))]
    chain += [dmn.decision(f"d{n}", dmn.literal(f"d{n - 1} + {one}"), f"decision::d{n - 1}") for n in range(1, 20)]
    assert decisions.evaluate(decisions.parse(dmn.model(*chain)), "d1", {}, budget=feel.Budget(20_000)).value == 2000
    assert "steps" in refusal(*chain, name="d19", steps=20_000)


def test_types_defined_through_hundreds_of_others_are_told_not_crashed_on() -> None:
    chain = [f'<itemDefinition name="t{n}"><typeRef>t{n + 1}</typeRef></itemDefinition>' for n in range(500)]
    problems = decisions.parse(dmn.model(*chain, dmn.decision("d", dmn.literal("1"), type="t0"))).problems()
    assert any("too deeply" in str(problem) for problem in problems)


def test_too_many_names_of_several_words_are_refused() -> None:
    with pytest.raises(errors.Invalid, match="names"):
        decisions.parse(dmn.model(dmn.inputs(*[f"名 称 {n}" for n in range(2001)])))


def test_warnings_of_a_long_loop_are_the_first_hundred() -> None:
    wrong = dmn.knowledge("f", "x:string", dmn.literal("x"))
    model = decisions.parse(dmn.model(wrong, dmn.decision("d", dmn.literal("for x in 1..1000 return f(x)"), "knowledge::f")))
    outcome = decisions.evaluate(model, "d", {})
    assert outcome.value == [None] * 1000
    assert len(outcome.warnings) == 100


def test_a_trail_of_a_huge_value_is_only_hinted_at() -> None:
    model = decisions.parse(dmn.model(dmn.decision("d", dmn.literal("for x in 1..60000 return [x, x, x, x]"))))
    outcome = decisions.evaluate(model, "d", {}, budget=feel.Budget(5_000_000))
    assert outcome.trail[0]["value"] == "…"


def test_checking_a_table_takes_work_for_each_cell_and_not_for_each_of_all_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    def names_looked_at(columns: int) -> int:
        looked_at = []
        normal = lexer.normal
        monkeypatch.setattr(lexer, "normal", lambda name: looked_at.append(name) or normal(name))
        inputs = [f"a{columns}_{number}" for number in range(columns)]
        rows = [[*(f"> {columns * 1000 + rule}" for _ in inputs), "1"] for rule in range(600 // columns)]
        assert decisions.parse(dmn.model(dmn.decision("d", dmn.table(inputs, ["y"], rows)))).problems(()) == []
        monkeypatch.setattr(lexer, "normal", normal)
        return len(looked_at)

    assert names_looked_at(60) < 3 * names_looked_at(6) + 600


def test_a_file_with_too_many_cells_is_refused_before_any_is_read() -> None:
    rows = [["> 1", "1"]] * (files.MAX_CELLS // 2 + 1)
    large = Resource("large.dmn", dmn.model(dmn.decision("d", dmn.table(["x"], ["y"], rows))))
    [problem] = checks.examine([large]).problems
    assert (problem.severity, problem.values) == ("error", {"limit": files.MAX_CELLS})
