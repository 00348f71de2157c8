"""Whose is it: who holds a work item, may take it up, has a part in it, is kept out of it, and for whom somebody acts.

Each rule stands here twice, as Python over rows and as SQL over columns; a property test holds the two together.
Deputies are resolved here, when somebody looks or acts: nothing is rewritten in the items of whoever is away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, ScalarSelect, and_, case, exists, false, func, literal_column, null, or_, select
from sqlalchemy.orm import aliased

from engine import errors
from engine.basics import sayings
from engine.people.actors import Actor, Principal
from engine.people.organisation import Organisation
from engine.storage.models import ProcessInstance, UserTask, WorkItem, lists_text

KEPT_OUT = "You must not act on this task: you have acted on another part of this case, or it is about you."
OWN_REQUEST = "You cannot act for %(name)s here: this is your own request."
OTHER_PART = "You cannot act for %(name)s here: you have a part of your own in this task."
PRINCIPAL_KEPT_OUT = "You cannot act for %(name)s here: he or she must not act on this task either."
HANDED = "handed"  # position of what is left with whoever handed his part on; no part in the decision
KEPT = "kept"  # position of what is left of a part: somebody's copy of what he typed, what he said before he decides anew
NO_PART = (HANDED, KEPT)
LOST = "lost"  # state of such a copy where the right to the case went with the task: it gives none, its author has it among his drafts
HAS_PART = "%(name)s has a part in this task already."
ASKED = {  # by what the person himself asked of those he waits for
    "delegated": "You asked %(name)s to do this in your place; it comes back to you when that is done.",
    "before": "You asked %(name)s to sign first; then it is your turn.",
}
HANDED_ON = "You have handed this task on to somebody else."
TAKEN = "%(name)s has already claimed this task."
# Each once for all statements: to make an alias copies all columns of its table.
Instance, Meant = aliased(ProcessInstance, name="instance"), aliased(UserTask, name="meant")
Other, Done = aliased(WorkItem, name="other_item"), aliased(WorkItem, name="done_item")
NOT_NOW = {  # by the state of the person's part
    "done": "You have acted on this task already; it waits for others.",
    "waiting": "It is not your turn yet: %(name)s comes first.",
    "removed": "You need not act on this task any more.",
}


@dataclass(frozen=True)
class Around:
    """What stands around a work item: its task, all items of that, who started its case."""

    task: UserTask
    items: Sequence[WorkItem]
    initiator: str | None


def holds(by: Actor, username: str | None, group: str | None) -> bool:
    """Whether what is offered to a person or to a group is offered to this person himself."""
    return username == by.username or group in by.groups


def may_take(by: Actor, item: WorkItem, around: Around) -> bool:
    """Whether the item is open to the person: his own, offered to one of his groups, or to whom he stands in for."""
    return item.state == "open" and (holds(by, item.username, item.group_name) or _principal(by, item, around) is not None)


def open_to(by: Actor, item: type[WorkItem] = WorkItem) -> ColumnElement[bool]:
    """`may_take` as a condition."""
    return (item.state == "open") & or_(*offers(by, item), *deputised(by, item))


def offers(by: Actor, item: type[WorkItem] = WorkItem) -> list[ColumnElement[bool]]:
    """`holds`, a condition for each holder: first the person, then his groups; each is the beginning of an index."""
    return [item.username == by.username, *(item.group_name == group for group in sorted(by.groups))]


def deputised(by: Actor, item: type[WorkItem] = WorkItem) -> list[ColumnElement[bool]]:
    """What is offered to those for whom the person stands in, and is not his anyway; each begins an index too."""
    return [holder & _limits(by, principal, item) for principal, holder in _theirs(by, item)]


def holders(by: Actor) -> list[ColumnElement[bool]]:
    """Whose items may be the person's: himself, his groups, then whom he stands in for; each begins an index.

    What of these he may really take up is asked item by item, by `nearest`: the place in this list.
    """
    return [*offers(by), *(_within(principal, WorkItem, holder) for principal, holder in _theirs(by, WorkItem))]


def nearest(by: Actor, item: type[WorkItem]) -> ColumnElement[int | None]:
    """The place in `holders` by which an open item is the person's, null if it is not; for a select of items with `UserTask`.

    The least of a task's is where the task stands, once: under the nearest of those by whom it is his.
    """
    count = len(by.groups) + 1
    theirs = [
        (_within(principal, item, holder) & _is_meant(principal), _place(count + number))
        for number, (principal, holder) in enumerate(_theirs(by, item))
    ]
    whens = [(holder, _place(number)) for number, holder in enumerate(offers(by, item))]
    return case(*whens, (~_is_free(by), null()), *theirs) if theirs else case(*whens)


def instead_of(by: Actor, username: str | None, group: str | None) -> str | None:
    """Whom the person stands in for with an item that is his and not offered to himself; None where it is."""
    if holds(by, username, group):
        return None
    theirs = (each.username for each in by.principals if username == each.username or group in each.groups)
    return next(theirs, None)


def _place(number: int) -> ColumnElement[int]:
    return literal_column(str(number), Integer())


def _is_free(by: Actor) -> ColumnElement[bool]:
    """What `_bars` asks of the person himself, of items with their `UserTask`; a value looked up is found by index, case by case."""
    instance, other = Instance, Other
    initiator = select(instance.initiator).where(instance.key == UserTask.instance_key).scalar_subquery()
    own = exists().where(other.user_task_key == UserTask.key, takes_part(by, other))
    return and_(func.coalesce(initiator, "") != by.username, ~own)


def _theirs(by: Actor, item: type[WorkItem]) -> Iterator[tuple[Principal, ColumnElement[bool]]]:
    """What is offered to those for whom the person stands in and not to himself, holder by holder."""
    for principal in by.principals:
        yield principal, item.username == principal.username
        yield from ((principal, item.group_name == group) for group in sorted(principal.groups - by.groups))


def _within(principal: Principal, item: type[WorkItem], holder: ColumnElement[bool]) -> ColumnElement[bool]:
    return holder if principal.since is None else and_(holder, item.created_at >= principal.since)


def _is_meant(principal: Principal) -> ColumnElement[bool]:
    """`_is_theirs` and what keeps the principal out, of the `UserTask` alone."""
    limits = [~lists_text(UserTask.excluded, principal.username)]
    limits += [] if principal.processes is None else [UserTask.process_id.in_(sorted(principal.processes))]
    return and_(*limits)


def has_part(by: Actor, item: WorkItem, around: Around) -> bool:
    """Whether the item is or was his, or his group's, also where a colleague took it; or he acted on it, or may act, for another."""
    if item.state == LOST:
        return False
    own = holds(by, item.username, item.group_name) or item.claimed_from in by.groups or item.done_by == by.username
    return own or (item.state == "open" and _principal(by, item, around) is not None)


