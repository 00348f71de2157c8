"""Joins that can wait for ever and paths that end on the way are told, with the way that leads there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import runtime
from engine.problems import Mend
from engine.runtime.checking import soundness
from engine.runtime.checking.soundness import exploring, restless
from engine.runtime.checking.soundness import net as nets
from engine.runtime.checking.soundness.exploring import Exploration
from tests.engine import kit

BPMN = Path(__file__).resolve().parents[3] / "bpmn"

NODES = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "task")


def told(*content: str) -> list[tuple[str, str]]:
    """Element and sentence of every warning."""
    found = runtime.check(kit.diagram("p", *content).content)
    assert {each.severity for each in found} <= {"warning"}
    return [(each.element_id, each.message % each.values) for each in found]


def choice(*ways: str) -> str:
    """An exclusive gateway `is_big` with a condition on every way but the last."""
    *some, last = ways
    gateway = kit.node("exclusiveGateway", "is_big", attributes=f' default="is_big_{last}"')
    return gateway + "".join(kit.flow("is_big", each, f"=a = {n}") for n, each in enumerate(some)) + kit.flow("is_big", last)


def joined(split: str, *between: str) -> tuple[str, ...]:
    tail = kit.node("parallelGateway", "join") + kit.end() + kit.chain("join", "done")
    return (
        kit.start(),
        split,
        kit.task("one"),
        kit.task("two"),
        tail,
        kit.chain("one", "join"),
        kit.chain("two", "join"),
        *between,
    )


def fork(*ways: str) -> str:
    return kit.node("parallelGateway", "fork") + "".join(kit.flow("fork", each) for each in ways)


def test_a_join_of_ways_that_exclude_each_other_is_told_with_the_way_there() -> None:
    [(element, text)] = told(*joined(choice("one", "two"), kit.chain("started", "is_big")))
    assert element == "join"
    assert text in (
        "This join may wait for ever: after started → is_big → one no token comes from two any more.",
        "This join may wait for ever: after started → is_big → two no token comes from one any more.",
    )


def test_a_join_of_ways_that_are_all_taken_is_fine() -> None:
    assert told(*joined(fork("one", "two"), kit.chain("started", "fork"))) == []


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_join_that_counts_on_a_boundary_event_or_on_its_absence_is_told(interrupting: bool) -> None:
    late = kit.boundary("late", "one", kit.timer("timeDuration", "PT1H"), interrupting=interrupting)
    split = fork("one", "two") if interrupting else kit.task("zero") + kit.flow("zero", "one")
    first = "fork" if interrupting else "zero"
    rest = (kit.end("gone"), kit.chain("late", "gone")) if interrupting else (kit.chain("late", "two"),)
    [(element, text)] = told(*joined(split, late, kit.chain("started", first), *rest))
    assert element == "join"
    assert ("one + late" in text) == interrupting and f"no token comes from {'one' if interrupting else 'two'}" in text


def test_a_terminate_end_leaves_no_join_waiting() -> None:
    stop = kit.end("stop", definition="<bpmn:terminateEventDefinition/>")
    split = fork("one", "is_big") + choice("two", "stop")
    assert told(*joined(split, stop, kit.chain("started", "fork"))) == []


def test_the_joins_of_a_subprocess_are_looked_at_too() -> None:
    inner = "".join(joined(choice("one", "two"), kit.chain("started", "is_big")))
    sub = kit.node("subProcess", "sub", inner=inner)
    [(element, _text)] = told(kit.start("begin"), sub, kit.end("over"), kit.chain("begin", "sub", "over"))
    assert element == "join"


def test_a_path_that_ends_at_a_gateway_is_told() -> None:
    found = told(kit.start(), kit.task("a"), kit.node("exclusiveGateway", "g"), kit.end(), kit.chain("started", "a", "g"))
    assert ("g", "The path started → a → g ends here and not at an end event.") in found


def test_a_process_too_wide_to_follow_says_so() -> None:
    ways = [f"w{n}" for n in range(14)]
    inner = []
    for way in ways:
        gateway = kit.node("inclusiveGateway", way, attributes=f' default="{way}_{way}a"')
        flows = (
            kit.flow(way, f"{way}a")
            + kit.flow(way, f"{way}b", "=x")
            + kit.flow(f"{way}a", "join")
            + kit.flow(f"{way}b", "join")
        )
        inner += [gateway, kit.task(f"{way}a"), kit.task(f"{way}b"), flows]
    tail = kit.node("inclusiveGateway", "join") + kit.end() + kit.chain("join", "done")
    [(_element, text)] = told(kit.start(), fork(*ways), *inner, tail, kit.chain("started", "fork"))
    assert "too many ways" in text


@st.composite
def graphs(draw: st.DrawFn) -> runtime.Program:
    """Nodes of any kind with flows forwards, and now and then one back."""
    count = draw(st.integers(3, 7))
    names = [f"n{n}" for n in range(count)]
    kinds = draw(st.lists(st.sampled_from(NODES), min_size=count, max_size=count))
    places = {"started": 0, **{name: n + 1 for n, name in enumerate(names)}}
    flows = {("started", "n0")}
    for place, name in enumerate(names):
        later = st.sampled_from([*names[place + 1 :], "done"])
        flows |= {(name, target) for target in draw(st.lists(later, min_size=1, max_size=3, unique=True))}
    if draw(st.booleans()):
        flows.add((names[-1], draw(st.sampled_from(names[:-1]))))
    inner = "".join(kit.node(kind, name) for kind, name in zip(kinds, names, strict=True))
    inner += "".join(kit.flow(*each) for each in sorted(flows, key=lambda each: (places[each[0]], each[1])))
    (program,) = runtime.parse(kit.diagram("p", kit.start(), inner, kit.end()).content)
    return program


def verdict(found: Exploration) -> list[bool]:
    """What an exploration says, without the way that it took; nothing is looked for behind branches that met."""
    if found.doubled:
        return [False]
    return [found.is_sound, bool(found.stuck), found.endless() is not None]


@given(graphs())
@settings(max_examples=500, deadline=None, derandomize=True)
def test_following_one_node_at_a_time_says_what_following_all_says(program: runtime.Program) -> None:
    net = nets.of_scope(program, None)
    quick, full = exploring.explore(net), exploring.follow(net, 20_000, reduced=False)
    if not (quick.is_cut_short or full.is_cut_short):
        assert verdict(quick) == verdict(full)
        if quick.is_sound:
            assert quick.passed == full.passed


def played(program: runtime.Program, problem: runtime.DiagramProblem) -> list[str]:
    """The flows that hold a token after the trace of a problem, played by the rules of a token game alone."""
    tokens: list[str] = []
    taken: str | None = None
    for each in problem.trace:
        element = program.elements.get(each)
        if element is None:
            tokens.append(each)
        elif element.attached_to is None and taken != each:
            joins = element.type in ("parallelGateway", "inclusiveGateway")
            held = [flow for flow in element.incoming if flow in tokens]
            assert held or element.type == "startEvent", f"{each} is passed without a token"
            for flow in held if joins else held[:1]:
                tokens.remove(flow)
    return tokens


@given(graphs())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_counter_example_can_be_played_and_shows_what_is_said(program: runtime.Program) -> None:
    for problem in soundness.of_scope(program, None):
        tokens = [flow for flow in played(program, problem) if problem.trace]
        place = program.elements[problem.element_id] if problem.trace else None
        if problem.message == soundness.STUCK and place is not None:
            assert set(place.incoming) & set(tokens) and not set(place.incoming) <= set(tokens)
        if problem.message == soundness.DOUBLED and place is not None:
            assert len([flow for flow in tokens if flow in place.incoming]) > 1


@given(graphs())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_what_is_proposed_cures(program: runtime.Program) -> None:
    for problem in soundness.of_scope(program, None):
        if problem.mend is not None and not problem.mend.is_new:
            elements = dict(program.elements)
            elements[problem.mend.element_id] = replace(elements[problem.mend.element_id], type=problem.mend.type)
            mended = replace(program, elements=elements)
            assert list(soundness.of_scope(mended, None)) == []


def of_shipped() -> Iterator[runtime.Program]:
    for path in sorted(BPMN.rglob("*.bpmn")):
        yield from runtime.parse(path.read_bytes())


def test_all_shipped_diagrams_are_sound() -> None:
    assert [problem for program in of_shipped() for problem in soundness.check(program)] == []


def test_a_swapped_gateway_of_a_shipped_diagram_is_found_unless_nothing_depends_on_it() -> None:
    """A hundred mutants: parallel gateways made exclusive and the other way round, against following everything."""
    other = {"parallelGateway": "exclusiveGateway", "exclusiveGateway": "parallelGateway"}
    told = 0
    for program, gateway in itertools.islice(mutable(), 100):
        elements = {**program.elements, gateway.id: replace(gateway, type=other[gateway.type])}
        mutant = replace(program, elements=elements)
        net = nets.of_scope(mutant, gateway.parent)
        quick, full = exploring.explore(net), exploring.follow(net, 2_000, reduced=False)
        if not full.is_cut_short:
            assert verdict(quick) == verdict(full), (program.process_id, gateway.id)
        told += not quick.is_sound
    assert told >= 60


def mutable() -> Iterator[tuple[runtime.Program, runtime.Element]]:
    for program in of_shipped():
        for element in program.elements.values():
            if element.type in ("parallelGateway", "exclusiveGateway") and len(element.incoming) + len(element.outgoing) > 2:
                yield program, element


def ladder(size: int) -> runtime.Program:
    """Splits and joins of three kinds one after another, with a task on every way."""
    inner, at = [kit.start()], "started"
    for n in range(size):
        kind = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")[n % 3]
        inner += [kit.node(kind, f"s{n}"), kit.node(kind, f"j{n}"), kit.task(f"a{n}"), kit.task(f"b{n}")]
        inner += [
            kit.flow(f"s{n}", f"a{n}"),
            kit.flow(f"s{n}", f"b{n}"),
            kit.flow(f"a{n}", f"j{n}"),
            kit.flow(f"b{n}", f"j{n}"),
        ]
        inner.append(kit.flow(at, f"s{n}"))
        at = f"j{n}"
    (program,) = runtime.parse(kit.diagram("p", *inner, kit.end(), kit.flow(at, "done")).content)
    return program


def test_two_hundred_nodes_in_a_row_are_followed_in_as_many_markings_as_there_are_nodes() -> None:
    program = ladder(50)
    found = exploring.explore(nets.of_scope(program, None))
    assert found.is_sound and len(found.edges) <= 2 * len(program.elements)


def test_two_branches_that_meet_in_a_task_are_told_with_what_cures_it() -> None:
    inner = (kit.start(), fork("one", "two"), kit.task("one"), kit.task("two"), kit.task("both"), kit.end())
    [found] = runtime.check(
        kit.diagram(
            "p",
            *inner,
            kit.chain("started", "fork"),
            kit.chain("one", "both"),
            kit.chain("two", "both"),
            kit.chain("both", "done"),
        ).content
    )
    assert (found.element_id, found.message) == ("both", soundness.DOUBLED)
    assert found.mend == Mend("both", "both", "parallelGateway", is_new=True)


def test_a_loop_that_never_rests_is_told_and_one_with_a_person_in_it_is_not() -> None:
    def looped(kind: str) -> list[str]:
        inner = (kit.start(), kit.node(kind, "again"), choice("again", "done"), kit.end())
        found = runtime.check(kit.diagram("p", *inner, kit.chain("started", "again", "is_big")).content)
        return [each.message for each in found if each.severity == "warning"]

    assert restless.RESTLESS in looped("task")
    assert restless.RESTLESS not in looped("userTask")
    assert restless.RESTLESS not in looped("scriptTask")


def test_a_loop_without_a_way_out_is_told() -> None:
    inner = (kit.start(), kit.node("userTask", "ask"), kit.node("userTask", "again"), kit.node("exclusiveGateway", "merge"))
    found = told(*inner, kit.chain("started", "merge", "ask", "again", "merge"))
    assert [text for _element, text in found if "no end can be reached" in text]
