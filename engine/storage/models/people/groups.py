"""Posts [岗位], candidate groups [候选组] with their rules and former names, and the roles by which people have rights."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Keyed, Owned


class Post(Keyed, Owned, Base):
    """A post [岗位] that people may hold."""

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("company_id", "name"),)
    name: Mapped[str]


class PostHolder(Keyed, Owned, Base):
    """Somebody's post; one of a person's posts is the main one."""

    __tablename__ = "post_holder"
    __table_args__ = (
        UniqueConstraint("company_id", "username", "post"),
        Index("ix_post_holder_post", "company_id", "post"),
    )
    username: Mapped[str]
    post: Mapped[str]
    is_main: Mapped[bool] = mapped_column(default=False)


class CandidateGroup(Keyed, Owned, Base):
    """A candidate group by its present name; memberships are rows of their own. `external_id` as that of a person."""

    __tablename__ = "candidate_group"
    __table_args__ = (UniqueConstraint("company_id", "name"),)
    name: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    external_id: Mapped[str | None]


class GroupRule(Keyed, Owned, Base):
    """Who else belongs to a group: `kind` is post, department, below (a department with all below it) or heads."""

    __tablename__ = "group_rule"
    __table_args__ = (UniqueConstraint("company_id", "group_name", "kind", "value"),)
    group_name: Mapped[str]
    kind: Mapped[str]
    value: Mapped[str] = mapped_column(default="")


class FormerName(Keyed, Owned, Base):
    """A name that a group had: lanes, settings and open work that name it still reach the group."""

    __tablename__ = "former_name"
    __table_args__ = (UniqueConstraint("company_id", "name"),)
    name: Mapped[str]
    group_name: Mapped[str]


class RoleGrant(Keyed, Owned, Base):
    """A role that somebody was given; `scope` says of what: a process, a department, a level of secrecy, "" for all."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("company_id", "username", "role", "scope"),)
    username: Mapped[str]
    role: Mapped[str]
    scope: Mapped[str] = mapped_column(default="")
    granted_by: Mapped[str]
    granted_at: Mapped[datetime]
