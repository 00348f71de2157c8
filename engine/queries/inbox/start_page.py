"""What one may start, and the start form of a process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import errors, forms
from engine.cases.rights import access
from engine.definitions import definitions, process_life
from engine.definitions.definitions import Definition
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries import path_ahead
from engine.queries.inbox import form_scope
from engine.storage import marks
from engine.storage.models import ProcessInstance
from engine.verbs.running import process_instances, start_drafts

MOST_ASKED = 3


@dataclass(frozen=True)
class StartOffer:
    """A process on the start page."""

    process_id: str
    title: str
    description: str
    order: int


@dataclass(frozen=True)
class StartForm:
    """The start page of one process; `form` is None where nothing is asked, `draft` where none was kept."""

    process_id: str
    title: str
    description: str
    instructions: str
    form: forms.Form | None
    scope: forms.FormScope
    draft: Mapping[str, Any] | None
    definition: Definition


def offers(session: Session, by: Actor) -> dict[str, list[StartOffer]]:
    """What the person may start by hand, by category, each in the order that the process owners set; one statement."""
    offers_by_category: dict[str, list[tuple[int, StartOffer]]] = {}
    for definition in definitions.all_latest(session, by.company_id, in_use=True):
        if not access.may_start(definition, by) or not _has_none_start(definition):
            continue
        chosen = definition.settings
        offer = StartOffer(definition.process_id, definition.title, chosen.description, chosen.order)
        offers_by_category.setdefault(chosen.category, []).append((chosen.order, offer))
    ordered = sorted(offers_by_category.items(), key=lambda each: (min(order for order, _offer in each[1]), each[0]))
    return {category: sorted((offer for _order, offer in each), key=lambda offer: offer.order) for category, each in ordered}


@dataclass(frozen=True)
class Closed:
    """A process that somebody may not start: the groups that may, each with what whoever reads calls it, and how many people are in it."""

    process_id: str
    title: str
    groups: list[tuple[str, str, int]]


@dataclass(frozen=True)
class Nothing:
    """Why somebody has nothing to start: whom he may ask; for who administers the organisation, what others may start."""

    administrators: list[str]
    closed: list[Closed]


def nothing(session: Session, by: Actor) -> Nothing:
    """What to do where nothing can be started."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    definitions_in_use = definitions.all_latest(session, by.company_id, in_use=True) if by.runs_organisation else ()
    closed = [
        Closed(
            each.process_id,
            each.title,
            [(name, company.called(name), len(company.members_of(name))) for name in _groups(company, each)],
        )
        for each in definitions_in_use
        if _has_none_start(each)
    ]
    asked = [company.name_of(each) for each in company.administrators if each != by.username]
    return Nothing(asked[:MOST_ASKED], closed)


def _groups(company: Organisation, definition: Definition) -> Iterable[str]:
    """The groups that may start a process, as they are called today."""
    return dict.fromkeys(company.present_name(each) for each in definition.settings.may_start or ())


def form(session: Session, by: Actor, process_id: str, draft_key: int | None, *, now: datetime) -> StartForm:
    """The newest version's start form. Raises NotFound where there is none for this person."""
    definition = definitions.latest(session, by.company_id, process_id)
    if not access.may_start(definition, by):
        raise errors.Forbidden("You may not start “%(process)s”.", process=definition.title)
    process_life.require_in_use(session, by.company_id, process_id, definition.title)
    draft = start_drafts.take_up(session, by, draft_key).data if draft_key else None
    start_form = definition.start_form
    return StartForm(
        process_id,
        definition.title,
        definition.settings.description,
        definition.settings.start_instructions,
        definitions.as_read(definition, start_form),
        form_scope.form_scope(session, by, None, {}, now=now, calendar=definition.settings.calendar, definition=definition),
        draft,
        definition,
    )


def started(session: Session, by: Actor, mark: str) -> ProcessInstance | None:
    """The case that the person started from the page with that mark, for who comes back to the page; None where there is none."""
    key = marks.key_of(session, by.company_id, process_instances.page_mark(by, mark)) if mark else None
    case = session.get(ProcessInstance, key) if key else None
    return case if case is not None and case.initiator == by.username else None


def ahead(session: Session, by: Actor, page: StartForm, sent: Mapping[str, Any], *, now: datetime) -> list[path_ahead.Coming]:
    """The steps that follow from what stands in the form just now, as far as it can be read; nothing is checked or kept."""
    values = dict(sent)
    if page.form is not None:
        values, _unread = forms.preview(page.form, forms.initial(page.form, {}, page.scope) | values, page.scope)
    empty = {name for name, value in values.items() if value in (None, "", [])}
    return path_ahead.of_start(session, by, page.definition, values, empty, now=now)


def _has_none_start(definition: definitions.Definition) -> bool:
    return any(event.kind == "none" for event in definition.program.start_events)
