"""What a company.toml may say: the company itself, its record policy, its departments, groups and people.

[settings] is the company's own: any name there is asked for by `setting(name)`, but for its tables `records`, `notices`, `intake` and `bounds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.definitions import declarations
from engine.definitions.declarations import declared


@dataclass(frozen=True)
class CompanyTable:
    """The names at the top of the file, and its tables."""

    id: str = declared(declarations.TEXT, None, "The company's id: the name of its folders, part of its addresses.")
    name: str = declared(declarations.TEXT, None, "What the company is called.")
    demo: bool = declared(declarations.SWITCH, False, "Whether it is part of the demo, with the demo password.")
    time_zone: str = declared(declarations.TEXT, "Asia/Shanghai", "In which its days begin and end.")
    calendar: str = declared(declarations.TEXT, "cn", "The country whose holidays and make-up days (调休) count.")
    working_hours: list[str] = declared(declarations.HOURS, ("09:00-12:00", "13:30-18:00"), "The hours of a working day.")
    default_calendar: str = declared(
        declarations.CALENDAR, None, "The calendar that counts where nothing else is said; else the standard one, 标准日历."
    )
    administrators: list[str] = declared(declarations.USERNAMES, (), "Who administers the company.")
    settings: dict[str, Any] = declared(declarations.TABLE, None, "The company's own values, for setting(name).")
    about: dict[str, Any] = declared(
        declarations.TABLE, None, "What each of these values is, in words, with the clause it comes from."
    )
    policy: dict[str, Any] = declared(declarations.TABLE, None, "What the company allows.")
    sign_in: dict[str, Any] = declared(declarations.TABLE, None, "How its people sign in beside passwords.")
    working_calendar: list[Any] = declared(declarations.TABLES, (), "Its further working calendars, by name.")
    department: list[Any] = declared(declarations.TABLES, (), "Its departments.")
    group: list[Any] = declared(declarations.TABLES, (), "Its groups.")
    person: list[Any] = declared(declarations.TABLES, (), "Its people.")


@dataclass(frozen=True)
class RecordsTable:
    """The table [settings.records]: who reads, keeps and changes customer records."""

    readers: list[str] = declared(declarations.GROUPS, (), "See the records for which they are cleared.")
    keepers: list[str] = declared(declarations.GROUPS, (), "Keep the records: see them, and place holds.")
    form: str = declared(declarations.TEXT, "", "The form in which a record's content is shown.")
    under: str = declared(declarations.TEXT, "", "Where in a record's content the form's fields stand.")
    change_form: str = declared(declarations.TEXT, "", "The form in which keepers change a record's content.")
    circle: str = declared(
        declarations.TEXT, "", "The field of a record's content that names who may know it: groups or people."
    )
    circle_until: str = declared(declarations.TEXT, "", "The field with the last day on which that circle counts.")
    circle_warning: str = declared(
        declarations.TEXT, "", "The company's own value that says how many days before that day its keeper is told; else 7."
    )
    number: str = declared(declarations.TEXT, "", "The pattern of a record's number.")
    saved_by: list[str] = declared(declarations.PROCESSES, (), "Processes whose cases save records.")
    read_by: list[str] = declared(declarations.PROCESSES, (), "Processes whose cases only look records up.")
    lowered_by: list[str] = declared(declarations.PROCESSES, (), "Processes whose cases may lower a record's secrecy.")


@dataclass(frozen=True)
class NoticesTable:
    """The table [settings.notices]: how notices reach people outside the page; kinds stand in `engine.announcing.kinds`."""

    address: str = declared(declarations.TEXT, "", "Where the pages are (https://…), for the links in notices.")
    digest_at: str = declared(declarations.TEXT, "08:30", "When daily notices leave, on working days.")
    titles_up_to: str = declared(
        declarations.TEXT, "内部", "Up to which level of secrecy of a process the titles of its cases stand in notices."
    )
    language: str = declared(
        declarations.CHOICE,
        "zh_Hans",
        "In which language chat robots speak, and notices reach people who chose none.",
        choices=("zh_Hans", "en"),
    )
    how: dict[str, Any] = declared(
        declarations.TABLE, None, "How a kind of notice reaches people who chose nothing: `at_once`, `daily` or `never`."
    )
    obligatory: list[str] = declared(declarations.NAMES, (), "Kinds of notices that nobody may switch off.")
    templates: dict[str, Any] = declared(
        declarations.TABLE,
        None,
        "The company's own words: `[settings.notices.templates.zh_Hans.new_work]` with subject and body.",
    )


@dataclass(frozen=True)
class BoundsTable:
    """A line of [settings.bounds]: what a number, or each of a list of them, may be, by the name of the value."""

    least: int = declared(declarations.NUMBER, 0, "The least that it may be.")
    most: int = declared(declarations.NUMBER, 1_000_000_000, "The most that it may be.")
    rising: bool = declared(declarations.SWITCH, False, "Whether each number of a list is greater than the one before.")


@dataclass(frozen=True)
class PolicyTable:
    """The table [policy]."""

    destruction: bool = declared(declarations.SWITCH, False, "Whether records may be destroyed.")
    scenarios: str = declared(
        declarations.CHOICE,
        "warn",
        "What is done where a scenario fails or a sequence flow is taken by none when a process is published: `warn` or "
        "`forbid`; a process may say otherwise.",
        choices=("warn", "forbid"),
    )
    retention: bool = declared(
        declarations.SWITCH, False, "Whether finished cases are removed when the retention of their process is over."
    )


@dataclass(frozen=True)
class SignInTable:
    """The table [sign_in]; roles, kinds and their settings stand in `engine.signing_in`."""

    second_factor: list[str] = declared(
        declarations.NAMES, (), "Of whom a second factor is asked: roles such as `administrator`, or `everybody`."
    )
    way: list[Any] = declared(declarations.TABLES, (), "Ways to sign in beside passwords.")


@dataclass(frozen=True)
class WayTable:
    """A [[sign_in.way]]; its secret stands in no file."""

    id: str = declared(declarations.TEXT, None, "Its id: part of the address to come back to.")
    kind: str = declared(declarations.TEXT, None, "What it is: `oidc`, `ldap`, `wecom`, `dingtalk` or `feishu`.")
    name: str = declared(declarations.TEXT, None, "What stands on its button.")
    active: bool = declared(declarations.SWITCH, True, "Whether people are offered it.")
    settings: dict[str, Any] = declared(declarations.TABLE, None, "The settings of its kind.")


@dataclass(frozen=True)
class WorkingCalendarTable:
    """A [[working_calendar]]; the standard one is told by `calendar` and `working_hours` of the company."""

    name: str = declared(declarations.TEXT, None, "What it is called; processes, steps, departments and people name it.")
    formerly: list[str] = declared(declarations.NAMES, (), "What it was called before: diagrams may still say so.")
    holidays: str = declared(declarations.TEXT, "cn", "The country whose holidays and make-up days (调休) count, or `none`.")
    weekdays: list[str] = declared(
        declarations.NAMES, ("mon", "tue", "wed", "thu", "fri"), "On which days people work: `mon` to `sun`."
    )
    every_second: str = declared(
        declarations.TEXT, "", "A day, as 2026-01-10, that is worked every second week from then on (大小周)."
    )
    hours: list[str] = declared(
        declarations.HOURS, ("09:00-12:00", "13:30-18:00"), "The hours of its working day; 00:00-24:00 is all day."
    )


@dataclass(frozen=True)
class DepartmentTable:
    """A [[department]]."""

    id: str = declared(declarations.TEXT, None, "Its id, for variables and expressions.")
    name: str = declared(declarations.TEXT, None, "What it is called.")
    parent: str = declared(declarations.TEXT, None, "The id of the department above.")
    head: str = declared(declarations.TEXT, None, "The username of who heads it.")
    calendar: str = declared(declarations.CALENDAR, None, "The working calendar of its people.")
    closed: bool = declared(declarations.SWITCH, False, "Nobody and nothing new belongs to it; cases still name it.")


@dataclass(frozen=True)
class GroupTable:
    """A [[group]]; lanes and candidate groups name it."""

    name: str = declared(declarations.TEXT, None, "What it is called.")
    members: list[str] = declared(declarations.USERNAMES, (), "Who is in it by name.")
    formerly: list[str] = declared(declarations.NAMES, (), "What it was called before: diagrams may still say so.")
    rules: list[str] = declared(
        declarations.RULES, (), "Who else is in it: `department:ID`, `below:ID` (with all below it), `post:NAME`, `heads`."
    )


@dataclass(frozen=True)
class PersonTable:
    """A [[person]]."""

    username: str = declared(declarations.TEXT, None, "With which the person signs in, and which variables hold.")
    name: str = declared(declarations.TEXT, None, "What others read.")
    department: str = declared(declarations.TEXT, None, "The id of the person's department.")
    email: str = declared(declarations.TEXT, None, "Where letters go.")
    mobile: str = declared(declarations.TEXT, None, "The number of the mobile telephone.")
    employee_number: str = declared(declarations.TEXT, None, "The number under which the personnel office knows the person.")
    superior: str = declared(declarations.TEXT, None, "The username of who leads the person, if it is not the head.")
    posts: list[str] = declared(declarations.NAMES, (), "The person's posts, the main one first.")
    roles: list[str] = declared(
        declarations.ROLES,
        (),
        "The person's roles: `organisation`, `operator`, `auditor`, `process_owner:PROCESS`, `manager:DEPARTMENT`, "
        "`records_keeper:LEVEL`; without a scope of all.",
    )
    clearance: str = declared(declarations.TEXT, "内部", "Up to which level of secrecy records are shown.")
    language: str = declared(declarations.TEXT, None, "The language of the pages at first.")
    calendar: str = declared(declarations.CALENDAR, None, "The person's own working calendar, if it is not the department's.")
    disabled: bool = declared(declarations.SWITCH, False, "Ends the sessions at once; nothing new is given to the person.")


OWN_TABLES = ("records", "notices", "intake", "bounds")  # of [settings]; what else stands there is a value of the company's own


TABLES: dict[str, type] = {
    "": CompanyTable,
    "settings.records": RecordsTable,
    "settings.notices": NoticesTable,
    "settings.bounds": BoundsTable,
    "policy": PolicyTable,
    "sign_in": SignInTable,
    "sign_in.way": WayTable,
    "working_calendar": WorkingCalendarTable,
    "department": DepartmentTable,
    "group": GroupTable,
    "person": PersonTable,
}
