"""Drafts of processes [草稿]: begun, saved, taken back to an earlier save, discarded and taken back.

A draft does nothing to cases, records or mail: it is text until it is published. Whoever may draw a process shares its
one draft; a save that was made from an older one than the newest is refused, so that nobody overwrites a colleague.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.basics.letters import odd_letters, plain_text
from engine.cases.rights import access
from engine.definitions import definitions
from engine.definitions.languages import files, telling
from engine.deploying.checking import long_names
from engine.designing import history, packages
from engine.designing.packages import Package
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import Company, DraftSave, ProcessDefinition, ProcessDraft

SETTINGS, DIAGRAM = "", ".bpmn"  # what stands for the settings, and for the diagram, among the names of files
NO_DRAFT = "There is no such draft: it is published or discarded, or you may not draw it."
TAKEN = "There is a process or a draft with the id “%(process)s” already."
UNSEEN = "There is a letter in the name that cannot be seen (%(letter)s). Please type it anew."
SAME_NAME = "There is a process or a draft called “%(name)s” already; nobody could tell the two apart."
NOTHING_BEHIND = "Nothing was published since this draft was begun, or it is taken over already: nothing is changed."
AT_ODDS = "Some of it was changed both here and in version %(version)s. Please take those changes over by hand."


class TakesMore(errors.Conflict):
    """Going back would change more than the person sees: `before` is what is there, `after` what would be."""

    def __init__(self, draft: ProcessDraft, earlier: DraftSave, names: sayings.Said) -> None:
        super().__init__("This step reaches beyond what you have before you: it goes over what %(names)s saved.", names=names)
        self.before, self.after = Package(draft.files, draft.settings), Package(earlier.files, earlier.settings)


class Stale(errors.Conflict):
    """Somebody saved the draft meanwhile; `draft` is what is there now."""

    def __init__(self, draft: ProcessDraft, name: str | sayings.Said) -> None:
        super().__init__(
            "%(name)s has saved this draft meanwhile. Your version was not taken; both can be looked at.", name=name
        )
        self.draft = draft


class Released(errors.NotFound):
    """The draft was published meanwhile, by whom; `process_id` has it as its newest version, or one before."""

    def __init__(self, draft: ProcessDraft, name: str | sayings.Said) -> None:
        super().__init__("%(name)s has published this draft; what you wanted to do with it was not done.", name=name)
        self.process_id = draft.process_id


def begin(session: Session, by: Actor, process_id: str, *, now: datetime) -> ProcessDraft:
    """The open draft of a published process; a new one from its newest version where there is none.

    Raises NotFound for a process that the person may not draw.
    """
    row = packages.newest(session, by.company_id, process_id)
    if row is None or not access.owns(by, definitions.by_key(session, row.key)):
        raise errors.NotFound(definitions.NO_PROCESS)
    existing = _open_of(session, by, process_id) or _open_of(session, by, process_id, locked=True)
    if existing is not None:
        return existing
    return _add(session, by, process_id, row.name, packages.of_version(session, row), now, base_key=row.key)


def create(session: Session, by: Actor, package: Package, process_id: str, name: str, *, now: datetime) -> ProcessDraft:
    """A draft of a process that is not published yet.

    Raises Forbidden for who may draw nothing, Conflict where a process or draft has the id, Invalid for a bad package.
    """
    if not access.may_draw(session, by):
        raise errors.Forbidden("Only process owners and administrators may draw processes.")
    packages.require_sound(package)
    if _open_of(session, by, process_id, locked=True) or packages.newest(session, by.company_id, process_id):
        raise errors.Conflict(TAKEN, process=process_id)
    return _add(session, by, process_id, name, package, now)


def require_name(session: Session, by: Actor, name: str) -> None:
    """Raises Invalid for what no new process may be called: too long, with letters that nobody sees, or as another one."""
    if (too_long := long_names.fault(name)) is not None:
        raise too_long
    if (letter := odd_letters.first(name)) is not None:
        raise errors.Invalid(UNSEEN, letter=letter)
    drawn = select(ProcessDraft.name).where(ProcessDraft.company_id == by.company_id, ProcessDraft.state == "open")
    there = [*session.scalars(drawn), *(each.title for each in definitions.all_latest(session, by.company_id))]
    if plain_text.as_read(name) in map(plain_text.as_read, there):
        raise errors.Invalid(SAME_NAME, name=name)


def published(session: Session, by: Actor, process_id: str) -> Package:
    """The package of the newest published version, for who draws the process. Raises NotFound."""
    row = packages.newest(session, by.company_id, process_id)
    if row is None or not access.owns(by, definitions.by_key(session, row.key)):
        raise errors.NotFound(definitions.NO_PROCESS)
    return packages.of_version(session, row)


def take_in(session: Session, by: Actor, package: Package, *, now: datetime) -> ProcessDraft:
    """A package from outside as a draft: the next save of its process's draft, or a new process.

    What it does not say, settings above all, stays as the draft has it. A file that cannot be read is a new process of
    its file's name: it is mended in the editor. Raises NotFound for a process of others, Forbidden, Invalid, TooLarge.
    """
    package = packages.drawn(package)
    ids = sorted(packages.process_ids(package.files[package.diagram].encode()))
    known = next((each for each in ids if packages.newest(session, by.company_id, each) is not None), None)
    if known is None:
        stem = re.sub(r"[^\w.-]", "_", package.diagram.removesuffix(".bpmn"), flags=re.ASCII)
        process_id = ids[0] if ids else f"p_{stem}"[:64]
        return create(session, by, package, process_id, packages.name_of(package, process_id), now=now)
    draft = begin(session, by, known, now=now)
    files = {**{name: text for name, text in draft.files.items() if not name.endswith(".bpmn")}, **package.files}
    gone = {name: None for name in draft.files if name not in files}
    settings = {**draft.settings, **{id: _beside(draft.settings.get(id, {}), given) for id, given in package.settings.items()}}
    return save(session, by, draft.key, draft.revision, {**gone, **files}, settings, now=now)


def _beside(kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that came with a package: its translations alone change nothing else, and without any those there are stay."""
    if given.keys() == {files.TEXTS}:
        return {**kept, **given}
    return {**({files.TEXTS: kept[files.TEXTS]} if files.TEXTS in kept else {}), **given}


