"""One act on many tasks [批量]: kept for ten seconds in which it can be undone, then done task by task, each for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, forms
from engine.cases import cases
from engine.cases.cases import Surroundings
from engine.cases.rights import access
from engine.definitions import definitions, task_settings
from engine.definitions.definitions import Definition
from engine.execution import comebacks
from engine.files import attachments
from engine.operations import attempts
from engine.people import actors, organisation
from engine.people.actors import Actor
from engine.storage import jobs, keys, marks
from engine.storage.models import Batch, UserTask, WorkItem
from engine.verbs import grounds, kept_forms, many_tasks, rebalancing, user_tasks
from engine.verbs.approvals import handing, held_tasks, voting
from engine.verbs.approvals.held_tasks import Held

SEND = "batches.send"
PAUSE = timedelta(seconds=10)
MOST = 100
MOST_REASSIGNED = 1000  # of somebody who leaves
AT_A_TIME = 10  # in one transaction: few cases are locked at once, and the page sees it go on
CLAIM, APPROVE, TRANSFER, ASSIGN = "claim", "approve", "transfer", "assign"
WAITING, UNDONE, DONE = "waiting", "undone", "done"
ADVISED_AGAINST = "%(name)s, whom you asked to do this, was against it; please open it."
BEGUN_ALREADY = "You have begun to fill this in; please open it."

Perform = Callable[[Session, Actor, int, Mapping[str, Any], datetime], None]


def order(
    session: Session,
    by: Actor,
    operation: str,
    task_keys: Sequence[int],
    values: Mapping[str, Any],
    *,
    mark: str = "",
    now: datetime,
) -> Batch:
    """Keeps an act on tasks of one process, to be done in ten seconds. `operation`: claim, approve (`opinion`), transfer (`to`, `reason`).

    `mark` is that of the page it was sent from, or of a client: sent again, also at the same moment, it gives the act that
    was kept first; with other tasks or words it raises Conflict.

    Raises Invalid by field for no task, more than 100, tasks of several processes, an unknown operation or a missing
    reason or person; NotFound where the person may not know of one. Each task is refused for itself: at once where its step is
    never approved with others, else when it is sent.
    """
    wanted = list(dict.fromkeys(task_keys))
    if operation not in (CLAIM, APPROVE, TRANSFER):
        raise errors.Invalid("There is no operation “%(name)s” for many tasks.", name=operation)
    if not wanted or len(wanted) > MOST:
        _refuse("tasks", "Choose 1 to %(most)s tasks.", most=MOST)
    _require_one_process(session, by, wanted)
    kept = {"opinion": grounds.remark(str(values.get("opinion", "")), "opinion")}
    if operation == TRANSFER:
        kept = {"to": _person(session, by, str(values.get("to", ""))), "reason": grounds.reason(str(values.get("reason", "")))}
    own_mark = f"batch/{by.username}/{mark}" if mark else ""
    earlier = marks.take(session, by.company_id, own_mark) if own_mark else None
    if earlier is not None:
        return _same(session, earlier, operation, wanted, kept)
    row = _keep(session, by, operation, wanted, kept, now)
    if own_mark:
        marks.keep(session, by.company_id, own_mark, row.key)
    return row


def _same(session: Session, key: int, operation: str, wanted: Sequence[int], kept: Mapping[str, Any]) -> Batch:
    row = session.get_one(Batch, key)
    if (row.operation, set(row.task_keys), row.values) != (operation, set(wanted), kept):
        raise errors.Conflict(many_tasks.SENT_ALREADY)
    return row


def order_reassignment(
    session: Session, by: Actor, holder: str, to: str, reason: str, *, processes: Sequence[str] = (), now: datetime
) -> Batch:
    """Hands all open tasks that lie with `holder` to somebody else (变更处理人), of these processes or of all one manages.

    By managers of the processes and administrators. Raises Forbidden, Invalid by field, Conflict when there is nothing to
    hand on.
    """
    managed = access.managed(session, by)
    if not managed or not set(processes) <= set(managed):
        raise errors.Forbidden("Only those who manage a process hand its tasks to somebody else.")
    kept = {"from": holder, "to": _person(session, by, to), "reason": grounds.reason(reason)}
    if kept["to"] == holder:
        _refuse("to", "Choose somebody else than who holds them now.")
    wanted = tasks_of(session, by, holder, list(processes) or managed)
    if not wanted:
        raise errors.Conflict("There is nothing to hand on.")
    return _keep(session, by, ASSIGN, wanted[:MOST_REASSIGNED], kept, now)


def tasks_of(session: Session, by: Actor, holder: str, processes: Sequence[str]) -> list[int]:
    """The keys of open tasks of these processes that lie with a person by his name, oldest first."""
    item, task = WorkItem, UserTask
    statement = (
        select(task.key)
        .distinct()
        .join(item, item.user_task_key == task.key)
        .where(item.company_id == by.company_id, item.username == holder, item.state.in_(("open", "waiting")))
        .where(task.state == "open", task.process_id.in_(processes))
        .order_by(task.key)
        .limit(MOST_REASSIGNED)
    )
    return list(session.execute(statement).scalars())


def undo(session: Session, by: Actor, key: int, *, now: datetime) -> Batch:
    """Takes it back before it is sent; what was spread evenly, as long as it is untouched (`rebalancing.undo`).

    Raises NotFound for another's, Conflict when it is on its way or undone already.
    """
    row = session.get(Batch, key, with_for_update=True)
    if row is None or not rebalancing.may_follow(session, by, row):
        raise errors.NotFound(rebalancing.NO_ACT)
    if row.operation == rebalancing.REBALANCE:
        return rebalancing.undo(session, by, key, now=now)
    if row.state == UNDONE:
        raise errors.Conflict("This has been undone already.")
    if row.state != WAITING or any("refused" not in each for each in row.results):
        raise errors.Conflict("This has been sent already.")
    row.state, row.ended_at = UNDONE, now
    session.flush()
    return row


@jobs.job(SEND)
def send(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Does the next part of it, each task in a savepoint of its own, and leaves the rest to another job."""
    row = session.get(Batch, payload["batch"], with_for_update=True)
    if row is None or row.state != WAITING:
        return
    by = actors.load(session, row.company_id, row.username, now=now)
    done = {each["task"] for each in row.results}
    rest = [key for key in row.task_keys if key not in done]
    row.results = [*row.results, *(_result(session, by, row, key, now) for key in rest[:AT_A_TIME])]
    if rest[AT_A_TIME:]:
        jobs.enqueue(session, SEND, dict(payload), company_id=row.company_id, run_at=now)
    else:
        row.state, row.ended_at = DONE, now
    session.flush()


