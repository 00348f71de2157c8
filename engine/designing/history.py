"""The saves of a draft as a line to walk: each undo one save older, redo forwards, a new change cuts what was undone.

Going back makes a copy of a save the newest one. A copy bears the moment and the person of what it copies, by which it
is known: no two saves that somebody made have the same moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine.designing.packages import Package
from engine.storage import keys
from engine.storage.models import DraftSave, ProcessDraft

KEPT_SAVES = 50
KEPT_ONE_BY_ONE = 20
ONE_SAVE = timedelta(minutes=5)
Mark = tuple[datetime, str]


@dataclass(frozen=True)
class Saved:
    """One save that somebody made: its revision, when and by whom."""

    revision: int
    saved_at: datetime
    saved_by: str

    @property
    def mark(self) -> Mark:
        """What its copies have too."""
        return self.saved_at, self.saved_by


@dataclass(frozen=True)
class SaveLine:
    """The saves from the oldest to the newest that redo reaches, and at which of them the draft is."""

    saves: Sequence[Saved]
    at: int

    @property
    def back(self) -> int | None:
        """The revision that undo goes to; None at the beginning."""
        return self.saves[self.at - 1].revision if self.at > 0 else None

    @property
    def forth(self) -> int | None:
        """The revision that redo goes to; None at the end."""
        return self.saves[self.at + 1].revision if self.at + 1 < len(self.saves) else None


def saves(session: Session, draft_key: int) -> list[Saved]:
    """The saves of a draft that are kept, copies too, the oldest first."""
    columns = select(DraftSave.revision, DraftSave.saved_at, DraftSave.saved_by).where(DraftSave.draft_key == draft_key)
    return [Saved(*row) for row in session.execute(columns.order_by(DraftSave.revision))]


def originals(session: Session, draft_key: int) -> list[Saved]:
    """The saves without the copies that going back made, the oldest first."""
    first: dict[Mark, Saved] = {}
    for each in saves(session, draft_key):
        first.setdefault(each.mark, each)
    return list(first.values())


def line(session: Session, draft_key: int) -> SaveLine:
    """The saves as undo and redo walk them."""
    walked: list[Saved] = []
    at = -1
    for each in saves(session, draft_key):
        known = next((place for place, other in enumerate(walked) if other.mark == each.mark), None)
        if known is None:
            walked = [*walked[: at + 1], each]
        at = len(walked) - 1 if known is None else known
    return SaveLine(walked, at)


def between(session: Session, draft_key: int, earlier: DraftSave) -> set[str]:
    """Who made the saves that lie between the draft and a save that it would go back, or forth, to."""
    walked = line(session, draft_key)
    marks = [each.mark for each in walked.saves]
    other = (earlier.saved_at, earlier.saved_by)
    to = marks.index(other) if other in marks else 0
    return {each.saved_by for each in walked.saves[min(walked.at, to) + 1 : max(walked.at, to) + 1]}


def add(session: Session, draft: ProcessDraft, now: datetime) -> None:
    """Keeps the draft as it is as its newest save. What undo or redo would give is a copy of that, not a new change."""
    around = line(session, draft.key)
    beside = [at(session, draft.key, each) for each in (around.back, around.forth) if each is not None]
    for each in beside:
        if each is not None and Package(each.files, each.settings) == Package(draft.files, draft.settings):
            copy(session, draft, each)
            return
    newest = session.execute(select(func.max(DraftSave.saved_at)).where(DraftSave.draft_key == draft.key)).scalar_one()
    session.add(_save(draft, now if newest is None else max(now, newest + timedelta(microseconds=1)), draft.saved_by))
    session.flush()
    _thin(session, draft.key)


def copy(session: Session, draft: ProcessDraft, of: DraftSave) -> None:
    """Keeps the draft, which is as an earlier save, as its copy; one copy after another is the last one."""
    kept = saves(session, draft.key)
    if any(each.mark == kept[-1].mark for each in kept[:-1]):
        session.execute(delete(DraftSave).where(DraftSave.draft_key == draft.key, DraftSave.revision == kept[-1].revision))
    session.add(_save(draft, of.saved_at, of.saved_by))
    session.flush()
    _thin(session, draft.key)


def at(session: Session, draft_key: int, revision: int) -> DraftSave | None:
    """One save; None where it is not kept."""
    mine = (DraftSave.draft_key == draft_key, DraftSave.revision == revision)
    return session.execute(select(DraftSave).where(*mine)).scalar_one_or_none()


def shown_at(session: Session, draft_key: int, revision: int) -> DraftSave | None:
    """What a page showed: a save; where it is not kept by itself any more, the first one after it."""
    mine = select(DraftSave).where(DraftSave.draft_key == draft_key, DraftSave.revision >= revision)
    return session.execute(mine.order_by(DraftSave.revision).limit(1)).scalar_one_or_none()


def _save(draft: ProcessDraft, saved_at: datetime, saved_by: str) -> DraftSave:
    return DraftSave(
        key=keys.new(),
        company_id=draft.company_id,
        draft_key=draft.key,
        revision=draft.revision,
        saved_at=saved_at,
        saved_by=saved_by,
        files=draft.files,
        settings=draft.settings,
    )


def _thin(session: Session, draft_key: int) -> None:
    """Makes one of older saves that one person made within minutes; not where a file came or went: one goes back to that."""
    kept = saves(session, draft_key)[::-1]
    gone = [each.revision for each in kept[KEPT_SAVES:]]
    if len(kept) > KEPT_ONE_BY_ONE + 1:
        here, older = kept[KEPT_ONE_BY_ONE], kept[KEPT_ONE_BY_ONE + 1]
        is_near = timedelta(0) < here.saved_at - older.saved_at < ONE_SAVE
        if (
            is_near
            and here.saved_by == older.saved_by
            and older.revision > 1
            and _has_same_files(session, draft_key, here, older)
        ):
            gone.append(here.revision)
    if gone:
        session.execute(delete(DraftSave).where(DraftSave.draft_key == draft_key, DraftSave.revision.in_(gone)))


def _has_same_files(session: Session, draft_key: int, one: Saved, other: Saved) -> bool:
    versions = [at(session, draft_key, each.revision) for each in (one, other)]
    return len({frozenset(each.files) for each in versions if each is not None}) == 1
