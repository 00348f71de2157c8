"""What filters of managers' lists offer: the processes and departments of which one may see something, and no others.

Whose right is asked case by case (managers of departments, operators) is not made to wait until all of his cases are looked
through: of open parts the first `MOST_OPEN` are asked, which is all of them in an office; of what is over, and of cases that
rest without a task, the first `MOST`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from engine.cases.rights import access, barring, leading
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import HAS_INCIDENTS, Incident, ProcessDefinition, ProcessInstance, WorkItem

MOST, MOST_OPEN = 300, 5_000
LATEST_INCIDENTS = 2_000


def processes(session: Session, by: Actor) -> list[tuple[str, str]]:
    """Ids and names of the processes that the person follows or sees a case of, by name; one statement at most."""
    followed = access.followed(session, by)
    asks = access.has_cases_by_role(session, by) and not _are_all(session, by, followed)
    return _named(session, by, {*followed, *(_by_role(session, by) if asks else ())})


def with_incidents(session: Session, by: Actor) -> list[tuple[str, str]]:
    """The processes of which the person may see an incident: those that he follows, for operators those that had one lately."""
    followed = access.followed(session, by)
    if not by.operates or _are_all(session, by, followed):
        return _named(session, by, set(followed))
    case, row = ProcessInstance, Incident
    latest = select(row.instance_key).where(row.company_id == by.company_id, row.instance_key.is_not(None))
    keys = latest.order_by(row.key.desc()).limit(LATEST_INCIDENTS).subquery()
    had = session.scalars(select(case.process_id).join(keys, keys.c.instance_key == case.key).distinct())
    return _named(session, by, {*followed, *had})


def managed(session: Session, by: Actor) -> list[tuple[str, str]]:
    """The processes that the person manages; no statement."""
    return _named(session, by, set(access.managed(session, by)))


def operated(session: Session, by: Actor) -> list[tuple[str, str]]:
    """Those of `processes` whose cases the person may operate on."""
    return [each for each in processes(session, by) if access.may_operate(session, by, each[0])]


def departments(session: Session, by: Actor) -> list[tuple[str, str]]:
    """Ids and names of the departments whose cases or tasks the person may see, by name.

    Who follows a process, or sees what stopped, sees those of any. One statement for who only manages departments.
    """
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    led = leading.led(session, by)
    if led is None or by.reads_all or by.operates or access.followed(session, by):
        offered = set(company.departments)
    else:
        offered = {*led.departments, *_beside(session, by, led, company)} & set(company.departments)
    return sorted(((id, company.said(company.departments[id].name)) for id in offered), key=lambda pair: pair[1])


def _are_all(session: Session, by: Actor, ids: list[str]) -> bool:
    return len(ids) == len(access.newest(session, by.company_id))


def _named(session: Session, by: Actor, ids: set[str]) -> list[tuple[str, str]]:
    newest = access.newest(session, by.company_id)
    return sorted(((each.process_id, each.title) for each in newest if each.process_id in ids), key=lambda pair: pair[1])


def _by_role(session: Session, by: Actor) -> list[str]:
    """Processes of cases that the person sees as a manager of departments or an operator."""
    row = ProcessDefinition
    of = select(row.process_id).where(row.company_id == by.company_id).distinct().subquery("of_process")
    ways = [*_led_ways(session, by, of.c.process_id), *([of.c.process_id.in_(_stopped(by))] if by.operates else [])]
    return list(session.scalars(select(of.c.process_id).where(or_(*ways))))


def _stopped(by: Actor) -> Select[str]:
    return select(ProcessInstance.process_id).where(ProcessInstance.company_id == by.company_id, HAS_INCIDENTS).distinct()


def _led_ways(session: Session, by: Actor, process: Any) -> Iterator[ColumnElement[bool]]:
    led, item, case = leading.led(session, by), WorkItem, ProcessInstance
    if led is None:
        return
    is_open = (item.company_id == by.company_id, item.state == "open", barring.free(session, by, item.instance_key))
    yield exists().where(*is_open, item.department.in_(led.departments), item.process_id == process)
    theirs = select(item.process_id).where(*is_open, item.username.in_(led.people)).limit(MOST_OPEN).subquery()
    yield process.in_(select(theirs.c.process_id).distinct())
    begun = (case.company_id == by.company_id, case.initiator_department.in_(led.departments))
    some = select(case.process_id).where(*begun, barring.free(session, by, case.key)).limit(MOST).subquery()
    yield process.in_(select(some.c.process_id))
    yield process.in_(_of_trees(session, by, led))


def _of_trees(session: Session, by: Actor, led: leading.Led) -> Select[str]:
    """The processes of cases in which the people have or had a part, with those that called them and that they called."""
    item, case, tree = WorkItem, aliased(ProcessInstance), aliased(ProcessInstance)
    held = (item.company_id == by.company_id, item.username.in_(led.people), item.state.in_(leading.HELD))
    some = select(item.instance_key).where(*held, barring.free(session, by, item.instance_key)).limit(MOST).subquery()
    joined = select(tree.process_id).join(case, case.root_key == tree.root_key).join(some, some.c.instance_key == case.key)
    return joined.distinct()


def _beside(session: Session, by: Actor, led: leading.Led, company: Organisation) -> Iterator[str]:
    """Departments that began cases in which the led people have a part, and of those who have tasks of the led departments' cases."""
    item = WorkItem
    is_open = (item.company_id == by.company_id, item.state == "open", barring.free(session, by, item.instance_key))
    theirs = select(item.department).where(*is_open, item.username.in_(led.people)).limit(MOST_OPEN).subquery()
    ours = select(item.username).where(*is_open, item.department.in_(led.departments)).limit(MOST_OPEN).subquery()
    began = select(theirs.c.department.label("department"), literal("").label("holder")).distinct()
    holders = select(literal(""), ours.c.username).distinct()
    for department, holder in session.execute(union_all(began, holders)):
        person = company.people.get(holder or "")
        yield (person.department if person else department) or ""
