"""The soundness check: how long it takes, and how often it says what following every order says."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engine import runtime
from engine.runtime.checking import soundness
from engine.runtime.checking.soundness import exploring
from engine.runtime.checking.soundness import net as nets
from tests.benchmarks.figures import Figure
from tests.engine import kit

BPMN = Path(__file__).resolve().parents[2] / "bpmn"
KINDS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "task")
NETS, MUTANTS, FULL = 5_000, 500, 20_000


def measure() -> Iterator[Figure]:
    """Milliseconds of processor time; disagreements with full exploration where that ends."""
    yield Figure("soundness: 200 nodes, sound", _millis(_ladder(None)), "ms", bound=200)
    yield Figure("soundness: 200 nodes, one join wrong", _millis(_ladder("j31")), "ms", bound=200)
    dice = random.Random(2026)
    yield from _agreement("random nets", (_random(dice) for _ in range(NETS)))
    yield from _agreement("mutants of shipped diagrams", itertools.islice(_mutants(dice), MUTANTS))


def _millis(program: runtime.Program) -> float:
    begun = time.process_time()
    list(soundness.check(program))
    return (time.process_time() - begun) * 1_000


def _agreement(name: str, programs: Iterator[runtime.Program]) -> Iterator[Figure]:
    differ, undecided, unsound = 0, 0, 0
    for program in programs:
        net = nets.of_scope(program, None)
        quick, full = exploring.explore(net), exploring.follow(net, FULL, reduced=False)
        undecided += full.is_cut_short or quick.is_cut_short
        unsound += not quick.is_sound
        differ += not (full.is_cut_short or quick.is_cut_short) and quick.is_sound != full.is_sound
    yield Figure(f"soundness: {name} judged otherwise than by full exploration", differ, bound=0)
    yield Figure(f"soundness: {name} not decided", undecided)
    yield Figure(f"soundness: {name} found unsound", unsound)


def _random(dice: random.Random) -> runtime.Program:
    names = [f"n{n}" for n in range(dice.randint(3, 8))]
    flows = {("started", "n0")}
    for place, name in enumerate(names):
        later = [*names[place + 1 :], "done"]
        flows |= {(name, target) for target in dice.sample(later, min(len(later), dice.randint(1, 3)))}
    if dice.random() < 0.5:
        flows.add((names[-1], dice.choice(names[:-1])))
    inner = "".join(kit.node(dice.choice(KINDS), name) for name in names) + "".join(kit.flow(*each) for each in sorted(flows))
    return runtime.parse(kit.diagram("p", kit.start(), inner, kit.end()).content)[0]


def _mutants(dice: random.Random) -> Iterator[runtime.Program]:
    """Shipped processes with one or two of their gateways made another kind."""
    shipped = [program for path in sorted(BPMN.rglob("*.bpmn")) for program in runtime.parse(path.read_bytes())]
    while True:
        program = dice.choice(shipped)
        gateways = [each for each in program.elements.values() if each.type in KINDS[:3]]
        chosen = dice.sample(gateways, min(len(gateways), dice.randint(1, 2)))
        other = {each.id: replace(each, type=dice.choice([kind for kind in KINDS[:3] if kind != each.type])) for each in chosen}
        yield replace(program, elements={**program.elements, **other})


def _ladder(wrong: str | None) -> runtime.Program:
    """Fifty splits and joins one after another, each with a task on two ways; the join named is a parallel one."""
    inner, at = [kit.start()], "started"
    for n in range(50):
        kind = KINDS[n % 3]
        inner += [kit.node(kind, f"s{n}"), kit.node(KINDS[1] if wrong == f"j{n}" else kind, f"j{n}")]
        inner += [kit.task(f"a{n}"), kit.task(f"b{n}"), kit.flow(at, f"s{n}")]
        inner += [kit.flow(a, b) for a, b in ((f"s{n}", f"a{n}"), (f"s{n}", f"b{n}"), (f"a{n}", f"j{n}"), (f"b{n}", f"j{n}"))]
        at = f"j{n}"
    return runtime.parse(kit.diagram("p", *inner, kit.end(), kit.flow(at, "done")).content)[0]