def parts(by: Actor, item: type[WorkItem] = WorkItem) -> ColumnElement[bool]:
    """`has_part` as a condition."""
    return or_(own_name(by, item), group_parts(by, item), deputy_parts(by, item))


def own_name(by: Actor, item: type[WorkItem] = WorkItem) -> ColumnElement[bool]:
    """The condition for items that are or were the person's in his own name, or that he acted on for somebody."""
    return or_(item.username == by.username, item.done_by == by.username) & (item.state != LOST)


def taking_part(item: WorkItem) -> tuple[str | None, ...]:
    """Who has or had this part of the decision, in his own name or for somebody; what is left of a part is none."""
    return () if item.position in NO_PART else (item.username, item.done_by)


def takes_part(by: Actor, item: type[WorkItem] = WorkItem) -> ColumnElement[bool]:
    """`taking_part` as a condition."""
    return own_name(by, item) & item.position.not_in(NO_PART)


def group_parts(by: Actor, item: type[WorkItem] = WorkItem) -> ColumnElement[bool]:
    """The condition for items that are or were offered to one of the person's groups."""
    groups = sorted(by.groups)
    return or_(item.group_name.in_(groups), item.claimed_from.in_(groups)) & (item.state != LOST)


def deputy_parts(by: Actor, item: type[WorkItem] = WorkItem) -> ColumnElement[bool]:
    """The condition for open items that the person may take up for somebody who is away."""
    deputy_ways = deputised(by, item)
    return (item.state == "open") & or_(*deputy_ways) if deputy_ways else false()


def acting(items: Iterable[WorkItem]) -> frozenset[str]:
    """Who is to act on one of these parts of a task by name, or has, for somebody else too; of a whole task nobody has two."""
    counting = (item for item in items if item.state in ("open", "waiting", "done"))
    return frozenset(name for item in counting for name in (item.username, item.done_by) if name)


def as_whom(by: Actor, item: WorkItem, around: Around) -> str:
    """In whose name the person takes up the item: his own, or that of whom he stands in for."""
    if holds(by, item.username, item.group_name):
        return by.username
    principal = _principal(by, item, around)
    return principal.username if principal else by.username


def stood_in_for() -> ScalarSelect[str | None]:
    """For whom whoever completed a user task acted, if not for himself; a column for a select of `UserTask`."""
    item = Done
    theirs = (item.done_by == UserTask.completed_by, item.username != item.done_by, item.state == "done")
    return select(item.username).where(item.user_task_key == UserTask.key, *theirs).limit(1).scalar_subquery()


def is_kept_out(by: Actor, task: UserTask) -> bool:
    """Whether the person must not act on the task: separation of duties, or it is about him."""
    return by.username in task.excluded


def kept_out(by: Actor, task: type[UserTask] = UserTask) -> ColumnElement[bool]:
    """`is_kept_out` as a condition."""
    return lists_text(task.excluded, by.username)


def own_part(by: Actor, around: Around) -> WorkItem | None:
    """The item of a task by which the person has a part in it: one he may take up before others, his own before a group's."""
    mine = [item for item in around.items if has_part(by, item, around)]
    return min(mine, key=lambda item: (not may_take(by, item, around), not _is_own(by, item), item.key), default=None)


