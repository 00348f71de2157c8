"""The reads of the API: searches and single rows, limited to what the caller may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, attributes, undefer

from engine import errors
from engine.cases.personal import secret_data
from engine.cases.rights import access
from engine.definitions import definitions
from engine.people.actors import Actor
from engine.queries.api import fields, search
from engine.queries.api.search import FoundRows, Query
from engine.storage.models import FormDefinition, Incident, ProcessDefinition, ProcessInstance, UserTask, WorkItem

INSTANCE_STATES = {"ACTIVE": "active", "COMPLETED": "completed", "TERMINATED": "cancelled"}
# Words of Camunda 8 for what lasts here for no moment that anybody could see: known, and never found.
PASSING = ("CREATING", "ASSIGNING", "UPDATING", "COMPLETING", "CANCELING", "FAILED")
TASK_STATES = {"CREATED": "open", "COMPLETED": "completed", "CANCELED": "cancelled", **dict.fromkeys(PASSING)}
INCIDENT_STATES = {"ACTIVE": "open", "RESOLVED": "resolved", **dict.fromkeys(("PENDING", "MIGRATED", "UNKNOWN"))}


@dataclass(frozen=True)
class DefinitionFound:
    """A deployed version of a process, and whether its start asks for a form."""

    row: ProcessDefinition
    has_start_form: bool


@dataclass(frozen=True)
class TaskFound:
    """A user task, its instance, and the users and groups it is offered to."""

    task: UserTask
    instance: ProcessInstance
    users: list[str]
    groups: list[str]


@dataclass(frozen=True)
class IncidentFound:
    """An incident and its instance; `values` fill its message, personal data masked."""

    incident: Incident
    instance: ProcessInstance
    values: Mapping[str, Any]


def _offered(condition: fields.Condition) -> fields.Condition:
    """A condition on the open work items of a task."""
    return select(WorkItem.key).where(WorkItem.user_task_key == UserTask.key, WorkItem.state == "open", condition).exists()


def _replaced() -> fields.Condition:
    """Whether there is a newer version."""
    newer = ProcessDefinition.__table__.alias("newer")
    same = (newer.c.process_id == ProcessDefinition.process_id) & (newer.c.company_id == ProcessDefinition.company_id)
    return select(newer.c.key).where(same, newer.c.version > ProcessDefinition.version).exists()


DEFINITION_FIELDS = {
    "processDefinitionKey": fields.key_of(ProcessDefinition.key),
    "processDefinitionId": fields.text(ProcessDefinition.process_id),
    "name": fields.text(ProcessDefinition.name),
    "version": fields.number_of(ProcessDefinition.version),
    "resourceName": fields.text(ProcessDefinition.resource_name),
    "tenantId": fields.text(ProcessDefinition.company_id),
    "isLatestVersion": fields.flag(~_replaced()),
}
INSTANCE_FIELDS = {
    "processInstanceKey": fields.key_of(ProcessInstance.key),
    "processDefinitionKey": fields.key_of(ProcessInstance.definition_key),
    "processDefinitionId": fields.text(ProcessInstance.process_id),
    "processDefinitionName": fields.text(ProcessInstance.process_name),
    "processDefinitionVersion": fields.number_of(ProcessInstance.version),
    "parentProcessInstanceKey": fields.key_of(ProcessInstance.parent_key),
    "rootProcessInstanceKey": fields.key_of(ProcessInstance.root_key),
    "state": fields.state(ProcessInstance.state, INSTANCE_STATES),
    "startDate": fields.moment_of(ProcessInstance.started_at),
    "endDate": fields.moment_of(ProcessInstance.ended_at),
    "hasIncident": fields.flag(ProcessInstance.incidents > 0),
    "tenantId": fields.text(ProcessInstance.company_id),
    "businessId": fields.text(ProcessInstance.number),
}
TASK_FIELDS = {
    "userTaskKey": fields.key_of(UserTask.key),
    "elementInstanceKey": fields.key_of(UserTask.key),
    "state": fields.state(UserTask.state, TASK_STATES),
    "name": fields.text(UserTask.name),
    "elementId": fields.text(UserTask.element_id),
    "assignee": fields.text(UserTask.assignee),
    "candidateGroup": fields.offered(fields.text(WorkItem.group_name), _offered),
    "candidateUser": fields.offered(fields.text(WorkItem.username), _offered),
    "priority": fields.number_of(UserTask.priority),
    "processDefinitionId": fields.text(UserTask.process_id),
    "bpmnProcessId": fields.text(UserTask.process_id),
    "processDefinitionKey": fields.key_of(UserTask.definition_key),
    "processInstanceKey": fields.key_of(UserTask.instance_key),
    "creationDate": fields.moment_of(UserTask.created_at),
    "completionDate": fields.moment_of(UserTask.completed_at),
    "dueDate": fields.moment_of(UserTask.due_at),
    "tenantId": fields.text(UserTask.company_id),
    "businessId": fields.text(ProcessInstance.number),
}
INCIDENT_FIELDS = {
    "incidentKey": fields.key_of(Incident.key),
    "processInstanceKey": fields.key_of(Incident.instance_key),
    "processDefinitionId": fields.text(ProcessInstance.process_id),
    "processDefinitionKey": fields.key_of(ProcessInstance.definition_key),
    "elementId": fields.text(Incident.element_id),
    "state": fields.state(Incident.state, INCIDENT_STATES),
    "creationTime": fields.moment_of(Incident.created_at),
    "jobKey": fields.key_of(Incident.job_key),
    "tenantId": fields.text(Incident.company_id),
}


def process_definitions(session: Session, by: Actor, query: Query) -> FoundRows:
    """The deployed versions of the company's processes."""
    rows = search.run(session, select(ProcessDefinition), DEFINITION_FIELDS, ProcessDefinition.key, query)
    return replace(rows, rows=[_with_start_form(session, row) for row in rows.rows])


