"""Under one path of ours: what Chinese offices do with tasks and cases and Camunda 8 does not know, with the rights of the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response

from engine import errors
from engine.deadlines import extensions
from engine.papers import approval_sheet
from engine.queries import path_ahead
from engine.queries.api import fields
from engine.queries.inbox import batch_page, start_page
from engine.queries.status import spreading
from engine.queries.status.open_tasks import TaskFilters
from engine.verbs import batches, rebalancing
from engine.verbs.approvals import consulting, deputies
from web.account import auth
from web.api.access import idempotency
from web.api.access.blueprint import blueprint
from web.api.shapes import bodies, schemas, wrong
from web.frame import i18n, storage, words
from web.frame.operations import acts, sheets
from web.frame.operations import spreading as spreading_words

PREFIX = "/extensions"
ALSO: dict[str, tuple[str, ...]] = {
    "return": ("resume",),
    "withdraw": ("task",),
    "jump": ("task",),
}  # beside what dialogs ask for
MADE = {"reopen": "processInstanceKey", "start_again": "draftKey"}  # what an operation answers with: the key of what it made


def _on(acts_of: Any, name: str, kind: str) -> Callable[..., Any]:
    """The view of one operation; its name is that of the operation in the description."""

    read = [*(each.name for each in acts_of[name].fields), *ALSO.get(name, ())]

    def view(key: str, body: schemas.Operation) -> Any:
        bodies.require_read(body, read)
        given = acts.ActInput(
            body.reason,
            body.text,
            body.number,
            body.person,
            tuple(body.people),
            body.task,
            body.target,
            body.resume,
            body.until,
            kept_files=tuple(body.files),
        )
        with wrong.by_members([each.name for each in acts_of[name].fields]), storage.transaction() as session:
            made = acts_of[name].verb(session, auth.current_actor(), fields.key(key), given, storage.now())
            answer = {MADE[name]: str(made.key)} if name in MADE else None
        return answer or ("", 204)

    view.__name__ = f"{name}_{kind}"
    view.__doc__ = str(acts_of[name].name).replace("_", " ").capitalize() + "."
    return view


for _kind, _path, _acts_of in (
    ("user_task", "user-tasks", acts.ON_TASKS),
    ("process_instance", "process-instances", acts.ON_CASES),
):
    for _name in _acts_of:
        _rule = f"{PREFIX}/{_path}/<key>/{_name.replace('_', '-')}"
        blueprint.post(_rule)(blueprint.input(schemas.Operation, arg_name="body")(_on(_acts_of, _name, _kind)))


@blueprint.post(f"{PREFIX}/process-definitions/<process_id>/path-ahead")
@blueprint.input(schemas.PathAhead, arg_name="body")
def path_of_start(process_id: str, body: schemas.PathAhead) -> dict[str, Any]:
    """Which steps a case would take that is started with these variables, and who would act; nothing is started."""
    with storage.reading() as session:
        by, now = auth.current_actor(), storage.now()
        page = start_page.form(session, by, process_id, None, now=now)
        return _way(start_page.ahead(session, by, page, body.variables, now=now))


@blueprint.get(f"{PREFIX}/process-instances/<key>/path-ahead")
def path_of_case(key: str) -> dict[str, Any]:
    """Which steps are still to come in a case, after those where it stands, and who would act."""
    with storage.reading() as session:
        return _way(path_ahead.of_visible(session, auth.current_actor(), fields.key(key), now=storage.now()))


def _way(steps: list[path_ahead.Coming]) -> dict[str, Any]:
    return {
        "items": [
            {
                "elementId": step.element_id,
                "elementName": step.name,
                "kind": step.kind,
                "usernames": list(step.usernames),
                "groups": list(step.groups),
                "who": words.coming_who(step),
                "reason": words.reason(step.because),
                "onlyIf": step.way or None,
                "calledProcess": step.called or None,
            }
            for step in steps
        ]
    }


@blueprint.post(f"{PREFIX}/questions/<key>/answer")
@blueprint.input(schemas.Operation, arg_name="body")
def answer_question(key: str, body: schemas.Operation) -> tuple[str, int]:
    """Answer a question that one was asked."""
    with storage.transaction() as session:
        consulting.answer(session, auth.current_actor(), fields.key(key), body.text, now=storage.now())
    return "", 204


@blueprint.post(f"{PREFIX}/user-tasks/<key>/extension-decision")
@blueprint.input(schemas.ExtensionDecision, arg_name="body")
def decide_extension(key: str, body: schemas.ExtensionDecision) -> tuple[str, int]:
    """Grant or refuse the time that was asked for a task."""
    with storage.transaction() as session:
        by = auth.current_actor()
        extensions.decide(session, by, fields.key(key), body.granted, body.reason, now=storage.now())
    return "", 204


@blueprint.post(f"{PREFIX}/questions/<key>/taken-back")
def take_back_question(key: str) -> tuple[str, int]:
    """Take back a question that one has put and nobody has answered."""
    with storage.transaction() as session:
        consulting.take_back(session, auth.current_actor(), fields.key(key), now=storage.now())
    return "", 204


@blueprint.post(f"{PREFIX}/user-tasks/<key>/extension-taken-back")
def take_back_extension(key: str) -> tuple[str, int]:
    """Ask no more for the time that one has asked for, as long as nobody has decided."""
    with storage.transaction() as session:
        extensions.take_back(session, auth.current_actor(), fields.key(key), now=storage.now())
    return "", 204


@blueprint.post(f"{PREFIX}/deputies")
@blueprint.input(schemas.DeputyCreation, arg_name="body")
def create_deputy(body: schemas.DeputyCreation) -> dict[str, Any]:
    """Let somebody act for oneself (administrators: for anybody) for a time."""
    with wrong.by_members(schemas.DeputyCreation.model_fields), storage.transaction() as session:
        made = deputies.set_up(
            session,
            auth.current_actor(),
            body.deputy,
            begins_at=_moment(body.beginsAt, "beginsAt"),
            ends_at=_moment(body.endsAt, "endsAt"),
            principal=body.principal,
            processes=body.processDefinitionIds,
            covers_existing=body.coversExisting,
            reason=body.reason,
            now=storage.now(),
        )
        return {"key": str(made.key)}


@blueprint.post(f"{PREFIX}/deputies/<key>/end")
def end_deputy(key: str) -> tuple[str, int]:
    """End it at once."""
    with storage.transaction() as session:
        deputies.end(session, auth.current_actor(), fields.key(key), now=storage.now())
    return "", 204


@blueprint.post(f"{PREFIX}/batches")
@blueprint.input(schemas.BatchCreation, arg_name="body")
def create_batch(body: schemas.BatchCreation) -> dict[str, Any]:
    """Act on many tasks at once; it is sent ten seconds later, and can be undone until then.

    The header `Idempotency-Key` sent again does it once.
    """
    values = {"opinion": body.opinion, "to": body.person, "reason": body.reason}
    tasks = [fields.key(each) for each in body.userTaskKeys]
    with wrong.by_members(schemas.BatchCreation.model_fields), storage.transaction() as session:
        made = batches.order(
            session, auth.current_actor(), body.operation, tasks, values, mark=idempotency.mark(), now=storage.now()
        )
        return {"key": str(made.key)}


@blueprint.post(f"{PREFIX}/reassignments")
@blueprint.input(schemas.ReassignmentCreation, arg_name="body")
def create_reassignment(body: schemas.ReassignmentCreation) -> dict[str, Any]:
    """Hand over all open tasks that lie with a person, as when he leaves; read and undone like a batch."""
    with wrong.by_members(schemas.ReassignmentCreation.model_fields), storage.transaction() as session:
        by, processes = auth.current_actor(), body.processDefinitionIds
        made = batches.order_reassignment(
            session, by, body.holder, body.person, body.reason, processes=processes, now=storage.now()
        )
        return {"key": str(made.key)}


@blueprint.get(f"{PREFIX}/batches/<key>")
def get_batch(key: str) -> dict[str, Any]:
    """How far an act on many tasks is, and what became of each."""
    with storage.reading() as session:
        page = batch_page.batch_page(session, auth.current_actor(), fields.key(key), now=storage.now())
    lines = [
        {"userTaskKey": str(line.task_key), "state": line.state, "detail": i18n.worded(line.refusal) if line.refusal else None}
        for line in page.lines
    ]
    return {"key": str(page.key), "operation": page.operation, "state": page.state, "items": lines}


@blueprint.post(f"{PREFIX}/batches/<key>/undo")
def undo_batch(key: str) -> tuple[str, int]:
    """Take it back before it is sent; what was moved at once, as far as nobody has touched it."""
    with storage.transaction() as session:
        batches.undo(session, auth.current_actor(), fields.key(key), now=storage.now())
    return "", 204


@blueprint.post(f"{PREFIX}/rebalances/proposal")
@blueprint.input(schemas.RebalanceProposal, arg_name="body")
def propose_rebalance(body: schemas.RebalanceProposal) -> dict[str, Any]:
    """To whom open tasks should go by who may do them, who is here, and who has least; nothing is moved."""
    wanted = TaskFilters(process=body.processDefinitionId, department=body.department, holder=body.holder)
    keys = [fields.key(each) for each in body.userTaskKeys] or None
    with storage.reading() as session:
        by, now = auth.current_actor(), storage.now()
        spread = spreading.proposed(spreading.movable(session, by, wanted, tasks=keys, now=now))
        return spreading_words.as_answer(spreading.previewed(spread, spread.moves, now=now))


@blueprint.post(f"{PREFIX}/rebalances")
@blueprint.input(schemas.RebalanceCreation, arg_name="body")
def create_rebalance(body: schemas.RebalanceCreation) -> dict[str, Any]:
    """Move open tasks at once, for a reason; read and undone like a batch. `Idempotency-Key` sent again does it once."""
    moves = [rebalancing.Move(fields.key(each.userTaskKey), each.person, each.holder) for each in body.moves]
    with wrong.by_members(schemas.RebalanceCreation.model_fields), storage.transaction() as session:
        by = auth.current_actor()
        made = rebalancing.rebalance(session, by, moves, body.reason, mark=idempotency.mark(), now=storage.now())
        return {"key": str(made.key)}


@blueprint.post(f"{PREFIX}/process-instances/<key>/approval-sheet")
@blueprint.input(schemas.SheetOrder, arg_name="body")
def print_approval_sheet(key: str, body: schemas.SheetOrder) -> Response:
    """The approval sheet of a case as PDF, in the language of the request; personal data in full are noted."""
    return _sheets([key], body)


@blueprint.post(f"{PREFIX}/approval-sheets")
@blueprint.input(schemas.SheetsOrder, arg_name="body")
def print_approval_sheets(body: schemas.SheetsOrder) -> Response:
    """The approval sheets of several cases as one PDF."""
    return _sheets(body.processInstanceKeys, body)


def _sheets(keys: list[str], body: schemas.SheetOrder) -> Response:
    wish = approval_sheet.Wish(body.history, body.full)
    return sheets.sent(sheets.ordered(auth.current_actor(), [fields.key(each) for each in keys], wish))


def _moment(text: str, name: str) -> datetime:
    """A moment with its offset (RFC 3339)."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at
    except ValueError:
        pass
    refusal = errors.Refusal("Please give a moment with its offset, as 2026-03-02T09:00:00+08:00.")
    raise errors.Invalid(refusal.text, fields={name: [refusal]})
