"""The tables, one file per noun; `metadata` is what migrations are compared with."""

from engine.storage.models.base import Base, Json, Moment, Owned, dumps, loads
from engine.storage.models.definitions import DecisionDefinition, Deployment, FormDefinition, ProcessDefinition, ScheduledStart
from engine.storage.models.instances import (
    Attachment,
    HistoryEvent,
    Incident,
    Job,
    Message,
    MessageCorrelation,
    ProcessInstance,
    StartDraft,
    Subscription,
    Timer,
    UserTask,
    WorkItem,
)
from engine.storage.models.intake import Filing, RateCount
from engine.storage.models.organisation import (
    CalendarDay,
    CalendarYear,
    Company,
    Department,
    LoginFailure,
    Membership,
    Notice,
    NumberCounter,
    Person,
)
from engine.storage.models.records import CustomerRecord, RecordHold, RecordKey, RecordReading, RecordVersion, RegisterEntry

metadata = Base.metadata

__all__ = [
    "Attachment",
    "Base",
    "CalendarDay",
    "CalendarYear",
    "Company",
    "CustomerRecord",
    "DecisionDefinition",
    "Department",
    "Deployment",
    "Filing",
    "FormDefinition",
    "HistoryEvent",
    "Incident",
    "Job",
    "Json",
    "LoginFailure",
    "Membership",
    "Message",
    "MessageCorrelation",
    "Moment",
    "Notice",
    "NumberCounter",
    "Owned",
    "Person",
    "ProcessDefinition",
    "ProcessInstance",
    "RateCount",
    "RecordHold",
    "RecordKey",
    "RecordReading",
    "RecordVersion",
    "RegisterEntry",
    "ScheduledStart",
    "StartDraft",
    "Subscription",
    "Timer",
    "UserTask",
    "WorkItem",
    "dumps",
    "loads",
    "metadata",
]
