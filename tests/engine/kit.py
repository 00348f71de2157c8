"""Small diagrams written in a line each, and shortcuts that deploy, start and complete them as the cast would."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from sqlalchemy import select

from engine.announcing import making
from engine.deploying import deployment
from engine.deploying.deployment import Resource
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.running import process_instances

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="Camunda Cloud" '
    'modeler:executionPlatformVersion="8.8.0" targetNamespace="http://banjie.example/bpmn"'
)


def start(id: str = "started", *, form: str = "", definition: str = "") -> str:
    """A start event."""
    return node("startEvent", id, extension=_form(form), inner=definition)


def end(id: str = "done", *, definition: str = "") -> str:
    """An end event."""
    return node("endEvent", id, inner=definition)


def task(
    id: str, *, groups: str = "", users: str = "", assignee: str = "", form: str = "", inputs: str = "", **properties: str
) -> str:
    """A user task of Camunda's kind with zeebe:properties."""
    given = {"assignee": assignee, "candidateUsers": users, "candidateGroups": groups}
    texts = "".join(f" {name}={quoteattr(value)}" for name, value in given.items() if value)
    assignment = f"<zeebe:assignmentDefinition{texts}/>" if texts else ""
    listed = "".join(f"<zeebe:property name={quoteattr(name)} value={quoteattr(value)}/>" for name, value in properties.items())
    extension = (
        "<zeebe:userTask/>" + assignment + _form(form) + (f"<zeebe:properties>{listed}</zeebe:properties>" if listed else "")
    )
    return node("userTask", id, extension=extension + inputs)


def service(id: str, type: str, *, inputs: str = "", headers: str = "", retries: str = "3") -> str:
    """A service task of a job type."""
    return node("serviceTask", id, extension=f'<zeebe:taskDefinition type="{type}" retries="{retries}"/>{inputs}{headers}')


def call(id: str, process: str, *, io: str = "", propagate: bool = False) -> str:
    """A call activity."""
    called = f'<zeebe:calledElement processId="{process}" propagateAllChildVariables="{str(propagate).lower()}"/>'
    return node("callActivity", id, extension=called + io)


def node(kind: str, id: str, *, extension: str = "", inner: str = "", attributes: str = "") -> str:
    """Any flow node."""
    extensions = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>" if extension else ""
    return f'<bpmn:{kind} id="{id}" name="{id}"{attributes}>{extensions}{inner}</bpmn:{kind}>'


def flow(source: str, target: str, condition: str = "") -> str:
    """A sequence flow; its id is `source_target`."""
    inner = f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>" if condition else ""
    return f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'


def _form(form_id: str) -> str:
    return f'<zeebe:formDefinition formId="{form_id}"/>' if form_id else ""


def chain(*ids: str) -> str:
    """Flows from each to the next."""
    return "".join(flow(source, target) for source, target in itertools.pairwise(ids))


def timer(kind: str, expression: str) -> str:
    """A timer event definition: timeDuration, timeDate or timeCycle."""
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{escape(expression)}</bpmn:{kind}></bpmn:timerEventDefinition>"


def boundary(id: str, host: str, definition: str, *, interrupting: bool = True) -> str:
    """A boundary event."""
    attributes = f' attachedToRef="{host}" cancelActivity="{str(interrupting).lower()}"'
    return node("boundaryEvent", id, inner=definition, attributes=attributes)


def message(id: str, name: str, key: str = "") -> str:
    """A message, to stand beside the process."""
    subscription = f"<bpmn:extensionElements><zeebe:subscription correlationKey={quoteattr(key)}/></bpmn:extensionElements>"
    return f'<bpmn:message id="{id}" name="{name}">{subscription if key else ""}</bpmn:message>'


def diagram(process_id: str, *content: str, beside: str = "", **settings: Any) -> Resource:
    """A deployable diagram with one executable process, which everybody may start unless `settings` say who."""
    inner = "".join(content)
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions {NAMESPACES} id="definitions_1">{beside}'
        f'<bpmn:process id="{process_id}" name="流程 {process_id}" isExecutable="true">{inner}</bpmn:process></bpmn:definitions>'
    )
    return Resource(f"{process_id}.bpmn", xml.encode(), {"may_start": ["*"], **settings})


def form(form_id: str, *components: dict[str, Any]) -> Resource:
    """A form of these components."""
    schema = {"schemaVersion": 18, "type": "default", "id": form_id, "components": list(components)}
    return Resource(f"{form_id}.form", json.dumps(schema, ensure_ascii=False).encode())


def text_field(key: str, **validate: Any) -> dict[str, Any]:
    """A text field of a form."""
    return {"type": "textfield", "key": key, "label": key, "validate": validate}


def deploy(database: databases.Database, by: Actor, *resources: Resource, now: datetime = NOW) -> deployment.Deployed:
    """Deploys in a transaction of its own."""
    with database.transaction(by.company_id) as session:
        return deployment.deploy(session, by, resources, now=now)


def begin(
    database: databases.Database, by: Actor, process_id: str, submission: dict[str, Any] | None = None, *, now: datetime = NOW
) -> int:
    """Starts a process and returns the instance's key."""
    with database.transaction(by.company_id) as session:
        return process_instances.start(session, by, process_id, submission or {}, now=now).key


def complete(
    database: databases.Database,
    by: Actor,
    instance: int,
    element: str,
    submission: dict[str, Any] | None = None,
    *,
    outcome: str | None = None,
    opinion: str = "",
    now: datetime = NOW,
) -> user_tasks.Completed:
    """Completes the open task at an element."""
    key = open_task(database, instance, element)
    with database.transaction(by.company_id) as session:
        return user_tasks.complete(session, by, key, submission or {}, outcome=outcome, opinion=opinion, now=now)


def open_task(database: databases.Database, instance: int, element: str) -> int:
    """The key of the open task at an element of an instance."""
    task_ = models.UserTask
    with database.reading() as session:
        mine = (task_.instance_key == instance, task_.element_id == element, task_.state == "open")
        return session.execute(select(task_.key).where(*mine).order_by(task_.key.desc())).scalars().first() or 0


def open_elements(database: databases.Database, instance: int) -> list[str]:
    """The elements at which user tasks of an instance are open."""
    task_ = models.UserTask
    with database.reading() as session:
        mine = (task_.instance_key == instance, task_.state == "open")
        return sorted(session.execute(select(task_.element_id).where(*mine)).scalars())


def instance(database: databases.Database, key: int) -> models.ProcessInstance:
    """The row of an instance."""
    with database.reading() as session:
        return session.get_one(models.ProcessInstance, key)


def rows(database: databases.Database, model: Any, **values: Any) -> list[Any]:
    """Rows of a table by column values, in order of their keys."""
    with database.reading() as session:
        return list(session.execute(select(model).filter_by(**values).order_by(model.key)).scalars())


def notices(database: databases.Database, **values: Any) -> list[models.Notice]:
    """The page's notices, once the worker has told what the histories of cases hold."""
    while making.make_due(database, now=NOW):
        pass
    return rows(database, models.Notice, **values)


def two_steps(process_id: str = "two_steps", *, first_due: str = "", **settings: Any) -> Iterable[Resource]:
    """start → A (clerks, with a limit where one is given) → B (head) → end, with a form at the start and at A."""
    limited = {"due": first_due} if first_due else {}
    yield form("request", text_field("subject", required=True))
    yield form("answer", text_field("answer", required=True))
    yield diagram(
        process_id,
        start(form="request"),
        task("a", groups="客服专员", form="answer", **limited),
        task("b", groups="部门负责人"),
        end(),
        chain("started", "a", "b", "done"),
        **settings,
    )