def _result(session: Session, by: Actor | None, row: Batch, key: int, now: datetime) -> dict[str, Any]:
    """What became of one task; a refusal undoes that alone."""
    if by is None:
        return {"task": key, "refused": "There is no person “%(name)s” who could act.", "values": {"name": row.username}}
    return many_tasks.attempted(session, key, lambda: _PERFORM[row.operation](session, by, key, row.values, now))


def _claim(session: Session, by: Actor, key: int, values: Mapping[str, Any], now: datetime) -> None:
    user_tasks.claim(session, by, key, now=now)


def _approve(session: Session, by: Actor, key: int, values: Mapping[str, Any], now: datetime) -> None:
    """Approves with the form as it stands; what asks for more than a yes has to be opened."""
    held = held_tasks.lock(session, by, key, now)
    _require_nothing_said(held, held_tasks.part(held))
    if (refusal := to_be_opened(held.definition, held.task.element_id, held.task.kind)) is not None:
        raise refusal
    form = held.definition.form_of(held.task.element_id)
    given: dict[str, Any] = {}
    if form is not None:
        case = cases.look_into(Surroundings(session, by, now), held.instance)
        variables, company = case.run.variables(held.task.token), held.company
        local = now.astimezone(ZoneInfo(company.time_zone))
        files, is_anew = attachments.usable(session, by, held.instance), comebacks.is_done_anew(held.task)
        scope = forms.FormScope(variables, case.functions, local, files, is_done_anew=is_anew)
        given = forms.initial(form.parsed, variables, scope)
    user_tasks.complete_locked(held, given, outcome="approve", opinion=values.get("opinion", ""))


