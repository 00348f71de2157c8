"""More time for a task [延期]: asked for by whoever holds it, granted or refused by who leads him or manages the process.

Whoever asked takes his wish back as long as nobody has decided.

The deadline of before stays on record. A granted date is fixed: neither the calendar nor a pause moves it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.calendar import clock, due
from engine.calendar.working import Calendar
from engine.cases import history, notices
from engine.cases.cases import Surroundings
from engine.cases.rights import access
from engine.deadlines import moved_deadlines
from engine.deadlines.rescheduling import Deadline, DeadlineChange
from engine.execution import copied
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage import keys
from engine.storage.models import Extension, UserTask
from engine.verbs import grounds
from engine.verbs.approvals import held_tasks
from engine.verbs.approvals.held_tasks import Held

ASKED, GRANTED, REFUSED, TAKEN_BACK = "asked", "granted", "refused", "taken_back"
TOO_FAR = "A deadline lies in the year %(year)s at the latest."
NOTHING_ASKED = "No more time is asked for, or it has been decided already."
NOT_HIS_WISH = "Only who asked for more time takes that back."
NOT_HIS = "More time is granted by who leads the person or manages the process, never by whoever asks for it."
PLEASE = Said("申请延期：{name}（{number}）", "More time asked for: {name} ({number})")
PLEASE_BODY = Said(
    "{who}申请将“{title}”的环节“{name}”由 {before} 延至 {until}。{reason}",
    "{who} asks to move the deadline of “{name}” ({title}) from {before} to {until}. {reason}",
)
NO_MORE = Said("不再申请延期：{name}（{number}）", "No more time asked for: {name} ({number})")
NO_MORE_BODY = Said(
    "{who}撤回了“{title}”的环节“{name}”的延期申请，仍按 {before} 办理。{reason}",
    "{who} takes back the wish to move the deadline of “{name}” ({title}); it stays {before}. {reason}",
)
ANSWERS = {
    GRANTED: Said("同意延期：{name}（{number}）", "More time granted: {name} ({number})"),
    REFUSED: Said("未同意延期：{name}（{number}）", "More time not granted: {name} ({number})"),
}
ANSWER_BODY = Said(
    "“{title}”的环节“{name}”，原定 {before}，申请延至 {until}。{who}{reason}",
    "“{name}” ({title}), due {before}, asked for until {until}. {who}{reason}",
)
SAID, SAID_NOTHING = Said("：{said}", ": {said}"), Said("已审批。", " has decided.")


def ask(session: Session, by: Actor, key: int, until: str, reason: str, *, now: datetime) -> Extension:
    """Asks for more time for a task that the person holds, until a day or a moment of the company's clock.

    Raises NotFound, Forbidden (also where the step does not offer it), Conflict (done, asked for already, no deadline),
    Invalid by field without a reason, for a moment that cannot be read or is not later than the deadline and now.
    """
    held = held_tasks.lock(session, by, key, now)
    mine = held_tasks.part(held)
    held_tasks.require_offered(held, "extend")
    if held.task.due_at is None:
        raise errors.Conflict("This task has no deadline.")
    if _asked(session, key) is not None:
        raise errors.Conflict("More time has been asked for already; it is not decided yet.")
    given, wanted = grounds.reason(reason), _moment(session, held, until)
    whom = held.whom(mine)
    row = Extension(
        key=keys.new(),
        company_id=by.company_id,
        instance_key=held.instance.key,
        user_task_key=key,
        asked_by=by.username,
        instead_of=None if whom == by.username else whom,
        asked_at=now,
        reason=given,
        before=held.task.due_at,
        until=wanted,
        state=ASKED,
    )
    session.add(row)
    held.note("extension_asked", reason=given, before=_told(row.before), after=_told(wanted), **held.in_place_of(mine))
    held_tasks.store(held)
    to = [name for name in deciders(held.company, row, _managers(held)) if name != by.username]
    above = [name for name in held.company.active(_above(held.company, row)) if name not in held.task.excluded]
    copied.let_read(Surroundings(session, by, now), held.instance, above)  # he has to see what he decides on
    _tell(held, row, to, PLEASE, PLEASE_BODY, held.company.acting(by.username, row.instead_of), given)
    return row


def decide(session: Session, by: Actor, key: int, is_granted: bool, reason: str = "", *, now: datetime) -> Extension:
    """Grants or refuses the time that was asked for a task; a refusal wants a reason. The asker hears of it.

    Raises NotFound, Forbidden for others than who leads the asker or manages the process, and for the asker himself;
    Conflict when nothing is asked for (any more); Invalid without a reason.
    """
    held = held_tasks.lock(session, by, key, now)
    if not access.may_see(session, by, held.instance):
        raise errors.NotFound(access.NO_TASK)
    row = _asked(session, key)
    if row is None:
        raise errors.Conflict(NOTHING_ASKED)
    if not may_decide(session, by, held.company, row, held.instance.process_id):
        raise errors.Forbidden(NOT_HIS)
    held_tasks.require_open(held)
    held_tasks.require_impartial(held)
    said = grounds.remark(reason, "reason") if is_granted else grounds.reason(reason)
    row.state, row.decided_by, row.decided_at, row.note = GRANTED if is_granted else REFUSED, by.username, now, said
    if is_granted:
        _move(session, held, row, now)
    else:
        held.note("extension_refused", reason=said, before=_told(row.before), after=_told(row.until))
    held_tasks.store(held)
    to = [name for name in (row.asked_by, row.instead_of) if name]
    _tell(held, row, to, ANSWERS[row.state], ANSWER_BODY, by.name, SAID.of(said=said) if said else SAID_NOTHING)
    return row


def take_back(session: Session, by: Actor, key: int, *, now: datetime) -> Extension:
    """Takes back the wish for more time for a task, by who asked or in whose name it was; the old deadline counts on.

    Who was told of the wish hears of it. Raises NotFound, Forbidden for another's wish, Conflict when nothing is asked for
    (any more) or the task is done.
    """
    held = held_tasks.lock(session, by, key, now)
    if not access.may_see(session, by, held.instance):
        raise errors.NotFound(access.NO_TASK)
    row = _asked(session, key)
    if row is None:
        raise errors.Conflict(NOTHING_ASKED)
    if not may_take_back(by, row):
        raise errors.Forbidden(NOT_HIS_WISH)
    held_tasks.require_open(held)
    row.state, row.decided_by, row.decided_at = TAKEN_BACK, by.username, now
    held.note("extension_taken_back", before=_told(row.before), after=_told(row.until))
    held_tasks.store(held)
    to = [name for name in deciders(held.company, row, _managers(held)) if name != by.username]
    whom = row.instead_of if row.instead_of != by.username else None
    _tell(held, row, to, NO_MORE, NO_MORE_BODY, held.company.acting(by.username, whom), "")
    return row


def may_take_back(by: Actor, row: Extension) -> bool:
    """Whether the wish is the person's: he asked, or it was asked in his name."""
    return by.username in (row.asked_by, row.instead_of)


