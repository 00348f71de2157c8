"""The card list of a draft: its cards, what is wrong with each, one element's settings, and the saves to go back to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml import etree
from sqlalchemy.orm import Session

from engine import errors
from engine.designing import comparing, drafts, history, publishing
from engine.designing.editing import field_uses
from engine.designing.packages import Package
from engine.designing.simple.asking import answers
from engine.designing.simple.asking.answers import VariableAnswers
from engine.designing.simple.board import Board
from engine.diagrams.laying_out import CONTAINERS
from engine.people import organisation
from engine.people.actors import Actor
from engine.problems import Problem
from engine.queries.designer import drawing_page
from engine.queries.designer.drawing_page import Drawing
from engine.queries.designer.naming import PanelChoice


@dataclass(frozen=True)
class SimplePage:
    """A draft as cards. `refusal` says why it cannot be shown as such, then there is no `board`; `problems` by element,
    those of no card under an empty id; `set_by_company` what formulas may ask by setting(name)."""

    drawing: Drawing
    board: Board | None
    refusal: errors.Refusal | None
    problems: Mapping[str, list[Problem]]
    fields: list[PanelChoice]
    outcomes: list[VariableAnswers] = field(default_factory=list)
    decisions: list[VariableAnswers] = field(default_factory=list)
    set_by_company: Mapping[str, Any] = field(default_factory=dict)

    @property
    def within(self) -> str:
        """The id of the subprocess whose cards are shown; empty for the process itself."""
        around = self.board.within if self.board is not None else []
        return str(around[-1].get("id")) if around else ""

    @property
    def crumbs(self) -> list[PanelChoice]:
        """The subprocesses around the cards, from outside to inside."""
        around = self.board.within if self.board is not None else []
        return [PanelChoice(str(each.get("id")), each.get("name", "")) for each in around]

    def element(self, id: str) -> etree._Element | None:
        """The XML of a node or flow of the process; None where there is none of that id."""
        graph = self.board.sheet.graph if self.board is not None else None
        return None if graph is None else graph.nodes.get(id, graph.flows.get(id))


def page(session: Session, by: Actor, key: int, within: str = "", *, now: datetime | None = None) -> SimplePage:
    """The card list, with `within` that of a subprocess. Raises NotFound."""
    drawing = drawing_page.drawing(session, by, key)
    opened, refusal = None, None
    try:
        opened = Board(drawing.files[drawing.diagram], drawing.process_id, within)
    except errors.Invalid as error:
        refusal = error
    package = Package(drawing.files, drawing.settings)
    fields = _fields(drawing.files)
    return SimplePage(
        drawing,
        opened,
        refusal,
        _by_card(publishing.problems(session, by, package, now=now), opened),
        fields,
        outcomes=answers.outcomes(opened.sheet.graph) if opened is not None else [],
        decisions=answers.decisions(opened.sheet.graph) if opened is not None else [],
        set_by_company=organisation.at_version(session, by.company_id, by.organisation_version).settings,
    )


def since(session: Session, by: Actor, key: int, revision: int) -> list[comparing.Change]:
    """What colleagues have changed in a draft since a save; nothing where that save is not kept. Raises NotFound."""
    draft = drafts.take_up(session, by, key)
    base = history.shown_at(session, key, revision)
    return [] if base is None else comparing.changes(Package(base.files, base.settings), Package(draft.files, draft.settings))


def seen(session: Session, by: Actor, key: int, revision: int, within: str = "") -> tuple[Board, Mapping[str, Any]] | None:
    """The cards and the settings of the process as a save had them; None where it is not kept. Raises NotFound."""
    draft = drafts.take_up(session, by, key)
    save = history.shown_at(session, key, revision)
    if save is None:
        return None
    package = Package(save.files, save.settings)
    return Board(save.files[package.diagram], draft.process_id, within), save.settings.get(draft.process_id, {})


def _fields(files: Mapping[str, str]) -> list[PanelChoice]:
    """The fields of the draft's forms that conditions can compare, by what they call them."""
    return [PanelChoice(key, words) for key, words in sorted(field_uses.comparable(files).items())]


def _by_card(problems: list[Problem], opened: Board | None) -> dict[str, list[Problem]]:
    """The problems by the card or branch that shows them."""
    sorted_: dict[str, list[Problem]] = defaultdict(list)
    own = _owners(opened) if opened is not None else {}
    elsewhere = _elsewhere(opened) if opened is not None else set()
    for each in problems:
        if each.element_id not in elsewhere:
            sorted_[own.get(each.element_id, "")].append(each)
    return sorted_


def _elsewhere(opened: Board) -> set[str]:
    """The elements of a file outside the subprocess that is shown."""
    if not opened.within:
        return set()
    ids = (str(each.get("id")) for each in opened.root.iter("{*}*") if each.get("id"))
    inside = {str(each.get("id")) for each in opened.within[-1].iter("{*}*")}
    return {id for id in ids if id not in inside}


def _owners(opened: Board) -> dict[str, str]:
    """Which card or branch stands for an element."""
    graph, owners = opened.sheet.graph, {}
    shown = {branch.event for branches in opened.cards.exits.values() for branch in branches}
    for flow in graph.flows:
        owners[flow] = graph.source(flow)
    for card in opened.cards:
        owners |= {card.id: card.id, card.gateway: card.id, card.refused: card.id, card.join: card.id}
        owners |= {branch.flow: branch.flow for branch in card.branches}
    for id, element in graph.nodes.items():
        if graph.kind(id) in CONTAINERS:
            owners |= {str(each.get("id")): id for each in element.iter("{*}*") if each.get("id")}
    owners |= {event: event if event in shown else host for host, events in graph.attached.items() for event in events}
    owners.pop("", None)
    return {id: own if own in graph.nodes or own in graph.flows else "" for id, own in owners.items()}