def process_definition(session: Session, by: Actor, key: int) -> DefinitionFound:
    """One deployed version. Raises NotFound."""
    statement = select(ProcessDefinition).where(ProcessDefinition.key == key, ProcessDefinition.company_id == by.company_id)
    return _with_start_form(session, _one(session, statement, definitions.NO_PROCESS))


def diagram(session: Session, by: Actor, key: int) -> bytes:
    """The file of one deployed version. Raises NotFound."""
    statement = select(ProcessDefinition.xml).where(ProcessDefinition.key == key, ProcessDefinition.company_id == by.company_id)
    xml: bytes = _one(session, statement, definitions.NO_PROCESS)
    return xml


def process_instances(session: Session, by: Actor, query: Query) -> FoundRows:
    """Instances that the caller may see."""
    statement = select(ProcessInstance).where(access.cases_seen(session, by))
    return search.run(session, statement, INSTANCE_FIELDS, ProcessInstance.key, query)


def process_instance(session: Session, by: Actor, key: int, *, with_tokens: bool = False) -> ProcessInstance:
    """One instance that the caller may see. Raises NotFound."""
    statement = select(ProcessInstance).where(ProcessInstance.key == key, access.cases_seen(session, by))
    options = [undefer(ProcessInstance.tokens)] if with_tokens else []
    return _one(session, statement.options(*options), "There is no such case, or you may not view it.")


def user_tasks(session: Session, by: Actor, query: Query) -> FoundRows:
    """User tasks that the caller may see; `candidateGroup` and `candidateUser` look at whom they are offered to."""
    rows = search.run(session, _tasks(session, by), TASK_FIELDS, UserTask.key, query)
    return replace(rows, rows=_with_candidates(session, rows.rows))


def user_task(session: Session, by: Actor, key: int) -> TaskFound:
    """One user task that the caller may see. Raises NotFound."""
    rows = session.execute(_tasks(session, by).where(UserTask.key == key)).all()
    if not rows:
        raise errors.NotFound("There is no such task, or you may not view it.")
    return _with_candidates(session, rows)[0]


def form(session: Session, by: Actor, key: int, language: str | None = None) -> FormDefinition | None:
    """The form of a user task the caller may see, as it is stored or in the words of a language; None when it has none.

    Raises NotFound.
    """
    task = user_task(session, by, key).task
    row = session.get(FormDefinition, task.form_key) if task.form_key else None
    if row is not None and language:
        definition = definitions.in_language(session, definitions.as_drawn(session, task.definition_key), language)
        said = definition.forms.get(row.form_id)
        attributes.set_committed_value(row, "schema", said.schema if said and said.key == row.key else row.schema)
    return row


def incidents(session: Session, by: Actor, query: Query, *, now: datetime) -> FoundRows:
    """Incidents of the instances that the caller may see."""
    statement: Any = select(Incident, ProcessInstance).join(ProcessInstance, ProcessInstance.key == Incident.instance_key)
    statement = statement.where(access.cases_seen(session, by)).options(undefer(ProcessInstance.tokens))
    rows = search.run(session, statement, INCIDENT_FIELDS, Incident.key, query)
    closed = secret_data.closed_among(session, by, [instance.key for _incident, instance in rows.rows], now=now)
    return replace(rows, rows=[_masked(session, closed, *row, now=now) for row in rows.rows])


def _one(session: Session, statement: Select[Any], missing: str) -> Any:
    row = session.execute(statement).scalar_one_or_none()
    if row is None:
        raise errors.NotFound(missing)
    return row


def _with_start_form(session: Session, row: ProcessDefinition) -> DefinitionFound:
    return DefinitionFound(row, definitions.by_key(session, row.key).start_form is not None)


def _masked(
    session: Session, closed: Collection[int], incident: Incident, instance: ProcessInstance, *, now: datetime
) -> IncidentFound:
    redaction = secret_data.redaction_within(session, instance, closed, now=now)
    return IncidentFound(incident, instance, redaction.value(incident.values or {}))


def _tasks(session: Session, by: Actor) -> Any:
    return (
        select(UserTask, ProcessInstance)
        .join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
        .where(access.tasks_seen(session, by))
    )


def _with_candidates(session: Session, rows: Iterable[Any]) -> list[TaskFound]:
    tasks = [(row[0], row[1]) for row in rows]
    offered = (
        select(WorkItem.user_task_key, WorkItem.username, WorkItem.group_name)
        .join(UserTask, UserTask.key == WorkItem.user_task_key)
        .where(UserTask.key.in_([task.key for task, _instance in tasks]))
        .where(or_(UserTask.state != "open", WorkItem.state.not_in(("done", "removed"))))  # who has decided is asked no more
    )
    items = session.execute(offered).all()
    return [
        TaskFound(
            task,
            instance,
            sorted({item.username for item in items if item.user_task_key == task.key and item.username}),
            sorted({item.group_name for item in items if item.user_task_key == task.key and item.group_name}),
        )
        for task, instance in tasks
    ]
