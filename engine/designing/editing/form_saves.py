"""Saves of a draft that take a field or a decision's result out of use are asked about first: who uses it is told, here and in
other packages that share the file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.definitions import definitions
from engine.designing import drafts, packages
from engine.designing.editing import decision_results, draft_files, field_renaming, field_rights, field_uses
from engine.designing.editing.field_uses import FieldUse, UsedField
from engine.designing.packages import Package
from engine.people.actors import Actor
from engine.storage.models import ProcessDraft

SHARED = (".form", ".dmn")  # what several packages may have


@dataclass(frozen=True)
class Renaming:
    """A field that would go has another key only: what would read it by the new one, `before` and `after`, and what stays."""

    new: str
    before: Package
    after: Package
    stays: Sequence[FieldUse]


@dataclass(frozen=True)
class Loss:
    """A field that no form of the draft asks any more by its key, or a result that no decision gives, and where it is still read."""

    field: UsedField
    uses: Sequence[FieldUse]
    renaming: Renaming | None = None


class StaleRights(drafts.Stale):
    """A colleague has chosen other rights for the same fields meanwhile; `changed` are those that were sent otherwise than they were shown."""

    def __init__(self, draft: ProcessDraft, name: sayings.Said, changed: Mapping[tuple[str, str], str]) -> None:
        super().__init__(draft, name)
        self.changed = changed


class StillUsed(errors.Conflict):
    """What would go is used still: `losses` say where, `shown_by` the steps that show a form that would go."""

    def __init__(self, losses: Sequence[Loss], shown_by: Sequence[FieldUse] = ()) -> None:
        super().__init__(
            "What would go is still used: %(names)s. Nothing was saved yet.",
            names=sayings.joined(each.field.label for each in losses) if losses else "—",
        )
        self.losses, self.shown_by = losses, shown_by

    @property
    def renamed(self) -> dict[str, str]:
        """The new keys by the old ones, of fields that can be renamed wherever they are used."""
        return {each.field.path: each.renaming.new for each in self.losses if each.renaming is not None}


@dataclass(frozen=True)
class Decided:
    """What somebody who was asked decided: the paths of fields that may go although they are used, and the new keys, by the
    old ones, of fields that are to be renamed wherever they are used."""

    despite: Collection[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)


UNASKED = Decided()


def save(
    session: Session,
    by: Actor,
    key: int,
    revision: int,
    files: Mapping[str, str | None],
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    decided: Decided = UNASKED,
    now: datetime,
) -> ProcessDraft:
    """As drafts.save, with what was `decided` of fields that are used. Raises StillUsed besides."""
    draft = drafts.take_up(session, by, key, locked=True)
    drafts.require_untouched(session, by, draft, files, revision)
    offered = field_renaming.renamed(Package(draft.files, draft.settings), _sent(draft, files).files) if decided.renamed else {}
    renamed = {old: new for old, new in decided.renamed.items() if offered.get(old) == new}
    if losses := _losses(session, by, draft, files, [*decided.despite, *renamed]):
        raise StillUsed(losses)
    left = _shared(session, by, draft, files) if renamed else set()
    for old, new in renamed.items():  # in what is locked: nobody else's save is gone over
        made = field_renaming.applied(_sent(draft, files, settings), old, new, left)
        files, settings, revision = {**files, **made.files}, made.settings, draft.revision
    return drafts.keep(session, by, draft, revision, files, settings, now=now)


def save_rights(
    session: Session,
    by: Actor,
    key: int,
    revision: int,
    wanted: Mapping[tuple[str, str], str],
    *,
    decided: Decided = UNASKED,
    now: datetime,
) -> ProcessDraft:
    """Sets the rights of fields, by file and path, that somebody chose otherwise than the save `revision` had them.

    Raises NotFound, Invalid, StillUsed, StaleRights where a colleague chose others for the same field since.
    """
    draft, shown = drafts.take_up_as_seen(session, by, key, revision)
    seen, there = (field_rights.chosen(each.files) for each in (shown, draft))
    changed = {place: right for place, right in wanted.items() if right != seen.get(place)}
    if any(there.get(place) not in (seen.get(place), right) for place, right in changed.items()):
        raise StaleRights(draft, drafts.savers_since(session, by, draft, shown), changed)
    files = field_rights.with_rights(draft.files, changed)
    return save(session, by, key, draft.revision, files, decided=decided, now=now)


def _sent(
    draft: ProcessDraft, files: Mapping[str, str | None], settings: Mapping[str, Mapping[str, Any]] | None = None
) -> Package:
    """The draft with what was sent."""
    after = {name: text for name, text in {**draft.files, **files}.items() if text is not None}
    return Package(after, draft.settings if settings is None else settings)


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


def _losses(
    session: Session, by: Actor, draft: ProcessDraft, files: Mapping[str, str | None], despite: Collection[str]
) -> list[Loss]:
    changed = {name: files[name] for name in files if name.endswith(SHARED) and draft.files.get(name) != files[name]}
    if not changed or any(
        text is not None and name.endswith(".form") and draft_files.form_of(text) is None for name, text in changed.items()
    ):
        return []
    own, had = _sent(draft, files), Package(draft.files, draft.settings)
    renamed = field_renaming.renamed(had, own.files)
    lost = [*field_uses.lost(had.files, own.files, renamed), *decision_results.lost(had.files, own.files)]
    gone = [each for each in lost if each.path not in despite]
    if not gone:
        return []
    others = list(_others(session, by, draft, changed))
    losses = (Loss(field, [*field_uses.uses(own, field), *_of_others(others, field)]) for field in gone)
    told = [each for each in losses if each.uses]
    left = _shared(session, by, draft, files) if told and renamed else set()
    return [_with_renaming(each, own, renamed.get(each.field.path), left, others) for each in told]


def _with_renaming(loss: Loss, own: Package, new: str | None, left: Collection[str], others: Sequence[_Other]) -> Loss:
    """What is offered of a field that has another key only; nothing where no place would take it."""
    if new is None:
        return loss
    after = field_renaming.applied(own, loss.field.path, new, left)
    stays = [*field_uses.uses(after, loss.field), *_of_others(others, loss.field)]
    return loss if after == own else replace(loss, renaming=Renaming(new, own, after, stays))


def _shared(session: Session, by: Actor, draft: ProcessDraft, files: Mapping[str, str | None]) -> set[str]:
    """The forms and decisions, beside those that are sent, that other processes or drafts have too."""
    mine = {
        each.name: {(each.kind, id) for id in each.ids} for each in draft_files.listed(draft.files) if each.name not in files
    }
    others = _holders(session, by, draft, {id for ids in mine.values() for id in ids})
    held = {id for other in others for id in _ids(other.package.files)}
    return {name for name, ids in mine.items() if ids & held}


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
    """The other processes and drafts that share one of these files, which publishing would change for them too, as they would be."""
    ids = _ids({name: draft.files[name] for name in changed if name in draft.files})
    for other in _holders(session, by, draft, ids):
        yield replace(other, package=_with(other.package, ids, changed))


def _holders(session: Session, by: Actor, draft: ProcessDraft, ids: set[tuple[str, str]]) -> Iterator[_Other]:
    """The other processes and drafts that have one of these forms or decisions."""
    for definition in definitions.all_latest(session, by.company_id):
        held = {*(("form", id) for id in definition.forms), *(("dmn", id) for id in definition.decisions)}
        row = packages.newest(session, by.company_id, definition.process_id) if ids & held else None
        if row is not None and definition.process_id != draft.process_id:
            yield _Other(definition.title, packages.of_version(session, row), False)
    mine = (ProcessDraft.company_id == by.company_id, ProcessDraft.state == "open", ProcessDraft.key != draft.key)
    for each in session.execute(select(ProcessDraft).where(*mine).order_by(ProcessDraft.key)).scalars():
        if ids & _ids(each.files):
            yield _Other(each.name, Package(each.files, each.settings), True)


def _ids(files: Mapping[str, str]) -> set[tuple[str, str]]:
    """What diagrams name of these files: kind and id."""
    return {(each.kind, id) for each in draft_files.listed(files) for id in each.ids}


def _with(package: Package, ids: set[tuple[str, str]], changed: Mapping[str, str | None]) -> Package:
    """The package with the changed files in place of its own of the same id; those that go stay out."""
    own = {each.name for each in draft_files.listed(package.files) if ids & {(each.kind, id) for id in each.ids}}
    files = {name: text for name, text in package.files.items() if name not in own}
    return Package({**files, **{name: text for name, text in changed.items() if text is not None}}, package.settings)
