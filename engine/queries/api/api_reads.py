"""The reads of the API: searches and single rows, limited to what the caller may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, undefer

from engine import errors
from engine.cases import access, personal_data
from engine.people.actors import Actor
from engine.queries.api import search
from engine.queries.api.search import Field, Found, Query
from engine.storage.models import FormDefinition, Incident, ProcessDefinition, ProcessInstance, UserTask, WorkItem

INSTANCE_STATES = {"ACTIVE": "active", "COMPLETED": "completed", "TERMINATED": "cancelled"}
TASK_STATES = {"CREATED": "open", "COMPLETED": "completed", "CANCELED": "cancelled"}
INCIDENT_STATES = {"ACTIVE": "open", "PENDING": "open", "RESOLVED": "resolved"}


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


def _state(states: dict[str, str]) -> Any:
    def read(value: Any) -> str:
        return states.get(str(value), "")

    return read


DEFINITION_FIELDS = {
    "processDefinitionKey": Field(ProcessDefinition.key, search.key),
    "processDefinitionId": Field(ProcessDefinition.process_id),
    "name": Field(ProcessDefinition.name),
    "version": Field(ProcessDefinition.version, search.number),
    "resourceName": Field(ProcessDefinition.resource_name),
    "tenantId": Field(ProcessDefinition.company_id),
}
INSTANCE_FIELDS = {
    "processInstanceKey": Field(ProcessInstance.key, search.key),
    "processDefinitionKey": Field(ProcessInstance.definition_key, search.key),
    "processDefinitionId": Field(ProcessInstance.process_id),
    "processDefinitionName": Field(ProcessInstance.process_name),
    "processDefinitionVersion": Field(ProcessInstance.version, search.number),
    "parentProcessInstanceKey": Field(ProcessInstance.parent_key, search.key),
    "rootProcessInstanceKey": Field(ProcessInstance.root_key, search.key),
    "state": Field(ProcessInstance.state, _state(INSTANCE_STATES)),
    "startDate": Field(ProcessInstance.started_at, search.moment),
    "endDate": Field(ProcessInstance.ended_at, search.moment),
    "hasIncident": Field(ProcessInstance.incidents > 0, bool),
    "tenantId": Field(ProcessInstance.company_id),
    "businessId": Field(ProcessInstance.number),
}
TASK_FIELDS = {
    "userTaskKey": Field(UserTask.key, search.key),
    "state": Field(UserTask.state, _state(TASK_STATES)),
    "name": Field(UserTask.name),
    "elementId": Field(UserTask.element_id),
    "assignee": Field(UserTask.assignee),
    "priority": Field(UserTask.priority, search.number),
    "processDefinitionId": Field(UserTask.process_id),
    "bpmnProcessId": Field(UserTask.process_id),
    "processDefinitionKey": Field(UserTask.definition_key, search.key),
    "processInstanceKey": Field(UserTask.instance_key, search.key),
    "creationDate": Field(UserTask.created_at, search.moment),
    "completionDate": Field(UserTask.completed_at, search.moment),
    "dueDate": Field(UserTask.due_at, search.moment),
    "tenantId": Field(UserTask.company_id),
    "businessId": Field(ProcessInstance.number),
}
INCIDENT_FIELDS = {
    "incidentKey": Field(Incident.key, search.key),
    "processInstanceKey": Field(Incident.instance_key, search.key),
    "processDefinitionId": Field(ProcessInstance.process_id),
    "elementId": Field(Incident.element_id),
    "state": Field(Incident.state, _state(INCIDENT_STATES)),
    "creationTime": Field(Incident.created_at, search.moment),
    "jobKey": Field(Incident.job_key, search.key),
    "tenantId": Field(Incident.company_id),
}


def process_definitions(session: Session, by: Actor, query: Query) -> Found:
    """The deployed versions of the company's processes; `isLatestVersion` keeps the newest of each."""
    asked = dict(query.filter)
    statement = select(ProcessDefinition)
    if asked.pop("isLatestVersion", False):
        newer = ProcessDefinition.__table__.alias("newer")
        same = (newer.c.process_id == ProcessDefinition.process_id) & (newer.c.company_id == ProcessDefinition.company_id)
        statement = statement.where(~select(newer.c.key).where(same, newer.c.version > ProcessDefinition.version).exists())
    return search.run(session, statement, DEFINITION_FIELDS, ProcessDefinition.key, replace(query, filter=asked))


