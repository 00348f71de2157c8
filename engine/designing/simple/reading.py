"""From the graph of a process to cards. Any graph can be read: what meets nowhere says where it goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from engine.definitions import refusals, task_settings
from engine.designing.simple import cards as kinds
from engine.designing.simple import graph as graphs
from engine.designing.simple.cards import Branch, Card, Cards, Spot
from engine.designing.simple.drawn import places
from engine.designing.simple.graph import GATEWAYS, Graph
from engine.designing.simple.meeting import Region, Ways
from engine.diagrams.laying_out import BPMN, CONTAINERS

AUTOMATIC = ("serviceTask", "sendTask", "scriptTask", "businessRuleTask")
EXCLUSIVE = "exclusiveGateway"
EVENTS = ("intermediateCatchEvent", "intermediateThrowEvent", "receiveTask", "boundaryEvent")
KINDS = {
    "startEvent": kinds.START,
    "endEvent": kinds.END,
    "callActivity": kinds.CALL,
    **dict.fromkeys(AUTOMATIC, kinds.AUTOMATIC),
    **dict.fromkeys(EVENTS, kinds.EVENT),
    **dict.fromkeys(CONTAINERS, kinds.SUBPROCESS),
}
TURNED_DOWN = ("reject", "withdrawn")
NOWHERE = Spot()
Walked = tuple[tuple[Card, ...], Spot]


def read(process: etree._Element) -> Cards:
    """The cards of a process, as its BPMN element."""
    return _Reader(graphs.read(process)).cards()


def kind_of(element: etree._Element) -> str:
    """What card a flow node is."""
    local = str(etree.QName(element).localname)
    if local == "userTask":
        return kinds.APPROVE if places.properties(element).get("kind", "").strip() == refusals.APPROVE else kinds.HANDLE
    return KINDS.get(local, kinds.CLOSED)


def trigger(element: etree._Element) -> str:
    """What an event waits for or does: timer, message, signal …; empty for a plain one."""
    defined = (str(etree.QName(each).localname) for each in element.iterchildren("{*}*"))
    return next((each.removesuffix("EventDefinition") for each in defined if each.endswith("EventDefinition")), "")


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.ways = Ways(graph)
        self.shown: set[str] = set()
        self.waiting: list[str] = []  # cards whose boundary events are read once everything else stands

    def cards(self) -> Cards:
        """All lists; then what boundary events lead to."""
        lists = tuple(self._list(start) for start in sorted(self._starts(), key=lambda id: self._is_plain(id), reverse=True))
        exits: dict[str, tuple[Branch, ...]] = {}
        while self.waiting:
            host = self.waiting.pop(0)
            exits[host] = tuple(self._exit(event) for event in self.graph.attached[host])
        left = tuple((self._card(id, NOWHERE),) for id in self.graph.nodes if id not in self.shown)
        return Cards((*lists, *left), exits)

    def _starts(self) -> list[str]:
        return [id for id in self.graph.nodes if self.graph.kind(id) == "startEvent"]

    def _is_plain(self, id: str) -> bool:
        return not trigger(self.graph.nodes[id])

    def _list(self, start: str) -> tuple[Card, ...]:
        return self._walk(NOWHERE, start, "", self._region(start))[0]

    def _exit(self, event: str) -> Branch:
        self.shown.add(event)
        flow = next(iter(self.graph.out.get(event, ())), "")
        name = self._name(event)
        if not flow:
            return Branch("", name, "", False, (), event=event)
        target = self.graph.target(flow)
        cards, spot = self._walk(Spot((flow,)), target, "", self._region(target))
        return Branch(flow, name, "", False, cards, spot, event)

    def _region(self, entry: str) -> Region:
        good = (id for id in self.graph.nodes if self.graph.kind(id) == "endEvent" and not self._refuses(id))
        return self.ways.region(entry, good)

    def _walk(self, spot: Spot, node: str, stop: str, region: Region) -> Walked:
        """The cards from a node until another that is not theirs, and the place behind the last."""
        cards: list[Card] = []
        while node != stop:
            if self.graph.kind(node) == "endEvent":
                return (*cards, self._card(node, spot)), NOWHERE
            if node in self.shown:
                return (*cards, self._goes_to(node, spot)), NOWHERE
            card, spot, node = self._next(node, spot, region)
            cards += [card] if card is not None else []
            if not node:
                return tuple(cards), NOWHERE
        return tuple(cards), spot

    def _next(self, node: str, spot: Spot, region: Region) -> tuple[Card | None, Spot, str]:
        """The card of a node (None for a gateway that only brings together), the place behind it, what stands there."""
        out = self.graph.out.get(node, [])
        if len(out) > 1:
            return self._block(node, spot, region)
        card = None if self.graph.kind(node) in GATEWAYS and out else self._card(node, spot)
        self.shown.add(node)
        if not out:
            return card, NOWHERE, ""
        if card is not None and card.gateway:
            yes = next(flow for flow in self.graph.out[card.gateway] if flow != card.refused)
            return card, Spot((yes,)), self.graph.target(yes)
        return card, Spot((out[0],)), self.graph.target(out[0])

    def _block(self, node: str, spot: Spot, region: Region) -> tuple[Card, Spot, str]:
        self.shown.add(node)
        meeting = region.meeting(node)
        default = self.graph.nodes[node].get("default", "")
        branches = [self._branch(flow, meeting, region, is_default=flow == default) for flow in self.graph.out[node]]
        behind = tuple(flow for branch in branches for flow in branch.spot.flows)
        kind = self.graph.kind(node)
        is_join = bool(meeting) and self._joins(meeting, kind, behind)
        shown = {EXCLUSIVE: kinds.CONDITIONS, "inclusiveGateway": kinds.CONDITIONS, "parallelGateway": kinds.PARALLEL}
        shown["eventBasedGateway"] = kinds.WAITING
        card = Card(
            node,
            shown.get(kind, kinds.CLOSED),
            self._name(node),
            spot,
            element=kind,
            branches=tuple(branches),
            join=meeting if is_join else "",
        )
        self._wait_for_exits(node)
        if is_join:
            self.shown.add(meeting)
            flow = self.graph.out[meeting][0]
            return card, Spot((flow,)), self.graph.target(flow)
        is_one = len(behind) == 1 or (
            kind in (EXCLUSIVE, "eventBasedGateway") and all(each.spot.flows or self._ends(each) for each in branches)
        )
        return card, Spot(behind) if is_one else NOWHERE, meeting

    def _branch(self, flow: str, meeting: str, region: Region, *, is_default: bool) -> Branch:
        target = self.graph.target(flow)
        own = region if target in region and meeting else self._region(target)
        cards, spot = self._walk(Spot((flow,)), target, meeting if own is region else "", own)
        element = self.graph.flows[flow]
        return Branch(flow, element.get("name", ""), places.condition(element), is_default, cards, spot)

    def _ends(self, branch: Branch) -> bool:
        """Whether a branch goes on elsewhere or ends: nothing of it arrives behind the block."""
        return bool(branch.cards) and (branch.cards[-1].kind in (kinds.END, kinds.GOES_TO) or self._is_last(branch.cards[-1]))

    def _is_last(self, card: Card) -> bool:
        return not self.graph.out.get(card.id) or (bool(card.branches) and all(self._ends(each) for each in card.branches))

    def _joins(self, node: str, kind: str, behind: tuple[str, ...]) -> bool:
        """Whether a gateway brings together just what a block of that kind splits."""
        is_alike = self.graph.kind(node) == kind and len(self.graph.out.get(node, ())) == 1
        return is_alike and set(self.graph.into[node]) == set(behind)

    def _goes_to(self, node: str, spot: Spot) -> Card:
        """A way that goes on at a card that stands elsewhere; into a join that waits only the diagram shows it."""
        if self.graph.kind(node) in ("parallelGateway", "inclusiveGateway"):
            return Card(node, kinds.CLOSED, self._name(node), spot, element=self.graph.kind(node), to=node)
        seen = {node}
        while self.graph.kind(node) in GATEWAYS and len(self.graph.out.get(node, ())) == 1:
            node = self.graph.target(self.graph.out[node][0])
            if node in seen:
                break
            seen.add(node)
        return Card(node, kinds.GOES_TO, self._name(node), spot, to=node)

    def _card(self, node: str, spot: Spot) -> Card:
        self.shown.add(node)
        self._wait_for_exits(node)
        element = self.graph.nodes[node]
        gateway, refused = self._asked(node)
        if gateway:
            self.shown |= {gateway, self.graph.target(refused)}
        kind = self.graph.kind(node)
        shown = kind_of(element)
        return Card(
            node,
            shown,
            self._name(node),
            spot,
            element=kind,
            gateway=gateway,
            refused=refused,
            trigger=trigger(element) if shown in (kinds.START, kinds.END, kinds.EVENT) else "",
        )

    def _wait_for_exits(self, node: str) -> None:
        if node in self.graph.attached:
            self.waiting.append(node)

    def _asked(self, node: str) -> tuple[str, str]:
        """The question right behind an approval whether it agreed, and the flow to the end of those that did not."""
        out = self.graph.out.get(node, [])
        if len(out) != 1 or kind_of(self.graph.nodes[node]) != kinds.APPROVE:
            return "", ""
        gateway = self.graph.target(out[0])
        ways = self.graph.out.get(gateway, [])
        if self.graph.kind(gateway) != EXCLUSIVE or len(ways) != 2 or self.graph.into[gateway] != out:
            return "", ""
        result = task_settings.read(places.properties(self.graph.nodes[node])).result
        yes = [flow for flow in ways if self._asks(flow, result, "approve")]
        no = [flow for flow in ways if flow not in yes and self._refuses(self.graph.target(flow))]
        return (gateway, no[0]) if len(yes) == len(no) == 1 else ("", "")

    def _asks(self, flow: str, result: str, outcome: str) -> bool:
        return re.sub(r"\s", "", places.condition(self.graph.flows[flow])) == f'={result}="{outcome}"'

    def _refuses(self, node: str) -> bool:
        """Whether it is an end that says that the case was turned down."""
        own = places.properties(self.graph.nodes[node]).get(task_settings.END_OUTCOME, "")
        return self.graph.kind(node) == "endEvent" and own.partition(":")[0].strip() in TURNED_DOWN

    def _name(self, node: str) -> str:
        return self.graph.nodes[node].get("name", "").strip()


def processes(root: etree._Element) -> Iterator[etree._Element]:
    """The processes of a file that can be executed."""
    return (each for each in root.iterchildren(f"{BPMN}process") if each.get("isExecutable") == "true")
