"""The shapes of the API's answers, for its description; `results` fills them, a test holds the two together."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

Item = TypeVar("Item")
Key = str
When = str


class Problem(BaseModel):
    """What is wrong (RFC 9457); `title` is a word for programs, `errors` tells faults by field."""

    type: str
    status: int
    title: str
    detail: str
    instance: str
    errors: dict[str, list[str]] = Field(default_factory=dict)
    problems: list[DeploymentProblem] = Field(default_factory=list)


class DeploymentProblem(BaseModel):
    """What is wrong at one element of a file."""

    resource: str
    elementId: str
    elementName: str
    severity: str
    message: str


class PageFound(BaseModel):
    """Which page this is; `totalItems` is counted to ten thousand."""

    totalItems: int
    hasMoreTotalItems: bool
    startCursor: str | None
    endCursor: str | None


class Page(BaseModel, Generic[Item]):
    """A page of a search."""

    items: list[Item]
    page: PageFound


class Partition(BaseModel):
    """A partition of a broker."""

    partitionId: int
    role: str
    health: str
    state: str


class Broker(BaseModel):
    """A broker."""

    nodeId: int
    brokerId: str
    host: str
    port: int
    partitions: list[Partition]
    version: str


class Topology(BaseModel):
    """The cluster as clients expect it."""

    brokers: list[Broker]
    clusterId: str
    clusterSize: int
    partitionsCount: int
    replicationFactor: int
    gatewayVersion: str
    lastCompletedChangeId: str


class Tenant(BaseModel):
    """A company."""

    tenantId: str
    name: str
    description: str | None


class Caller(BaseModel):
    """Who calls."""

    username: str
    displayName: str
    email: str | None
    authorizedComponents: list[str]
    tenants: list[Tenant]
    groups: list[str]
    roles: list[str]
    salesPlanType: str | None
    c8Links: dict[str, str]
    canLogout: bool


class ProcessDefinition(BaseModel):
    """A deployed version of a process."""

    name: str
    resourceName: str
    version: int
    versionTag: str | None
    processDefinitionId: str
    tenantId: str
    processDefinitionKey: Key
    hasStartForm: bool
    state: str


class CreatedInstance(BaseModel):
    """A case that was just started."""

    processDefinitionId: str
    processDefinitionVersion: int
    tenantId: str
    variables: dict[str, Any]
    processDefinitionKey: Key
    processInstanceKey: Key
    tags: list[str]
    businessId: str


class ProcessInstance(BaseModel):
    """A running or finished case."""

    processDefinitionId: str
    processDefinitionName: str
    processDefinitionVersion: int
    processDefinitionVersionTag: str | None
    startDate: When
    endDate: When | None
    state: str
    suspendedDate: When | None
    hasIncident: bool
    tenantId: str
    processInstanceKey: Key
    processDefinitionKey: Key
    parentProcessInstanceKey: Key | None
    parentElementInstanceKey: Key | None
    rootProcessInstanceKey: Key
    tags: list[str]
    businessId: str


class UserTask(BaseModel):
    """A user task."""

    name: str
    state: str
    assignee: str | None
    elementId: str
    candidateGroups: list[str]
    candidateUsers: list[str]
    processDefinitionId: str
    creationDate: When
    completionDate: When | None
    followUpDate: When | None
    dueDate: When | None
    tenantId: str
    externalFormReference: str | None
    processDefinitionVersion: int
    customHeaders: dict[str, str]
    priority: int
    userTaskKey: Key
    elementInstanceKey: Key
    processName: str
    processDefinitionKey: Key
    processInstanceKey: Key
    rootProcessInstanceKey: Key
    businessId: str
    formKey: Key | None
    tags: list[str]


class FormFound(BaseModel):
    """A form; its schema as JSON text."""

    tenantId: str
    formId: str
    schema_: str = Field(alias="schema")
    version: int
    formKey: Key


class Variable(BaseModel):
    """A variable; its value as JSON text."""

    value: str
    isTruncated: bool
    isMasked: bool
    name: str
    tenantId: str
    variableKey: Key
    scopeKey: Key
    processInstanceKey: Key
    rootProcessInstanceKey: Key


class Incident(BaseModel):
    """An incident."""

    processDefinitionId: str
    errorType: str
    errorMessage: str
    elementId: str | None
    creationTime: When
    state: str
    tenantId: str
    incidentKey: Key
    processDefinitionKey: Key
    processInstanceKey: Key
    rootProcessInstanceKey: Key
    elementInstanceKey: Key
    jobKey: Key | None


class Job(BaseModel):
    """A job leased to a worker; `deadline` in milliseconds since 1970."""

    type: str
    processDefinitionId: str
    processDefinitionVersion: int
    elementId: str
    customHeaders: dict[str, Any]
    worker: str
    retries: int
    deadline: int
    variables: dict[str, Any]
    tenantId: str
    physicalTenantId: str
    jobKey: Key
    processInstanceKey: Key
    processDefinitionKey: Key
    elementInstanceKey: Key
    kind: str
    listenerEventType: str
    userTask: dict[str, Any] | None
    tags: list[str]
    rootProcessInstanceKey: Key
    businessId: str
    priority: int


class Activated(BaseModel):
    """The jobs leased; an empty list with `Retry-After` when too many wait."""

    jobs: list[Job]


class Published(BaseModel):
    """A message that was taken."""

    tenantId: str
    messageKey: Key


class Correlated(Published):
    """A message that was delivered."""

    processInstanceKey: Key


class DeployedProcess(BaseModel):
    """A version of a process."""

    processDefinitionId: str
    processDefinitionVersion: int
    resourceName: str
    tenantId: str
    processDefinitionKey: Key


class DeployedDecision(BaseModel):
    """A version of a decision."""

    decisionDefinitionId: str
    version: int
    name: str
    tenantId: str
    decisionRequirementsId: str
    decisionDefinitionKey: Key
    decisionRequirementsKey: Key


class DeployedForm(BaseModel):
    """A version of a form."""

    formId: str
    version: int
    resourceName: str
    tenantId: str
    formKey: Key


class Deployed(BaseModel):
    """One of the things that were deployed."""

    processDefinition: DeployedProcess | None
    decisionDefinition: DeployedDecision | None
    decisionRequirements: dict[str, Any] | None
    form: DeployedForm | None
    resource: dict[str, Any] | None


class DeploymentWarning(BaseModel):
    """Something that a deployment accepted and will not obey."""

    resourceName: str
    elementId: str
    message: str


class Deployment(BaseModel):
    """What was deployed together; `warnings` are Banjie's own."""

    deploymentKey: Key
    tenantId: str
    deployments: list[Deployed]
    warnings: list[DeploymentWarning] = Field(default_factory=list)


