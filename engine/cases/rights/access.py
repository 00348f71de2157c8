"""Who may know of a case and who may act on it; what one may not know of is simply not there.

Rights over a process are those that its newest version gives, also over cases of older ones: whoever is made its
manager today manages what runs. Each rule over a case stands here twice, as Python over a row and as SQL over columns
for lists; a property test holds the two together.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, exists, false, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from engine import errors
from engine.cases.rights import barring, holding, leading
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.definitions.languages import telling
from engine.people.actors import Actor
from engine.storage.models import HAS_INCIDENTS, CarbonCopy, Consultation, ProcessInstance, UserTask, WorkItem

NO_CASE = "There is no such case, or you may not view it."
NO_TASK = "There is no such task, or you may not view it."
# As what somebody sees a case (`seen_as`); notices tell some of them too.
STARTED, MANAGES, OPERATES, TAKES_PART, LEADS = "started", "manages", "operates", "takes_part", "leads"
ADMINISTRATOR, AUDITOR, MANAGER, FOLLOWER = "administrator", "auditor", "manager", "follower"
Sibling = aliased(ProcessInstance, name="sibling")


def may_start(definition: Definition, by: Actor) -> bool:
    """Whether the person may start the process by hand: member of a group of `may_start`, or "*" for everybody.

    A machine account starts the processes that it is for.
    As long as no setting says who, nobody may but those who could say it: its owners and administrators.
    """
    allowed = definition.settings.may_start
    if allowed is None:
        return owns(by, definition)
    if by.machine is not None:
        return by.machine.covers(definition.process_id)
    return by.is_system or "*" in allowed or bool(by.groups & set(allowed))


def manages(by: Actor, newest: Definition) -> bool:
    """Whether the person sees and steers every case of a process, as its newest version says: its owners, its managers, and administrators."""
    return by.is_administrator or by.owns(newest.process_id) or not by.groups.isdisjoint(newest.settings.managers)


def follows(by: Actor, newest: Definition) -> bool:
    """Whether the person reads every case of a process, as its newest version says: whoever manages it, `visible_to`, who reads all."""
    return by.reads_all or manages(by, newest) or not by.groups.isdisjoint(newest.settings.visible_to)


def owns(by: Actor, newest: Definition) -> bool:
    """Whether the person draws and publishes a process, as its newest version says: its `owners`, who has that role, and administrators."""
    return by.is_administrator or by.owns(newest.process_id) or not by.groups.isdisjoint(newest.settings.owners)


def may_draw(session: Session, by: Actor) -> bool:
    """Whether the person draws any process at all: administrators, and who owns one."""
    return by.is_administrator or any(owns(by, each) for each in definitions.all_latest(session, by.company_id))


def may_manage(session: Session, by: Actor, process_id: str) -> bool:
    """`manages`, by the id of the process."""
    return by.is_administrator or manages(by, definitions.latest(session, by.company_id, process_id))


def may_operate(session: Session, by: Actor, process_id: str) -> bool:
    """Whether the person puts right what stopped or went wrong in cases of the process: operators, and who manages it."""
    return by.operates or may_manage(session, by, process_id)


def may_follow(session: Session, by: Actor, process_id: str) -> bool:
    """`follows`, by the id of the process."""
    return by.reads_all or follows(by, definitions.latest(session, by.company_id, process_id))


def may_work(by: Actor, process_id: str) -> bool:
    """Whether what waits at a step of the process for a program is for this one: operators', and machine accounts' for it."""
    return by.operates or (by.machine is not None and by.machine.covers(process_id))


def managed(session: Session, by: Actor) -> list[str]:
    """The processes that the person may manage."""
    return [each.process_id for each in newest(session, by.company_id) if manages(by, each)]


def managed_among(session: Session, by: Actor) -> list[str]:
    """The same, where the person sees more cases than those; [] where he manages whatever he sees."""
    mine = managed(session, by)
    sees_more = by.reads_all or by.operates or leading.led(session, by) is not None or len(mine) < len(followed(session, by))
    return mine if sees_more and not by.is_administrator else []


def followed(session: Session, by: Actor) -> list[str]:
    """The processes that the person may follow."""
    return [each.process_id for each in newest(session, by.company_id) if follows(by, each)]


def newest(session: Session, company_id: str) -> list[Definition]:
    """The newest version of every process; a session that only reads asks once."""
    kept: dict[str, list[Definition]] | None = session.info.get("newest")
    if kept is None:
        return list(definitions.all_latest(session, company_id))
    if company_id not in kept:
        kept[company_id] = list(definitions.all_latest(session, company_id))
    return kept[company_id]


def may_cancel(by: Actor, instance: ProcessInstance, definition: Definition, *, is_manager: bool) -> bool:
    """Whether the person is one of those who may end the case: who manages it, and its initiator where the process lets him."""
    return is_manager or (definition.settings.initiator_may_cancel and instance.initiator == by.username)


def may_see(session: Session, by: Actor, instance: ProcessInstance) -> bool:
    """Whether the person may read the case: initiator, who follows the process, or has a part in its tree.

    Also the manager of departments as `leading` says, and an operator as long as it is stopped by an incident.
    """
    return seen_as(session, by, instance) != ""


def seen_as(session: Session, by: Actor, instance: ProcessInstance) -> str:
    """As what the person may read the case, as one of the codes above; "" where he may not. The first that holds, the cheap ones first."""
    if instance.company_id != by.company_id:
        return ""
    if instance.initiator == by.username:
        is_free = instance.parent_key is None or barring.is_free(session, by, instance)
        return STARTED if is_free else ""
    office = _by_office(session, by, instance)
    if office:
        return office if barring.is_free(session, by, instance) else ""
    if _takes_part(session, by, instance):
        return TAKES_PART
    return LEADS if leading.sees(session, by, instance) else ""


def _by_office(session: Session, by: Actor, instance: ProcessInstance) -> str:
    """As what he reads all such cases, but those about himself (`barring`)."""
    if by.reads_all:
        return ADMINISTRATOR if by.is_administrator else AUDITOR if by.is_auditor else MANAGER
    if by.operates and instance.incidents > 0:
        return OPERATES
    newest = definitions.latest(session, by.company_id, instance.process_id)
    if follows(by, newest):
        return MANAGES if manages(by, newest) else FOLLOWER
    return ""


def cases_seen(session: Session, by: Actor) -> ColumnElement[bool]:
    """`may_see` as a condition on `ProcessInstance`."""
    row = ProcessInstance
    if by.reads_all:
        return (row.company_id == by.company_id) & barring.free(session, by, row.key)
    began = row.initiator == by.username
    own = or_(began, _has_part(by, row.root_key)) & ~barring.is_barred(by.answerable, row.key, row.root_key)
    ways = (began & row.parent_key.is_(None), own, _of_followed(session, by, row), *_by_role(session, by))
    return (row.company_id == by.company_id) & or_(*ways)


def _of_followed(session: Session, by: Actor, row: type[ProcessInstance]) -> ColumnElement[bool]:
    """The cases of the processes that the person follows, but for what is kept from him; no statement where he follows none."""
    processes = followed(session, by)
    return row.process_id.in_(processes) & barring.free(session, by, row.key) if processes else false()


def cases_followed(session: Session, by: Actor, process: str = "") -> ColumnElement[bool]:
    """The condition for the cases that the person follows, whether he has a part in them or not.

    Of one `process` all of whose cases he follows, none of them need be asked.
    """
    if by.reads_all or process in followed(session, by):
        return barring.free(session, by, ProcessInstance.key)
    return or_(_of_followed(session, by, ProcessInstance), *_by_role(session, by))


def cases_followed_ways(session: Session, by: Actor, process: str = "") -> list[ColumnElement[bool]]:
    """`cases_followed` in parts without a case in common, the cheap first: what is counted up to a limit seldom needs the other."""
    if by.reads_all or process in followed(session, by):
        return [barring.free(session, by, ProcessInstance.key)]
    first, *others = case_ways_by_role(session, by) or [false()]
    is_followed = _of_followed(session, by, ProcessInstance)
    return [or_(is_followed, first), *(~is_followed & each for each in others)]


def has_cases_by_role(session: Session, by: Actor) -> bool:
    """Whether the person sees cases of processes that he does not follow: of departments he manages, or that stopped."""
    return not by.reads_all and bool(_by_role(session, by))


def case_ways_by_role(session: Session, by: Actor, *, whole: bool = False) -> list[ColumnElement[bool]]:
    """The conditions for those cases, without a case in common, the cheap first; `whole` as `leading.case_ways` says."""
    ways, stopped = leading.case_ways(session, by, whole=whole), _stopped_cases(session, by)
    if not ways:
        return list[ColumnElement[bool]](stopped)
    cheap = or_(ways[0], *stopped)
    return [cheap, *(each & cheap.is_not(True) for each in ways[1:])]


def _by_role(session: Session, by: Actor) -> list[ColumnElement[bool]]:
    led = leading.cases(session, by)
    return [*([led] if led is not None else []), *_stopped_cases(session, by)]


def _stopped_cases(session: Session, by: Actor) -> list[ColumnElement[bool]]:
    return [HAS_INCIDENTS & barring.free(session, by, ProcessInstance.key)] if by.operates else []


def tasks_seen(session: Session, by: Actor) -> ColumnElement[bool]:
    """The condition on `UserTask` for a list of tasks: those in which the person has a part, or of cases he follows."""
    is_free = barring.free(session, by, UserTask.instance_key)
    if by.reads_all:
        return is_free
    own = exists().where(WorkItem.user_task_key == UserTask.key, holding.parts(by))
    return or_(own & is_free, tasks_followed(session, by))


def tasks_followed(session: Session, by: Actor) -> ColumnElement[bool]:
    """The condition on `UserTask` for tasks of the cases that the person follows.

    Of the cases that a manager of departments sees by his people's part alone, their own tasks. Of open tasks alone:
    `engine.cases.rights.open_work`.
    """
    is_free = barring.free(session, by, UserTask.instance_key)
    if by.reads_all:
        return is_free
    led = leading.tasks(session, by)
    ways = [UserTask.process_id.in_(followed(session, by)) & is_free, *([led] if led is not None else [])]
    if by.operates:
        ways.append(UserTask.instance_key.in_(stopped(session, by)))
    return or_(*ways)


def stopped(session: Session, by: Actor) -> Select[int]:
    """The keys of the company's cases that an incident stopped; its own statement wherever it stands, also beside the case itself."""
    mine = (ProcessInstance.company_id == by.company_id, HAS_INCIDENTS, barring.free(session, by, ProcessInstance.key))
    return select(ProcessInstance.key).where(*mine).correlate(None)


