"""A BPMN file opened for one edit: its process under change, its drawing and its cards; written back as text."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from engine import errors
from engine.deploying.checking.checks import MAX_BYTES
from engine.designing.simple import graph, reading
from engine.designing.simple.cards import Branch, Card, Cards, Spot
from engine.designing.simple.drawn.plane import Plane
from engine.designing.simple.sheet import Sheet
from engine.designing.simple.tidying import repairing
from engine.diagrams import drawn_anew, xml

GONE = "This card is not there any more."
NO_FURTHER = "The card cannot be moved any further that way."
NO_PROCESS = "The file holds no process that can be shown as cards."


@dataclass(frozen=True)
class Edited:
    """A file after an edit, and the element that was made or changed (empty: none)."""

    text: str
    id: str


class Board:
    """What an edit works on: a process, or with `within` what one of its subprocesses holds.

    The attribute `within` are the subprocesses from outside to inside. Raises Invalid for a file that cannot be read or
    holds no process, NotFound for a subprocess that it does not hold.
    """

    def __init__(self, text: str, process_id: str, within: str = "") -> None:
        self.has_header = text.lstrip("\ufeff \n").startswith("<?xml")
        self.root = xml.safe_parse(text.encode(), max_bytes=MAX_BYTES, is_whole=True)
        process = graph.process_of(self.root, process_id)
        if process is None:
            raise errors.Invalid(NO_PROCESS, fields=None)
        self.within = graph.containers(process, within)
        process = self.within[-1] if self.within else process
        self.sheet = Sheet(self.root, process)
        self.plane = Plane(self.root)
        self.cards: Cards = reading.read(process)
        self.was_automatic = not self.plane.shapes or _is_automatic(self.root)
        self.drawn = repairing.drawn(self.root, self.sheet.graph)
        self.loose: set[str] = set()  # flows that an edit leaves without a good way

    def renew(self) -> None:
        """Reads the cards again, after an edit."""
        self.cards = reading.read(self.sheet.process)

    def card(self, id: str) -> Card:
        """A card. Raises NotFound."""
        card = self.cards.card(id)
        if card is None:
            raise errors.NotFound(GONE)
        return card

    def spot(self, id: str) -> Spot:
        """A place where something may be put in. Raises NotFound."""
        spot = self.cards.spots.get(id)
        if spot is None:
            raise errors.NotFound(GONE)
        return spot

    def block_of(self, flow: str) -> tuple[Card, Branch]:
        """The block and branch of a flow out of a gateway. Raises NotFound."""
        for card in self.cards:
            for branch in card.branches:
                if branch.flow == flow:
                    return card, branch
        raise errors.NotFound(GONE)

    def behind(self, card: Card) -> Spot:
        """The place right behind a card, one without flows where nothing can follow. Raises NotFound."""
        cards, last = self._list_of(card)
        place = cards.index(card) + 1
        return cards[place].spot if place < len(cards) else last

    def neighbour(self, card: Card, step: int) -> Card:
        """The card before (-1) or behind (1) one in its list. Raises Invalid where there is none."""
        cards, _last = self._list_of(card)
        place = cards.index(card) + step
        if not 0 <= place < len(cards):
            raise errors.Invalid(NO_FURTHER, fields=None)
        return cards[place]

    def _list_of(self, card: Card) -> tuple[tuple[Card, ...], Spot]:
        """The cards among which one stands, and the place behind the last of them."""
        ways = [*self.cards.branches, *(each for exits in self.cards.exits.values() for each in exits)]
        lists = [*((cards, Spot()) for cards in self.cards.lists), *((each.cards, each.spot) for each in ways)]
        for cards, last in lists:
            if card in cards:
                return cards, last
        raise errors.NotFound(GONE)

    def after(self, card: Card) -> tuple[Card, ...]:
        """The cards behind one in its list. Raises NotFound."""
        cards, _last = self._list_of(card)
        return cards[cards.index(card) + 1 :]

    def text(self) -> str:
        """The file as text; laid out anew where it was drawn by the program alone."""
        if self.was_automatic:
            drawn_anew.drawn_anew(self.root)
        else:
            self._draw_missing()
        self._repair()
        tree = self.root.getroottree()
        if self.has_header:
            return etree.tostring(tree, encoding="UTF-8", xml_declaration=True).decode()
        return etree.tostring(tree, encoding="unicode")

    def _repair(self) -> None:
        """Puts right what the edit left badly drawn; where that cannot be, all is drawn anew if that is better."""
        graph, before = self.sheet.graph, self.drawn
        loose = [] if self.was_automatic else [each for each in self.loose if each in graph.flows]
        left = repairing.repair(self.root, graph, before, loose, moves=not self.was_automatic)
        if not self.was_automatic and any(each.message in repairing.GRAVE for each in left):
            other = copy.deepcopy(self.root)
            drawn_anew.drawn_anew(other)
            if not repairing.repair(other, graph, before, (), moves=False):
                drawn_anew.drawn_anew(self.root)
                repairing.repair(self.root, graph, before, (), moves=False)

    def _draw_missing(self) -> None:
        """Draws flows that have no way yet, such as those of a copy to an end that it shares."""
        for id in self.sheet.graph.flows:
            if id not in self.plane.edges:
                self.plane.connect(id, self.sheet.graph.source(id), self.sheet.graph.target(id))


def edit(text: str, process_id: str, act: Callable[[Board], str], within: str = "") -> Edited:
    """The file after an act, which gives the id of what it made or changed. Raises Invalid, NotFound."""
    board = Board(text, process_id, within)
    return Edited(id=act(board), text=board.text())


def laid_out(board: Board) -> str:
    """Draws the whole diagram anew."""
    board.was_automatic = True
    return ""


def _is_automatic(root: etree._Element) -> bool:
    """Whether the drawing is the one that the program makes: nobody has placed anything by hand."""
    other = copy.deepcopy(root)
    drawn_anew.drawn_anew(other)
    one, two = Plane(root), Plane(other)
    return one.shapes.keys() == two.shapes.keys() and all(one.box(id) == two.box(id) for id in one.shapes)
