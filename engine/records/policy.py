"""The record policy of a company ([settings.records]): which processes read and save customer records, and lower their secrecy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.basics.nearest import nearest
from engine.definitions import declarations
from engine.definitions.company_settings import RecordsTable
from engine.definitions.values import company_values
from engine.people.organisation import Organisation, level_of
from engine.records import approvals_given
from engine.storage.models import ProcessInstance

WRONG = "[settings.records] is wrong: %(detail)s"
MAY_NOT_READ = (
    "The process “%(process)s” may not look up customer records: [settings.records] read_by of company.toml does not name it."
)
MAY_NOT_SAVE = (
    "The process “%(process)s” may not save customer records: [settings.records] saved_by of company.toml does not name it."
)
MAY_NOT_LOWER = "The process “%(process)s” may not lower the secrecy of customer records: [settings.records] lowered_by of company.toml does not name it."


def check(settings: Mapping[str, Any]) -> None:
    """Raises Invalid for a [settings.records] with an unknown name, or a value that is not of its type."""
    raw = settings.get("records", {})
    if not isinstance(raw, Mapping):
        raise errors.Invalid(WRONG, detail="a table is wanted")
    known = declarations.settings_of(RecordsTable)
    for name, value in raw.items():
        if name not in known:
            near = nearest(name, known)
            raise errors.Invalid(WRONG, detail=f"unknown setting {name}" + (f"; did you mean {near}?" if near else ""))
        if declarations.fault(known[name], value):
            raise errors.Invalid(WRONG, detail=f"{name} is {known[name].type}")
    warning = company_values.of_records(settings)
    if warning and not is_days(settings.get(warning)):
        raise errors.Invalid(WRONG, detail=f"circle_warning: {warning} of [settings] is no whole number of days")


def is_days(value: Any) -> bool:
    """Whether this can say how many days before its end something is told."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def named(company: Organisation, which: str) -> frozenset[str]:
    """The groups or process ids that the setting `which` names."""
    return frozenset(company.settings.get("records", {}).get(which, ()))


def may_read(company: Organisation, process_id: str) -> bool:
    """Whether cases of the process may look records up; those that may save them may too."""
    return process_id in named(company, "read_by") or may_save(company, process_id)


def may_save(company: Organisation, process_id: str) -> bool:
    """Whether cases of the process may write records."""
    return process_id in named(company, "saved_by")


def require_reading(company: Organisation, instance: ProcessInstance) -> None:
    """Raises Forbidden for a case of a process that may not look records up."""
    if not may_read(company, instance.process_id):
        raise errors.Forbidden(MAY_NOT_READ, process=instance.process_id)


def require_saving(company: Organisation, instance: ProcessInstance) -> None:
    """Raises Forbidden for a case of a process that may not write records."""
    if not may_save(company, instance.process_id):
        raise errors.Forbidden(MAY_NOT_SAVE, process=instance.process_id)


def require_lowering(session: Session, company: Organisation, instance: ProcessInstance, level: str) -> None:
    """Raises Forbidden unless the case may lower a record of this level.

    Its process must be named for it, every approval step it went through must have been passed, and one of them by
    somebody who may see records, is cleared for the old level, and neither began the case nor worked on it before.
    """
    if instance.process_id not in named(company, "lowered_by"):
        raise errors.Forbidden(MAY_NOT_LOWER, process=instance.process_id)
    for approval in approvals_given.passed(session, instance):
        is_another = approval.people.isdisjoint(approvals_given.asked_by(session, instance, approval))
        if is_another and _is_cleared(company, approval.by, level):
            return
    raise errors.Forbidden(
        "The secrecy of a customer record is lowered only after an approval by somebody else who is cleared for %(level)s.",
        level=level,
    )


def _is_cleared(company: Organisation, username: str | None, level: str) -> bool:
    groups = named(company, "readers") | named(company, "keepers")
    sees_records = any(username in company.members_of(group) for group in groups)
    return sees_records and level_of(company.people[username or ""].clearance) >= level_of(level)
