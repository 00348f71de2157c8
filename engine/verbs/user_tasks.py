"""What people do with a user task: open, claim, give back, save, complete, and hand to somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import cases, variable_size
from engine.cases.cases import Instance, Surroundings
from engine.cases.rights import access, holding, recusal
from engine.people import resolve
from engine.people.actors import Actor
from engine.storage.models import UserTask, WorkItem
from engine.verbs import choosing_voters, kept_forms, signed_opinions
from engine.verbs.approvals import held_tasks, losing, settled_tasks, votes, voting
from engine.verbs.approvals.held_tasks import Held
from engine.verbs.approvals.settled_tasks import Completed
from engine.verbs.running.submissions import Given, Submission
from engine.verbs.signed_opinions import SentBeside

MAX_OPINION = 4000
NOTHING_BESIDE = SentBeside()
SIGNER_REFUSED = "Co-signer %(name)s has refused; this can only be refused or sent back."
NO_OUTCOME = "This task has no outcome “%(outcome)s”; it offers %(offered)s."


@dataclass(frozen=True)
class _Said:
    """What somebody says with his part, beside the form."""

    outcome: str
    opinion: str
    beside: SentBeside


def complete(
    session: Session,
    by: Actor,
    key: int,
    submission: Given,
    *,
    outcome: str | None = None,
    otherwise: str | None = None,
    opinion: str = "",
    beside: SentBeside = NOTHING_BESIDE,
    window: kept_forms.Window | None = None,
    now: datetime,
) -> Completed:
    """Completes a user task with the form's values, and lets the case go on (BPMN 10.3.4).

    `submission` may be a function that is given the task's form. `outcome` is one that the task offers (default: its only
    one), `otherwise` what is meant where it offers no such one. `beside` are files and signature of the opinion. A candidate
    claims by completing. Raises NotFound, Forbidden, Conflict (done, or claimed by another), SavedElsewhere where another than
    this `window` saved the form since it was drawn, Invalid with `fields` for form, opinion, signature and files.
    """
    held = held_tasks.lock(session, by, key, now)
    chosen = {"outcome": outcome, "otherwise": otherwise}
    return complete_locked(held, submission, **chosen, opinion=opinion, beside=beside, window=window)


def complete_locked(
    held: Held,
    submission: Given,
    *,
    outcome: str | None = None,
    otherwise: str | None = None,
    opinion: str = "",
    beside: SentBeside = NOTHING_BESIDE,
    window: kept_forms.Window | None = None,
) -> Completed:
    """`complete`, of a task that the caller has locked to look at it first."""
    session, by, key = held.session, held.by, held.task.key
    mine = held_tasks.part(held)
    if window is not None:
        kept_forms.require_seen(mine.draft, window)
    chosen = _outcome(held, mine, outcome, otherwise)
    case = cases.take_up(Surroundings(session, by, held.now), held.instance)
    said = _Said(chosen, opinion, beside)
    values = _given(held, mine, case, submission, said)
    instead = held.in_place_of(mine)
    settled = votes.cast(held, mine, votes.VoteSaid(chosen, opinion, values))
    told = {"outcome": settled or chosen, "opinion": opinion, "round": held.task.round, "values": values, **instead}
    told |= _of_part(held, mine, chosen) | signed_opinions.keep(held, mine, case, beside, instead.get("for"))
    case.note("completed" if settled else "voted", held.element, actor=by.username, task=key, **told)
    if settled is None:
        held_tasks.store(held)
        still = (item.username or item.group_name for item in held.items if item.state in voting.LIVE)
        waits_for = tuple(name for name in dict.fromkeys(still) if name)
        return Completed(held.instance.key, None, waits_for=waits_for, given_back=mine.position == voting.DELEGATED)
    return settled_tasks.go_on(held, case, mine, settled, opinion)


def _of_part(held: Held, mine: WorkItem, chosen: str) -> dict[str, Any]:
    """What the history says of a part that is not simply its holder's whole decision."""
    is_plain = mine.position == voting.OWN and not votes.rule_of(held).is_joint
    return {} if is_plain else {"item": mine.key, "position": mine.position, "vote": chosen}


