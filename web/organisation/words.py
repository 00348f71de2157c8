"""The words of the organisation's pages for what the engine names by codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.basics import sayings
from engine.basics.sayings import LANGUAGES
from engine.definitions.values import value_words
from engine.people import memberships, organisation, roles
from engine.people.machines import scopes
from engine.queries.organisation import rights
from engine.queries.organisation.groups import MembershipRule
from engine.queries.organisation.log import LogEntry
from engine.storage.models import PlannedChange, loads
from engine.verbs.organisation import planned, uses
from web.account import auth
from web.frame import filters, i18n, storage
from web.frame.times import weeks

MOST_DAYS = 10  # of a calendar, told in one line


def ours(text: str) -> str:
    """A name of the company's own, as of a department or a group, in the reader's words."""
    if i18n.language() == LANGUAGES[0]:
        return text
    if "own_words" not in flask.g:
        by = auth.current_actor()
        with storage.reading() as session:
            flask.g.own_words = organisation.at_version(session, by.company_id, by.organisation_version).words
    return str(flask.g.own_words.get(text, text))


def role(code: str) -> str:
    """What a role is called."""
    return roles.ROLES[code].called.read(i18n.language()) if code in roles.ROLES else code


def role_meaning(code: str) -> str:
    """What a role lets somebody do."""
    return {
        roles.ADMINISTRATOR: _(
            "Everything except customer records: publishes processes, sees and manages all cases, maintains the organisation, resolves incidents."
        ),
        roles.ORGANISATION: _(
            "Maintains departments, people, posts, groups and roles. This alone shows no cases or records, and gives no rights to oneself."
        ),
        roles.OWNER: _("Publishes the process; sees and manages all its cases."),
        roles.MANAGER: _(
            "Sees all cases that the department and those below it started or work on, and the tasks their people have."
        ),
        roles.KEEPER: _("Reads customer records up to that level of secrecy, and places holds on them."),
        roles.OPERATOR: _("Sees what has stopped and retries it; can open a case only while it is stopped."),
        roles.AUDITOR: _(
            "Reads all cases, the organisation and its log, and records as far as cleared. Changes nothing and belongs to no group."
        ),
    }.get(code, "")


def rule(rule_read: MembershipRule) -> str:
    """A rule of a group."""
    return {
        memberships.DEPARTMENT: _("everybody in %(department)s", department=ours(rule_read.of)),
        memberships.BELOW: _("everybody in %(department)s and below", department=ours(rule_read.of)),
        memberships.POST: _("everybody with the post %(post)s", post=ours(rule_read.of)),
        memberships.HEADS: _("all heads in %(department)s and below", department=ours(rule_read.of))
        if rule_read.value
        else _("all heads of departments"),
    }.get(rule_read.kind, rule_read.kind)


def right(right_held: rights.Right) -> str:
    """What somebody may do."""
    return {
        rights.START: _("Start cases"),
        rights.STEER: _("See and manage all cases"),
        rights.READ_CASES: _("Read all cases"),
        rights.PUBLISH: _("Publish the process, see and manage its cases"),
        rights.DRAW: _("Draw and publish the process"),
        rights.READ_RECORDS: _("Read customer records up to"),
        rights.KEEP_RECORDS: _("Keep customer records up to"),
        rights.TAKE: _("Take on tasks of"),
        rights.READ_DEPARTMENTS: _("Read the cases of departments"),
        rights.ADMINISTER: _("Administer the company"),
        rights.RUN_ORGANISATION: _("Change the organisation"),
        rights.OPERATE: _("Resolve incidents"),
        rights.AUDIT: _("Read everything, change nothing"),
    }.get(right_held.what, right_held.what)


def why(right_held: rights.Right) -> str:
    """Why somebody may do it."""
    if right_held.why == rights.EVERYBODY:
        return _("everybody may")
    if right_held.why == rights.ROLE:
        return _("role %(role)s", role=role(right_held.by))
    return _("member of %(group)s", group=ours(right_held.by)) if right_held.by else _("member of these groups")


def by_process(uses_found: Iterable[uses.GroupUse]) -> list[tuple[str, list[str]]]:
    """The places that name a group, as words by process ("" for the company's settings), each once."""
    told: dict[str, list[str]] = {}
    for each in uses_found:
        told.setdefault(each.process, []).append(each.said.read(i18n.language()))
    return [(process, list(dict.fromkeys(places))) for process, places in told.items()]


def change_kind(code: str) -> str:
    """A change entered before its day."""
    return {planned.JOIN: _("joins"), planned.MOVE: _("moves"), planned.LEAVE: _("leaves")}.get(code, code)


def note(row: PlannedChange) -> errors.Refusal | None:
    """What went wrong with a change on its day."""
    if not row.note:
        return None
    text, kept = loads(row.note)
    values = {name: value[i18n.language()] if isinstance(value, dict) else value for name, value in kept.items()}
    return errors.Refusal(text, fields=None, **values)


def field(name: str) -> str:
    """What a value of a person or department is called."""
    return {
        "name": _("name"),
        "department": _("Department"),
        "mobile": _("Mobile"),
        "email": _("E-mail"),
        "employee_number": _("Employee number"),
        "superior": _("Superior"),
        "clearance": _("Clearance"),
        "language": _("Language"),
        "calendar": _("Working calendar"),
        "weekdays": _("Working days"),
        "holidays": _("Public holidays"),
        "every_second": _("Also every second week, as on"),
        "hours": _("Hours of a working day"),
        "posts": _("Posts"),
        "parent": _("Department above"),
        "head": _("Head"),
        "groups": _("Work groups"),
        "status": _("State"),
        "joins": _("Joins on"),
        "leaves": _("Leaves on"),
    }.get(name, name)


def state(code: str) -> str:
    """Whether somebody is there, as an import tells it."""
    return {"there": _("works here"), "left": _("has left")}.get(code, code)


TO_SOMEBODY = (
    "person_took_over",
    "role_given",
    "role_taken",
    "password_code",
    "password_reset",
    "value_changed",
)  # no sentence without a name


def scope(code: str) -> str:
    """What a scope lets a machine account do."""
    return {
        scopes.READ_CASES: _("read cases, their tasks, values and incidents"),
        scopes.START_CASES: _("start cases"),
        scopes.STEER_CASES: _("cancel, suspend and move cases, and give their tasks to people"),
        scopes.WORK_JOBS: _("do the jobs of service tasks"),
        scopes.RESOLVE_INCIDENTS: _("resolve incidents"),
        scopes.READ_PROCESSES: _("read processes and their diagrams"),
        scopes.DEPLOY: _("deploy processes"),
        scopes.SEND_MESSAGES: _("send messages to cases; for all processes only"),
        scopes.DECIDE: _("evaluate decisions; for all processes only"),
        scopes.READ_PEOPLE: _("read people and groups (SCIM)"),
        scopes.WRITE_PEOPLE: _("enter, change and disable people, and fill groups (SCIM)"),
    }.get(code, code)


def log_event(entry: LogEntry) -> str:
    """What a line of the log tells."""
    told = {
        "calendar_added": _("made the working calendar"),
        "calendar_changed": _("changed the working calendar"),
        "calendar_days": _("set days by hand in the working calendar"),
        "calendar_default": _("made the default the working calendar"),
        "calendar_removed": _("took away the working calendar"),
        "company_renamed": _("gave the company another name:"),
        "department_opened": _("opened the department"),
        "department_changed": _("changed the department"),
        "department_closed": _("closed the department"),
        "department_reopened": _("opened the department again"),
        "post_added": _("added the post"),
        "post_renamed": _("renamed the post"),
        "post_removed": _("took away the post"),
        "group_added": _("added the group"),
        "group_renamed": _("renamed the group"),
        "group_filled": _("changed the members of the group"),
        "group_removed": _("took away the group"),
        "person_added": _("entered"),
        "person_changed": _("changed"),
        "person_left": _("disabled and handed over"),
        "person_took_over": _("handed over what a leaver held to"),
        "person_back": _("brought back"),
        "role_given": _("gave a role to"),
        "role_taken": _("took a role from"),
        "change_planned": _("entered for a later day"),
        "change_dropped": _("took back what was entered for a later day"),
        "file_taken": _("took in the file"),
        "password_code": _("handed out a code for a first password to"),
        "password_reset": _("handed out a code for another password to"),
        "value_changed": _("changed the company setting"),
        "notices_changed": _("changed the settings of notices"),
        "machine_made": _("made the machine account"),
        "machine_renewed": _("gave a new secret to the machine account"),
        "machine_taken_over": _("answers from now on for the machine account"),
        "machine_revoked": _("revoked the machine account"),
    }
    return told.get(entry.kind, entry.kind)


def log_details(entry: LogEntry, company: organisation.Organisation) -> Iterator[str]:
    """What a line of the log says further, a piece each."""
    data, names = entry.data, company.name_of
    changed = data.get("changed")  # of a file, how many
    for name, (before, after) in changed.items() if isinstance(changed, dict) else ():
        shown = {**WORDED, "superior": names, "head": names, **dict.fromkeys(UNITS, company.unit_called)}.get(name, plain)
        what = f"{shown(before) or _('none')} → {shown(after) or _('none')}"
        yield _("%(name)s: %(what)s", name=field(name), what=what)
    for sign, which in (("+", "come"), ("−", "gone")):
        if data.get(which):
            yield f"{sign} {filters.listed(names(each) for each in data[which])}"
    if "value_kind" in data:
        old, new = (value_words.said(data["value_kind"], data[each], company) for each in ("before", "after"))
        yield f"{sayings.read(old, i18n.language())} → {sayings.read(new, i18n.language())}"
    if "rules" in data:
        yield _("rules: %(n)s", n=len(data["rules"]))
    for sign, which in (("+", "rules_come"), ("−", "rules_gone")):
        yield from (f"{sign} {rule(MembershipRule(*each))}" for each in data.get(which, ()))
    if "role" in data:
        yield " · ".join(filter(None, (role(data["role"]), filters.level(data.get("of")))))
    if "scopes" in data:
        yield _("; ").join(map(scope, data["scopes"]))
    for day, is_workday in list(data.get("days", {}).items())[:MOST_DAYS]:
        yield f"{filters.day(day)} {calendar_day(is_workday)}"
    if data.get("why"):
        yield str(data["why"])
    if "last_day" in data:
        yield _("good until %(day)s", day=filters.day(data["last_day"]))
    if "day" in data:
        yield f"{filters.day(data['day'])} {change_kind(str(data.get('change')))}"
    yield from _handed(data, names)
    if "added" in data:
        yield _("%(added)s new, %(changed)s changed", added=data["added"], changed=data["changed"])


def _handed(data: dict[str, Any], names: Any) -> Iterator[str]:
    """What went to others when somebody left, and what ended; to whom, where that is not the successor."""
    if data.get("took_from"):
        yield _("leaver %(name)s", name=names(data["took_from"]))
    if "successor" in data or data.get("took_from"):
        yield _("tasks handed over: %(n)s", n=data.get("tasks", 0))
        if data.get("groups"):
            yield _("Groups: %(names)s", names=_given(data, "groups", names))
        if data.get("departments"):
            yield _("head of: %(names)s", names=_given(data, "departments", names))
    if data.get("roles_taken"):
        taken = (" · ".join(filter(None, (role(code), filters.level(of)))) for code, of in data["roles_taken"])
        yield _("roles taken away: %(names)s", names=filters.listed(taken))
    if data.get("deputies_ended"):
        yield _("deputy arrangements ended, with: %(names)s", names=filters.listed(map(names, data["deputies_ended"])))
    if data.get("successor"):
        yield _("successor %(name)s", name=names(data["successor"]))


def _given(data: dict[str, Any], kind: str, names: Any) -> str:
    successor = data.get("successor")
    takers = data.get(f"{kind}_to") or [successor] * len(data[kind])
    pairs = zip(data[kind], takers, strict=True)
    return filters.listed(
        ours(name) if to == successor else f"{ours(name)} → {names(to) if to else _('none')}" for name, to in pairs
    )


def _weekdays(codes: list[str]) -> str:
    return filters.listed(label for code, label in weeks.weekday_choices() if code in codes)


def calendar_day(is_workday: bool | None) -> str:
    """What was made of a day of a calendar."""
    return {True: _("a working day"), False: _("a day off"), None: _("as the calendar has it")}[is_workday]


def plain(value: Any) -> str:
    """A value of the log as text."""
    return filters.listed(map(str, value)) if isinstance(value, list) else str(value or "")


UNITS = ("department", "parent")
WORDED: dict[str, Callable[[Any], str]] = {
    "weekdays": _weekdays,
    "holidays": weeks.holidays,
    "clearance": filters.level,
}  # values that are kept as codes


def worded(refusal: errors.Refusal) -> str:
    """A refusal in the reader's language."""
    return i18n.worded(refusal)
