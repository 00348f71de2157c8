"""A card with all that is in it as a piece that can be taken out and put elsewhere."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from engine import errors
from engine.designing.simple import cards as kinds
from engine.designing.simple.board import Board
from engine.designing.simple.cards import Card
from engine.designing.simple.drawn.plane import PlacedUnit
from engine.designing.simple.graph import GATEWAYS, Graph

STAYS = "This card can only be moved or taken away in the diagram: “%(name)s” has ways in or out of its own."
TURNS_BACK = (
    "The way out of “%(name)s” goes on at “%(other)s”, which would then stand before it. "
    "Let that way out end, or go on elsewhere, and move the card then."
)
REFERS = ("sourceRef", "targetRef", "default", "attachedToRef")


@dataclass(frozen=True)
class Piece:
    """Nodes that belong together: flows `before` lead to the `first`, those `behind` leave it, `inner` run within;
    `last` is the node that leads on where there is no flow behind yet. `led` come from ways out of other cards, `leaving`
    are those of its own ways out that go on elsewhere."""

    first: str
    nodes: tuple[str, ...]
    before: tuple[str, ...]
    behind: tuple[str, ...]
    inner: tuple[str, ...] = ()
    last: str = ""
    led: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()

    def copied(self, board: Board) -> tuple[Piece, PlacedUnit]:
        """A second one with ids of its own, in the file but led to by nothing; and where it is drawn."""
        sheet, graph = board.sheet, board.sheet.graph
        leaving = [flow for node in self.nodes for flow in graph.out.get(node, ())]
        new: dict[str, str] = {}
        for id in (*self.nodes, *leaving):
            element = graph.nodes.get(id, graph.flows.get(id))
            assert element is not None
            twin = copy.deepcopy(element)
            _renamed(twin, new, sheet.free)
            sheet.put(twin)
        for id in (*self.nodes, *leaving):
            _refer(next(each for each in sheet.process.iterchildren("{*}*") if each.get("id") == new[id]), new)
        for id in leaving:
            if graph.target(id) not in self.nodes:
                sheet.refer(graph.target(id), "incoming", new[id])
        for id in self.nodes:
            sheet.stand_beside(new[id], id)
        sheet.renew()
        unit = board.plane.unit(self.first, self.nodes, self.inner) if board.plane.box(self.first) else PlacedUnit()
        twin_unit = PlacedUnit(
            {new[id]: box for id, box in unit.boxes.items()}, {new[id]: line for id, line in unit.lines.items() if id in new}
        )
        behind = tuple(new[flow] for flow in self.behind)
        away = tuple(new[flow] for flow in self.leaving)
        return Piece(new[self.first], tuple(new[id] for id in self.nodes), (), behind, leaving=away), twin_unit


def piece(board: Board, *cards: Card) -> Piece:
    """A card, or the cards of a branch, as a piece. Raises Invalid where ways lead in or out that have to stay."""
    graph, first = board.sheet.graph, cards[0]
    before, behind = first.spot.flows, board.behind(cards[-1]).flows
    nodes = _nodes(board, cards, behind)
    entering = {flow for node in nodes for flow in graph.into.get(node, ()) if graph.source(flow) not in nodes}
    of_exits = _of_exits(board)
    led = tuple(flow for flow in entering - set(before) if graph.source(flow) in of_exits and graph.target(flow) == first.id)
    is_fixed = any(each.kind in (kinds.START, kinds.GOES_TO) for each in cards[:1]) and len(cards) == 1
    if len(cards) == 1 and (not before or not behind or is_fixed):
        raise errors.Invalid(STAYS, fields=None, name=first.name or first.id)
    is_left_elsewhere = len(cards) == 1 and any(graph.source(flow) not in nodes for flow in behind)
    if is_left_elsewhere or not entering <= {*before, *led}:
        raise errors.Invalid(STAYS, fields=None, name=first.name or first.id)
    inner = tuple(id for id in graph.flows if graph.source(id) in nodes and graph.target(id) in nodes)
    out = (flow for node in nodes if node in of_exits for flow in graph.out.get(node, ()))
    leaving = tuple(flow for flow in out if graph.target(flow) not in nodes)
    return Piece(first.id, nodes, before, behind, inner, led=led, leaving=leaving)


def require_onward(board: Board, own: Piece) -> None:
    """Raises Invalid where, after a move, a way out of a card or one that leads to it would go back."""
    for host, branches in board.cards.exits.items():
        for branch in branches:
            last = branch.cards[-1] if branch.cards else None
            if last is None or last.kind != kinds.GOES_TO or not ({host, last.to} & set(own.nodes)):
                continue
            card, other = board.card(host), board.card(last.to)
            if other not in board.after(card):
                raise errors.Invalid(TURNS_BACK, fields=None, name=card.name or card.id, other=other.name or other.id)


def _of_exits(board: Board) -> set[str]:
    """The events of all ways out, and the nodes that stand on those."""
    branches = [branch for exits in board.cards.exits.values() for branch in exits]
    return {branch.event for branch in branches} | {id for branch in branches for id in _ids(board, branch.cards)}


def _nodes(board: Board, cards: tuple[Card, ...], behind: tuple[str, ...]) -> tuple[str, ...]:
    graph, nodes = board.sheet.graph, set(_ids(board, cards))
    following = {graph.target(flow) for flow in behind}
    nodes |= {id for id in _ends(graph, nodes) - following if all(graph.source(flow) in nodes for flow in graph.into[id])}
    while more := {id for id in _merges(graph, nodes, behind) if id not in nodes}:
        nodes |= more
    return tuple(id for id in graph.nodes if id in nodes)


def _ids(board: Board, cards: tuple[Card, ...]) -> Iterator[str]:
    for card in cards:
        if card.kind in (kinds.GOES_TO, kinds.END) or card.to:
            continue
        yield from (id for id in (card.id, card.gateway, card.join) if id)
        ways = board.cards.exits.get(card.id, ())
        yield from (way.event for way in ways)
        for branch in (*card.branches, *ways):
            yield from _ids(board, branch.cards)


def _ends(graph: Graph, nodes: set[str]) -> set[str]:
    leaving = (flow for id in nodes for flow in graph.out.get(id, ()))
    return {graph.target(flow) for flow in leaving if graph.kind(graph.target(flow)) == "endEvent"}


def _merges(graph: Graph, nodes: set[str], behind: tuple[str, ...]) -> set[str]:
    """Gateways that only bring together what comes out of these nodes, and lead back into them or to what follows."""
    onward = {graph.target(flow) for id in nodes for flow in graph.out.get(id, ())}
    plain = [id for id in onward if graph.kind(id) in GATEWAYS and len(graph.out.get(id, ())) == 1]
    own = [id for id in plain if all(graph.source(flow) in nodes for flow in graph.into[id])]
    return {id for id in own if graph.out[id][0] in behind or graph.target(graph.out[id][0]) in nodes}


def _renamed(element: etree._Element, new: dict[str, str], free: Callable[[str], str]) -> None:
    """Gives a copied element, and the BPMN elements within it, ids of their own; `new` collects them."""
    for each in element.iter("{*}*"):
        id = each.get("id")
        if id and str(etree.QName(each).namespace).startswith("http://www.omg.org"):
            wish = id
            while free(wish) in new.values():
                wish += "_"
            new[id] = free(wish)
            each.set("id", new[id])


def _refer(element: etree._Element, new: dict[str, str]) -> None:
    """Lets a copied element refer to what was copied with it; lists of its flows name only those."""
    for each in [*element.iter("{*}*")]:
        for name in REFERS:
            if each.get(name) in new:
                each.set(name, new[str(each.get(name))])
        if str(each.tag).endswith(("}incoming", "}outgoing")):
            old = (each.text or "").strip()
            if old in new:
                each.text = new[old]
            elif (holder := each.getparent()) is not None:
                holder.remove(each)
