"""What somebody says in a user task: kept in his work item, it settles the task or lets the others go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import forms
from engine.definitions.outcome_labels import OBJECTION
from engine.definitions.rules import joint_rules
from engine.definitions.rules.joint_rules import JointRule
from engine.definitions.task_settings import Outcome, TaskSettings
from engine.execution import results
from engine.storage import locking
from engine.storage.models import WorkItem
from engine.verbs import kept_forms
from engine.verbs.approvals import held_tasks, voting
from engine.verbs.approvals.back import objecting
from engine.verbs.approvals.held_tasks import Held
from engine.verbs.approvals.voting import BESIDE, CLOSED, DELEGATED, DONE, LIVE, OPEN, OWN

SETTLED, TAKEN = "settled", "taken"  # why a part is not needed any more


@dataclass(frozen=True)
class VoteSaid:
    """What somebody said: an outcome, an opinion, and what he filled in."""

    outcome: str
    opinion: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def rule_of(held: Held) -> JointRule:
    """The rule that settles the task, as it was when the task was made."""
    return joint_rules.read(held.task.rule) or JointRule()


def lacks_voters(held: Held) -> bool:
    """Whether several should decide the task together, and nobody was found for it."""
    return held.settings.joint_rule.is_joint and not rule_of(held).is_joint


def fills_in(rule: JointRule, position: str) -> bool:
    """Whether whoever has a part in that position fills in the form: those whom it was given to and their delegates, not signers."""
    return position in (OWN, DELEGATED) or (position == BESIDE and rule.is_joint)


def sends_back(rule: JointRule, position: str) -> bool:
    """Whether whoever has a part in that position may send the case back: those who decide, not who signs beside one of them."""
    return position in voting.VOTERS and fills_in(rule, position)


def outcomes_for(settings: TaskSettings, rule: JointRule, position: str, *, is_refused: bool = False) -> list[Outcome]:
    """The outcomes that somebody may choose: a signer agrees or not, whatever else the task offers.

    `is_refused`: somebody beside whoever decides has refused (`refused_beside`), so that nothing is left to agree to.
    """
    objecting = [Outcome(voting.REJECT, OBJECTION)] if objects(settings, position, voting.REJECT) else []
    if fills_in(rule, position):
        return [each for each in settings.outcomes if not (is_refused and voting.agrees(each.id))] + objecting
    judging = [each for each in settings.outcomes if each.id in (voting.APPROVE, voting.REJECT)]
    return (judging or list(settings.outcomes)) + objecting


def objects(settings: TaskSettings, position: str, outcome: str) -> bool:
    """Whether it is a signer's no at a step that has none: it goes back to who asked him, who decides (`objecting`)."""
    return position in voting.SIGNERS and outcome == voting.REJECT and settings.outcome(voting.REJECT) is None


def needs_opinion(settings: TaskSettings, position: str, outcome: str, *, is_objected: bool) -> bool:
    """Whether an outcome is not taken without a word: as the step says, and always to object, or in spite of an objection."""
    in_spite = is_objected and voting.agrees(outcome)
    return in_spite or objects(settings, position, outcome) or settings.needs_opinion(outcome)


def refused_beside(rule: JointRule, mine: WorkItem, items: Iterable[WorkItem]) -> WorkItem | None:
    """Who was asked to sign beside the holder of a part that decides alone, and has refused."""
    return voting.refused_beside(items) if mine.position in (OWN, DELEGATED) and not rule.is_joint else None  # type: ignore[return-value]


def cast(held: Held, mine: WorkItem, said: VoteSaid) -> str | None:
    """Keeps what the holder of an open part said; gives the outcome if that settles the task, and closes it then."""
    take(held, mine)
    mine.state, mine.done_at, mine.done_by, mine.draft = DONE, held.now, held.by.username, None
    mine.outcome, mine.opinion, mine.given = said.outcome, said.opinion.strip() or None, dict(said.values)
    if mine.position == DELEGATED:
        _hand_back(held, mine)
    if objects(held.settings, mine.position, said.outcome):
        objecting.give_back(held, mine)
    settled = settle(held, mine.opinion)
    if settled is None and held.task.assignee == mine.username:
        held.task.assignee = _only_holder(held)
    return settled


