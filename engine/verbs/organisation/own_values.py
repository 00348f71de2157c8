"""Changing the company's own values, which its processes ask for by `setting(name)`: they count from the next step on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.definitions.values import bounds, company_values, value_uses, value_words
from engine.definitions.values.value_uses import CompanyValue
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import Company, OrganisationEvent
from engine.verbs.organisation import changing
from engine.verbs.organisation.changing import OrganisationChange

EVENT, SUBJECT = "value_changed", "value"
NO_VALUE = "The company has no value “%(name)s”."
FOR_ADMINISTRATORS = "Only an administrator changes the company's own values."
MEANWHILE = "%(who)s changed this meanwhile from %(before)s to %(after)s. Please look at it again."
BY_FILE = "This was changed meanwhile and is %(after)s now. Please look at it again."
NOTHING_SAVED = "Somebody changed values while you did. Nothing was saved; please look at the marked fields."
WRONG = "Please check the marked fields."
RUNNING = (
    "%(cases)s cases run of %(processes)s. With this change steps may be left out of them or come in addition: %(values)s."
)


class Unsure(errors.Conflict):
    """A yes or no is changed while cases run that ask for it; asked again, it is done. `switched` are such values."""

    def __init__(self, switched: Sequence[CompanyValue], running: Mapping[str, int]) -> None:
        processes = {id: title for each in switched for id, title in each.processes.items() if running.get(id)}
        super().__init__(
            RUNNING,
            cases=sum(running[id] for id in processes),
            processes=sayings.joined(processes.values()),
            values=sayings.joined(each.words for each in switched),
        )
        self.switched = frozenset(each.name for each in switched)


@dataclass(frozen=True)
class Wanted:
    """What somebody wants a value to be, and what it was when he was shown it."""

    was: Any
    value: Any


def save(
    session: Session, by: Actor, wanted: Mapping[str, Wanted], *, now: datetime, is_sure: bool = False
) -> list[CompanyValue]:
    """Changes values, all or none; gives those that are others now, as they were.

    Raises Forbidden, NotFound, Overtaken by field for what somebody else changed meanwhile, Invalid by field for what
    cannot stand, Unsure for a yes or no while cases run, unless `is_sure`.
    """
    with changing.change(session, by, now=now) as change:
        if not by.is_administrator:
            raise errors.Forbidden(FOR_ADMINISTRATORS)
        known = {each.name: each for each in value_uses.of_company(session, change.company)}
        if unknown := next((name for name in wanted if name not in known), None):
            raise errors.NotFound(NO_VALUE, name=unknown)
        _refuse_overtaken(change, known, wanted)
        _refuse_wrong(change.company, known, wanted)
        changed = [known[name] for name, each in wanted.items() if each.value != known[name].value]
        if not is_sure:
            _refuse_unsure(session, change.company, changed)
        _store(change, changed, wanted)
    return changed


def _refuse_overtaken(change: OrganisationChange, known: Mapping[str, CompanyValue], wanted: Mapping[str, Wanted]) -> None:
    """Nobody overwrites what he has not seen."""
    overtaken = [known[name] for name, each in wanted.items() if known[name].value not in (each.was, each.value)]
    if overtaken:
        fields = {each.name: [_told(change, each)] for each in overtaken}
        raise errors.Overtaken(NOTHING_SAVED, fields=fields)


def _told(change: OrganisationChange, value: CompanyValue) -> errors.Refusal:
    """Who made it what it is now."""
    row, after = OrganisationEvent, value_words.said(value.kind, value.value, change.company)
    mine = (row.company_id == change.company_id, row.subject == f"{SUBJECT}:{value.name}")
    last = change.session.execute(select(row).where(*mine).order_by(row.key.desc()).limit(1)).scalar_one_or_none()
    if last is None or last.data["after"] != value.value:
        return errors.Refusal(BY_FILE, after=after)
    before = value_words.said(value.kind, last.data["before"], change.company)
    return errors.Refusal(MEANWHILE, who=change.company.name_of(last.actor), before=before, after=after)


def _refuse_wrong(company: Organisation, known: Mapping[str, CompanyValue], wanted: Mapping[str, Wanted]) -> None:
    """What the check of a company.toml refuses is refused here, and what is of another kind than what is there."""
    settings = {**company.settings, **{name: each.value for name, each in wanted.items()}}
    faults = ((name, _fault(known[name], each.value, company, settings)) for name, each in wanted.items())
    fields = {name: [fault] for name, fault in faults if fault is not None}
    if fields:
        raise errors.Invalid(WRONG, fields=fields)


def _fault(there: CompanyValue, value: Any, company: Organisation, settings: Mapping[str, Any]) -> errors.Refusal | None:
    limits = company_values.bounds_of(there.name, there.uses, settings)
    if fault := company_values.fault(there.kind, value, company):
        return limits.refusal(there.value) if limits is not None else fault
    within = bounds.declared(there.name, settings)
    if within is not None and not within.holds(value):
        return within.refusal(there.value)
    if fault := company_values.fault_in_use(there.uses, settings):
        return fault
    texts = company_values.strings(value)
    return next((odd for each in texts if (odd := changing.text_fault(each, company_values.MOST_LETTERS))), None)


def _refuse_unsure(session: Session, company: Organisation, changed: Iterable[CompanyValue]) -> None:
    """A yes or no leads running cases another way."""
    switched = [each for each in changed if each.kind == company_values.YES_NO]
    running = value_uses.running(session, company.id) if switched else {}
    asking = [each for each in switched if any(running.get(id) for id in each.processes)]
    if asking:
        raise Unsure(asking, running)


def _store(change: OrganisationChange, changed: Iterable[CompanyValue], wanted: Mapping[str, Wanted]) -> None:
    settings = dict(change.company.settings)
    for each in changed:
        settings[each.name] = _kept(each.kind, wanted[each.name].value)
        noted = {"value_kind": each.kind, "before": each.value, "after": settings[each.name]}
        change.note(EVENT, f"{SUBJECT}:{each.name}", **value_uses.kept(change.company, each), **noted)
    change.session.execute(update(Company).where(Company.id == change.company_id).values(settings=settings))


def _kept(kind: str, value: Any) -> Any:
    """As a file would hold it: a share stays a fraction, be it a whole one, or it would be of another kind from then on."""
    if kind in (company_values.SHARE, company_values.NUMBER):
        number = Decimal(str(value))
        return number.quantize(Decimal("0.1")) if number == number.to_integral_value() else number
    return value