def open_for(session: Session, by: Actor, key: int, *, now: datetime | None = None) -> UserTask:
    """The task for somebody who looks at it; with `now`, the first look of a candidate is noted.

    Raises NotFound for a task of a case that one may not know of.
    """
    task = session.get(UserTask, key)
    if task is None or task.company_id != by.company_id:
        raise errors.NotFound(access.NO_TASK)
    items = session.execute(select(WorkItem).where(WorkItem.user_task_key == key).order_by(WorkItem.key)).scalars().all()
    instance = session.get_one(Instance, task.instance_key)
    around = holding.Around(task, items, instance.initiator)
    mine = [item for item in items if holding.has_part(by, item, around)]
    if not mine and not access.may_see(session, by, instance):
        raise errors.NotFound(access.NO_TASK)
    for item in mine:
        if now is not None and item.state == "open" and item.opened_at is None and item.username == by.username:
            item.opened_at = now
    session.flush()
    return task


def claim(session: Session, by: Actor, key: int, *, now: datetime) -> None:
    """Takes a task that is offered to several for oneself (认领); it leaves the others' lists.

    Raises NotFound, Forbidden, Conflict when somebody was faster or it is done. Claiming what one holds changes nothing.
    """
    held = held_tasks.lock(session, by, key, now)
    mine = held_tasks.part(held)
    if held.task.assignee == held.whom(mine) or mine.position != voting.OWN or votes.rule_of(held).is_joint:
        return
    votes.claim(held, mine)
    held_tasks.store(held)


def unclaim(session: Session, by: Actor, key: int, *, now: datetime) -> None:
    """Gives a claimed task back to those it was offered to (取消认领): by its holder, or by who may hand it to somebody.

    Raises NotFound, Forbidden, and Conflict when it was offered to nobody else.
    """
    held = held_tasks.lock(session, by, key, now)
    mine = _claimed(held)
    others = _rivals(held, mine)
    if mine is None or votes.rule_of(held).is_joint or not (mine.claimed_from or others):
        raise errors.Conflict("This task was not claimed; it can only be handed on.")
    before = {} if held.task.assignee == by.username else {"before": held.task.assignee}
    if mine.claimed_from:  # a part that was offered to him by name stays his, with all that he has saved
        _give_back(held, mine, mine.claimed_from, is_told=bool(before))
    mine.claimed_at, held.task.assignee = None, None
    for item in others:
        item.state, item.note = voting.OPEN, None
    held.note("unclaimed", **before)
    held_tasks.store(held)


def _give_back(held: Held, mine: WorkItem, group: str, *, is_told: bool) -> None:
    """Puts a part back into the name of its group; the opinion that its holder had begun stays with him."""
    holder, opinion = mine.username or "", kept_forms.go_along(held.session, mine, None)
    is_member = holder in held.company.members_of(group)
    if is_member:
        kept_forms.leave(held.session, held.task, mine, opinion, now=held.now)
    if is_told:
        losing.tell(held, [holder], group, "", begun={} if is_member else {holder: opinion})
    mine.first_owner = None if mine.first_owner == held.task.assignee else mine.first_owner
    mine.username, mine.group_name, mine.claimed_from = None, group, None


def save_draft(
    session: Session,
    by: Actor,
    key: int,
    data: Given,
    *,
    window: kept_forms.Window | None = None,
    now: datetime,
) -> str:
    """Keeps a form as far as it is filled in (暂存), unchecked; the task stays open. Gives the mark of what is saved now.

    One that stands as it is opened is no draft: nothing in the list shall say that something was begun.
    `data` may be a function that is given the task's form. Raises Conflict for a group's task that is not claimed (where only
    one can take it up, saving claims it), SavedElsewhere where another than this `window` saved it meanwhile.
    """
    held = held_tasks.lock(session, by, key, now)
    mine = held_tasks.part(held)
    if mine.username is None and not holding.is_only_ones(by, mine, held.around, held.company):
        raise errors.Conflict("Claim this task first; then it can be saved.")
    form = held.definition.form_of(held.task.element_id)
    sent = data(form) if callable(data) else data
    variable_size.check(session, sent)
    saved = kept_forms.saved_anew(mine.draft, sent, window)
    case = cases.look_into(Surroundings(session, by, now), held.instance)
    mine.draft = None if kept_forms.says_nothing(case, form, held.task, sent) else saved
    if mine.username is None and mine.draft is not None:
        votes.claim(held, mine)
        held_tasks.store(held)
    session.flush()
    return kept_forms.mark(mine.draft)


