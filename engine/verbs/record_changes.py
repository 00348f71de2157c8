"""Changing a customer record by hand: its keeper fills in the company's form, says why, and a new version is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, forms
from engine.cases import look_ups
from engine.cases.lines import filled
from engine.definitions import definitions
from engine.definitions.languages import telling
from engine.files import attachments
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.records import catalogue, merging, records
from engine.records import versions as record_versions
from engine.storage.models import FormDefinition, RecordVersion

BOTH = (
    "Others changed the same fields while you were at it. Nothing has been stored yet: choose at each what shall stand there."
)


@dataclass(frozen=True)
class Clash:
    """A field that two have changed: who wrote what there last, in which version. `theirs` is None where that is nothing."""

    name: str
    by: str | None
    version: int
    theirs: filled.Value | None


@dataclass(frozen=True)
class ChangeForm:
    """A record in front of the keeper who changes it: what he read, the form, and what its expressions may ask.

    `typed` is what he sent, on top of what others wrote since he opened it; `clashes` are the fields that both changed.
    """

    reading: records.Reading
    form: forms.Form
    scope: forms.FormScope
    typed: dict[str, Any] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)


@dataclass(frozen=True)
class Sent:
    """What a keeper sends: his fields, and of which version he was shown the form.

    `told` are names of fields at which he was told of another's words before; `taken` the one at which he takes those.
    """

    fields: Callable[[forms.Form], Mapping[str, Any]]
    version: int
    told: Collection[str] = ()
    taken: str = ""


@dataclass(frozen=True)
class Changed:
    """The version that holds now, and the versions of others, beside which it stands; `is_new`: it was written by this."""

    version: RecordVersion
    beside: list[RecordVersion]
    is_new: bool = True


def open(session: Session, by: Actor, key: int, *, now: datetime) -> ChangeForm | errors.Refusal:
    """The record with the form in which it is changed; opening it is a reading, so a refusal of that is RETURNED.

    Raises Forbidden for who keeps no records, NotFound where the company has no form for it.
    """
    catalogue.require_keeper(session, by)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    form = form_of(session, company)
    if form is None:
        raise errors.NotFound("This company has no form for changing records.")
    reading = records.read(session, by, key, purpose="change", now=now)
    if isinstance(reading, errors.Refusal):
        return reading
    asked = replace(form, components=_sparing(form.components, reading.content))
    return ChangeForm(reading, asked, _scope(session, company, by, reading.content, now))


def reopen(session: Session, by: Actor, key: int, sent: Sent, *, now: datetime) -> ChangeForm | errors.Refusal:
    """As `open`, with what was typed: put together with the newest version, field by field, where that is not the one he saw.

    Raises NotFound for a version that there is not.
    """
    page = open(session, by, key, now=now)
    if isinstance(page, errors.Refusal):
        return page
    typed, theirs = dict(sent.fields(page.form)), merging.standing(page.form, page.scope)
    told = [path for path in merging.paths(page.form.components) if ".".join(path) in {*sent.told, sent.taken}]
    if sent.version != page.reading.line.version:
        seen = records.read(session, by, key, version=sent.version, purpose="change", now=now)
        if isinstance(seen, errors.Refusal):
            return seen
        company = organisation.at_version(session, by.company_id, by.organisation_version)
        merged = merging.merge(page.form, typed, _scope(session, company, by, seen.content, now), page.scope)
        typed, told = merged.typed, [*merged.both, *(each for each in told if each not in merged.both)]
    for path in told:
        if ".".join(path) == sent.taken:
            forms.put(typed, path, forms.get(theirs, path))
    mine, _unread = forms.preview(page.form, typed, page.scope)
    apart = [path for path in told if forms.get(mine, path) != forms.get(theirs, path)]
    return replace(page, typed=typed, clashes=[_clash(session, by, page, path) for path in apart])


def save(session: Session, by: Actor, key: int, sent: Sent, *, reason: str, now: datetime) -> Changed | errors.Refusal:
    """Writes the record's next version: what was sent for the form, the rest as it was, also what others wrote meanwhile.

    What the newest version says already, as a form that is sent again, makes none.

    Raises Invalid with `fields`, or without a reason; Overtaken where others changed the same fields; Forbidden.
    """
    row = catalogue.get(session, by.company_id, key, lock=True)
    page = reopen(session, by, key, replace(sent, told=()), now=now)
    if isinstance(page, errors.Refusal):
        return page
    if not reason.strip():
        raise errors.Invalid("Please say why the record is changed.")
    if page.clashes:
        raise errors.Overtaken(BOTH)
    scope, newest = page.scope, row.current_version
    clean = forms.validate(page.form, page.typed, scope.variables, functions=scope.functions, now=scope.now)
    content = {**page.reading.content, **clean}
    if _told(content) == _told(page.reading.content):  # sent once more, or nothing was changed: no version says nothing new
        return Changed(page.reading.versions[0], [], is_new=False)
    version = records.save(session, by, key, content, expected_version=newest, reason=reason.strip(), now=now)
    return Changed(version, [each for each in page.reading.versions if each.version > sent.version])


def _told(content: Any) -> Any:
    """A content without what is empty in it: a field that was left empty says no more than one that there was not."""
    if isinstance(content, Mapping):
        told = {name: _told(value) for name, value in content.items()}
        return {name: value for name, value in told.items() if value not in filled.NO_VALUE and value != {}}
    return [_told(each) for each in content] if isinstance(content, list) else content


def _sparing(components: Iterable[forms.Component], content: Any) -> tuple[forms.Component, ...]:
    """The form for a small correction: what is empty in the record may stay so, or things would be invented to save one."""
    return tuple(_spared(each, forms.get(content, each.path) if each.path else content) for each in components)


def _spared(component: forms.Component, value: Any) -> forms.Component:
    if component.type == "group":
        return replace(component, children=_sparing(component.children, value))
    if value not in filled.NO_VALUE:
        return component
    return replace(component, rules={name: rule for name, rule in component.rules.items() if name != "required"})


def _scope(session: Session, company: Organisation, by: Actor, content: Mapping[str, Any], now: datetime) -> forms.FormScope:
    functions = look_ups.seen_from(session, company, None, now=now, by=by)
    local = now.astimezone(ZoneInfo(company.time_zone))
    return forms.FormScope(content, functions, local, attachments.usable(session, by, None))


def _clash(session: Session, by: Actor, page: ChangeForm, path: merging.Path) -> Clash:
    """What stands at a field now, and the version in which it came there."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    line, name = page.reading.line, ".".join(path)
    row = catalogue.get(session, by.company_id, line.key)
    now, writer = forms.get(page.reading.content, path), page.reading.versions[0]
    for version in page.reading.versions[1:]:
        if forms.get(record_versions.open(session, row, version.version)[1], path) != now:
            break
        writer = version
    schema = {"components": [each.raw for each in page.form.components]}
    values = filled.of_form(schema, company, page.reading.content, beside=False)
    theirs = next((each for each in values if each.name == name), None)
    return Clash(name, company.name_of(writer.written_by) if writer.written_by else None, writer.version, theirs)


def form_of(session: Session, company: Organisation) -> forms.Form | None:
    """The form of [settings.records] change_form, in its newest version and the words of whoever reads; None where there is none."""
    row, wanted = FormDefinition, company.settings.get("records", {}).get("change_form")
    if not wanted:
        return None
    statement = select(row.key).where(row.company_id == company.id, row.form_id == wanted).order_by(row.version.desc())
    key = session.execute(statement.limit(1)).scalar()
    if not key:
        return None
    schema = telling.schema(session, company.id, definitions.form(session, key).schema)
    return replace(forms.load(schema), words=telling.of_all(session, company.id))
