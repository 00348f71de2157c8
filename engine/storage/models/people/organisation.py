"""The company: its departments, groups, people, and its calendar."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage import keys
from engine.storage.models.base import Base, Json, Keyed, Owned

NOT_ANNOUNCED = "NOT is_announced"


class Company(Base):
    """A company [单位] = tenant. `organisation_version` is another one after every change of people, departments, groups or calendar.

    `calendar` and `working_hours` make its standard calendar; `default_calendar` names another one that counts where
    nothing else is said. `about` tells in words what the company's own values among `settings` are.
    """

    __tablename__ = "company"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(default="Asia/Shanghai")
    calendar: Mapped[str] = mapped_column(default="cn")
    working_hours: Mapped[list[Any]] = mapped_column(default=lambda: ["09:00-12:00", "13:30-18:00"])
    default_calendar: Mapped[str | None]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    organisation_version: Mapped[int] = mapped_column(default=keys.new)


class Department(Keyed, Owned, Base):
    """A department; `head` is a person's username. A closed one stays, for the cases that name it."""

    __tablename__ = "department"
    __table_args__ = (UniqueConstraint("company_id", "id"),)
    id: Mapped[str]
    name: Mapped[str]
    parent: Mapped[str | None]
    head: Mapped[str | None]
    calendar: Mapped[str | None]
    is_closed: Mapped[bool] = mapped_column(default=False)


class Person(Keyed, Owned, Base):
    """Somebody who signs in. Usernames are unique within the company; sign-in names the company too.

    `superior` is the username of who leads the person instead of the department's head. `external_id` is the key that the
    program has for him that enters people (SCIM).
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("company_id", "username"),)
    username: Mapped[str]
    name: Mapped[str]
    department: Mapped[str | None]
    email: Mapped[str | None]
    password_hash: Mapped[str | None]
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())
    clearance: Mapped[str] = mapped_column(default="内部")
    is_administrator: Mapped[bool] = mapped_column(default=False)
    is_disabled: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None]
    theme: Mapped[str | None]
    session_epoch: Mapped[int] = mapped_column(default=0)
    mobile: Mapped[str | None]
    employee_number: Mapped[str | None]
    superior: Mapped[str | None]
    calendar: Mapped[str | None]
    external_id: Mapped[str | None]


class Membership(Keyed, Owned, Base):
    """A person's place in a candidate group [候选组]; a group is named by its Chinese name, which is a lane's name.

    `is_named`: somebody entered the person there. `is_derived`: the place follows from the group's rules, or from a
    former name of the group; `people.memberships` writes these anew whenever the organisation changes.
    """

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("company_id", "group_name", "username"),
        Index("ix_membership_person", "company_id", "username", "group_name"),
    )
    group_name: Mapped[str]
    username: Mapped[str]
    is_named: Mapped[bool] = mapped_column(default=True)
    is_derived: Mapped[bool] = mapped_column(default=False)


class CalendarDay(Keyed, Base):
    """One day of a calendar that departs from Monday to Friday, or a year's note whether it is official."""

    __tablename__ = "calendar_day"
    __table_args__ = (UniqueConstraint("calendar", "day"),)
    calendar: Mapped[str]
    day: Mapped[date]
    is_workday: Mapped[bool]
    note: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")


class CalendarYear(Keyed, Base):
    """Whether a calendar's year holds the official arrangement (调休) or is only computed."""

    __tablename__ = "calendar_year"
    __table_args__ = (UniqueConstraint("calendar", "year"),)
    calendar: Mapped[str]
    year: Mapped[int]
    is_official: Mapped[bool]


class SignIn(Keyed, Owned, Base):
    """A session of the pages, from sign-in to sign-out; the cookie names its key."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_person", "company_id", "username"),)
    username: Mapped[str]
    begun_at: Mapped[datetime]


class PasswordCode(Keyed, Owned, Base):
    """A code with which a person sets a password once; the row stays and tells who handed it out."""

    __tablename__ = "password_code"
    __table_args__ = (UniqueConstraint("digest"), Index("ix_password_code_person", "company_id", "username"))
    username: Mapped[str]
    digest: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginFailure(Keyed, Base):
    """An attempt to sign in that did not succeed (yet), counted to slow down guessing."""

    __tablename__ = "login_failure"
    __table_args__ = (
        Index("ix_login_failure_account_at", "account", "at"),
        Index("ix_login_failure_address_at", "address", "at"),
    )
    account: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime]


class NumberCounter(Base):
    """The last number given out for a prefix and period."""

    __tablename__ = "number_counter"
    company_id: Mapped[str] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class PageMark(Base):
    """A page that was sent, by its mark, and the key of what was made for it; see `engine.storage.marks`."""

    __tablename__ = "page_mark"
    company_id: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[int]


class Notice(Keyed, Owned, Base):
    """A message to one person inside the product.

    `kind` is set where it also leaves by other channels (`engine.announcing`), which makes those from `facts`;
    `is_announced` says that it was done, or need not be. Of the same `source` a person is told once.
    `texts` are subject and body by language where they differ from those of the language that its reader had.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_reader", "company_id", "username", "created_at", "key"),
        Index("ix_notice_new", "key", postgresql_where=text(NOT_ANNOUNCED), sqlite_where=text(NOT_ANNOUNCED)),
        Index(
            "uq_notice_source",
            "company_id",
            "username",
            "source",
            unique=True,
            postgresql_where=text("source IS NOT NULL"),
            sqlite_where=text("source IS NOT NULL"),
        ),
    )
    username: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    texts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    instance_key: Mapped[int | None] = mapped_column(ForeignKey("process_instance.key"))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    kind: Mapped[str | None]
    facts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    is_announced: Mapped[bool] = mapped_column(default=True, server_default=true())
    source: Mapped[str | None]
