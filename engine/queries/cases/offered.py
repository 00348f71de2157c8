"""What a person may do with a task or a case now, beside its form: one answer for pages and API.

The verbs refuse by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from engine import errors
from engine.cases import cases, no_return, suspensions
from engine.cases.cases import Instance, Surroundings
from engine.cases.rights import access, holding, recusal
from engine.definitions import definitions
from engine.definitions.rules import joint_rules
from engine.definitions.task_settings import OFF, OPERATIONS, TaskSettings
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries.cases.where import standing
from engine.queries.cases.where.standing import InHand
from engine.storage.models import WorkItem
from engine.verbs import grounds
from engine.verbs.approvals import signers, votes
from engine.verbs.approvals.back import taking_back
from engine.verbs.approvals.voting import APPROVE, REMOVED
from engine.verbs.running import ending
from engine.verbs.sharing import following, urging

# What a case refuses to whom it keeps away (回避), though he sees it and manages its process.
STEERING = frozenset({"assign", "choose_voters", "jump", "suspend", "resume", "terminate", "reopen", "void"})
URGE, CHOOSE_VOTERS = "urge", "choose_voters"
OF_OTHERS = frozenset({URGE, "copy_to", "link"})  # what anybody may do with his own case, but not with one that is about him
RETURN, DELEGATE, SIGNING = "return", "delegate", {"add_before": "before", "add_after": "after", "add_beside": "beside"}


@dataclass(frozen=True)
class OfferedOperation:
    """An operation by its name; `label` is what the diagram calls it, "" for its usual words.

    `again_at`: it was done a short while ago and is refused until then; `barred` why it is refused altogether.
    """

    name: str
    label: str = ""
    again_at: datetime | None = None
    barred: errors.Refusal | None = None


@dataclass(frozen=True)
class _Asked:
    """A case and what the person is to it."""

    session: Session
    by: Actor
    case: Instance
    takes_part: bool
    now: datetime | None
    follows: bool
    barred: dict[str, errors.Refusal] = field(default_factory=dict)

    @property
    def is_running(self) -> bool:
        return self.case.state == "active"

    @property
    def is_held_up(self) -> bool:
        return self.case.suspended is not None

    @property
    def may_be_ended(self) -> bool:
        """Whether it is no part of another case, and nothing was done that cannot be taken back."""
        return self.case.parent_key is None and self.case.irreversible is None


def on_case(
    session: Session,
    by: Actor,
    case: Instance,
    *,
    takes_part: bool | None = None,
    follows: bool | None = None,
    now: datetime | None = None,
) -> list[OfferedOperation]:
    """The operations on a case that the person sees, in the order in which they are shown; `takes_part`, `follows` where known.

    Without `now` those are left out that take up again what he has handed on: beside a task of his nobody looks for them.
    """
    part = access.takes_part(session, by, case) if takes_part is None else takes_part
    is_followed = following.follows(session, by, case.root_key) if follows is None else follows
    asked = _Asked(session, by, case, part, now, is_followed)
    names = list(_on_case(asked))
    return [_offer(asked, name) for name in impartial(session, by, case, names, now=now or case.started_at)]


def may_mention(session: Session, by: Actor, case: Instance, *, now: datetime) -> bool:
    """Whether he may let others read the case by mentioning them: not where it is about him."""
    return not recusal.keeps(Surroundings(session, by, now), case, by.answerable, of_steps=False)


def impartial(session: Session, by: Actor, case: Instance, names: Iterable[str], *, now: datetime) -> list[str]:
    """`names` without what is refused to whom the case keeps away: what steers it, and to urge on, spread or link one about him."""
    names, around = list(names), Surroundings(session, by, now)
    if not (STEERING | OF_OTHERS).intersection(names) or not recusal.keeps(around, case, by.answerable):
        return names
    refused = set(STEERING)
    if by.is_administrator and case.incidents > 0:  # he gives what nobody has to somebody else
        refused.discard("assign")
    if OF_OTHERS.intersection(names) and recusal.keeps(around, case, by.answerable, of_steps=False):
        refused |= OF_OTHERS
    return [name for name in names if name not in refused]


def _offer(asked: _Asked, name: str) -> OfferedOperation:
    session, case, now = asked.session, asked.case, asked.now
    if name in asked.barred:
        return OfferedOperation(name, barred=asked.barred[name])
    is_rare = name == URGE and now is not None
    return OfferedOperation(name, again_at=urging.next_at(session, case, now=now) if is_rare and now else None)


def on_task(by: Actor, around: holding.Around, settings: TaskSettings, case: Instance) -> list[OfferedOperation]:
    """The operations on an open task by which the person has a part in it; those of its case stand beside them."""
    mine = holding.own_part(by, around)
    if mine is None or case.suspended is not None or around.task.state != "open":
        return []
    if not holding.may_take(by, mine, around) or holding.is_kept_out(by, around.task):
        return []
    named = [
        OfferedOperation(name, settings.button(name)) for name in OPERATIONS if name in _on_task(around, mine, settings, case)
    ]
    return [each for each in named if each.label != OFF]


def _on_task(around: holding.Around, mine: WorkItem, settings: TaskSettings, case: Instance) -> set[str]:
    """What the step and the person's part in it allow: a signer neither sends back nor hands on."""
    rule = joint_rules.read(around.task.rule) or joint_rules.JointRule()
    acts = {"transfer", "consult"} | ({"extend"} if around.task.due_at is not None else set())
    if settings.returns != "none" and case.irreversible is None and votes.sends_back(rule, mine.position):
        acts.add(RETURN)
    if around.task.kind == "approve" and settings.outcome(APPROVE) is not None:
        taken = {each.position for each in around.items if each.parent_key == mine.key and each.state != REMOVED}
        other = {"before": "after", "after": "before"}
        acts |= {name for name, position in SIGNING.items() if other.get(position) not in taken}
    return acts | {DELEGATE}


