"""Saves of a draft that take a field or a decision's result out of use are asked about first: who uses it is told, here and in
other packages that share the file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.definitions import definitions
from engine.designing import drafts, packages
from engine.designing.editing import decision_results, draft_files, field_uses
from engine.designing.editing.field_uses import FieldUse, UsedField
from engine.designing.packages import Package
from engine.people.actors import Actor
from engine.storage.models import ProcessDraft

SHARED = (".form", ".dmn")  # what several packages may have


@dataclass(frozen=True)
class Loss:
    """A field that no form of the draft asks any more, or a result that no decision gives, and where it is still read."""

    field: UsedField
    uses: Sequence[FieldUse]


class StillUsed(errors.Conflict):
    """What would go is used still: `losses` say where, `shown_by` the steps that show a form that would go."""

    def __init__(self, losses: Sequence[Loss], shown_by: Sequence[FieldUse] = ()) -> None:
        super().__init__(
            "What would go is still used: %(names)s. Nothing was saved yet.",
            names="、".join(each.field.label for each in losses) or "—",
        )
        self.losses, self.shown_by = losses, shown_by


def save(
    session: Session,
    by: Actor,
    key: int,
    revision: int,
    files: Mapping[str, str | None],
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    despite: Collection[str] = (),
    now: datetime,
) -> ProcessDraft:
    """As drafts.save; `despite` are the paths of fields that may go although they are used. Raises StillUsed besides."""
    draft = drafts.take_up(session, by, key, locked=True)
    drafts.require_untouched(session, by, draft, files, revision)
    require_unused(session, by, draft, files, despite)
    return drafts.keep(session, by, draft, revision, files, settings, now=now)


def take_away(session: Session, by: Actor, key: int, name: str, revision: int, *, is_sure: bool, now: datetime) -> None:
    """Takes a form or decision out of a draft.

    Raises NotFound, Stale, Invalid for the diagram, StillUsed unless `is_sure` where steps show the form or something
    reads its fields.
    """
    draft = drafts.take_up(session, by, key, locked=True)
    file = next((each for each in draft_files.listed(draft.files) if each.name == name), None)
    if file is None:
        raise errors.NotFound("There is no such file.")
    if not is_sure:
        package = Package(draft.files, draft.settings)
        shown = [use for id in file.ids if file.kind == "form" for use in field_uses.shown_by(package, id)]
        losses = _losses(session, by, draft, {name: None}, ())
        if shown or losses:
            raise StillUsed(losses, shown)
    drafts.keep(session, by, draft, revision, {name: None}, now=now)


def require_unused(
    session: Session, by: Actor, draft: ProcessDraft, files: Mapping[str, str | None], despite: Collection[str] = ()
) -> None:
    """Refuses (StillUsed) changed files by which a field goes that something reads, but those of `despite`."""
    if losses := _losses(session, by, draft, files, despite):
        raise StillUsed(losses)


def _losses(
    session: Session, by: Actor, draft: ProcessDraft, files: Mapping[str, str | None], despite: Collection[str]
) -> list[Loss]:
    changed = {name: files[name] for name in files if name.endswith(SHARED) and draft.files.get(name) != files[name]}
    if not changed or any(
        text is not None and name.endswith(".form") and draft_files.form_of(text) is None for name, text in changed.items()
    ):
        return []
    after = {name: text for name, text in {**draft.files, **files}.items() if text is not None}
    lost = [*field_uses.lost(draft.files, after), *decision_results.lost(draft.files, after)]
    gone = [each for each in lost if each.path not in despite]
    if not gone:
        return []
    others = list(_others(session, by, draft, changed))
    own = Package(after, draft.settings)
    losses = (Loss(field, [*field_uses.uses(own, field), *_of_others(others, field)]) for field in gone)
    return [each for each in losses if each.uses]


@dataclass(frozen=True)
class _Other:
    """Another package of the company that has a form or decision that changes, with the file as it would be."""

    name: str
    package: Package
    is_draft: bool


def _of_others(others: Sequence[_Other], field: UsedField) -> Iterator[FieldUse]:
    for other in others:
        for use in field_uses.uses(other.package, field):
            yield replace(use, file="", element_id="", process=other.name, is_draft=other.is_draft)


def _others(session: Session, by: Actor, draft: ProcessDraft, changed: Mapping[str, str | None]) -> Iterator[_Other]:
    """The other processes and drafts that share one of these files, which publishing would change for them too."""
    ids = _ids({name: draft.files[name] for name in changed if name in draft.files})
    for definition in definitions.all_latest(session, by.company_id):
        held = {*(("form", id) for id in definition.forms), *(("dmn", id) for id in definition.decisions)}
        row = packages.newest(session, by.company_id, definition.process_id) if ids & held else None
        if row is not None and definition.process_id != draft.process_id:
            yield _Other(definition.title, _with(packages.of_version(session, row), ids, changed), False)
    mine = (ProcessDraft.company_id == by.company_id, ProcessDraft.state == "open", ProcessDraft.key != draft.key)
    for each in session.execute(select(ProcessDraft).where(*mine).order_by(ProcessDraft.key)).scalars():
        if ids & _ids(each.files):
            yield _Other(each.name, _with(Package(each.files, each.settings), ids, changed), True)


def _ids(files: Mapping[str, str]) -> set[tuple[str, str]]:
    """What diagrams name of these files: kind and id."""
    return {(each.kind, id) for each in draft_files.listed(files) for id in each.ids}


def _with(package: Package, ids: set[tuple[str, str]], changed: Mapping[str, str | None]) -> Package:
    """The package with the changed files in place of its own of the same id; those that go stay out."""
    own = {each.name for each in draft_files.listed(package.files) if ids & {(each.kind, id) for id in each.ids}}
    files = {name: text for name, text in package.files.items() if name not in own}
    return Package({**files, **{name: text for name, text in changed.items() if text is not None}}, package.settings)