def give(
    session: Session, by: Actor, key: int, username: str, reason: str, *, is_override_allowed: bool = True, now: datetime
) -> None:
    """Claims the task where somebody names himself and may claim it, else hands it on as `assign` does.

    Raises what these raise, and without `is_override_allowed` Conflict when somebody has it already.
    """
    held = held_tasks.lock(session, by, key, now)
    mine, may_manage = holding.own_part(by, held.around), access.may_manage(session, by, held.instance.process_id)
    if mine is None and not may_manage:
        raise access.refuse_task(session, by, held.instance)
    if held.task.assignee is not None and not is_override_allowed:
        raise errors.Overtaken("%(name)s has already claimed this task.", name=held.name(held.task.assignee))
    is_offered = mine is not None and holding.may_take(by, mine, held.around)
    if username == by.username and (is_offered or not may_manage):
        claim(session, by, key, now=now)
    else:
        assign(session, by, key, username, reason, now=now)


def assign(
    session: Session,
    by: Actor,
    key: int,
    username: str,
    reason: str,
    *,
    whose: str | None = None,
    seen: str | None = None,
    is_told: bool = True,
    now: datetime,
) -> None:
    """Hands an open task to a person (变更处理人), by its process's managers or administrators; whoever had it is told.

    With `seen` it still has to lie with whom the manager saw it (`held_tasks.require_with`).
    Of a task that several decide together it is the part of `whose`, who may be left out where only one is left to act.
    Without `is_told` the caller tells who lost it himself.

    Raises NotFound, Forbidden, Conflict; Invalid for an unknown person, one who must not act here, where several were to
    decide and nobody was found (`choosing_voters`), or without a reason.
    """
    held = held_tasks.lock(session, by, key, now)
    if not access.may_manage(session, by, held.instance.process_id):
        raise access.refuse_task(session, by, held.instance)
    held_tasks.require_open(held)
    held_tasks.require_impartial(held)
    held_tasks.require_with(held, seen)
    if (bar := held.receivers.bar(username)) is not None:
        raise errors.Invalid(bar.text, fields=None, **bar.values)
    if votes.lacks_voters(held):
        raise _lacks_voters(held)
    if not reason.strip():
        raise errors.Invalid("Please give a reason.", fields={"reason": [errors.Refusal("Please give a reason.")]})
    before = losing.holders(held.items)
    begun = _hand_to(held, username, whose)
    left = losing.holders(held.items)
    lost = [each for each in before if each not in left]
    held.note("reassigned", before=lost[0] if len(lost) == 1 else lost, to=username, reason=reason.strip())
    held_tasks.store(held)
    if is_told:
        losing.tell(held, lost, username, reason.strip(), begun=begun)


def _lacks_voters(held: Held) -> errors.Invalid:
    refusal = errors.Refusal(choosing_voters.SEVERAL, fields=None, name=held.task.name)
    return errors.Invalid(refusal.text, fields={"person": [refusal]}, name=held.task.name)


def _claimed(held: Held) -> WorkItem | None:
    """The item of whoever holds the task: the person's own, for managers of the process also another's."""
    holder = held.task.assignee
    in_his_name = {held.by.username, *(each.username for each in held.by.principals)}
    if holder is None or holder in in_his_name or not held.may_manage:
        mine = held_tasks.part(held)
        return mine if holder is not None and holder == mine.username else None
    held_tasks.require_open(held)
    return next((item for item in held.items if item.username == holder and item.state == "open"), None)


def _rivals(held: Held, mine: WorkItem | None) -> list[WorkItem]:
    """The parts that left others' lists when the task was claimed, without theirs who have another part by now."""
    closed = [item for item in held.items if item.position == voting.OWN and item.state == voting.CLOSED and item is not mine]
    acting = holding.acting(held.items)
    once = {(item.username, item.group_name): item for item in closed if item.username not in acting}
    return list(once.values())


def _outcome(held: Held, mine: WorkItem, outcome: str | None, otherwise: str | None) -> str:
    rule = votes.rule_of(held)
    outcome = outcome if otherwise is None or held.settings.outcome(outcome or "") else otherwise
    refused = votes.refused_beside(rule, mine, held.items)
    if refused is not None and voting.agrees(outcome) and held.settings.outcome(outcome or "") is not None:
        raise errors.Conflict(SIGNER_REFUSED, name=held.name(refused.username))
    offered = [each.id for each in votes.outcomes_for(held.settings, rule, mine.position, is_refused=refused is not None)]
    if outcome is None and len(offered) == 1:
        return offered[0]
    if outcome is None or outcome not in offered:
        raise errors.Invalid(NO_OUTCOME, outcome=outcome or "", offered=", ".join(offered))
    return outcome


