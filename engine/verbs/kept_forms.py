"""What somebody typed into a task that was taken from under his hands: his copy of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from engine import errors, forms
from engine.cases import cases, variable_size
from engine.cases.rights import access, holding, over
from engine.definitions import definitions
from engine.definitions.definitions import Form
from engine.execution import comebacks
from engine.execution.assignments import NEVER
from engine.files import attachments
from engine.people.actors import Actor
from engine.storage import keys, locking
from engine.storage.models import Attachment, UserTask, WorkItem

OPINION = "#opinion"  # kept beside the form's data in a draft; no field can be called so
SAVED = "#saved"  # in a draft: which window saved it, and how often it was saved
ELSEWHERE = "This was saved in another window meanwhile; what you typed here is not saved."
MOST_DIGITS = 19  # of a key
CLOSED = "closed"
OF_COPIES = (CLOSED, holding.LOST)
NO_COPY = "There is no copy of what you typed here."


@dataclass(frozen=True)
class Window:
    """A page in which a form is filled in: its name, and the mark of what was saved (`SAVED`) when it was drawn."""

    name: str
    saw: str = ""


class SavedElsewhere(errors.Conflict):
    """What another window of the same person saved since this one was drawn would be lost."""


def saved_anew(before: Mapping[str, Any] | None, data: Mapping[str, Any], window: Window | None) -> dict[str, Any]:
    """A draft as it is kept after what was kept `before`. Raises SavedElsewhere where another window saved meanwhile."""
    if window is None:
        return dict(data)
    require_seen(before, window)
    times = mark(before).rpartition(".")[2]
    return {**data, SAVED: f"{window.name}.{int(times or 0) + 1}"}


def require_seen(before: Mapping[str, Any] | None, window: Window | None) -> None:
    """Raises SavedElsewhere where another than this window has saved since it was drawn, and its words would be lost."""
    last = mark(before)
    if window is not None and last not in ("", window.saw) and last.rpartition(".")[0] != window.name:
        raise SavedElsewhere(ELSEWHERE)


def mark(draft: Mapping[str, Any] | None) -> str:
    """Which window saved a draft last, and how often it was saved; "" for one that no window saved."""
    return str((draft or {}).get(SAVED) or "")


def told(draft: Mapping[str, Any] | None) -> tuple[dict[str, Any], str]:
    """The fields of a draft, and the opinion in it."""
    kept = dict(draft or {})
    return {name: value for name, value in kept.items() if name not in (OPINION, SAVED)}, str(kept.get(OPINION) or "")


def says_nothing(case: cases.Case, form: Form | None, task: UserTask, data: Mapping[str, Any]) -> bool:
    """Whether a form that is saved stands as it does when it is opened, without an opinion: then there is nothing to keep."""
    typed, opinion = told(data)
    if opinion.strip() or form is None:
        return not opinion.strip() and not any(map(_is_filled, typed.values()))
    around, variables = case.around, case.run.variables(task.token)
    look_ups = around.functions(case.instance, by=around.by)
    files = attachments.usable(around.session, around.by, case.instance)
    scope = forms.FormScope(variables, look_ups, around.local_now, files, is_done_anew=comebacks.is_done_anew(task))
    stands, unread = forms.preview(form.parsed, typed, scope)
    opened, _ = forms.preview(form.parsed, forms.initial(form.parsed, variables, scope), scope)
    others = (value for name, value in typed.items() if name not in stands)
    return not unread and not any(map(_is_filled, others)) and stands == opened


def _is_filled(value: Any) -> bool:
    if isinstance(value, Mapping | list):
        return any(map(_is_filled, value.values() if isinstance(value, Mapping) else value))
    return value not in (None, "", False)


def keep(session: Session, by: Actor, key: int, data: Mapping[str, Any], *, now: datetime) -> str:
    """Keeps a form that could not be sent, as a copy of its author's; the task itself is not touched.

    Gives the state it is kept in: `LOST` where the right to the case went with the task, else `CLOSED`; "", and nothing is
    kept, where he has completed it himself. Raises NotFound for a task of a case that he may not know of, TooLarge.
    """
    variable_size.check(session, data)
    rows = locking.with_items(session, key)
    if rows is None or rows[0].company_id != by.company_id:
        raise errors.NotFound(access.NO_TASK)
    instance, task, items = rows
    may_see = access.may_see(session, by, instance)
    if not may_see and over.given_away(session, by, task) is None:
        raise errors.NotFound(access.NO_TASK)
    if task.completed_by == by.username:
        return ""
    mine = next((item for item in items if item.username == by.username), None)
    if mine is not None:
        mine.draft = dict(data)
    else:
        kept = _copy(by.username, task, instance.initiator_department, now, data)
        kept.state = CLOSED if may_see else holding.LOST
        session.add(kept)
        task.parts += 1
    session.flush()
    return CLOSED if may_see else holding.LOST


def forget(session: Session, by: Actor, key: int) -> int | None:
    """Throws the person's copy of a task away that he need not do any more; gives the key of its case, None where he may not see that.

    Raises NotFound where there is none.
    """
    rows = locking.with_items(session, key)
    of_company = rows is not None and rows[0].company_id == by.company_id
    mine = [each for each in rows[2] if each.username == by.username and each.state in OF_COPIES] if rows and of_company else []
    copies = [each for each in mine if each.draft is not None]
    if rows is None or not copies:
        raise errors.NotFound(NO_COPY)
    for each in copies:
        each.draft = None
    session.flush()
    return rows[0].key if access.may_see(session, by, rows[0]) else None


def go_along(session: Session, item: WorkItem, to: str | None) -> str:
    """What its holder saved of the form stays with a part that goes to somebody else (None: a group), with files not sent yet.

    His opinion does not: it is given, for him alone to keep; nor do his ticks where everybody confirms for himself.
    """
    draft = dict(item.draft or {})
    opinion = str(draft.pop(OPINION, None) or "")
    draft.pop(SAVED, None)
    draft = _unconfirmed(session, item, draft)
    is_empty = all(value in ("", None, [], {}) for value in draft.values())
    item.draft = None if is_empty else draft
    named = [] if is_empty or to is None else list(_numbers(draft))
    if named:
        row = Attachment
        loose = (row.company_id == item.company_id, row.key.in_(named), row.instance_key.is_(None))
        session.execute(update(row).where(*loose, row.uploaded_by == item.username).values(uploaded_by=to))
    return opinion


def lend(session: Session, item: WorkItem, other: WorkItem) -> None:
    """Who does it for its holder begins with what is saved of the form, as `go_along` says; the holder keeps all of it."""
    kept = item.draft
    go_along(session, item, other.username)
    other.draft, item.draft = item.draft, kept


def leave(session: Session, task: UserTask, item: WorkItem, opinion: str, *, now: datetime) -> None:
    """The opinion that went not along stays with its writer: he finds it on the page of the case, and in the task if it is his again."""
    if opinion and item.username is not None:
        session.add(_copy(item.username, task, item.department, now, {OPINION: opinion}))
        task.parts += 1


def bring_back(items: Iterable[WorkItem], item: WorkItem, username: str) -> None:
    """Who had a task before and gets this part of it finds the opinion that he had begun."""
    theirs = [each for each in items if each is not item and each.username == username and each.position in holding.NO_PART]
    left = [each for each in theirs if each.draft and set(each.draft) == {OPINION}]
    if left:
        item.draft = {**(item.draft or {}), **(left[-1].draft or {})}
    for each in left:
        each.draft = None


def _unconfirmed(session: Session, item: WorkItem, draft: dict[str, Any]) -> dict[str, Any]:
    if not draft:
        return draft
    task = session.get_one(UserTask, item.user_task_key)
    form = definitions.by_key(session, task.definition_key).form_of(task.element_id)
    return forms.unconfirmed(form.parsed, draft) if form is not None else draft


def _numbers(value: Any) -> Iterator[int]:
    """What may be the key of a file among values: only those that the holder has handed in himself are taken for one."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _numbers(each)
    elif isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < MOST_DIGITS:
        yield int(value)


def _copy(username: str, task: UserTask, department: str | None, now: datetime, data: Mapping[str, Any]) -> WorkItem:
    """Nothing but the copy: no part in the task."""
    return WorkItem(
        key=keys.new(),
        company_id=task.company_id,
        user_task_key=task.key,
        instance_key=task.instance_key,
        username=username,
        state=CLOSED,
        position=holding.KEPT,
        sort_due=NEVER,
        process_id=task.process_id,
        department=department,
        created_at=now,
        draft=dict(data),
    )
