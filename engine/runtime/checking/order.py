"""Which element may be under way after another one is done: later on the way, or beside it on a parallel branch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from engine.runtime import graph
from engine.runtime.program import Element, Program

_CHOICES = frozenset({"exclusiveGateway", "eventBasedGateway"})
_JOINS = frozenset({"parallelGateway", "inclusiveGateway"})
_BREAKS_OFF = frozenset({"error", "terminate"})


class FlowOrder:
    """Answers for one program; errs on the side of "may" where a diagram is not drawn in blocks."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._following = graph.successors(program)
        self._later: dict[str, frozenset[str]] = {}

    def holds(self, scope: str, element: str) -> bool:
        """Whether the element lies inside the subprocess `scope`, at any depth."""
        return scope in self._around(element)[1:]

    def may_follow(self, first: str, other: str) -> bool:
        """Whether `other` may be under way, or begin, when `first` is done; `first` itself when it may be done twice."""
        one, two = self._around(first), self._around(other)
        common = next((scope for scope in one[1:] if scope in two[1:]), None)
        if any(self._repeats(scope) for scope in one[1:] if scope is not None and scope in two[1:]):
            return True
        if first == other:
            return self._repeats(first)
        return self._beside_or_after(_child(one, common), _child(two, common))

    def _around(self, element: str) -> list[str | None]:
        """The element and the scopes around it, from inner to outer; None is the process."""
        scopes: list[str | None] = [element]
        place: str | None = element
        while place is not None:
            place = self.program.elements[place].parent
            scopes.append(place)
        return scopes

    def _repeats(self, element: str) -> bool:
        return self.program.elements[element].multi_instance is not None or self._beside_or_after(element, element)

    def _beside_or_after(self, first: str, other: str) -> bool:
        """The same within one scope."""
        one, two = self.program.elements[first], self.program.elements[other]
        if self._is_loose(one) or self._is_loose(two) or two.event_subprocess:
            return first != other or self._is_loose(one)
        return other in self._after(first) or self._are_parallel(first, other)

    def _is_loose(self, element: Element) -> bool:
        """Whether it may run beside anything of its scope, also twice."""
        inside = self.program.elements[element.parent].type if element.parent else ""
        is_beside = element.event_subprocess and not self._interrupts(element)
        return inside == "adHocSubProcess" or element.for_compensation or is_beside

    def _interrupts(self, subprocess: Element) -> bool:
        return any(start.interrupting for start in graph.starts(self.program, subprocess.id))

    def _after(self, element: str) -> frozenset[str]:
        if element not in self._later:
            self._later[element] = self._reached(self._following[element])
        return self._later[element]

    def _are_parallel(self, first: str, other: str) -> bool:
        """Whether some fork has one of them on one branch and the other one on another."""
        one, two = self._branches.get(first, {}), self._branches.get(other, {})
        return any(len(one[fork] | two[fork]) > 1 for fork in one.keys() & two.keys())

    @cached_property
    def _branches(self) -> dict[str, dict[int, set[int]]]:
        """By element: on which branches of which forks it may be before they are joined."""
        branches_of: dict[str, dict[int, set[int]]] = {}
        forks = (fork for element in self.program.elements.values() for fork in self._forks(element))
        for fork, (element, branches) in enumerate(forks):
            join = self._join(element, [start for starts in branches for start in starts])
            for branch, starts in enumerate(branches):
                for reached in self._reached(starts, join):
                    branches_of.setdefault(reached, {}).setdefault(fork, set()).add(branch)
            if self.program.boundaries.get(element.id):
                branches_of.setdefault(element.id, {}).setdefault(fork, set()).add(0)
        return branches_of

    def _forks(self, element: Element) -> Iterator[tuple[Element, list[list[str]]]]:
        """The places where one token becomes several, with where each branch begins."""
        targets = [self.program.flows[flow].target for flow in element.outgoing]
        if len(targets) > 1 and element.type not in _CHOICES:
            yield element, [[target] for target in targets]
        for event in self.program.boundaries.get(element.id, ()):
            if not event.interrupting:  # it may come more than once, and what follows it runs beside the rest
                rest = [other for other in self._following[element.id] if other != event.id]
                yield element, [rest, [event.id], [event.id]]

    def _join(self, fork: Element, starts: list[str]) -> str:
        """The nearest join that every token of the fork comes to, if it does not break off the whole scope; "" for none."""
        joins = [gateway for gateway in self._certain(starts) if self._is_join(gateway)]
        nearest = max(joins, key=lambda gateway: self._passed[gateway].bit_count(), default="")
        return "" if nearest and fork.id in self._reached(starts, nearest) else nearest

    def _is_join(self, element_id: str) -> bool:
        element = self.program.elements[element_id]
        return element.type in _JOINS and len(element.incoming) > 1

    def _certain(self, starts: list[str]) -> list[str]:
        """What every way from each of these places passes."""
        common = -1
        for start in starts:
            common &= self._passed[start]
        return [element for element, bit in self._bits.items() if common & bit]

    @cached_property
    def _bits(self) -> dict[str, int]:
        return {element: 1 << place for place, element in enumerate(self.program.elements)}

    @cached_property
    def _passed(self) -> dict[str, int]:
        """By element: what every way from it to an end passes, itself included (its post-dominators), as bits."""
        everything = (1 << len(self._bits)) - 1
        passed = dict.fromkeys(self._bits, everything)
        is_news = True
        while is_news:
            is_news = False
            for element in reversed(self._bits):
                common = everything if self._following[element] or self._breaks_off(element) else 0
                for other in self._following[element]:
                    common &= passed[other]
                common |= self._bits[element]
                is_news, passed[element] = is_news or common != passed[element], common
        return passed

    def _breaks_off(self, element_id: str) -> bool:
        event = self.program.elements[element_id].event
        return event is not None and event.kind in _BREAKS_OFF

    def _reached(self, starts: Iterable[str], barrier: str = "") -> frozenset[str]:
        return frozenset(graph.closure(starts, self._following, barrier))


def _child(around: list[str | None], scope: str | None) -> str:
    """The element directly inside `scope` on the way in."""
    return around[around.index(scope) - 1] or ""