def _only_holder(held: Held) -> str | None:
    """With whom alone a task lies whose holder has said his part; None where it lies with several, or a group."""
    live = [item.username for item in held.items if item.state == OPEN]
    return live[0] if len(live) == 1 else None


def settle(held: Held, opinion: str | None = None) -> str | None:
    """Closes the task if its parts settle it, giving the outcome; else opens those whose turn it is."""
    settled = voting.decide(rule_of(held), held.items)
    if settled is None:
        arrange(held)
        return None
    close(held, [item for item in held.items if item.state in LIVE], SETTLED)
    task = held.task
    task.state, task.completed_at, task.completed_by = "completed", held.now, held.by.username
    task.outcome, task.opinion = settled, opinion
    if task.questions:
        asked = {task.key: task.name}
        results.tell_unanswered(held.session, held.company, held.by, held.instance, asked, doer=held.doer, now=held.now)
    return settled


def arrange(held: Held) -> None:
    """Opens the parts whose turn has come, and lets those wait whose holders have asked somebody first."""
    wanted = voting.states(rule_of(held), held.items)
    for item in held.items:
        state = wanted.get(item.key, item.state)
        if state == OPEN and item.state != OPEN:
            item.created_at, item.opened_at = held.now, None
        item.state = state


def take(held: Held, mine: WorkItem) -> None:
    """Puts a part into the name of whoever acts; where the first decides, it leaves the lists of the others.

    Raises Conflict for a group's part where he has a part of his own, as who has signed for the one who gave it back.
    """
    whom = held.whom(mine)
    if mine.username is None:
        held_tasks.require_no_part(held, whom)
        mine.username, mine.group_name, mine.claimed_from = whom, None, mine.group_name
        kept_forms.bring_back(held.items, mine, whom)
    mine.first_owner = mine.first_owner or whom
    mine.claimed_at = mine.claimed_at or held.now
    if mine.position == OWN and not rule_of(held).is_joint:
        held.task.assignee = whom
        close(held, [item for item in held.items if item is not mine and item.position == OWN and item.state == OPEN], TAKEN)


def claim(held: Held, mine: WorkItem) -> None:
    """`take`, as somebody claims what is offered to several, and notes it."""
    instead = held.in_place_of(mine)
    take(held, mine)
    held.note("claimed", group=mine.claimed_from, **instead)


def close(held: Held, items: Iterable[WorkItem], why: str) -> None:
    """Closes parts that are not needed any more."""
    for item in items:
        item.state, item.note = CLOSED, why


def gathered(held: Held, mine: WorkItem | None) -> dict[str, Any]:
    """What a settled task hands to the process: the fields of who settled it, and of a decision by several the votes.

    Where a signer has settled it (or, with None, nobody's vote), the fields are those of the last who filled in the form.
    """
    rule = rule_of(held)
    if mine is not None and not rule.is_joint and mine.position == OWN:
        return dict(mine.given or {})
    locking.load_said(held.session, held.items)
    done = (item for item in held.items if item.state == DONE and item.position != DELEGATED)
    voters = sorted((item for item in done if fills_in(rule, item.position)), key=lambda item: (item.done_at, item.key))
    by = mine if mine in voters else next(reversed(voters), None)
    values = dict(by.given or {}) if by is not None else {}
    if rule.is_joint and held.settings.votes:
        values[held.settings.votes] = [_vote(item) for item in voters]
    return values


def _vote(item: WorkItem) -> dict[str, Any]:
    return {"person": item.username, "outcome": item.outcome, "opinion": item.opinion, "values": item.given or {}}


def _hand_back(held: Held, mine: WorkItem) -> None:
    """A delegate's work goes back to whoever asked for it, who finds in the form what was filled in."""
    asker = next((item for item in held.items if item.key == mine.parent_key), None)
    if asker is not None and mine.given:
        form = held.definition.form_of(held.task.element_id)
        filled = forms.unconfirmed(form.parsed, mine.given) if form is not None else mine.given
        asker.draft = {**(asker.draft or {}), **filled}
