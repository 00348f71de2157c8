"""What the simple view shows: cards one below the other, blocks of branches, and the places where one may be added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

START, APPROVE, HANDLE, CALL, AUTOMATIC, END = "start", "approve", "handle", "call", "automatic", "end"
CONDITIONS, PARALLEL = "conditions", "parallel"
WAITING, EVENT, SUBPROCESS = "waiting", "event", "subprocess"
GOES_TO, CLOSED = "goes_to", "closed"


@dataclass(frozen=True)
class Spot:
    """A place between two cards: the flows that pass it, none where nothing may be put in between.

    `id` names it: those of its flows, so that the place behind a block is never taken for the end of its first branch.
    With more than one flow they lead to the same node, each token by one of them.
    """

    flows: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What pages call it; empty for a place where nothing may be added."""
        return " ".join(self.flows)


@dataclass(frozen=True)
class Branch:
    """One way through a block: its flow out of the gateway, what it is called, its condition as FEEL, its cards."""

    flow: str
    name: str
    condition: str
    is_default: bool
    cards: tuple[Card, ...]
    spot: Spot = Spot()
    event: str = ""


@dataclass(frozen=True)
class Card:
    """One card. `id` is that of its BPMN element; `spot` the place before it.

    `gateway` is the question behind an approval that is part of the card, `refused` its flow to an end. A block has
    `branches`, `join` is the gateway where they meet, empty where they meet in the next card or not at all. A GOES_TO
    card names in `to` where it goes on; a SUBPROCESS holds cards of its own, opened by its id; a CLOSED one is an element that
    only the diagram shows. `trigger` is what an event waits for or does, as its definition is called: timer, message.
    """

    id: str
    kind: str
    name: str
    spot: Spot = Spot()
    element: str = ""
    gateway: str = ""
    refused: str = ""
    branches: tuple[Branch, ...] = ()
    join: str = ""
    to: str = ""
    trigger: str = ""


@dataclass(frozen=True)
class Cards:
    """A process as cards: one list for each start event. `exits` are the ways out of a card by its boundary events."""

    lists: tuple[tuple[Card, ...], ...] = ()
    exits: dict[str, tuple[Branch, ...]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Card]:
        """All cards, from top to bottom, those within blocks behind their block."""
        for each in self.lists:
            yield from _all(each)
        for branches in self.exits.values():
            for branch in branches:
                yield from _all(branch.cards)

    @property
    def branches(self) -> Iterator[Branch]:
        """All branches of all blocks."""
        return (branch for card in self for branch in card.branches)

    @property
    def is_full(self) -> bool:
        """Whether no card of it is closed."""
        return all(each.kind != CLOSED for each in self)

    @property
    def spots(self) -> dict[str, Spot]:
        """The places where something may be put in, by their id."""
        ways = [*self.branches, *(branch for branches in self.exits.values() for branch in branches)]
        spots = [each.spot for each in (*self, *ways)]
        return {each.id: each for each in spots if each.id}

    def around(self, spot: Spot) -> list[Card]:
        """The blocks that a place lies in."""
        return [each for each in self if any(_holds(branch, spot) for branch in each.branches)]

    def card(self, id: str) -> Card | None:
        """The card of an element; where an end event stands at several places the first."""
        return next((each for each in self if each.id == id and each.kind != GOES_TO), None)


def _holds(branch: Branch, spot: Spot) -> bool:
    inner = [way for each in _all(branch.cards) for way in each.branches]
    return spot in (branch.spot, *(each.spot for each in _all(branch.cards)), *(each.spot for each in inner))


def ends(card: Card) -> bool:
    """Whether a case may end within a card."""
    return any(each.kind == END or each.refused for each in _all((card,)))


def _all(cards: tuple[Card, ...]) -> Iterator[Card]:
    for each in cards:
        yield each
        for branch in each.branches:
            yield from _all(branch.cards)