def take_up(session: Session, by: Actor, key: int, *, locked: bool = False) -> ProcessDraft:
    """An open draft that the person may draw on. Raises NotFound, Released for one that was published."""
    draft = _of_key(session, by, key, locked=locked)
    if draft is not None and draft.state == "published" and may_draw_on(session, by, draft):
        raise Released(draft, name_of(session, by, draft.saved_by))
    if draft is None or draft.state != "open" or not may_draw_on(session, by, draft):
        raise errors.NotFound(NO_DRAFT)
    return draft


def _of_key(session: Session, by: Actor, key: int, *, locked: bool) -> ProcessDraft | None:
    """A draft of the company; a locked one as it is then, whatever this session read before."""
    statement = select(ProcessDraft).where(ProcessDraft.key == key, ProcessDraft.company_id == by.company_id)
    if locked:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.execute(statement).scalar_one_or_none()


def may_draw_on(session: Session, by: Actor, draft: ProcessDraft) -> bool:
    """Whether the person may work on a draft: who owns the process, and of one not published who began it."""
    if draft.base_key is None:
        return may_draw_new(by, draft)
    return access.owns(by, definitions.latest(session, by.company_id, draft.process_id))


def may_draw_new(by: Actor, draft: Any) -> bool:
    """The same of a draft of a process that is not published yet: who began it, and who owns every process or that one."""
    return by.is_administrator or draft.created_by == by.username or by.owns(draft.process_id)


def save(
    session: Session,
    by: Actor,
    key: int,
    revision: int,
    files: Mapping[str, str | None],
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    now: datetime,
) -> ProcessDraft:
    """Keeps changed files (None takes one away) and settings; what they say may be wrong still.

    `revision` is that of the draft the change was made to; what nobody touched since may be changed. Raises NotFound, Stale, Invalid, TooLarge.
    """
    return keep(session, by, take_up(session, by, key, locked=True), revision, files, settings, now=now)