def may_steer(by: Actor, case: Instance, *, is_manager: bool) -> bool:
    """Whether it is asked at all in whose hands the case is (`standing.hands`)."""
    return case.state == "active" and case.suspended is None and (is_manager or case.initiator == by.username)


def steering(by: Actor, case: Instance, hand: InHand, *, is_manager: bool) -> Iterator[str]:
    """Urging those who hold it, and giving it to somebody else, as the verbs refuse them: by its initiator, by who manages it."""
    if not may_steer(by, case, is_manager=is_manager):
        return
    if hand.has_others:
        yield URGE
    if is_manager and hand.has_steps:
        yield "assign"
    if is_manager and hand.lacks_voters:
        yield CHOOSE_VOTERS


def hidden(settings: TaskSettings) -> frozenset[str]:
    """The operations that the diagram has switched off at a step; its case's are not offered there either."""
    return frozenset(name for name, label in settings.buttons if label == OFF)


def _on_case(asked: _Asked) -> Iterator[str]:
    session, by, case = asked.session, asked.by, asked.case
    newest = definitions.latest(session, by.company_id, case.process_id)
    is_manager, takes_part = access.manages(by, newest), asked.takes_part
    if asked.is_running and takes_part and asked.now is not None:
        yield from _handed_on(asked, asked.now)
    if not by.is_auditor:
        yield "comment"
    if takes_part:
        yield "copy_to"
    steered = list(_steering(asked, is_manager))
    if URGE in steered:
        yield URGE
    if not by.is_auditor:
        yield "unfollow" if asked.follows else "follow"
    if takes_part:
        yield "link"
    if takes_part and access.may_start(newest, by) and any(event.kind == "none" for event in newest.program.start_events):
        yield "start_again"
    yield from (name for name in steered if name != URGE)
    if is_manager or by.operates:
        yield from _operating(asked)
    if is_manager:
        yield from _ending(asked)
    may_void = access.may_cancel(by, case, definitions.by_key(session, case.definition_key), is_manager=is_manager)
    if may_void and asked.may_be_ended and case.ended_as != ending.VOID:
        yield "void"


def _steering(asked: _Asked, is_manager: bool) -> Iterator[str]:
    if not may_steer(asked.by, asked.case, is_manager=is_manager):
        return
    hand = standing.hands(asked.session, asked.by, [asked.case])[asked.case.key]
    yield from steering(asked.by, asked.case, hand, is_manager=is_manager)


def _handed_on(asked: _Asked, now: datetime) -> Iterator[str]:
    """What may be done again with what the person has handed on."""
    refusal = taking_back.hindrance(asked.session, asked.by, asked.case, now=now)
    if refusal is None or refusal.text in taking_back.TOLD:
        asked.barred.update({} if refusal is None else {"withdraw": refusal})
        yield "withdraw"
    if not asked.is_held_up and signers.removable(asked.session, asked.by, asked.case.root_key):
        yield "remove_signer"


def _operating(asked: _Asked) -> Iterator[str]:
    """What operators do too."""
    if asked.is_running and not asked.is_held_up and asked.case.irreversible is None:
        yield "jump"
    if asked.case.parent_key is None and asked.is_running:
        if asked.is_held_up:
            yield "resume"
        elif asked.case.irreversible is None:
            yield "suspend"


def _ending(asked: _Asked) -> Iterator[str]:
    if asked.may_be_ended:
        yield "terminate" if asked.is_running else "reopen"


WHY_NOT = {"withdraw": taking_back.hindrance, URGE: urging.hindrance}


def why_not(session: Session, by: Actor, case: Instance, name: str = "", *, now: datetime | None = None) -> errors.Refusal:
    """Why what a page still offered is not possible in a case any more: over, held up (by whom, when, why), not to be taken back.

    Of an operation whose own conditions one can ask for without doing it (`WHY_NOT`), which of these is not met at `now`.
    """
    if case.state != "active":
        return errors.Conflict(cases.IS_OVER, number=case.number)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    refusal: errors.Refusal | None = suspensions.refusal(case, company)
    if (
        refusal is None
        and name in STEERING
        and now is not None
        and recusal.keeps(Surroundings(session, by, now), case, by.answerable)
    ):
        refusal = errors.Forbidden(grounds.ABOUT_YOU)
    if refusal is None and name in WHY_NOT and now is not None:
        refusal = WHY_NOT[name](session, by, case, now=now)
    refusal = refusal or no_return.refusal(case, company)
    return refusal or errors.Conflict("This is not possible here now.")
