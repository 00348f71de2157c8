"""What the parts of a user task come to: undecided, or settled with an outcome; and whose turn it is meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol, TypeVar

from engine.definitions.rules.joint_rules import ANY, SEQUENTIAL, VETO, JointRule

APPROVE, REJECT, RETURN = "approve", "reject", "return"
OWN, BEFORE, AFTER, BESIDE, DELEGATED, CONSULTED = "own", "before", "after", "beside", "delegated", "consulted"
OPEN, WAITING, DONE, CLOSED, REMOVED = "open", "waiting", "done", "closed", "removed"
LIVE = frozenset({OPEN, WAITING})
VOTERS = frozenset({OWN, BESIDE})  # the others speak to the one who asked them
SIGNERS = frozenset({BEFORE, AFTER, BESIDE})
OBJECTED = "objected"  # note of a signer's no where the step has none: it binds nobody, and whoever asked him decides


class VotePart(Protocol):
    """What a work item says of itself; `turn` counts in a sequential decision, lowest first."""

    key: int
    parent_key: int | None
    position: str
    state: str
    outcome: str | None
    weight: Decimal
    has_veto: bool
    turn: int
    note: str | None


OfTask = TypeVar("OfTask", bound=VotePart)


def decide(rule: JointRule, parts: Iterable[VotePart]) -> str | None:
    """The outcome that settles the task; None as long as it is undecided.

    A return by anybody who decides settles at once. `any`: the first of those it was offered to decides, and who was added
    beside must agree, but never decides alone. `all`, `sequential`: the first no rejects, the last yes approves. `ratio`: approved when the share of
    the live weight agrees, rejected once that is out of reach. `veto`: as `ratio`, but the no of a holder rejects,
    and each holder is waited for. A signer's no is a no of whoever added him; where the step has none (`OBJECTED`) nothing
    is settled before whoever asked him has decided what comes of it.
    """
    whole = _Whole(parts)
    if any(
        part.outcome == RETURN and part.state == DONE for part in whole.parts if part.position not in (DELEGATED, CONSULTED)
    ):
        return RETURN
    if whole.is_objected_to:
        return None
    verdicts = [(part, whole.verdict(part)) for part in whole.voters]
    if rule.name == ANY:
        return _first(verdicts)
    said = [verdict for _part, verdict in verdicts]
    if rule.name in ("all", SEQUENTIAL):
        return REJECT if REJECT in said else _agreed(said) if said and None not in said else None
    if rule.name == VETO and any(part.has_veto and verdict == REJECT for part, verdict in verdicts):
        return REJECT
    counted = _counted(rule, verdicts)
    # Who may still say the no that rejects is waited for.
    is_open = rule.name == VETO and any(part.has_veto and verdict is None for part, verdict in verdicts)
    return None if is_open and agrees(counted) else counted


def states(rule: JointRule, parts: Iterable[VotePart]) -> Mapping[int, str]:
    """By key: whether each part that is not over yet is open now, or waits for others before it."""
    whole = _Whole(parts)
    turns = [part.turn for part in whole.voters if whole.verdict(part) is None]
    turn = min(turns, default=0) if rule.name == SEQUENTIAL else None
    return {part.key: OPEN if whole.may_act(part, turn) else WAITING for part in whole.parts if part.state in LIVE}


def agrees(outcome: str | None) -> bool:
    """Whether an outcome is neither a no nor a way back."""
    return outcome is not None and outcome not in (REJECT, RETURN)


@dataclass
class _Whole:
    """The parts of one task, those that were taken off left out, and `objections`, which are no votes."""

    parts: Sequence[VotePart]

    def __init__(self, parts: Iterable[VotePart]) -> None:
        there = [part for part in parts if part.state != REMOVED]
        self.parts = [part for part in there if not _is_objection(part)]
        self.objections = [part for part in there if _is_objection(part)]
        self.below: dict[int, list[VotePart]] = {}
        self.by_key = {part.key: part for part in self.parts}
        for part in self.parts:
            if part.parent_key is not None:
                self.below.setdefault(part.parent_key, []).append(part)

    @property
    def is_objected_to(self) -> bool:
        """Whether somebody whom a signer answered with a no has not decided since."""
        askers = (self.by_key.get(part.parent_key or 0) for part in self.objections)
        return any(asker is not None and asker.state in LIVE for asker in askers)

    @property
    def voters(self) -> list[VotePart]:
        """Those whose votes count; one that is not needed any more counts only where a signer's no has closed it."""
        deciding = (part for part in self.parts if part.position in VOTERS)
        return [part for part in deciding if part.state != CLOSED or self.verdict(part) == REJECT]

    def verdict(self, part: VotePart) -> str | None:
        """What a part says once all whom it asked to sign have spoken; None before."""
        signers = self.asked(part, BEFORE, AFTER)
        said = [self.verdict(signer) for signer in signers]
        if REJECT in said or (part.state == DONE and part.outcome == REJECT):
            return REJECT
        if part.state != DONE or any(verdict is None for verdict in said):
            return None
        return part.outcome

    def asked(self, part: VotePart, *positions: str) -> list[VotePart]:
        """Whom the holder of the part has asked, in these positions; as with voters, one that is not needed any more only for a no."""
        asked = (each for each in self.below.get(part.key, ()) if each.position in positions)
        return [each for each in asked if each.state != CLOSED or self.verdict(each) == REJECT]

    def may_act(self, part: VotePart, turn: int | None) -> bool:
        """Whether the part need not wait for anybody."""
        if any(each.state in LIVE for each in self.asked(part, BEFORE, DELEGATED)):
            return False
        if part.position == AFTER and part.parent_key in self.by_key:
            return self.by_key[part.parent_key].state == DONE
        return turn is None or part.position not in VOTERS or part.turn == turn


