"""A case written straight into the tables, for tests of verbs that need one but do not move it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.storage import keys
from engine.storage.models import Deployment, ProcessDefinition, ProcessInstance, UserTask, WorkItem

XML = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
<process id="sample" isExecutable="true"><startEvent id="started"/></process></definitions>"""


def make(
    session: Session,
    now: datetime,
    *,
    company: str = "acme",
    initiator: str = "outsider",
    state: str = "active",
    above: ProcessInstance | None = None,
) -> ProcessInstance:
    """An instance of a process without any step; `above` is the case that called it."""
    key = keys.new()
    row = ProcessInstance(
        key=key,
        company_id=company,
        definition_key=_definition(session, company, now),
        process_id="sample",
        version=1,
        process_name="样例流程",
        number=f"YL-{key}",
        title="样例",
        summary=[],
        state=state,
        initiator=initiator,
        started_at=now,
        root_key=above.root_key if above else key,
        parent_key=above.key if above else None,
        tokens={"secret": "内容"},
        history_length=0,
        history_digest="",
        incidents=0,
        priority=50,
        category="",
    )
    session.add(row)
    session.flush()
    return row


def done(
    session: Session,
    instance: ProcessInstance,
    element_id: str,
    by: str,
    *,
    kind: str = "handle",
    outcome: str = "submit",
    opinion: str = "",
    instead_of: str = "",
) -> UserTask:
    """A task of the instance that somebody has completed, perhaps `instead_of` another; each a minute after the one before."""
    count = len(session.execute(select(UserTask.key).where(UserTask.instance_key == instance.key)).all())
    row = UserTask(
        company_id=instance.company_id,
        instance_key=instance.key,
        definition_key=instance.definition_key,
        process_id="sample",
        element_id=element_id,
        name=element_id,
        token=element_id,
        kind=kind,
        state="completed",
        created_at=instance.started_at,
        completed_at=instance.started_at + timedelta(minutes=count + 1),
        completed_by=by,
        outcome=outcome,
        opinion=opinion,
        priority=50,
        round=1,
        excluded=[],
    )
    session.add(row)
    session.flush()
    item = part(row, by)
    item.username = instead_of or by
    session.add(item)
    session.flush()
    return row


def part(task: UserTask, by: str) -> WorkItem:
    """The part of whoever has completed a task alone."""
    return WorkItem(
        company_id=task.company_id,
        user_task_key=task.key,
        instance_key=task.instance_key,
        username=by,
        done_by=by,
        first_owner=by,
        state="done",
        sort_due=task.created_at,
        created_at=task.created_at,
        done_at=task.completed_at,
        outcome=task.outcome,
        opinion=task.opinion,
    )


def _definition(session: Session, company: str, now: datetime) -> int:
    there = session.execute(select(ProcessDefinition.key).where(ProcessDefinition.company_id == company)).scalar()
    if there is not None:
        return there
    deployment = Deployment(company_id=company, deployed_at=now, deployed_by=None)
    session.add(deployment)
    session.flush()
    row = ProcessDefinition(
        company_id=company,
        deployment_key=deployment.key,
        process_id="sample",
        version=1,
        name="样例流程",
        resource_name="sample.bpmn",
        xml=XML,
        digest="",
        settings={"visible_to": ["主管领导"]},
        deployed_at=now,
        category="",
    )
    session.add(row)
    session.flush()
    return row.key
