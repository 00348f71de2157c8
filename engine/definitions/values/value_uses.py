"""Where a company's processes read its own values, what each value is in words, and of what kind."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.basics.sayings import LANGUAGES, Said
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.definitions.values import company_values
from engine.definitions.values.company_values import ValueUse
from engine.people.organisation import Organisation
from engine.storage import models

OF_STEP = Said("“{place}”的办理期限", "Deadline of “{place}”")
OF_PROCESS = Said("“{place}”全程的期限", "Deadline of “{place}” as a whole")
USED_AT = Said("“{place}”用到的值", "Value used by “{place}”")
NAMELESS = Said("没有说明的值（{name}）", "Value without a description ({name})")


@dataclass(frozen=True)
class CompanyValue:
    """A value: its `kind` (of `company_values`), what it is in words, where processes read it; or customer records go by it."""

    name: str
    kind: str
    value: Any
    words: str | Said
    uses: tuple[ValueUse, ...]
    is_of_records: bool = False

    @property
    def processes(self) -> dict[str, str]:
        """The processes that read it, by id."""
        return {each.process_id: each.process for each in self.uses}


def of_company(session: Session, company: Organisation) -> list[CompanyValue]:
    """The company's values in the order in which its processes read them; for a page, in the reader's words."""
    values = company_values.own(company.settings)
    uses_by_name: dict[str, list[ValueUse]] = {}
    for each in _uses(session, company.id, values):
        uses_by_name.setdefault(each.name, []).append(each)
    unread = {name: list[ValueUse]() for name in sorted(values) if name not in uses_by_name}
    return [_value(company, name, uses) for name, uses in {**uses_by_name, **unread}.items()]


def running(session: Session, company_id: str) -> dict[str, int]:
    """How many cases run of each process that has any."""
    case = models.ProcessInstance
    mine = (case.company_id == company_id, case.state == "active")
    counted = select(case.process_id, func.count()).where(*mine).group_by(case.process_id)
    return dict(session.execute(counted).all())


def kept(company: Organisation, value: CompanyValue) -> dict[str, Any]:
    """What a log keeps of what a value is: the company's own words, or of whose deadline it is one."""
    limit = company_values.limit_of(value.uses)
    if value.name in company.about or limit is None:
        return {"name": company.about.get(value.name) or sayings.read(value.words, LANGUAGES[0])}
    place = {"process_id": limit.process_id, "place": limit.place or limit.process, "is_step": bool(limit.element_id)}
    return {"name": sayings.read(value.words, LANGUAGES[0]), **place}


def told_again(session: Session, company: Organisation, logged: Mapping[str, Any]) -> str:
    """The same in the words of whoever reads the log."""
    if "place" not in logged:
        return company.said(str(logged["name"]))
    try:
        place = definitions.latest(session, company.id, logged["process_id"]).said(logged["place"])
    except errors.NotFound:
        place = logged["place"]
    return (OF_STEP if logged["is_step"] else OF_PROCESS).of(place=place).read(company.language)


def _value(company: Organisation, name: str, uses: Collection[ValueUse]) -> CompanyValue:
    value = company.settings[name]
    kind = company_values.kind_of(value, {each.role for each in uses}, company)
    is_of_records = name == company_values.of_records(company.settings)
    return CompanyValue(name, kind, value, _words(company, name, uses), tuple(uses), is_of_records)


def _words(company: Organisation, name: str, uses: Collection[ValueUse]) -> str | Said:
    """What the company says of it; of a deadline of one step or process what that is called."""
    if name in company.about:
        return company.said(company.about[name])
    limit, first = company_values.limit_of(uses), next(iter(uses), None)
    if limit is not None:
        return OF_STEP.of(place=limit.place) if limit.element_id else OF_PROCESS.of(place=limit.process)
    return USED_AT.of(place=first.place or first.process) if first is not None else NAMELESS.of(name=name)


def _uses(session: Session, company_id: str, known: Collection[str]) -> Iterable[ValueUse]:
    """Each place once; of older versions by which cases run what the newest does not have."""
    newest = list(definitions.all_latest(session, company_id))
    older = [each for each, _cases in definitions.older_in_use(session, company_id)]
    keys = [each.key for each in (*newest, *older)]
    row, decision = models.ProcessDefinition, models.DecisionDefinition
    given: dict[int, Any] = dict(session.execute(select(row.key, row.settings).where(row.key.in_(keys))).all())
    bound = {key for each in (*newest, *older) for key in each.decisions.values()}
    decided = dict(session.execute(select(decision.key, decision.xml).where(decision.key.in_(bound))).all()) if bound else {}
    places: dict[tuple[str, ...], ValueUse] = {}
    for each in (*newest, *older):
        for use in _of_definition(each, given[each.key] or {}, decided, known):
            places.setdefault((use.name, use.process_id, use.element_id, use.field, use.text), use)
    return places.values()


def _of_definition(
    definition: Definition, given: Mapping[str, Any], decided: Mapping[int, bytes], known: Collection[str]
) -> Iterable[ValueUse]:
    def schema(form_id: str) -> Any:
        form = definition.forms.get(form_id)
        return form.schema if form is not None else {}

    def cells(decision_id: str) -> Iterable[str]:
        return _cells(decided.get(definition.decisions.get(decision_id, 0), b""))

    return company_values.uses(definition.program, given, definition.title, schema, cells, known)


@functools.lru_cache(maxsize=64)
def _cells(content: bytes) -> tuple[str, ...]:
    return tuple(company_values.cells(content))