def refused_beside(parts: Iterable[VotePart]) -> VotePart | None:
    """Who was added beside and has refused: whoever has the task can refuse or send back then, and agrees no more."""
    done = (part for part in parts if part.position == BESIDE and part.state == DONE and not _is_objection(part))
    return next((part for part in done if part.outcome == REJECT), None)


def objections(parts: Iterable[OfTask], asker: VotePart) -> list[OfTask]:
    """Whom the holder of a part asked to sign and who does not agree, where that binds nobody; in the order of their words."""
    return [part for part in parts if part.parent_key == asker.key and _is_objection(part)]


def _is_objection(part: VotePart) -> bool:
    return part.state == DONE and part.note == OBJECTED


def advised(parts: Iterable[OfTask], asker: OfTask) -> OfTask | None:
    """Whoever did a part for its holder last and gave it back; he has decided nothing, and may have been against it."""
    back = (part for part in parts if part.parent_key == asker.key and part.position == DELEGATED and part.state == DONE)
    return max(back, key=lambda part: part.key, default=None)


def _first(verdicts: list[tuple[VotePart, str | None]]) -> str | None:
    """What whoever took the task says; who was added beside must agree with him, and decides nothing without him."""
    own = next((verdict for part, verdict in verdicts if part.position == OWN and verdict is not None), None)
    beside = [verdict for part, verdict in verdicts if part.position == BESIDE]
    if own is None:
        return None
    if REJECT in (own, *beside):
        return REJECT
    return None if None in beside else own


def _agreed(said: list[str | None]) -> str | None:
    """What those who agree have chosen: approve, or submit where nothing is judged."""
    return next((verdict for verdict in said if agrees(verdict)), None)


def _counted(rule: JointRule, verdicts: list[tuple[VotePart, str | None]]) -> str | None:
    total = sum((Fraction(part.weight) for part, _ in verdicts), Fraction(0))
    yes = sum((Fraction(part.weight) for part, verdict in verdicts if agrees(verdict)), Fraction(0))
    no = sum((Fraction(part.weight) for part, verdict in verdicts if verdict == REJECT), Fraction(0))
    if total and rule.is_reached(yes, total):
        return _agreed([verdict for _, verdict in verdicts])
    return REJECT if total and not rule.is_reached(total - no, total) else None
