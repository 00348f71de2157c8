"""What the API answers: rows in the shapes of Camunda 8's Orchestration Cluster API, keys as decimal strings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from engine.queries.api import api_reads
from engine.queries.api.search import FoundRows
from engine.queries.api.variables_found import TRUNCATED, VariableFound
from engine.storage import models
from engine.verbs.running import service_jobs
from web.frame.incidents import troubles

INSTANCE_STATES = {"active": "ACTIVE", "completed": "COMPLETED", "cancelled": "TERMINATED"}
TASK_STATES = {"open": "CREATED", "completed": "COMPLETED", "cancelled": "CANCELED"}
INCIDENT_STATES = {"open": "ACTIVE", "resolved": "RESOLVED"}
ERROR_TYPES = {"job": "JOB_NO_RETRIES", "expression": "EXTRACT_VALUE_ERROR", "message": "UNHANDLED_ERROR_EVENT"}

Shape = dict[str, Any]


def page(rows: FoundRows, shape: Callable[[Any], Shape]) -> Shape:
    """A page of a search."""
    ends = {"startCursor": rows.start, "endCursor": rows.end}
    return {
        "items": [shape(row) for row in rows.rows],
        "page": {"totalItems": rows.total, "hasMoreTotalItems": rows.has_more, **ends},
    }


def moment(at: datetime | None) -> str | None:
    """A moment as ISO 8601 in UTC."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def key(value: int | None) -> str | None:
    """A key as the API writes it."""
    return None if value is None else str(value)


def process_definition(line: api_reads.DefinitionFound) -> Shape:
    """A deployed process."""
    row = line.row
    return {
        "name": row.name,
        "resourceName": row.resource_name,
        "version": row.version,
        "versionTag": None,
        "processDefinitionId": row.process_id,
        "tenantId": row.company_id,
        "processDefinitionKey": key(row.key),
        "hasStartForm": line.has_start_form,
        "state": "ACTIVE",
    }


def created_instance(row: models.ProcessInstance, variables: Shape) -> Shape:
    """An instance that was just started."""
    return {
        "processDefinitionId": row.process_id,
        "processDefinitionVersion": row.version,
        "tenantId": row.company_id,
        "variables": variables,
        "processDefinitionKey": key(row.definition_key),
        "processInstanceKey": key(row.key),
        "tags": [],
        "businessId": row.number,
    }


def process_instance(row: models.ProcessInstance) -> Shape:
    """A running or finished instance."""
    return {
        "processDefinitionId": row.process_id,
        "processDefinitionName": row.process_name,
        "processDefinitionVersion": row.version,
        "processDefinitionVersionTag": None,
        "startDate": moment(row.started_at),
        "endDate": moment(row.ended_at),
        "state": INSTANCE_STATES[row.state],
        "suspendedDate": None,
        "hasIncident": row.incidents > 0,
        "tenantId": row.company_id,
        "processInstanceKey": key(row.key),
        "processDefinitionKey": key(row.definition_key),
        "parentProcessInstanceKey": key(row.parent_key),
        "parentElementInstanceKey": None,
        "rootProcessInstanceKey": key(row.root_key),
        "tags": [],
        "businessId": row.number,
    }


def user_task(line: api_reads.TaskFound) -> Shape:
    """A user task with the people it is offered to."""
    task, instance = line.task, line.instance
    return {
        "name": task.name,
        "state": TASK_STATES[task.state],
        "assignee": task.assignee,
        "elementId": task.element_id,
        "candidateGroups": line.groups,
        "candidateUsers": line.users,
        "processDefinitionId": task.process_id,
        "creationDate": moment(task.created_at),
        "completionDate": moment(task.completed_at),
        "followUpDate": None,
        "dueDate": moment(task.due_at),
        "tenantId": task.company_id,
        "externalFormReference": None,
        "processDefinitionVersion": instance.version,
        "customHeaders": {},
        "priority": task.priority,
        "userTaskKey": key(task.key),
        "elementInstanceKey": key(task.key),
        "processName": instance.process_name,
        "processDefinitionKey": key(task.definition_key),
        "processInstanceKey": key(task.instance_key),
        "rootProcessInstanceKey": key(instance.root_key),
        "businessId": instance.number,
        "formKey": key(task.form_key),
        "tags": [],
    }


def form(row: models.FormDefinition) -> Shape:
    """A form with its schema as text."""
    return {
        "tenantId": row.company_id,
        "formId": row.form_id,
        "schema": models.dumps(row.schema),
        "version": row.version,
        "formKey": key(row.key),
    }


def variable(line: VariableFound, *, is_whole: bool = False) -> Shape:
    """A variable of the process scope; its value as JSON text, shortened unless `is_whole`. `isMasked` is ours."""
    text, is_shortened = line.text, not is_whole and len(line.text) > TRUNCATED
    return {
        "value": text[:TRUNCATED] if is_shortened else text,
        "isTruncated": is_shortened,
        "isMasked": line.is_masked,
        "name": line.name,
        "tenantId": line.instance.company_id,
        "variableKey": line.key,
        "scopeKey": key(line.instance.key),
        "processInstanceKey": key(line.instance.key),
        "rootProcessInstanceKey": key(line.instance.root_key),
    }


def incident(line: api_reads.IncidentFound) -> Shape:
    """An incident."""
    row, instance = line.incident, line.instance
    return {
        "processDefinitionId": instance.process_id,
        "errorType": ERROR_TYPES.get(row.kind, "UNKNOWN"),
        "errorMessage": troubles.said(row.message, line.values),
        "elementId": row.element_id,
        "creationTime": moment(row.created_at),
        "state": INCIDENT_STATES[row.state],
        "tenantId": row.company_id,
        "incidentKey": key(row.key),
        "processDefinitionKey": key(instance.definition_key),
        "processInstanceKey": key(instance.key),
        "rootProcessInstanceKey": key(instance.root_key),
        "elementInstanceKey": key(row.key),
        "jobKey": key(row.job_key),
    }


def job(handed: service_jobs.HandedOut) -> Shape:
    """A job leased to a worker, with the variables it sees."""
    row, instance = handed.job, handed.instance
    return {
        "type": row.type,
        "processDefinitionId": instance.process_id,
        "processDefinitionVersion": instance.version,
        "elementId": row.element_id,
        "customHeaders": row.headers,
        "worker": row.worker or "",
        "retries": row.retries,
        "deadline": int(row.lease_until.timestamp() * 1000) if row.lease_until else 0,
        "variables": handed.variables,
        "tenantId": row.company_id,
        "physicalTenantId": "default",
        "jobKey": key(row.key),
        "processInstanceKey": key(instance.key),
        "processDefinitionKey": key(instance.definition_key),
        "elementInstanceKey": key(row.key),
        "kind": "BPMN_ELEMENT",
        "listenerEventType": "UNSPECIFIED",
        "userTask": None,
        "tags": [],
        "rootProcessInstanceKey": key(instance.root_key),
        "businessId": instance.number,
        "priority": instance.priority,
    }