def require_case(session: Session, by: Actor, key: int) -> ProcessInstance:
    """The instance, for reading, with its texts as whoever reads is told them. Raises NotFound when there is none that the person may know of."""
    instance = session.get(ProcessInstance, key)
    if instance is None or not may_see(session, by, instance):
        raise errors.NotFound(NO_CASE)
    return telling.read(session, instance)


def refuse_task(session: Session, by: Actor, instance: ProcessInstance) -> errors.Refusal:
    """The refusal for somebody whose task it is not: Forbidden for those who know the case, else NotFound."""
    if may_see(session, by, instance):
        return errors.Forbidden("This task is not yours to act on.")
    return errors.NotFound(NO_TASK)


def takes_part(session: Session, by: Actor, instance: ProcessInstance) -> bool:
    """Whether the person has more to do with the case than to read it: initiator, who manages its process, or has a part in it."""
    if instance.initiator == by.username or may_manage(session, by, instance.process_id):
        return True
    return session.execute(select(_acts(by, literal(instance.root_key)))).scalar_one()


def _takes_part(session: Session, by: Actor, instance: ProcessInstance) -> bool:
    """Whether he has a part in the case's tree, and the case itself is not kept from him."""
    return session.execute(select(_has_part(by, literal(instance.root_key)) & ~barring.keeps(by, instance))).scalar_one()


def _has_part(by: Actor, root_key: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether the person has or had a part in the tree, or is to know of it: he got a copy, or was asked for his view."""
    copied = exists().where(CarbonCopy.instance_key == root_key, CarbonCopy.username == by.username)
    consulted = exists().where(
        Sibling.key == Consultation.instance_key, Sibling.root_key == root_key, Consultation.asked == by.username
    )
    return or_(_acts(by, root_key), copied, consulted)


def _acts(by: Actor, root_key: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether the person has or had a part in the tree: in his own name, or by a group of his that was offered one.

    Whom a task of the tree keeps out (回避) has none by his group or
    by whom he stands in for: it may be about him.
    """
    in_tree = (Sibling.key == WorkItem.instance_key, Sibling.root_key == root_key)
    by_name = exists().where(*in_tree, holding.own_name(by))
    offered = or_(holding.group_parts(by), holding.deputy_parts(by)) if by.principals else holding.group_parts(by)
    by_group = exists().where(*in_tree, offered)
    kept_out = exists().where(Sibling.key == UserTask.instance_key, Sibling.root_key == root_key, holding.kept_out(by))
    return or_(by_name, by_group & ~kept_out)
