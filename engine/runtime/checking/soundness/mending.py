"""What would cure a fault: the first single change of a gateway after which the whole net is sound.

Each proposal was tried: the changed net is followed like the drawn one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.problems import ElementName, Mend
from engine.runtime.checking.soundness import net as nets
from engine.runtime.checking.soundness.exploring import follow
from engine.runtime.checking.soundness.net import Net, NetNode
from engine.runtime.program import Program

MAX_TRIED = 8
MAX_STATES = 400
_KINDS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")


def proposed(program: Program, net: Net, place: str, trace: tuple[str, ...]) -> Mend | None:
    """A change of one gateway on the way to the fault, or a join before its place, that makes the net sound."""
    for mend, node in _some(_candidates(program, net, place, trace)):
        if follow(net.with_node(node), MAX_STATES).is_sound:
            return mend
    return None


def _some(candidates: Iterator[tuple[Mend, NetNode]]) -> Iterator[tuple[Mend, NetNode]]:
    return (each for _count, each in zip(range(MAX_TRIED), candidates, strict=False))


def _candidates(program: Program, net: Net, place: str, trace: tuple[str, ...]) -> Iterator[tuple[Mend, NetNode]]:
    """The nearest first."""
    if program.elements[place].type not in _KINDS:
        yield _mend(program, place, "parallelGateway", is_new=True), replace(net.nodes[place], joins="all")
        yield _mend(program, place, "inclusiveGateway", is_new=True), replace(net.nodes[place], joins="some")
    for key in dict.fromkeys((place, *reversed(trace))):
        if key in net.nodes and program.elements[key].type in _KINDS:
            for kind in _KINDS:
                if kind != program.elements[key].type:
                    yield _mend(program, key, kind), nets.node(program, replace(program.elements[key], type=kind))


def _mend(program: Program, key: str, kind: str, *, is_new: bool = False) -> Mend:
    return Mend(key, ElementName(program.elements[key].name, program.elements[key].type), kind, is_new)
