"""A signer does not agree where the step offers no refusal: whoever asked him has his words, and decides with them before him."""

from __future__ import annotations

from engine.basics import sayings
from engine.basics.sayings import Said
from engine.cases import history, notices
from engine.cases.rights import standing_in
from engine.cases.rights.holding import KEPT
from engine.definitions.rules import joint_rules
from engine.storage import keys, locking
from engine.storage.models import WorkItem
from engine.verbs.approvals.back import heirs
from engine.verbs.approvals.held_tasks import Held
from engine.verbs.approvals.voting import CLOSED, DONE, LIVE, OBJECTED, OPEN, OWN, WAITING

REOPENED = "reopened"  # note of what is left of a part whose holder decides anew: what he said, and signed, before
SUBJECT = Said("{who}不同意：{step}（{number}）", "{who} does not agree: {step} ({number})")
BODY = Said(
    "请您决定“{step}”如何办理。{who}的意见：{opinion}", "It is yours to decide what comes of “{step}”. {who} wrote: {opinion}"
)
ALONG = (  # what the part that is decided anew has of the one before
    *("company_id", "user_task_key", "instance_key", "sort_due", "warn_at", "process_id"),
    *("department", "position", "parent_key", "turn", "weight", "has_veto", "pairs"),
)


def give_back(held: Held, signer: WorkItem) -> None:
    """The signer's part is done and binds nobody; whoever asked him is told, and decides anew if he had decided already."""
    signer.note = OBJECTED
    asker = _decider(held, signer)
    if asker.state == DONE:
        asker = _reopen(held, asker)
    signer.parent_key = asker.key
    told = {"who": held.doer, "step": held.task.name, "number": held.instance.number, "opinion": signer.opinion or ""}
    kind = notices.TOLD if asker.state == OPEN else None  # what he has anew is told as his new work
    readers = standing_in.holders_of(held.company, asker, held.task) if asker.username or asker.group_name else []
    notices.send(
        held.session,
        held.company,
        readers,
        SUBJECT.of(**told),
        BODY.of(**told),
        now=held.now,
        instance=held.instance,
        kind=kind,
    )


def _decider(held: Held, signer: WorkItem) -> WorkItem:
    """Who asked the signer; where the step has gone to a colleague since, whoever has it.

    For a signer who has left, without anybody in his place, who asked him.
    """
    asker = next(item for item in held.items if item.key == signer.parent_key)
    if asker.state == DONE and heirs.heir_of(held, asker) is None and asker.parent_key is not None:
        return _decider(held, asker)
    if asker.state in (DONE, *LIVE):
        return asker
    having = (item for item in held.items if item.position == OWN and item.state in (DONE, *LIVE))
    return next(having, asker)


def _reopen(held: Held, said: WorkItem) -> WorkItem:
    """A part in place of one that is done: what was said stays as it was said, as signatures and history name it."""
    locking.load_said(held.session, held.items)
    anew = WorkItem(key=keys.new(), state=WAITING, created_at=held.now, draft=dict(said.given or {}) or None)
    for name in ALONG:
        setattr(anew, name, getattr(said, name))
    _give(held, said, anew)
    for each in held.items:
        each.parent_key = anew.key if each.parent_key == said.key else each.parent_key
    if said.position == OWN and held.task.rule == joint_rules.ANY:
        held.task.assignee = anew.username
    said.state, said.note, said.position = CLOSED, REOPENED, KEPT
    held.session.add(anew)
    held.items.append(anew)
    held.task.parts += 1
    return anew


def _give(held: Held, said: WorkItem, anew: WorkItem) -> None:
    """Whose the part is that is decided anew; that it went on to somebody else stands in the history, as of any leaver's task."""
    heir = heirs.heir_of(held, said) or heirs.Heir()
    anew.username, anew.group_name, anew.reason = heir.username, heir.group, heir.reason
    anew.first_owner = heir.username
    if heir.username == said.username:
        anew.first_owner, anew.claimed_at, anew.claimed_from = said.first_owner, said.claimed_at, said.claimed_from
        return
    to = {"to": heir.username} if heir.username else {}
    history.append(
        held.session,
        held.instance,
        "reassigned",
        at=held.now,
        element_id=held.task.element_id,
        element_name=held.task.name,
        actor=None,
        data={"task": held.task.key, "before": said.username, **to, "left": True, "reason": sayings.LEFT.zh_Hans},
    )