def may_decide(session: Session, by: Actor, company: Organisation, row: Extension, process_id: str) -> bool:
    """Whether the person may grant what was asked for: never his own wish, nor that of whom he stands in for."""
    if by.is_auditor or by.username in (row.asked_by, row.instead_of):
        return False
    return by.username in _above(company, row) or access.may_manage(session, by, process_id)


def deciders(company: Organisation, row: Extension, managers: Iterable[str]) -> list[str]:
    """Who is told of a wish: the next above the asker, and who manages the process."""
    named = [*_above(company, row), *(name for each in managers for name in _people(company, each))]
    return list(dict.fromkeys(company.active(named)))


def _above(company: Organisation, row: Extension) -> tuple[str, ...]:
    return company.managers_of(row.instead_of or row.asked_by, 1)


def _people(company: Organisation, name: str) -> tuple[str, ...]:
    return (name,) if name in company.people else company.members_of(name)


def _managers(held: Held) -> list[str]:
    return list(held.definition.settings.managers)


def _asked(session: Session, key: int) -> Extension | None:
    row = Extension
    return session.execute(select(row).where(row.user_task_key == key, row.state == ASKED)).scalar_one_or_none()


def _moment(session: Session, held: Held, until: str) -> datetime:
    """The moment on the company's clock; of a day the end of its work."""
    calendar = _calendar(session, held)
    try:
        moment = due.compute(until, held.now, calendar)
    except errors.Refusal as refusal:
        if _is_too_far(until):
            raise _fault(TOO_FAR, year=due.LAST_YEAR) from refusal
        raise _fault("Please give a day and time, as 2026-03-09T18:00.") from refusal
    if moment <= max(held.now, held.task.due_at or held.now):
        raise _fault("The new deadline must be later than the old one, and not past.")
    return moment


def _is_too_far(until: str) -> bool:
    """Whether it is a day or a moment, but of a year that no deadline reaches."""
    try:
        return datetime.fromisoformat(until.strip()).year > due.LAST_YEAR
    except ValueError:
        return False


def _calendar(session: Session, held: Held) -> Calendar:
    return Calendar.of(session, held.company, held.definition.calendar_of(held.task.element_id))


def _fault(text: str, **values: object) -> errors.Invalid:
    return errors.Invalid(text, fields={"until": [errors.Refusal(text, fields=None, **values)]}, **values)


def _move(session: Session, held: Held, row: Extension, now: datetime) -> None:
    calendar, warn = _calendar(session, held), held.settings.warn
    task = held.task
    fixed = warn if warn and not warn.startswith("=") else ""
    after = Deadline(row.until, due.before(fixed, row.until, calendar) if fixed else None)
    before = Deadline(task.due_at, task.warn_at)
    place = (task.instance_key, held.instance.root_key, task.element_id, task.name)
    moved = [DeadlineChange(UserTask, task.key, *place, before, after)]
    why = moved_deadlines.Why("extension", row.decided_by, row.note or "")
    session.flush()
    moved_deadlines.write(session, held.by.company_id, moved, now=now, because=why)
    session.refresh(task, ["due_at", "warn_at"])


def _told(at: datetime) -> dict[str, str]:
    """A deadline as the history tells it."""
    return {"due_at": at.isoformat()}


def _tell(held: Held, row: Extension, to: list[str], subject: Said, body: Said, who: str | Said, reason: str | Said) -> None:
    moments = {name: clock.said(held.company, getattr(row, name)) for name in ("before", "until")}
    told = {"name": held.task.name, "number": held.instance.number, "title": held.instance.title}
    text = body.of(who=who, reason=reason, **told, **moments)
    notices.send(held.session, held.company, to, subject.of(**told), text, now=held.now, instance=held.instance)
    history.flush(held.session)
