"""加签, 减签, 委派: whoever holds a task asks others to sign before, after or beside him, or to do it for him."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from engine import errors
from engine.basics.sayings import Said
from engine.cases.lines import words
from engine.cases.rights import access
from engine.cases.rights.holding import HAS_PART, taking_part
from engine.definitions.task_settings import OFF
from engine.execution import assignments
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import ProcessInstance, UserTask, WorkItem
from engine.verbs import grounds, kept_forms
from engine.verbs.approvals import handing, held_tasks, receiving, settled_tasks, votes, voting
from engine.verbs.approvals.held_tasks import Held
from engine.verbs.approvals.voting import AFTER, BEFORE, BESIDE, DELEGATED, LIVE, REMOVED

POSITIONS = (BEFORE, AFTER, BESIDE)
MAX_SIGNERS = 50
Asker = aliased(WorkItem, name="asker")  # made once, as each alias copies all columns
MIXED = "You have asked others to sign already; they all sign before you or all after you, one way or the other."
NO_APPROVAL = "Signers can be added only to an approval."
WORDS = {
    BEFORE: Said("先于本人会签", "sign before it is decided"),
    AFTER: Said("在本人之后会签", "sign after it is decided"),
    BESIDE: Said("一同会签", "decide on it together"),
    DELEGATED: Said("代为办理后交回", "do it and hand it back"),
}
SUBJECT = Said("请您办理：{name}（{number}）", "Please act: {name} ({number})")
BODY = Said("{who}请您对“{step}”{words}：{reason}", "{who} asks you about “{step}”: please {words}. {reason}")


def add_signer(
    session: Session, by: Actor, key: int, position: str, usernames: Iterable[str], reason: str, *, now: datetime
) -> list[str]:
    """Asks people to sign an open task before, after or beside its holder (加签); gives their usernames.

    `before`: his part waits until they have agreed; `after`: they come once he has agreed; `beside`: they decide with him.
    A signer's no is a no of whoever asked him; where the step has none, it is for him to decide (`objecting`). `usernames` may name groups: each of their members signs. Raises NotFound,
    Forbidden, Conflict (not an approval; before and after mixed), Invalid by field for a person who has a part already,
    must not act, or is not there, and without a reason.
    """
    if position not in POSITIONS:
        raise errors.Invalid(
            "The position “%(position)s” is none of: %(known)s.", position=position, known=", ".join(POSITIONS)
        )
    held = held_tasks.lock(session, by, key, now)
    mine = _own(held)
    held_tasks.require_offered(held, f"add_{position}")
    if held.settings.outcome(voting.APPROVE) is None:
        raise errors.Conflict(NO_APPROVAL)
    other = {BEFORE: AFTER, AFTER: BEFORE}.get(position)
    if any(item.parent_key == mine.key and item.position == other and item.state != REMOVED for item in held.items):
        raise errors.Conflict(MIXED)
    people = _people(held, usernames)
    said = grounds.reason(reason)
    _ask(held, mine, position, people, said)
    held.note("signers_added", position=position, to=people, because=said, item=mine.key, **held.in_place_of(mine))
    held_tasks.store(held)
    return people


def delegate(session: Session, by: Actor, key: int, username: str, reason: str, *, now: datetime) -> None:
    """Asks somebody to do an open task for its holder, to whom it comes back (委派). Raises what `add_signer` raises."""
    held = held_tasks.lock(session, by, key, now)
    mine = _own(held)
    held_tasks.require_offered(held, "delegate")
    [person, *others] = _people(held, [username], field="person")
    if others:
        raise _refused("person", errors.Refusal("Please choose one person."))
    said = grounds.reason(reason)
    _ask(held, mine, DELEGATED, [person], said)
    kept_forms.lend(session, mine, held.items[-1])
    # A deputy stays free to decide when it comes back: the line in the list is his principal's alone.
    session.add(handing.remnant(held, mine, DELEGATED, by.username if mine.username == by.username else None))
    held.task.parts += 1
    held.note("delegated", to=[person], because=said, item=mine.key, **held.in_place_of(mine))
    held_tasks.store(held)


def remove_signer(session: Session, by: Actor, key: int, item_key: int, reason: str, *, now: datetime) -> None:
    """Takes off somebody who was asked to sign or to do it, and has not acted yet (减签).

    By whoever asked him, and who manages the process. When nobody is left to wait for, the holder goes on; that may settle
    the task. Raises NotFound, Forbidden, Conflict (he has acted; he was not added), Invalid without a reason.
    """
    held = held_tasks.lock(session, by, key, now)
    item = next((each for each in held.items if each.key == item_key), None)
    asker = next((each for each in held.items if item is not None and each.key == item.parent_key), None)
    if not _may_remove(held, asker):
        raise access.refuse_task(session, by, held.instance)
    held_tasks.require_open(held)
    held_tasks.require_offered(held, "remove_signer")
    if item is None or item.parent_key is None:
        raise errors.Conflict("Only who was added to this task can be taken off it.")
    if item.state not in LIVE:
        raise errors.Conflict("%(name)s has acted already, or need not act any more.", name=held.name(item.username))
    said = grounds.reason(reason)
    for each in _with_below(held, item):
        each.state, each.note = REMOVED, said
    if item.position == DELEGATED and asker is not None:
        kept_forms.go_along(session, item, asker.username)  # files that he never sent are the asker's again
    held.note("signer_removed", to=[item.username], because=said, item=item.key, position=item.position)
    settled_tasks.after_change(held)


def _may_remove(held: Held, asker: WorkItem | None) -> bool:
    in_his_name = {held.by.username, *(each.username for each in held.by.principals)}
    is_own = asker is not None and asker.username in in_his_name
    return is_own or held.may_manage


def _own(held: Held) -> WorkItem:
    """The part of whoever asks others: his own turn, not one that he was only asked to do."""
    mine = held_tasks.part(held)
    if mine.position == voting.CONSULTED:
        raise errors.Forbidden("You were only asked for your view of this task.")
    return mine


def _people(held: Held, usernames: Iterable[str], *, field: str = "people") -> list[str]:
    """Those who are asked, if each of them may be; a refusal names the field that was sent."""
    people_named = grounds.people(held.company, usernames, field=field)
    if len(people_named) > MAX_SIGNERS:
        raise errors.Invalid("That is more than %(limit)s people.", limit=MAX_SIGNERS)
    there = (item for item in held.items if item.state != REMOVED and item.note != voting.OBJECTED)
    taking = {name for item in there for name in taking_part(item)}
    groups = {item.group_name for item in held.items if item.state in LIVE}
    may = held.receivers
    offered = {name for group in groups if group for name in held.company.members_of(group)} - may.separated
    for name in people_named:
        if name in taking | offered | {held.by.username}:
            raise _refused(field, errors.Refusal(HAS_PART, name=held.name(name)))
        if (bar := may.bar(name)) is not None:
            raise _refused(field, bar)
    return people_named


def _refused(field: str, why: errors.Refusal) -> errors.Invalid:
    return errors.Invalid(why.text, fields={field: [why]}, **why.values)


def _ask(held: Held, mine: WorkItem, position: str, people: Sequence[str], reason: str) -> None:
    votes.take(held, mine)
    for name in people:
        item = _part(held, mine, position, name)
        held.session.add(item)
        held.items.append(item)
    held.task.parts += len(people)
    votes.arrange(held)
    subject = SUBJECT.of(name=held.task.name, number=held.instance.number)
    body = BODY.of(who=held.actor(mine), step=held.task.name, words=WORDS[position], reason=reason)
    told = [name for name in people if name != held.by.username]
    held.tell_of_it(told, subject, body)


def _part(held: Held, asker: WorkItem, position: str, username: str) -> WorkItem:
    """A part that belongs to whoever was asked; of one that is delegated the first owner stays who owned it first."""
    return WorkItem(
        key=keys.new(),
        company_id=asker.company_id,
        user_task_key=asker.user_task_key,
        instance_key=asker.instance_key,
        username=username,
        first_owner=asker.first_owner if position == DELEGATED else username,
        state=voting.WAITING if position == AFTER else voting.OPEN,
        sort_due=held.task.due_at or assignments.NEVER,
        warn_at=held.task.warn_at,
        process_id=held.task.process_id,
        department=held.instance.initiator_department,
        created_at=held.now,
        position=position,
        parent_key=asker.key,
        turn=asker.turn,
        weight=Decimal(1),
        has_veto=False,
        reason="",
        pairs=words.of_part(held.instance.words, held.task.name, held.instance.initiator),
    )


def _with_below(held: Held, item: WorkItem) -> list[WorkItem]:
    """A part and all that was added because of it, as far as it is not done."""
    items = [item]
    for each in items:
        items += [below for below in held.items if below.parent_key == each.key and below.state in LIVE]
    return items


def remove_signer_in(session: Session, by: Actor, instance_key: int, item_key: int, reason: str, *, now: datetime) -> None:
    """`remove_signer`, of a task of this case's tree. Raises NotFound for a part of another case."""
    instance = grounds.seen(session, by, instance_key)
    item = session.get(WorkItem, item_key)
    owner = session.get(ProcessInstance, item.instance_key) if item is not None else None
    if item is None or owner is None or owner.root_key != instance.root_key:
        raise errors.NotFound(access.NO_TASK)
    remove_signer(session, by, item.user_task_key, item_key, reason, now=now)


def removable(session: Session, by: Actor, root_key: int) -> list[WorkItem]:
    """The parts of open tasks of the tree that the person may take off: whom he asked, for who manages the process anybody."""
    case = ProcessInstance
    wanted = (
        select(WorkItem, Asker.username, case, UserTask)
        .join(Asker, Asker.key == WorkItem.parent_key)
        .join(UserTask, UserTask.key == WorkItem.user_task_key)
        .join(case, case.key == WorkItem.instance_key)
        .where(case.root_key == root_key, case.state == "active", WorkItem.state.in_(LIVE))
        .where(WorkItem.position.in_((*POSITIONS, DELEGATED)))
        .order_by(WorkItem.key)
    )
    in_his_name = {by.username, *(each.username for each in by.principals)}
    return [
        item
        for item, asked_by, owner, task in session.execute(wanted)
        if asked_by in in_his_name or access.may_manage(session, by, owner.process_id)
        if receiving.settings_of(session, task).button("remove_signer") != OFF
    ]
