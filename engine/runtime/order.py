"""Which element may be under way after another one is done: later on the way, or beside it on a parallel branch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import combinations

from engine.runtime import graph
from engine.runtime.program import Element, Program

_CHOICES = frozenset({"exclusiveGateway", "eventBasedGateway"})
_JOINS = frozenset({"parallelGateway", "inclusiveGateway"})
Branch = frozenset[str]


class Order:
    """Answers for one program; errs on the side of "may" where a diagram is not drawn in blocks."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._following = graph.successors(program)

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
        found: list[str | None] = [element]
        place: str | None = element
        while place is not None:
            place = self.program.elements[place].parent
            found.append(place)
        return found

    def _repeats(self, element: str) -> bool:
        return self.program.elements[element].multi_instance is not None or self._beside_or_after(element, element)

    def _beside_or_after(self, first: str, other: str) -> bool:
        """The same within one scope."""
        one, two = self.program.elements[first], self.program.elements[other]
        if self._is_loose(one) or self._is_loose(two) or two.event_subprocess:
            return first != other or self._is_loose(one)
        return other in self._reached(self._following[first]) or self._are_parallel(first, other)

    def _is_loose(self, element: Element) -> bool:
        """Whether it may run beside anything of its scope, also twice."""
        inside = self.program.elements[element.parent].type if element.parent else ""
        return (
            inside == "adHocSubProcess"
            or element.for_compensation
            or (element.event_subprocess and not self._interrupts(element))
        )

    def _interrupts(self, subprocess: Element) -> bool:
        return any(start.interrupting for start in graph.starts(self.program, subprocess.id))

    def _are_parallel(self, first: str, other: str) -> bool:
        return any(
            (first in one and other in two) or (first in two and other in one)
            for branches in self._forks
            for one, two in combinations(branches, 2)
        )

    @cached_property
    def _forks(self) -> list[list[Branch]]:
        """Of each place where one token becomes several: what each of them may come to before they are joined."""
        return [
            self._branches(element, starts) for element in self.program.elements.values() for starts in self._split(element)
        ]

    def _split(self, element: Element) -> Iterator[list[list[str]]]:
        targets = [self.program.flows[flow].target for flow in element.outgoing]
        if len(targets) > 1 and element.type not in _CHOICES:
            yield [[target] for target in targets]
        for event in self.program.boundaries.get(element.id, ()):
            if not event.interrupting:  # it may come more than once, and what follows it runs beside the rest
                yield [[other for other in self._following[element.id] if other != event.id], [event.id], [event.id]]

    def _branches(self, fork: Element, starts: list[list[str]]) -> list[Branch]:
        everything = [start for each in starts for start in each]
        join = min(self._joining(fork, everything), key=lambda gateway: len(self._reached(everything, gateway)), default="")
        branches = [self._reached(each, join) for each in starts]
        if self.program.boundaries.get(fork.id):
            branches[0] |= {fork.id}
        return branches

    def _joining(self, fork: Element, starts: list[str]) -> list[str]:
        """The joins that every token of the fork comes to, if it does not break off the whole scope."""
        inside = self.program.children[fork.parent]
        joins = [each.id for each in inside if each.type in _JOINS and len(each.incoming) > 1]
        return [gateway for gateway in joins if self._all_meet(fork, starts, gateway)]

    def _all_meet(self, fork: Element, starts: list[str], gateway: str) -> bool:
        passed = self._reached(starts, gateway)
        ends = (self.program.elements[each] for each in passed if not self._following[each])
        return fork.id not in passed and all(end.event is not None and end.event.kind in ("error", "terminate") for end in ends)

    def _reached(self, starts: Iterable[str], barrier: str = "") -> Branch:
        return frozenset(graph.closure(starts, self._following, barrier))


def _child(around: list[str | None], scope: str | None) -> str:
    """The element directly inside `scope` on the way in."""
    return around[around.index(scope) - 1] or ""
