"""The edits of the simple view: each is one operation on the XML that keeps everything else as it is written.

Each takes a board and gives the id of the element it made or changed; they are run by `board.edit`. They raise NotFound
for a card or place that is not there any more, and Invalid for what cannot be done here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lxml import etree

from engine import errors
from engine.designing.simple import cards as kinds
from engine.designing.simple.board import GONE, Board
from engine.designing.simple.cards import Card, Spot
from engine.designing.simple.drawn import places
from engine.designing.simple.drawn.plane import SPACE, PlacedUnit
from engine.designing.simple.pieces import Piece, piece, require_onward

TASK, EVENT, GATEWAY = (100.0, 80.0), (36.0, 36.0), (50.0, 50.0)
NODES = {kinds.APPROVE: "userTask", kinds.HANDLE: "userTask", kinds.CALL: "callActivity"}
BLOCKS = {kinds.CONDITIONS: "exclusiveGateway", kinds.PARALLEL: "parallelGateway"}
ROW = 110.0
NO_KIND = "There is no such kind of card."
NOTHING_GOES_ON = "Nothing would go on behind this any more. At least one branch has to."
NO_BRANCH = "These branches meet nowhere; please add one in the diagram."
DEFAULT_STAYS = "The branch for all other cases has to stay."
NO_END_BESIDE = "Within branches that run side by side nothing can end: they wait for each other."


def insert(board: Board, spot_id: str, kind: str, names: tuple[str, ...]) -> str:
    """Puts a card of a kind at a place. `names`: what it is called, and of a block its two branches."""
    spot = board.spot(spot_id)
    if kind in BLOCKS:
        return _insert_block(board, spot, kind, names)
    if kind not in NODES:
        raise errors.Invalid(NO_KIND, fields=None)
    id = board.sheet.free(kind)
    node = board.sheet.add_node(NODES[kind], id, names[0], board.sheet.graph.source(spot.flows[0]))
    if kind != kinds.CALL:
        etree.SubElement(places.extensions(node), f"{places.ZEEBE}userTask")
        places.write(node, "property:kind", kind)
    _link(board, spot, Piece(id, (id,), (), ()), PlacedUnit({id: (0, -TASK[1] / 2, *TASK)}))
    return id


def end_here(board: Board, spot_id: str, name: str) -> str:
    """Lets a branch end instead of going on behind its block, where another branch does."""
    spot = board.spot(spot_id)
    block = next((each for each in board.cards for branch in each.branches if branch.spot == spot), None)
    if block is None or block.kind != kinds.CONDITIONS or len(spot.flows) != 1:
        raise errors.Invalid("Only a branch of a condition can end here.", fields=None)
    if not any(each.spot.flows for each in block.branches if each.spot != spot):
        raise errors.Invalid(NOTHING_GOES_ON, fields=None)
    _refuse_end_beside(board, spot)
    (flow,) = spot.flows
    source = board.sheet.graph.source(flow)
    id = board.sheet.free("end")
    board.sheet.add_node("endEvent", id, name, source)
    board.sheet.turn((flow,), id)
    unit = PlacedUnit({id: (0, -EVENT[1] / 2, *EVENT)})
    if not board.plane.put(flow, unit):
        _drop(board, flow, unit)
    return id


def delete(board: Board, id: str) -> str:
    """Takes a card away, with all that is in it; what led to it leads on."""
    own = piece(board, board.card(id))
    target = board.sheet.graph.target(own.behind[0])
    for flow in own.before:
        board.plane.join(flow, own.behind[0])
    board.sheet.turn((*own.before, *own.led), target)
    board.loose.update(own.led)
    remove(board, own.nodes)
    _gather(board, own.before)
    return ""


def copy(board: Board, id: str) -> str:
    """Puts a copy of a card, with all that is in it, right behind it."""
    own = piece(board, board.card(id))
    twin, unit = own.copied(board)
    _link(board, Spot(own.behind), twin, unit)
    board.loose.update(twin.leaving)
    return twin.first


def move(board: Board, id: str, spot_id: str) -> str:
    """Puts a card, with all that is in it, at another place."""
    own = piece(board, board.card(id))
    spot = board.spot(spot_id)
    graph = board.sheet.graph
    if kinds.ends(board.card(id)):
        _refuse_end_beside(board, spot)
    if set(spot.flows) in (set(own.before), set(own.behind)):
        return id
    if any(graph.source(each) in own.nodes and each not in own.behind for each in spot.flows):
        raise errors.Invalid("A card cannot be put into itself.", fields=None)
    unit = board.plane.unit(own.first, own.nodes, own.inner) if board.plane.box(own.first) else PlacedUnit()
    for flow in own.before:
        board.plane.join(flow, own.behind[0])
    board.sheet.turn(own.before, graph.target(own.behind[0]))
    flows = tuple(each for each in spot.flows if each not in own.behind)
    if len(flows) < len(spot.flows):
        flows = (*flows, *own.before)
    _link(board, Spot(flows), own, unit)
    is_beside = bool(set(spot.flows) & set(own.before))  # onto one of the ways that led to it: its own way is one of them now
    _gather(board, (*own.before, *own.behind) if is_beside else own.before)
    board.loose.update((*own.led, *own.leaving))
    board.renew()
    require_onward(board, own)
    return id


def add_branch(board: Board, id: str, name: str) -> str:
    """Adds an empty branch to a block; gives its flow."""
    block = board.card(id)
    graph = board.sheet.graph
    target = block.join or (
        graph.target(next((f for b in block.branches for f in b.spot.flows), "")) if _goes_on(block) else ""
    )
    if not block.branches or not target or (block.kind == kinds.PARALLEL and not block.join):
        raise errors.Invalid(NO_BRANCH, fields=None)
    flow = board.sheet.add_flow(id, target, name)
    _draw_branch(board, block, flow, target)
    return flow


def delete_branch(board: Board, flow: str) -> str:
    """Takes a branch away, with all that is in it; of two the other stays as part of the list."""
    block, branch = board.block_of(flow)
    if branch.is_default and block.kind == kinds.CONDITIONS:
        raise errors.Invalid(DEFAULT_STAYS, fields=None)
    others = [each for each in block.branches if each is not branch]
    if branch.spot.flows and not any(each.spot.flows for each in others):
        raise errors.Invalid(NOTHING_GOES_ON, fields=None)
    own = piece(board, *branch.cards) if branch.cards else None
    board.plane.remove({flow})
    element = board.sheet.graph.flows[flow]
    board.sheet.drop_flow(element)
    if own is not None:
        remove(board, own.nodes)
    if len(others) == 1:
        _dissolve(board, block)
    return block.id if len(others) > 1 else ""


def write(board: Board, id: str, values: Mapping[str, str]) -> str:
    """Changes settings of a card or branch, each by the place that the panel of the diagram gives it. Raises NotFound."""
    element = element_of(board, id)
    for place, value in values.items():
        places.write(element, place, value)
    return id


def element_of(board: Board, id: str) -> etree._Element:
    """The XML of a card or branch. Raises NotFound where it is not there any more."""
    graph = board.sheet.graph
    element = graph.nodes.get(id, graph.flows.get(id))
    if element is None:
        raise errors.NotFound(GONE)
    return element


def changed(element: etree._Element, values: Mapping[str, str]) -> dict[str, str]:
    """Of settings by place those that do not stand at the element already: what somebody changed who saw it."""
    return {place: value for place, value in values.items() if places.read(element, place) != value}


def _refuse_end_beside(board: Board, spot: Spot) -> None:
    if any(each.kind == kinds.PARALLEL for each in board.cards.around(spot)):
        raise errors.Invalid(NO_END_BESIDE, fields=None)


def _goes_on(block: Card) -> bool:
    return any(each.spot.flows for each in block.branches)


def _insert_block(board: Board, spot: Spot, kind: str, names: tuple[str, ...]) -> str:
    sheet = board.sheet
    beside = sheet.graph.source(spot.flows[0])
    split, join = sheet.free(kind), sheet.free(f"{kind}_end")
    sheet.add_node(BLOCKS[kind], split, names[0] if kind == kinds.CONDITIONS else "", beside)
    sheet.add_node(BLOCKS[kind], join, "", beside)
    first, second = sheet.add_flow(split, join, names[1]), sheet.add_flow(split, join, names[2])
    if kind == kinds.CONDITIONS:
        sheet.graph.nodes[split].set("default", second)
    wide = GATEWAY[0]
    far = wide + 4 * SPACE
    unit = PlacedUnit({split: (0, -wide / 2, *GATEWAY), join: (far, -wide / 2, *GATEWAY)})
    unit.lines[first] = [(wide, 0), (far, 0)]
    unit.lines[second] = [(wide / 2, wide / 2), (wide / 2, ROW), (far + wide / 2, ROW), (far + wide / 2, wide / 2)]
    _link(board, spot, Piece(split, (split, join), (), (), last=join), unit)
    for gateway in (split, join):
        if kind == kinds.CONDITIONS and gateway in board.plane.shapes:
            board.plane.shapes[gateway].set("isMarkerVisible", "true")
    return split


def _link(board: Board, spot: Spot, own: Piece, unit: PlacedUnit) -> None:
    """Puts what stands alone onto the way of flows: they lead to it, and it leads to where they led."""
    sheet = board.sheet
    target = sheet.graph.target(spot.flows[0])
    if len(spot.flows) > 1 and _waits(board, own.first):
        meeting = _meet(board, spot)
        return _link(board, Spot(tuple(sheet.graph.out[meeting])), own, unit)
    sheet.turn(spot.flows, own.first)
    behind = own.behind or (sheet.add_flow(own.last or own.first, target),)
    sheet.turn(behind, target)
    if not unit.boxes:
        board.was_automatic = True
        return
    if not board.plane.put(spot.flows[0], unit, behind[0]):
        _drop(board, spot.flows[0], unit)
        board.loose.add(behind[0])
    for flow in spot.flows[1:]:
        board.plane.connect(flow, sheet.graph.source(flow), own.first)
    for flow in behind[1:]:
        board.plane.connect(flow, sheet.graph.source(flow), target)


def _drop(board: Board, flow: str, unit: PlacedUnit) -> None:
    """Puts a unit beside a flow on whose way there is no place; the flow gets a new way."""
    board.plane.drop(flow, unit)
    board.loose.add(flow)


def _waits(board: Board, node: str) -> bool:
    """Whether a node lets nothing on before something has come by each flow that leads to it."""
    return board.sheet.graph.kind(node) in ("parallelGateway", "inclusiveGateway")


def _meet(board: Board, spot: Spot) -> str:
    """Brings flows, of which each token takes one, together in a gateway of their own; gives its id."""
    id = board.sheet.free("meeting")
    board.sheet.add_node("exclusiveGateway", id, "", board.sheet.graph.source(spot.flows[0]))
    _link(board, spot, Piece(id, (id,), (), ()), PlacedUnit({id: (0, -GATEWAY[1] / 2, *GATEWAY)}))
    return id


def _gather(board: Board, flows: tuple[str, ...]) -> None:
    """Flows of which each token takes one must not arrive at a split that would wait for all of them."""
    graph = board.sheet.graph
    for target in {graph.target(flow): None for flow in flows}:
        arriving = tuple(flow for flow in flows if graph.target(flow) == target)
        if len(arriving) > 1 and _waits(board, target) and set(graph.into[target]) == set(arriving):
            _meet(board, Spot(arriving))


def _dissolve(board: Board, block: Card) -> None:
    """A block with one branch left is none: what is in the branch becomes part of the list."""
    for node in (block.id, block.join):
        if not node:
            continue
        (out,) = board.sheet.graph.out[node]
        places.write(board.sheet.graph.flows[out], "condition", "")
        for flow in board.sheet.graph.into[node]:
            board.plane.join(flow, out)
        board.plane.remove(board.sheet.bypass(node))


def remove(board: Board, nodes: tuple[str, ...]) -> None:
    """Takes nodes away, and the ends that nothing leads to any more."""
    sheet = board.sheet
    ends = {sheet.graph.target(flow) for node in nodes for flow in sheet.graph.out.get(node, ())}
    board.plane.remove(sheet.remove(nodes))
    remove_lonely(board, ends)


def remove_lonely(board: Board, ends: Collection[str]) -> None:
    """Takes away those of some nodes that are ends to which nothing leads any more."""
    graph = board.sheet.graph
    lonely = {id for id in ends if id in graph.nodes and graph.kind(id) == "endEvent" and not graph.into.get(id)}
    board.plane.remove(board.sheet.remove(lonely))


def _draw_branch(board: Board, block: Card, flow: str, target: str) -> None:
    plane = board.plane
    inside = [each for branch in block.branches for each in branch.cards]
    own = piece(board, block).nodes if block.join else (block.id, *(each.id for each in inside))
    one, other = plane.box(block.id), plane.box(target)
    if one is None or other is None or other[0] < one[0]:
        board.loose.add(flow)
        return
    lines = [each for each in board.sheet.graph.flows if board.sheet.graph.source(each) in own and each != flow]
    low = plane.lowest(own, [each for each in lines if board.sheet.graph.target(each) in (*own, target)])
    middle = plane.row_below(one[0], other[0] + other[2], low)
    x, to_x = one[0] + one[2] / 2, other[0] + other[2] / 2
    plane.draw_line(flow, [(x, one[1] + one[3]), (x, middle), (to_x, middle), (to_x, other[1] + other[3])])