def is_only_ones(by: Actor, item: WorkItem, around: Around, company: Organisation) -> bool:
    """Whether nobody but this member of a group can take up what is offered to it: he need not claim it to fill it in.

    Asked each time somebody looks or saves, so that whoever joins the group later claims it as usual.
    """
    others = (each for each in around.items if each is not item and each.state in ("open", "waiting"))
    if item.username is not None or item.state != "open" or any(others):
        return False
    return is_alone(by, company, item.group_name, around.task.excluded)


def is_alone(by: Actor, company: Organisation, group: str | None, excluded: Collection[str]) -> bool:
    """Whether the person is the only one of a group who may act."""
    return able(company, group, excluded) == (by.username,)


def alone_in(by: Actor, company: Organisation) -> frozenset[str]:
    """The groups of a person in which nobody else can act."""
    return frozenset(each for each in by.groups if is_alone(by, company, each, ()))


def able(company: Organisation, group: str | None, excluded: Collection[str]) -> tuple[str, ...]:
    """The members of a group who may act, without those who are kept out."""
    return tuple(name for name in company.active(company.members_of(group) if group else ()) if name not in excluded)


def refusal(by: Actor, around: Around, item: WorkItem, company: Organisation) -> errors.Refusal | None:
    """Why somebody who has a part in an open task cannot act on it, and who has it instead."""
    if is_kept_out(by, around.task):
        return errors.Forbidden(KEPT_OUT)
    if may_take(by, item, around):
        return None
    if item.position != HANDED and item.state == "waiting":
        return _not_yet(around, item, company)
    text = HANDED_ON if item.position == HANDED else NOT_NOW.get(item.state, TAKEN)
    return (errors.Overtaken if text == TAKEN else errors.Conflict)(text, name=company.name_of(around.task.assignee))


def _not_yet(around: Around, item: WorkItem, company: Organisation) -> errors.Conflict:
    """Whom a part waits for: those whom its holder asked, each of whom has it now or hands it on in turn, else whoever comes first."""
    asked = [each for each in around.items if each.parent_key == item.key and each.state in ("open", "waiting")]
    text = next((ASKED[each.position] for each in asked if each.position in ASKED), NOT_NOW[item.state])
    ahead = [each for each in asked if each.position in ASKED] or [each for each in around.items if each.state == "open"]
    names = dict.fromkeys(company.named(each.username or each.group_name or "") for each in ahead)
    return errors.Conflict(text, name=sayings.joined(names))


def barred(by: Actor, around: Around) -> tuple[str, str] | None:
    """Why a deputy may not act on an open task of his principal: the text of a refusal and whose deputy he is."""
    for item in around.items:
        for principal in by.principals if item.state == "open" else ():
            if _is_theirs(by, principal, item, around.task):
                texts = _bars(by, principal, around)
                if text := next(texts, None):
                    return text, principal.username
    return None


def _is_own(by: Actor, item: WorkItem) -> bool:
    return item.username == by.username


def _principal(by: Actor, item: WorkItem, around: Around) -> Principal | None:
    """For whom the deputy may act on the item; what is his own he does in his own name."""
    if holds(by, item.username, item.group_name):
        return None
    theirs = (each for each in by.principals if _is_theirs(by, each, item, around.task))
    return next((each for each in theirs if next(_bars(by, each, around), None) is None), None)


def _is_theirs(by: Actor, principal: Principal, item: WorkItem, task: UserTask) -> bool:
    is_offered = item.username == principal.username or item.group_name in principal.groups - by.groups
    is_meant = principal.processes is None or task.process_id in principal.processes
    return is_offered and is_meant and (principal.since is None or item.created_at >= principal.since)


def _bars(by: Actor, principal: Principal, around: Around) -> Iterator[str]:
    """Four eyes: two persons' rules hold for both at once, and nobody decides twice, or on his own request."""
    if by.username in around.task.excluded:
        yield KEPT_OUT
    if principal.username in around.task.excluded:
        yield PRINCIPAL_KEPT_OUT
    if around.initiator == by.username:
        yield OWN_REQUEST
    if any(by.username in taking_part(item) for item in around.items):
        yield OTHER_PART


def _limits(by: Actor, principal: Principal, item: type[WorkItem]) -> ColumnElement[bool]:
    """`_is_theirs` and `_bars` as a condition, but for who holds the item."""
    task, instance, twin = Meant, Instance, Other
    is_meant = [] if principal.processes is None else [task.process_id.in_(sorted(principal.processes))]
    allowed = exists().where(
        task.key == item.user_task_key,
        instance.key == task.instance_key,
        or_(instance.initiator.is_(None), instance.initiator != by.username),
        ~lists_text(task.excluded, by.username),
        ~lists_text(task.excluded, principal.username),
        *is_meant,
    )
    own = exists().where(twin.user_task_key == item.user_task_key, takes_part(by, twin))
    since = [] if principal.since is None else [item.created_at >= principal.since]
    limits = allowed & ~own
    for condition in since:
        limits = condition & limits
    return limits