def keep(
    session: Session,
    by: Actor,
    draft: ProcessDraft,
    revision: int,
    files: Mapping[str, str | None],
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    now: datetime,
) -> ProcessDraft:
    """As `save`, on a draft that was taken up locked. Raises Stale, Invalid, TooLarge."""
    require_untouched(session, by, draft, [*files, *([] if settings is None else [SETTINGS])], revision)
    merged = {name: text for name, text in {**draft.files, **files}.items() if text is not None}
    package = Package(merged, draft.settings if settings is None else settings)
    packages.require_sound(package)
    if package != Package(draft.files, draft.settings):
        _keep(session, by, draft, package, now)
    return draft


def require_untouched(session: Session, by: Actor, draft: ProcessDraft, names: Iterable[str], revision: int) -> None:
    """Refuses (Stale) where somebody changed one of these files (the settings are `SETTINGS`) after that save."""
    if _is_touched(draft, names, revision):
        raise Stale(draft, name_of(session, by, draft.saved_by))


def add_file(session: Session, by: Actor, key: int, name: str, text: str, *, now: datetime) -> ProcessDraft:
    """Adds a file; one of that name stays as it is. Raises NotFound, Invalid, TooLarge."""
    draft = take_up(session, by, key, locked=True)
    if name not in draft.files:
        package = Package({**draft.files, name: text}, draft.settings)
        packages.require_sound(package)
        _keep(session, by, draft, package, now)
    return draft


def go_back(
    session: Session, by: Actor, key: int, revision: int, to: int, *, within: Collection[str] | None = None, now: datetime
) -> ProcessDraft:
    """Makes an earlier save (its revision) the newest one.

    `within` are the files (`SETTINGS` and `DIAGRAM` stand for theirs) that the person has before him, None after he has seen
    all that it changes. Raises NotFound, Stale, and TakesMore where it would change other files or take away what a colleague saved.
    """
    draft = take_up(session, by, key, locked=True)
    if draft.revision != revision:
        raise Stale(draft, name_of(session, by, draft.saved_by))
    earlier = history.at(session, key, to)
    if earlier is None:
        raise errors.NotFound("That save is not kept any more.")
    if within is not None:
        _require_own(session, by, draft, earlier, within)
    _keep(session, by, draft, Package(earlier.files, earlier.settings), now, earlier)
    return draft


def _require_own(session: Session, by: Actor, draft: ProcessDraft, earlier: DraftSave, within: Collection[str]) -> None:
    """Refuses (TakesMore) a step that goes over a colleague's save, or beyond the files that the person has before him."""
    who = history.between(session, draft.key, earlier)
    changed = _changed(draft, Package(earlier.files, earlier.settings))
    beyond = {DIAGRAM if DIAGRAM in within and name.endswith(DIAGRAM) else name for name in changed} - {*within}
    if beyond or who - {by.username}:
        raise TakesMore(draft, earlier, sayings.joined(name_of(session, by, each) for each in sorted(who)))


def beginning(session: Session, draft: ProcessDraft) -> Package:
    """The package of the version that a draft was begun from; without anything where it had none."""
    row = None if draft.base_key is None else session.get_one(ProcessDefinition, draft.base_key)
    return packages.of_version(session, row) if row is not None else Package({})


def catch_up(session: Session, by: Actor, key: int, revision: int, *, now: datetime) -> ProcessDraft:
    """Takes over what was published since a draft was begun: from then on it is one of the newest version.

    Raises NotFound, Stale, Conflict where nothing was, or both changed the same file or setting, Invalid, TooLarge.
    """
    draft = take_up(session, by, key, locked=True)
    if draft.revision != revision:
        raise Stale(draft, name_of(session, by, draft.saved_by))
    newest = packages.newest(session, by.company_id, draft.process_id)
    if newest is None or newest.key == draft.base_key:
        raise errors.Conflict(NOTHING_BEHIND)
    mine = Package(draft.files, draft.settings)
    package, both = packages.merged(beginning(session, draft), mine, packages.of_version(session, newest))
    if both:
        raise errors.Conflict(AT_ODDS, version=newest.version)
    packages.require_sound(package)
    draft.base_key = newest.key
    if package != mine:
        _keep(session, by, draft, package, now)
    return draft


def discard(session: Session, by: Actor, key: int) -> None:
    """Gives a draft up. What was published stays as it is. Raises NotFound."""
    take_up(session, by, key, locked=True).state = "discarded"
    session.flush()