def to_be_opened(definition: Definition, element_id: str, kind: str) -> errors.Forbidden | None:
    """Why a step is never approved together with others, whoever has it and whatever stands in its form; None where it may be.

    `kind` is that of its task.
    """
    settings = definition.tasks.get(element_id)
    if (
        settings is None
        or kind != "approve"
        or settings.batch == task_settings.NEVER
        or settings.signature == task_settings.REQUIRED
    ):
        return errors.Forbidden("This step is not approved together with others; please open it.")
    if attempts.is_irreversible(definition.program.elements[element_id], ""):
        return errors.Forbidden("This step cannot be taken back; please open it.")
    form = definition.form_of(element_id)
    if form is not None and any(component.rules.get("required") for component in form.parsed.walk()):
        return errors.Forbidden("This step asks for fields to be filled in; please open it.")
    return None


def _refused_at_once(session: Session, wanted: Sequence[int]) -> list[dict[str, Any]]:
    """What became of the tasks that cannot be approved with others in any case: nobody waits ten seconds to hear it."""
    tasks = session.execute(select(UserTask).where(UserTask.key.in_(wanted))).scalars()
    told = ((each, definitions.by_key(session, each.definition_key)) for each in tasks)
    refusals = ((each.key, to_be_opened(definition, each.element_id, each.kind)) for each, definition in told)
    return [{"task": key, "refused": refusal.text, "values": {}} for key, refusal in refusals if refusal is not None]


def _require_nothing_said(held: Held, mine: WorkItem) -> None:
    """Raises Forbidden where somebody advised against it as a delegate, or the person has begun to fill it in: both want to be read."""
    delegate = voting.advised(held.items, mine)
    if delegate is not None and not voting.agrees(delegate.outcome):
        raise errors.Forbidden(ADVISED_AGAINST, name=held.name(delegate.username))
    filled, opinion = kept_forms.told(mine.draft)
    if opinion or any(value not in ("", None, [], {}) for value in filled.values()):
        raise errors.Forbidden(BEGUN_ALREADY)


def _transfer(session: Session, by: Actor, key: int, values: Mapping[str, Any], now: datetime) -> None:
    handing.transfer(session, by, key, values["to"], values["reason"], now=now)


def _assign(session: Session, by: Actor, key: int, values: Mapping[str, Any], now: datetime) -> None:
    user_tasks.assign(session, by, key, values["to"], values["reason"], whose=values["from"], now=now)


_PERFORM: Mapping[str, Perform] = {CLAIM: _claim, APPROVE: _approve, TRANSFER: _transfer, ASSIGN: _assign}


def _keep(session: Session, by: Actor, operation: str, wanted: Sequence[int], values: dict[str, Any], now: datetime) -> Batch:
    row = Batch(
        key=keys.new(),
        company_id=by.company_id,
        username=by.username,
        operation=operation,
        values=values,
        task_keys=many_tasks.ordered(session, wanted),
        created_at=now,
        run_at=now + PAUSE,
        state=WAITING,
        results=_refused_at_once(session, wanted) if operation == APPROVE else [],
    )
    if len(row.results) == len(row.task_keys):
        row.state, row.ended_at = DONE, now
    session.add(row)
    session.flush()
    if row.state == WAITING:
        jobs.enqueue(session, SEND, {"batch": row.key}, company_id=by.company_id, run_at=row.run_at)
    return row


def _require_one_process(session: Session, by: Actor, wanted: Sequence[int]) -> None:
    if len(many_tasks.processes(session, by, wanted)) > 1:
        _refuse("tasks", "Choose tasks of one process at a time.")


def _person(session: Session, by: Actor, username: str) -> str:
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    if not company.is_active(username):
        _refuse("to", "There is no person “%(name)s” who could act.", name=username)
    return username


def _refuse(field: str, text: str, **values: object) -> None:
    raise errors.Invalid(text, fields={field: [errors.Refusal(text, fields=None, **values)]}, **values)
