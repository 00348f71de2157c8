"""Edits of the ways out of a card: what happens when its time is up, or when it fails. Run like those of `editing`."""

from __future__ import annotations

from lxml import etree

from engine import errors
from engine.designing.simple import cards as kinds
from engine.designing.simple import editing
from engine.designing.simple.board import GONE, Board
from engine.designing.simple.cards import Branch, Card
from engine.designing.simple.drawn import places
from engine.designing.simple.pieces import piece
from engine.diagrams.laying_out import BPMN

TIMER, ERROR = "timer", "error"
OFFERED = {
    kinds.APPROVE: (TIMER,),
    kinds.HANDLE: (TIMER,),
    kinds.EVENT: (),
    kinds.CALL: (TIMER, ERROR),
    kinds.SUBPROCESS: (TIMER, ERROR),
    kinds.AUTOMATIC: (ERROR,),
}
FIRST_LIMIT = "3wd"
BELOW, ASIDE, APART = 60.0, 50.0, 46.0  # where the end of a new way out is drawn, and how far events are from each other
NO_EXIT = "This card cannot have such a way out."
NOT_BESIDE = "The step goes on meanwhile, so that this way can only end."
NOT_THERE = "A way out goes on at a card behind its own, in the same list."


def add(board: Board, id: str, kind: str, name: str, end_name: str) -> str:
    """Gives a card a way out, that ends at once; gives its event."""
    card = board.card(id)
    if kind not in OFFERED.get(card.kind, ()):
        raise errors.Invalid(NO_EXIT, fields=None)
    sheet = board.sheet
    event, end = sheet.free(f"{id}_{kind}"), sheet.free(f"{id}_{kind}_end")
    node = sheet.add_node("boundaryEvent", event, name, id)
    node.set("attachedToRef", id)
    definition = etree.SubElement(node, f"{BPMN}{kind}EventDefinition", id=sheet.free(f"{event}_definition"))
    if kind == TIMER:
        node.set("cancelActivity", "false")
        etree.SubElement(definition, f"{BPMN}timeDuration").text = FIRST_LIMIT
    sheet.add_node("endEvent", end, end_name, id)
    sheet.renew()
    flow = sheet.add_flow(event, end)
    _draw(board, id, event, end, flow)
    return event


def _draw(board: Board, host: str, event: str, end: str, flow: str) -> None:
    box = board.plane.box(host)
    if box is None:
        board.was_automatic = True
        return
    x = box[0] + box[2] - 28 - APART * (len(board.sheet.graph.attached[host]) - 1)
    wide, high = editing.EVENT
    board.plane.draw_box(event, (x, box[1] + box[3] - high / 2, wide, high))
    board.plane.draw_box(end, (x + ASIDE, box[1] + box[3] + BELOW, wide, high))
    board.loose.add(flow)


def remove(board: Board, event: str) -> str:
    """Takes a way out away, with all that stands on it; gives the card it led out of."""
    branch = _branch(board, event)
    host = str(board.sheet.graph.nodes[event].get("attachedToRef"))
    cards = [each for each in branch.cards if each.kind not in (kinds.END, kinds.GOES_TO)]
    own = piece(board, *cards).nodes if cards else ()
    editing.remove(board, (event, *own))
    return host


def lead(board: Board, event: str, target: str) -> str:
    """Lets a way out go on at a card behind its own (an empty target: end); gives the event."""
    branch, graph = _branch(board, event), board.sheet.graph
    host = board.card(str(graph.nodes[event].get("attachedToRef")))
    if target and places.read(graph.nodes[event], places.INTERRUPTS) == "false":
        raise errors.Invalid(NOT_BESIDE, fields=None)
    if target and target not in {each.id for each in behind(board, host)}:
        raise errors.Invalid(NOT_THERE, fields=None)
    flows = _last(branch)
    if not flows:
        raise errors.Invalid(NOT_THERE, fields=None)
    ends = {graph.target(flow) for flow in flows}
    if not target:
        return event if all(graph.kind(each) == "endEvent" for each in ends) else _end(board, event, flows)
    board.sheet.turn(flows, target)
    board.loose.update(flows)
    editing.remove_lonely(board, ends)
    return event


def behind(board: Board, card: Card) -> list[Card]:
    """The cards at which a way out of a card may go on: those behind it that wait for nothing."""
    waiting = ("parallelGateway", "inclusiveGateway")
    following = [each for each in board.after(card) if each.kind not in (kinds.GOES_TO, kinds.CLOSED)]
    return [each for each in following if each.element not in waiting]


def _end(board: Board, event: str, flows: tuple[str, ...]) -> str:
    end = board.sheet.free(f"{event}_end")
    board.sheet.add_node("endEvent", end, "", event)
    board.sheet.renew()
    board.sheet.turn(flows, end)
    x, y, _width, high = board.plane.box(event) or (0.0, 0.0, 0.0, 0.0)
    board.plane.draw_box(end, (x + ASIDE, y + high + BELOW, *editing.EVENT))
    board.loose.update(flows)
    return event


def _branch(board: Board, event: str) -> Branch:
    ways = (branch for branches in board.cards.exits.values() for branch in branches)
    known_branch = next((each for each in ways if each.event == event), None)
    if known_branch is None:
        raise errors.NotFound(GONE)
    return known_branch


def _last(branch: Branch) -> tuple[str, ...]:
    """The flows by which a way out leaves its own cards."""
    last = branch.cards[-1] if branch.cards else None
    if last is not None and last.kind in (kinds.END, kinds.GOES_TO):
        return last.spot.flows
    return branch.spot.flows
