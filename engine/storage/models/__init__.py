"""The tables, one file per noun; `metadata` is what migrations are compared with."""

from engine.storage.models.base import Base, Json, Moment, Owned, dumps, lists_text, loads
from engine.storage.models.definitions import DecisionDefinition, Deployment, FormDefinition, ProcessDefinition, ScheduledStart
from engine.storage.models.installation import Heartbeat, Installation
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
    SignIn,
)
from engine.storage.models.origin import FolderEntry
from engine.storage.models.records import (
    Anchor,
    CustomerRecord,
    RecordHold,
    RecordKey,
    RecordReading,
    RecordVersion,
    RegisterEntry,
)

metadata = Base.metadata

__all__ = [
    "Anchor",
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
    "FolderEntry",
    "FormDefinition",
    "Heartbeat",
    "HistoryEvent",
    "Incident",
    "Installation",
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
    "SignIn",
    "StartDraft",
    "Subscription",
    "Timer",
    "UserTask",
    "WorkItem",
    "dumps",
    "lists_text",
    "loads",
    "metadata",
]