def take_back(session: Session, by: Actor, key: int) -> ProcessDraft:
    """A draft that was discarded goes on. Raises NotFound, Conflict where the process has another one by now."""
    draft = _of_key(session, by, key, locked=True)
    if draft is None or draft.state != "discarded" or not may_draw_on(session, by, draft):
        raise errors.NotFound(NO_DRAFT)
    has_another = _open_of(session, by, draft.process_id, locked=True) is not None
    if has_another or (draft.base_key is None and packages.newest(session, by.company_id, draft.process_id) is not None):
        raise errors.Conflict(TAKEN, process=draft.process_id)
    draft.state = "open"
    session.flush()
    return draft


def _open_of(session: Session, by: Actor, process_id: str, *, locked: bool = False) -> ProcessDraft | None:
    """The open draft of a process. `locked`: who would open one too waits until this transaction ends; there is never a second."""
    if locked:
        one_by_one(session, by)
    mine = (ProcessDraft.company_id == by.company_id, ProcessDraft.process_id == process_id, ProcessDraft.state == "open")
    return session.execute(select(ProcessDraft).where(*mine)).scalar_one_or_none()


def one_by_one(session: Session, by: Actor) -> None:
    """Whoever of the company begins another draft waits until this transaction ends."""
    session.execute(select(Company.id).where(Company.id == by.company_id).with_for_update(key_share=True))


def _add(
    session: Session, by: Actor, process_id: str, name: str, package: Package, now: datetime, base_key: int | None = None
) -> ProcessDraft:
    draft = ProcessDraft(
        key=keys.new(),
        company_id=by.company_id,
        process_id=process_id,
        name=name,
        base_key=base_key,
        files=dict(package.files),
        settings={each: dict(value) for each, value in package.settings.items()},
        revision=1,
        created_at=now,
        created_by=by.username,
        saved_at=now,
        saved_by=by.username,
    )
    session.add(draft)
    session.flush()
    history.add(session, draft, now)
    return draft


def _keep(
    session: Session, by: Actor, draft: ProcessDraft, package: Package, now: datetime, of: DraftSave | None = None
) -> None:
    """Makes a package the draft's newest save: a new one, or a copy of an earlier one (`of`)."""
    draft.touched = {**draft.touched, **dict.fromkeys(_changed(draft, package), draft.revision + 1)}
    draft.files, draft.settings = dict(package.files), {each: dict(value) for each, value in package.settings.items()}
    draft.revision, draft.saved_at, draft.saved_by = draft.revision + 1, now, by.username
    if of is None:
        history.add(session, draft, now)
    else:
        history.copy(session, draft, of)
    session.flush()


def _is_touched(draft: ProcessDraft, names: Iterable[str], since: int) -> bool:
    """Whether one of these files (the settings are `SETTINGS`) changed after a save; a save to come is never a base."""
    return since > draft.revision or any(draft.touched.get(name, 1) > since for name in names)


def _changed(draft: ProcessDraft, package: Package) -> set[str]:
    names = draft.files.keys() | package.files.keys()
    changed = {name for name in names if draft.files.get(name) != package.files.get(name)}
    return changed | ({SETTINGS} if draft.settings != package.settings else set())


def take_up_as_seen(session: Session, by: Actor, key: int, revision: int) -> tuple[ProcessDraft, DraftSave]:
    """An open draft, locked, and the save of it that the person saw. Raises NotFound, Stale for a save that there is not."""
    draft = take_up(session, by, key, locked=True)
    save = history.shown_at(session, key, revision)
    if save is None:
        raise Stale(draft, name_of(session, by, draft.saved_by))
    return draft, save


def savers_since(session: Session, by: Actor, draft: ProcessDraft, save: DraftSave) -> sayings.Said:
    """What the office calls those who have saved since a save: others than the person, himself where nobody else has."""
    who = history.between(session, draft.key, save) or {draft.saved_by}
    return sayings.joined(name_of(session, by, each) for each in sorted(who - {by.username} or who))


def called(session: Session, draft: ProcessDraft) -> str:
    """What a draft is called, by whoever reads: in his language where the version that it was begun from says that name in it."""
    return telling.saying(session, draft.base_key)(draft.name)


def name_of(session: Session, by: Actor, username: str) -> str:
    """What the office calls a person."""
    return organisation.at_version(session, by.company_id, by.organisation_version).name_of(username)
