"""All people as lines of a table that can be taken in again."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.people.actors import Actor
from engine.people.organisation import Member, Organisation
from engine.queries.organisation import reading
from engine.storage.models import Membership
from engine.verbs.organisation.people_files import people_table

LANGUAGES = {"zh_Hans": "简体中文", "en": "English"}


def table(session: Session, by: Actor) -> tuple[list[str], list[list[str]]]:
    """The head and a line for each person, in the order in which they were entered. Raises Forbidden."""
    company = reading.company(session, by)
    row = Membership
    named: dict[str, list[str]] = {}
    mine = select(row.username, row.group_name).where(row.company_id == by.company_id, row.is_named.is_(True)).order_by(row.key)
    for username, group in session.execute(mine):
        named.setdefault(username, []).append(group)
    head = [people_table.COLUMNS[name][0] for name in people_table.WRITTEN]
    return head, [list(_cells(company, each, named.get(each.username, []))) for each in company.people.values()]


def _cells(company: Organisation, member: Member, groups: list[str]) -> Iterator[str]:
    posts = [company.posts[post] for post in member.posts if post in company.posts]
    unit = company.departments.get(member.department or "")
    values = {
        "employee_number": member.employee_number or "",
        "name": member.name,
        "username": member.username,
        "department": "/".join(each.name for each in company.path_of(member.department)),
        "is_head": "是" if unit and unit.head == member.username else "",
        "posts": posts[0] if posts else "",
        "other_posts": "、".join(posts[1:]),
        "superior": member.superior or "",
        "mobile": member.mobile or "",
        "email": member.email or "",
        "clearance": member.clearance,
        "language": LANGUAGES.get(member.language or "", ""),
        "groups": "、".join(groups),
        "status": "离职" if member.is_disabled else "在职",
    }
    yield from (values[name] for name in people_table.WRITTEN)