class EvaluatedInput(BaseModel):
    """An input of a decision table; its value as JSON text."""

    inputId: str
    inputName: str
    inputValue: str


class EvaluatedOutput(BaseModel):
    """An output of a rule; its value as JSON text."""

    ruleId: str
    ruleIndex: int
    outputId: str
    outputName: str
    outputValue: str


class MatchedRule(BaseModel):
    """A rule that matched."""

    ruleId: str
    ruleIndex: int
    evaluatedOutputs: list[EvaluatedOutput]


class EvaluatedDecision(BaseModel):
    """One decision of those that were evaluated."""

    decisionDefinitionId: str
    decisionDefinitionName: str
    decisionDefinitionVersion: int
    decisionDefinitionType: str
    output: str
    tenantId: str
    matchedRules: list[MatchedRule]
    evaluatedInputs: list[EvaluatedInput]
    decisionDefinitionKey: Key
    decisionEvaluationInstanceKey: str


class Evaluated(BaseModel):
    """What a decision gave; its value as JSON text."""

    decisionDefinitionId: str
    decisionDefinitionKey: Key
    decisionDefinitionName: str
    decisionDefinitionVersion: int
    decisionEvaluationKey: Key
    decisionInstanceKey: Key
    decisionRequirementsId: str
    decisionRequirementsKey: Key
    evaluatedDecisions: list[EvaluatedDecision]
    failedDecisionDefinitionId: str | None
    failureMessage: str | None
    output: str
    tenantId: str