def process_definition(session: Session, by: Actor, key: int, *, with_xml: bool = False) -> ProcessDefinition:
    """One deployed version. Raises NotFound."""
    options = [undefer(ProcessDefinition.xml)] if with_xml else []
    statement = select(ProcessDefinition).where(ProcessDefinition.key == key, ProcessDefinition.company_id == by.company_id)
    return _one(session, statement.options(*options), "There is no such process.")


def process_instances(session: Session, by: Actor, query: Query) -> Found:
    """Instances that the caller may see."""
    statement = select(ProcessInstance).where(access.cases_seen(session, by))
    return search.run(session, statement, INSTANCE_FIELDS, ProcessInstance.key, query)


def process_instance(session: Session, by: Actor, key: int, *, with_tokens: bool = False) -> ProcessInstance:
    """One instance that the caller may see. Raises NotFound."""
    statement = select(ProcessInstance).where(ProcessInstance.key == key, access.cases_seen(session, by))
    options = [undefer(ProcessInstance.tokens)] if with_tokens else []
    return _one(session, statement.options(*options), "There is no such case.")


def user_tasks(session: Session, by: Actor, query: Query) -> Found:
    """User tasks that the caller may see; `candidateGroup` and `candidateUser` look at whom they are offered to."""
    asked = dict(query.filter)
    statement = _tasks(session, by)
    for name, column in (("candidateGroup", WorkItem.group_name), ("candidateUser", WorkItem.username)):
        if (value := asked.pop(name, None)) is not None:
            offered = search.Field(column)
            condition = search.condition({name: offered}, name, value)
            statement = statement.where(
                select(WorkItem.key).where(WorkItem.user_task_key == UserTask.key, WorkItem.state == "open", condition).exists()
            )
    found = search.run(session, statement, TASK_FIELDS, UserTask.key, replace(query, filter=asked))
    return replace(found, rows=_with_candidates(session, found.rows))


def user_task(session: Session, by: Actor, key: int) -> TaskFound:
    """One user task that the caller may see. Raises NotFound."""
    rows = session.execute(_tasks(session, by).where(UserTask.key == key)).all()
    if not rows:
        raise errors.NotFound("There is no such task.")
    return _with_candidates(session, rows)[0]


def form(session: Session, by: Actor, key: int) -> FormDefinition | None:
    """The form of a user task the caller may see; None when it has none. Raises NotFound."""
    task = user_task(session, by, key).task
    return session.get(FormDefinition, task.form_key) if task.form_key else None


def incidents(session: Session, by: Actor, query: Query, *, now: datetime) -> Found:
    """Incidents of the instances that the caller may see."""
    statement: Any = select(Incident, ProcessInstance).join(ProcessInstance, ProcessInstance.key == Incident.instance_key)
    statement = statement.where(access.cases_seen(session, by)).options(undefer(ProcessInstance.tokens))
    found = search.run(session, statement, INCIDENT_FIELDS, Incident.key, query)
    return replace(found, rows=[_masked(session, *row, now=now) for row in found.rows])


def _one(session: Session, statement: Select[Any], missing: str) -> Any:
    row = session.execute(statement).scalar_one_or_none()
    if row is None:
        raise errors.NotFound(missing)
    return row


def _masked(session: Session, incident: Incident, instance: ProcessInstance, *, now: datetime) -> IncidentFound:
    redaction = personal_data.of_instance(session, instance, now=now)
    return IncidentFound(incident, instance, redaction.value(incident.values or {}))


def _tasks(session: Session, by: Actor) -> Any:
    return (
        select(UserTask, ProcessInstance)
        .join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
        .where(access.tasks_seen(session, by))
    )


def _with_candidates(session: Session, rows: Iterable[Any]) -> list[TaskFound]:
    found = [(row[0], row[1]) for row in rows]
    offered = select(WorkItem.user_task_key, WorkItem.username, WorkItem.group_name).where(
        WorkItem.user_task_key.in_([task.key for task, _instance in found])
    )
    items = session.execute(offered).all()
    return [
        TaskFound(
            task,
            instance,
            sorted({item.username for item in items if item.user_task_key == task.key and item.username}),
            sorted({item.group_name for item in items if item.user_task_key == task.key and item.group_name}),
        )
        for task, instance in found
    ]