def _given(held: Held, mine: WorkItem, case: cases.Case, submission: Given, said: _Said) -> dict[str, Any]:
    """What the holder of a part fills in, checked against the form, its files taken into the case; a signer fills in nothing.

    The form knows which outcome was chosen, so that a field may be required for one of them.
    """
    sent, faults = Submission(case.around, held.instance), _faults(held, mine, said)
    objects = votes.objects(held.settings, mine.position, said.outcome)
    if objects or not votes.fills_in(votes.rule_of(held), mine.position):
        if faults:
            raise errors.Invalid(errors.ANOTHER_LOOK, fields=faults)
        return {}
    known = {**case.run.variables(held.task.token), held.settings.result: said.outcome}
    values = _checked(held, sent, submission, known, faults)
    recusal.require(case, held.task.token, values)
    sent.take_files(held.instance, held.task.key)
    return values


def _faults(held: Held, mine: WorkItem, said: _Said) -> dict[str, list[errors.Refusal]]:
    """What is wrong with what was said, beside the form."""
    return {**_opinion_faults(held, mine, said.outcome, said.opinion), **signed_opinions.faults(held, mine, said.beside)}


def _opinion_faults(held: Held, mine: WorkItem, outcome: str, opinion: str) -> dict[str, list[errors.Refusal]]:
    is_objected = bool(voting.objections(held.items, mine))
    if not opinion.strip() and votes.needs_opinion(held.settings, mine.position, outcome, is_objected=is_objected):
        return {"opinion": [errors.Refusal("Please give your opinion.")]}
    if len(opinion) > MAX_OPINION:
        return {"opinion": [errors.Refusal("The opinion is longer than %(limit)s characters.", limit=MAX_OPINION)]}
    return {}


def _checked(
    held: Held,
    sent: Submission,
    submission: Given,
    variables: Mapping[str, Any],
    faults: dict[str, list[errors.Refusal]],
) -> dict[str, Any]:
    """The clean values of the form; its faults and those of the opinion are told together."""
    try:
        values = sent.validate(held.definition.form_of(held.task.element_id), submission, variables)
    except errors.Invalid as refusal:
        refusal.fields |= faults
        raise
    if faults:
        raise errors.Invalid(errors.ANOTHER_LOOK, fields=faults)
    return values


def _hand_to(held: Held, username: str, whose: str | None) -> dict[str, str]:
    """One part goes to somebody else: his own if there is one, else that of `whose`, else the first that is open.

    Where the first decides, it leaves the lists of all others. Gives the opinion that its holder had begun, which does not go along, by his name.
    """
    item = _to_hand(held, username, whose)
    before = item.username
    begun = {before: kept_forms.go_along(held.session, item, username)} if before and before != username else {}
    kept_forms.bring_back(held.items, item, username)
    if item.username is None:
        item.claimed_from = item.group_name
    item.username, item.group_name = username, None
    item.state = item.state if item.state == voting.WAITING else voting.OPEN
    item.claimed_at, item.opened_at = held.now, None
    item.reason = resolve.given_by(held.by.username)
    if item.position == voting.OWN and not votes.rule_of(held).is_joint:
        held.task.assignee = username
        others = [each for each in held.items if each is not item and each.position == voting.OWN]
        votes.close(held, [each for each in others if each.state == voting.OPEN], votes.TAKEN)
    return begun


def _to_hand(held: Held, username: str, whose: str | None) -> WorkItem:
    live = [item for item in held.items if item.state in voting.LIVE]
    signing = [item for item in live if item.position != voting.OWN and whose is not None and item.username == whose]
    if not (votes.rule_of(held).is_joint or signing):
        return _own_to_hand(held, username)
    theirs = signing or [item for item in live if whose in (None, item.username)]
    parts = (item for item in held.items if item.state != voting.REMOVED)
    if any(username in holding.taking_part(item) for item in parts):
        raise errors.Conflict(holding.HAS_PART, name=held.name(username))
    if len(theirs) != 1:
        raise errors.Conflict("Several people act on this step; please say whose part is to be handed on.")
    return theirs[0]


def _own_to_hand(held: Held, username: str) -> WorkItem:
    """The part of a task that the first decides: his own if there is one, else one that is open, as long as nobody has decided."""
    own = [item for item in held.items if item.position == voting.OWN]
    decided = next((item for item in own if item.state == voting.DONE), None)
    if decided is not None:
        raise errors.Conflict("%(name)s has acted already; the task waits for signers.", name=held.name(decided.username))
    mine = [item for item in own if item.username == username]
    item = (mine or [item for item in own if item.state in voting.LIVE] or own)[0]
    held_tasks.require_no_part(held, username, but=item)
    return item
