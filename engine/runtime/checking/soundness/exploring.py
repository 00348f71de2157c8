"""Following the tokens of a net through every order that matters.

A sequence flow leads to one node only, so passing one node never takes another's token: it is enough to pass, in each
marking, the most upstream node that can go on (a stubborn set of one, Valmari 1991), along each of its ways. Where that
closes a circle, or where all tokens may be taken at once, every node that can go on is passed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.runtime.checking.soundness.net import FiringWay, Net, NetNode

MAX_STATES = 3_000
MAX_UNREDUCED = 2_000

Marking = tuple[str, ...]  # the sequence flows that hold a token, in order, with repetition


@dataclass(frozen=True)
class MarkingStep:
    """How a marking came about: from which one (none at a beginning), by passing which node in which way."""

    before: Marking | None
    node: str
    way: FiringWay


@dataclass
class Exploration:
    """What was seen: markings with their steps, what follows each, and what is wrong where."""

    steps: dict[Marking, MarkingStep] = field(default_factory=dict)
    edges: dict[Marking, list[Marking]] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    stuck: dict[str, Marking] = field(default_factory=dict)
    doubled: dict[str, Marking] = field(default_factory=dict)
    is_cut_short: bool = False

    def endless(self) -> Marking | None:
        """A marking from which no way leads to an end; None where there is none, or where something else explains it."""
        if self.is_cut_short or self.stuck or self.doubled:
            return None
        back: dict[Marking, list[Marking]] = {}
        for marking, following in self.edges.items():
            for each in following:
                back.setdefault(each, []).append(marking)
        good: set[Marking] = {()}
        todo: list[Marking] = [()] if () in self.steps else []
        while todo:
            todo.extend(new := [each for each in back.get(todo.pop(), ()) if each not in good])
            good.update(new)
        return next((marking for marking in self.steps if marking not in good), None)

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found and nothing left out."""
        return not (self.stuck or self.doubled or self.is_cut_short) and self.endless() is None


def explore(net: Net) -> Exploration:
    """All that can happen from every beginning, reduced; repeated in full where a loop may have hidden something."""
    exploration = follow(net, MAX_STATES)
    if exploration.is_sound and any(len(group) > 1 for group in net.loops):
        full = follow(net, MAX_UNREDUCED, reduced=False)
        return exploration if full.is_cut_short and full.doubled == full.stuck == {} else full
    return exploration


def follow(net: Net, limit: int, *, reduced: bool = True) -> Exploration:
    """The markings up to `limit` of them; `reduced` passes one node at a time where that shows the same."""
    exploration = Exploration()
    for start in net.starts:
        _from(net, start, exploration, limit, reduced)
    return exploration


def _from(net: Net, start: NetNode, exploration: Exploration, limit: int, reduced: bool) -> None:
    exploration.passed.add(start.id)
    todo = [(marking, False) for marking in reversed(_reach(net, exploration, None, start, ()))]  # the first way first
    on_path: set[Marking] = set()
    while todo:
        marking, is_done = todo.pop()
        if is_done:
            on_path.discard(marking)
        elif marking not in exploration.edges:
            if len(exploration.edges) >= limit:
                exploration.is_cut_short = True
                return
            on_path.add(marking)
            todo.append((marking, True))
            following = reversed(_next(net, exploration, marking, on_path, reduced))
            todo.extend((each, False) for each in following if each not in exploration.edges)


def _next(net: Net, exploration: Exploration, marking: Marking, on_path: set[Marking], reduced: bool) -> list[Marking]:
    """What follows a marking; nothing follows one that is wrong in itself."""
    following = exploration.edges.setdefault(marking, [])
    wrong = list(_doubled(net, marking))
    for key in wrong:
        exploration.doubled.setdefault(key, marking)
    if wrong or not marking:
        return following
    enabled = sorted(_enabled(net, marking), key=lambda each: (net.order[each[0].id], each[0].id))
    if not enabled:
        exploration.stuck.setdefault(
            min({net.target[flow] for flow in marking}, key=lambda each: (net.order[each], each)), marking
        )
    is_alone = reduced and not any(node.may_end_all for node, _flows in enabled) and enabled and enabled[0][0].joins != "some"
    for place, (node, flows) in enumerate(enabled):
        exploration.passed.add(node.id)
        rest = list(marking)
        for flow in flows:
            rest.remove(flow)
        following += _reach(net, exploration, marking, node, tuple(rest))
        if place == 0 and is_alone and not any(each in on_path for each in following):
            break
    return following


def _only_ends(net: Net, flow: str) -> bool:
    """Whether a token on the flow goes out at once: it can neither wait nor disturb another."""
    node = net.nodes[net.target[flow]]
    return node.is_end and not node.may_end_all


def _reach(net: Net, exploration: Exploration, before: Marking | None, node: NetNode, rest: Marking) -> list[Marking]:
    reached = []
    for way in node.ways:
        ended = {flow for flow in way.flows if _only_ends(net, flow)}
        marking: Marking = () if way.ends else tuple(sorted((*rest, *(flow for flow in way.flows if flow not in ended))))
        exploration.passed.update(way.events, (net.target[flow] for flow in ended))
        exploration.steps.setdefault(marking, MarkingStep(before, node.id, way))
        reached.append(marking)
    return reached


def _doubled(net: Net, marking: Marking) -> Iterator[str]:
    """Nodes that two tokens stand before which no join brings together; at an end that is harmless."""
    tokens = Counter(marking)
    arrived = Counter(net.target[flow] for flow in marking)
    for key, count in arrived.items():
        node = net.nodes[key]
        brought_together = node.joins != "each" and all(tokens[flow] <= 1 for flow in node.incoming)
        if count > 1 and not node.is_end and not brought_together:
            yield key


def _enabled(net: Net, marking: Marking) -> Iterator[tuple[NetNode, tuple[str, ...]]]:
    """The nodes that can take tokens, with those they take."""
    there = dict.fromkeys(marking)
    for key in dict.fromkeys(net.target[flow] for flow in there):
        node = net.nodes[key]
        held = tuple(flow for flow in node.incoming if flow in there)
        if node.joins == "each":
            yield from ((node, (flow,)) for flow in held)
        elif len(held) == len(node.incoming) or (node.joins == "some" and not _more_can_come(net, node, held, marking)):
            yield node, held


def _more_can_come(net: Net, node: NetNode, held: tuple[str, ...], marking: Marking) -> bool:
    """As an inclusive gateway itself decides (BPMN 13.4.3)."""
    empty = [net.upstream[flow] for flow in node.incoming if flow not in held]
    full = [net.upstream[flow] for flow in held]
    places = {net.target[flow] for flow in marking} - {node.id}
    return any(any(at in ids for ids in empty) and not any(at in ids for ids in full) for at in places)
