"""The designer's pages: what one may draw, one draft with what its panel offers, and the saves of a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, operations
from engine.cases.rights import access
from engine.definitions import definitions
from engine.designing import drafts, history, packages, publishing
from engine.designing.editing import draft_files
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.working.named import STANDARD
from engine.problems import Problem
from engine.queries.designer import form_names, naming
from engine.queries.designer.naming import PanelChoice
from engine.storage.models import DecisionDefinition, ProcessDefinition, ProcessDraft

MOST_DISCARDED = 20  # drafts that are offered to be taken back


@dataclass(frozen=True)
class Drawable:
    """A process that one may draw: its newest version (None: not published yet) and its draft (None: none begun);
    `asked_by` names who asked for its release as it is."""

    process_id: str
    name: str
    category: str
    version: int | None
    draft_key: int | None
    saved_at: datetime | None
    saved_by: str
    asked_by: str = ""


@dataclass(frozen=True)
class Drawing:
    """One draft as its editor needs it; `choices` by what a field names: group, person, form, process, decision, operation.

    `version` is the one it was begun from, `newest` the one that holds; `back` and `forth` are the revisions of the saves that
    undo and redo go to, None where there is none; `asked_by` names who asks for its release as it is ("": nobody).
    """

    key: int
    process_id: str
    name: str
    revision: int
    version: int | None
    newest: int | None
    files: Mapping[str, str]
    diagram: str
    settings: Mapping[str, Mapping[str, Any]]
    saved_at: datetime
    saved_by: str
    asked_by: str
    choices: Mapping[str, list[PanelChoice]]
    back: int | None
    forth: int | None


@dataclass(frozen=True)
class Save:
    """One save of a draft that one can go back to; `is_now` is as the draft is."""

    revision: int
    saved_at: datetime
    saved_by: str
    is_now: bool


def drawable(session: Session, by: Actor) -> list[Drawable]:
    """What the person may draw, by category and name; drafts of new processes first.

    Raises Forbidden for who may draw nothing.
    """
    if not access.may_draw(session, by):
        raise errors.Forbidden("Only process owners and administrators may draw processes.")
    row = ProcessDraft
    mine = select(
        row.key,
        row.process_id,
        row.name,
        row.saved_at,
        row.saved_by,
        row.base_key,
        row.created_by,
        row.revision,
        row.asked_revision,
        row.asked_by,
    )
    open_drafts = session.execute(mine.where(row.company_id == by.company_id, row.state == "open")).all()
    by_process = {each.process_id: each for each in open_drafts}
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    published = list(definitions.all_latest(session, by.company_id))
    lines = [
        _drawable(each, company, each.name, "", None)
        for each in open_drafts
        if each.base_key is None and drafts.may_draw_new(by, each)
    ]
    owned = sorted((each for each in published if access.owns(by, each)), key=lambda each: (each.category, each.title))
    for each in owned:
        draft = by_process.get(each.process_id)
        if draft is None:
            lines.append(Drawable(each.process_id, each.title, each.category, each.version, None, None, ""))
        else:
            lines.append(_drawable(draft, company, each.title, each.category, each.version))
    return lines


def discarded(session: Session, by: Actor) -> list[Drawable]:
    """The drafts that were discarded last and that the person may take back, the newest first."""
    row = ProcessDraft
    mine = (row.company_id == by.company_id, row.state == "discarded")
    rows = session.execute(select(row).where(*mine).order_by(row.saved_at.desc(), row.key.desc()).limit(MOST_DISCARDED))
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return [_drawable(each, company, each.name, "", None) for each in rows.scalars() if drafts.may_draw_on(session, by, each)]


def _drawable(draft: Any, company: organisation.Organisation, name: str, category: str, version: int | None) -> Drawable:
    by = company.name_of(draft.saved_by)
    return Drawable(draft.process_id, name, category, version, draft.key, draft.saved_at, by, _asked_by(draft, company))


def _asked_by(draft: Any, company: organisation.Organisation) -> str:
    return company.name_of(draft.asked_by) if draft.asked_revision == draft.revision else ""


def drawing(session: Session, by: Actor, key: int, *, with_choices: bool = True) -> Drawing:
    """One open draft; without choices for who draws no fields. Raises NotFound."""
    draft = drafts.take_up(session, by, key)
    base = session.get(ProcessDefinition, draft.base_key) if draft.base_key else None
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    package = packages.Package(draft.files, draft.settings)
    line = history.line(session, key)
    return Drawing(
        back=line.back,
        forth=line.forth,
        key=draft.key,
        process_id=draft.process_id,
        name=drafts.called(session, draft),
        revision=draft.revision,
        version=base.version if base else None,
        newest=definitions.latest(session, by.company_id, draft.process_id).version if base else None,
        files=draft.files,
        diagram=package.diagram,
        settings=draft.settings,
        saved_at=draft.saved_at,
        saved_by=company.name_of(draft.saved_by),
        asked_by=_asked_by(draft, company),
        choices=_choices(session, by, company, package) if with_choices else {},
    )


def problems(session: Session, by: Actor, key: int, *, now: datetime) -> tuple[Mapping[str, str], list[Problem]]:
    """The files of a draft, and what is wrong with them just now. Raises NotFound."""
    draft = drafts.take_up(session, by, key)
    return draft.files, publishing.problems(session, by, packages.Package(draft.files, draft.settings), now=now)


def saves(session: Session, by: Actor, key: int) -> list[Save]:
    """The saves of a draft, the newest first. Raises NotFound."""
    drafts.take_up(session, by, key)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    line = history.line(session, key)
    now = line.saves[line.at].mark
    kept = reversed(history.originals(session, key))
    return [Save(each.revision, each.saved_at, company.name_of(each.saved_by), each.mark == now) for each in kept]


def file(session: Session, by: Actor, key: int, name: str) -> str | None:
    """One file of a draft; None where it has none of that name. Raises NotFound for a draft that is not there."""
    text: str | None = drafts.take_up(session, by, key).files.get(name)
    return text


def _choices(
    session: Session, by: Actor, company: organisation.Organisation, package: packages.Package
) -> dict[str, list[PanelChoice]]:
    newest = list(definitions.all_latest(session, by.company_id))
    processes = [PanelChoice(each.process_id, each.title) for each in newest]
    return {
        "calendar": [PanelChoice(name, "") for name in (STANDARD, *company.calendars)],
        "group": [PanelChoice(name, _people(session, company, name)) for name in sorted(company.groups)],
        "person": naming.people(company, package.files[package.diagram]),
        "form": form_names.choices(session, by, package, newest),
        "decision": _named({**dict.fromkeys(_ids(session, DecisionDefinition.decision_id, by), ""), **_decisions(package)}),
        "process": naming.told_apart(sorted(processes, key=lambda each: each.label)),
        "operation": [PanelChoice(name, "") for name in sorted(operations.names())],
    }


def _people(session: Session, company: organisation.Organisation, group: str) -> str:
    """A few of those who are in a group, so that one sees whom one chooses."""
    return naming.few(session, [company.name_of(each) for each in company.members_of(group)])


def _ids(session: Session, column: Any, by: Actor) -> set[str]:
    owner = column.class_.company_id
    return set(session.execute(select(column).where(owner == by.company_id).distinct()).scalars())


def _decisions(package: packages.Package) -> dict[str, str]:
    """The decisions of a draft by id, with what people call each."""
    tables = [each for each in draft_files.listed(package.files, package.settings) if each.kind == "dmn"]
    return {id: each.title if each.title != id else "" for each in tables for id in each.ids}


def _named(titles: Mapping[str, str]) -> list[PanelChoice]:
    """Those of the draft, which have a title, first."""
    titled = sorted(titles.items(), key=lambda each: (not each[1], each[1], each[0]))
    return naming.told_apart(PanelChoice(id, title) for id, title in titled)
