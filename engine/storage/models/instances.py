"""Process instances and what rests in them: user tasks, work items, timers, subscriptions, jobs, incidents."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Json, Keyed, Owned, Searched, partial

CALLING = "parent_key IS NOT NULL AND state = 'active'"
CORRELATED = "correlation_key is not null"
WITH_INCIDENTS = "incidents > 0"
WITH_NEWS = "announced < history_length"

# Whom a task keeps out is found from the person's name: few tasks keep anybody out, and of them few the one who asks.
BARRING = "excluded <> '[]'"
OPEN = "state = 'open'"
BESIDE_WAITING = ("due_at", "round", "department", "instance_key", "key")
BESIDE_LIMIT, BEGUN = ("process_id", "instance_key"), ("process_id",)


def _barring() -> tuple[Index, Index]:
    """One for each database; `info` says for which, to whoever compares."""
    names, where = text("(excluded::jsonb)"), text(BARRING)
    inverted = Index(
        "ix_user_task_barring_names", names, postgresql_using="gin", postgresql_where=where, info={"only": "postgresql"}
    )
    plain = Index("ix_user_task_barring", "company_id", "instance_key", sqlite_where=where, info={"only": "sqlite"})
    return inverted.ddl_if(dialect="postgresql"), plain.ddl_if(dialect="sqlite")


def _pairs() -> Index:
    """Open parts by the pairs of letters in what they are found by. Each new part is entered at once: an index that puts
    entries off has the searches meanwhile look through all of them."""
    at_once = {"fastupdate": "off"}
    kinds: dict[str, Any] = {"postgresql_using": "gin", "postgresql_where": text(OPEN), "postgresql_with": at_once}
    index = Index("ix_work_item_pairs", text("string_to_array(pairs, ' ')"), info={"only": "postgresql"}, **kinds)
    return index.ddl_if(dialect="postgresql")


def _bare_words(context: Any) -> str:
    """What finds a row that is stored without more words."""
    row = context.get_current_parameters()
    return f"{row['number']}\n{row['title']}".casefold()


class ProcessInstance(Keyed, Owned, Base):
    """A running or finished case [流程实例/单]. `state`: active, completed, cancelled.

    `register` is its line in the register, as `register_lines.worked_out` gives it, for SQL to filter, sort and total.
    `parent_element` is the call activity that it was called from; None also where that was before it was kept.
    `correlation_key` is that of the message that started it, None for another start or an empty key; `begun_by` the first case
    of the tree that threw it, None also where that was not kept yet.
    `tokens` is what `runtime.Run.dump` gave: the token tree and the variables. It is never read for lists.
    `outcome` is that of the last user task, if it was an approval; `ended_as` says how a completed case ended where that is
    not the usual way: `reject`, `withdrawn` or `closed`, with words of the diagram after a colon.
    `irreversible` says which step of its tree cannot be taken back, when and who (no_return); None: none yet.
    `suspended` stands in every row of a tree that is held up: who, when, why; the root's also says when its timers were due.
    `words` are those by which lists find it, as `engine.cases.lines.words` gives them.
    `announced` is the sequence of the last event of its history of which notices were made (`engine.announcing`).
    The row of the root instance is the lock of its whole tree.
    """

    __tablename__ = "process_instance"
    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        Index("ix_process_instance_list", "company_id", "process_id", "state", "key"),
        Index("ix_process_instance_started", "company_id", "process_id", "started_at"),
        Index("ix_process_instance_initiator", "company_id", "initiator", "key"),
        Index("ix_process_instance_department", "company_id", "initiator_department", "state", "key", postgresql_include=BEGUN),
        Index("ix_process_instance_due", "company_id", "state", "due_at"),
        Index("ix_process_instance_root_key", "root_key"),
        Index("ix_process_instance_definition", "definition_key", "state"),
        Index("ix_process_instance_running", "company_id", "state", "definition_key"),
        partial("ix_process_instance_parent", "parent_key", where="parent_key IS NOT NULL"),
        partial(
            "ix_process_instance_ended",
            "company_id",
            "ended_at",
            "process_id",
            "state",
            where="ended_at IS NOT NULL",
            include=["initiator_department", "root_key", "key", "ended_as"],
        ),
        partial(
            "ix_process_instance_ended_by",
            "company_id",
            "initiator_department",
            "ended_at",
            where="ended_at IS NOT NULL",
            include=["process_id", "state", "key", "ended_as"],
        ),
        partial(
            "ix_process_instance_calling",
            "company_id",
            "parent_key",
            where=CALLING,
            include=["process_id", "key", "parent_element"],
        ),
        partial("ix_process_instance_called", "root_key", where="parent_key IS NOT NULL", include=["key", "company_id"]),
        partial("ix_process_instance_incidents", "company_id", "key", where=WITH_INCIDENTS),
        partial("ix_process_instance_suspended", "company_id", "key", where="suspended IS NOT NULL"),
        partial("ix_process_instance_news", "key", where=WITH_NEWS),
        partial("ix_process_instance_begun", "begun_by", where="begun_by IS NOT NULL"),
        partial("ix_process_instance_correlation", "company_id", "process_id", "correlation_key", where=CORRELATED),
    )
    definition_key: Mapped[int] = mapped_column(ForeignKey("process_definition.key"))
    process_id: Mapped[str]
    version: Mapped[int]
    process_name: Mapped[str]
    category: Mapped[str] = mapped_column(default="")
    number: Mapped[str]
    title: Mapped[str]
    summary: Mapped[list[Any]] = mapped_column(default=list)
    register: Mapped[dict[str, Any] | None] = mapped_column(Searched)
    words: Mapped[str] = mapped_column(default=_bare_words, server_default="")
    state: Mapped[str] = mapped_column(default="active")
    outcome: Mapped[str | None]
    ended_reason: Mapped[str | None]
    end_event: Mapped[str | None]
    ended_as: Mapped[str | None]
    initiator: Mapped[str | None]
    initiator_department: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    warn_at: Mapped[datetime | None]
    priority: Mapped[int] = mapped_column(default=50)
    parent_key: Mapped[int | None] = mapped_column(ForeignKey("process_instance.key"))
    parent_token: Mapped[str | None]
    parent_element: Mapped[str | None]
    root_key: Mapped[int]
    correlation_key: Mapped[str | None]
    begun_by: Mapped[int | None]
    incidents: Mapped[int] = mapped_column(default=0)
    irreversible: Mapped[dict[str, Any] | None] = mapped_column(Json)
    suspended: Mapped[dict[str, Any] | None] = mapped_column(Json)
    tokens: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True)
    history_length: Mapped[int] = mapped_column(default=0)
    history_digest: Mapped[str] = mapped_column(default="")
    announced: Mapped[int] = mapped_column(default=0, server_default=text("0"))


# What 办结 counts: it came to its end, and nobody declared it void since.
CONCLUDED = (ProcessInstance.state == "completed") & ProcessInstance.ended_as.is_distinct_from("void")
HAS_INCIDENTS = ProcessInstance.incidents > literal_column("0")  # a parameter would hide from SQLite that the index fits
# Tasks that several are offered, of which whoever is first does them; as text for an index and for who reads by it.
SHARED_TASKS = "state = 'open' AND rule = 'any' AND assignee IS NULL AND parts > 1"


class UserTask(Keyed, Owned, Base):
    """One token at one userTask [用户任务]. `state`: open, completed, cancelled.

    `rule` is how the parts of its work items settle it (`engine/verbs/voting.py`); outcome, opinion and `completed_by` are
    those of whoever settled it. `parts` counts its work items, so that a lock that waited while one was added is taken
    again; `questions` those that were put about it [征询] and wait for an answer. `returned`: by, at, reason, from, kind (return, withdraw, jump, drawn), round of a
    way back; `resume`: mode (step_by_step, direct), to. `excluded` are whom it keeps out, `about` those whom its case is about
    (None: nobody told then). `department` began its case. Its definitions are never removed: no foreign key, no row lock.
    """

    __tablename__ = "user_task"
    __table_args__ = (
        Index("ix_user_task_instance_key", "instance_key"),
        Index("ix_user_task_board", "company_id", "process_id", "state", "element_id", "due_at"),
        Index("ix_user_task_element", "company_id", "element_id", "state", "key"),
        Index("ix_user_task_assignee", "company_id", "assignee", "state", "key"),
        partial("ix_user_task_shared", "company_id", "key", where=SHARED_TASKS),
        partial("ix_user_task_oldest", "company_id", "key", where="state = 'open'"),
        partial("ix_user_task_nearest", "company_id", "due_at", "key", where="state = 'open'"),
        partial(
            "ix_user_task_waiting", "company_id", "process_id", "element_id", "created_at", where=OPEN, include=BESIDE_WAITING
        ),
        partial("ix_user_task_ended", "company_id", "completed_at", where="completed_at IS NOT NULL"),
        partial("ix_user_task_department", "company_id", "department", "due_at", "key", where=OPEN, include=BESIDE_LIMIT),
        *_barring(),
    )
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instance.key"))
    definition_key: Mapped[int]
    process_id: Mapped[str]
    department: Mapped[str | None]
    element_id: Mapped[str]
    name: Mapped[str]
    token: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    kind: Mapped[str] = mapped_column(default="handle")
    form_id: Mapped[str | None]
    form_key: Mapped[int | None]
    assignee: Mapped[str | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    warn_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[str | None]
    outcome: Mapped[str | None]
    opinion: Mapped[str | None]
    priority: Mapped[int] = mapped_column(default=50)
    round: Mapped[int] = mapped_column(default=1)
    previous_by: Mapped[str | None]
    excluded: Mapped[list[Any]] = mapped_column(default=list)
    about: Mapped[list[Any] | None] = mapped_column(Json)
    rule: Mapped[str] = mapped_column(default="any")
    parts: Mapped[int] = mapped_column(default=1)
    questions: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    returned: Mapped[dict[str, Any] | None] = mapped_column(Json)
    resume: Mapped[dict[str, Any] | None] = mapped_column(Json)


class WorkItem(Keyed, Owned, Base):
    """One person's or one group's part in a user task [待办].

    `state`: open; waiting (its turn comes later, or its holder waits for somebody he asked); done; closed (not needed any
    more, `note` says why); removed (减签); lost (a copy of what its author typed, without a right to the case). `position`: own, before, after, beside, delegated, consulted; `parent_key` is the
    item that added it. `username` holds it, `done_by` acted on it, perhaps in his name; `first_owner` was the first to hold
    it. `turn` is the order of a sequential decision, `weight` and `has_veto` count in a vote. `given` are the values that
    its holder filled in, of which the case takes those of whoever settles the task.

    The columns up to `warn_at` are a read model of inboxes and of managers' figures, which walk them by index alone:
    `sort_due` and `warn_at` are the task's limits, `process_id` and `department` those of its case. `pairs` are the letters by
    which a search finds an open one (`engine.cases.lines.words`).
    """

    __tablename__ = "work_item"
    __table_args__ = (
        Index("ix_work_item_person", "company_id", "username", "state", "sort_due", "key"),
        Index("ix_work_item_group", "company_id", "group_name", "state", "sort_due", "key"),
        Index("ix_work_item_person_arrival", "company_id", "username", "state", "created_at", "key"),
        Index("ix_work_item_group_arrival", "company_id", "group_name", "state", "created_at", "key"),
        Index("ix_work_item_user_task_key", "user_task_key"),
        Index("ix_work_item_instance_key", "instance_key", postgresql_include=["company_id", "username", "state"]),
        Index(
            "ix_work_item_done",
            "company_id",
            "username",
            "state",
            "done_at",
            postgresql_include=["created_at", "process_id", "department", "instance_key"],
        ),
        partial(
            "ix_work_item_load",
            "company_id",
            "username",
            "group_name",
            "sort_due",
            where="state = 'open'",
            include=["user_task_key", "process_id", "department", "warn_at", "created_at", "instance_key"],
        ),
        partial(
            "ix_work_item_department",
            "company_id",
            "department",
            "process_id",
            "username",
            where="state = 'open'",
            include=["group_name", "sort_due", "warn_at", "user_task_key", "created_at", "instance_key"],
        ),
        partial("ix_work_item_deputy", "company_id", "done_by", "done_at", where="done_by != username"),
        _pairs(),
    )
    user_task_key: Mapped[int] = mapped_column(ForeignKey("user_task.key"))
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instance.key"))
    username: Mapped[str | None]
    group_name: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="open")
    sort_due: Mapped[datetime]
    warn_at: Mapped[datetime | None]
    process_id: Mapped[str | None]
    department: Mapped[str | None]
    created_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    claimed_from: Mapped[str | None]
    opened_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    draft: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)
    position: Mapped[str] = mapped_column(default="own")
    parent_key: Mapped[int | None]
    turn: Mapped[int] = mapped_column(default=0)
    weight: Mapped[Decimal] = mapped_column(default=Decimal(1))
    has_veto: Mapped[bool] = mapped_column(default=False)
    done_by: Mapped[str | None]
    first_owner: Mapped[str | None]
    outcome: Mapped[str | None]
    opinion: Mapped[str | None]
    given: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)
    note: Mapped[str | None]
    pairs: Mapped[str] = mapped_column(Text, default="", server_default="", deferred=True)


class Timer(Keyed, Owned, Base):
    """A resting timer; only due rows are ever touched.

    A cycle fires at `anchor` + n × period; without an anchor (written before there was one) at `due_at` + n × period.
    """

    __tablename__ = "timer"
    __table_args__ = (Index("ix_timer_due_at", "due_at"), Index("ix_timer_instance_key", "instance_key"))
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instance.key"))
    element_id: Mapped[str]
    token: Mapped[str]
    expression: Mapped[str]
    armed_at: Mapped[datetime]
    anchor: Mapped[datetime | None]
    due_at: Mapped[datetime]


class Subscription(Keyed, Owned, Base):
    """A resting wait for a message or signal, or (without instance) a start event that a message starts."""

    __tablename__ = "subscription"
    __table_args__ = (
        Index("ix_subscription_name", "company_id", "kind", "name", "correlation_key", "process_id", "key"),
        partial("ix_subscription_start", "company_id", "kind", "name", where="instance_key IS NULL"),
        Index("ix_subscription_instance_key", "instance_key"),
    )
    kind: Mapped[str]
    name: Mapped[str]
    correlation_key: Mapped[str | None]
    instance_key: Mapped[int | None] = mapped_column(ForeignKey("process_instance.key"))
    definition_key: Mapped[int | None] = mapped_column(ForeignKey("process_definition.key"))
    process_id: Mapped[str]
    element_id: Mapped[str]
    token: Mapped[str | None]


class Job(Keyed, Owned, Base):
    """Background work [作业]. `state`: open, leased, completed, failed (retries used up), cancelled.

    A job of a flow node carries instance, element and token; work of our own has none.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_open", "state", "run_at", "key"),
        Index("ix_job_type", "company_id", "type", "state"),
        Index("ix_job_instance_key", "instance_key"),
    )
    type: Mapped[str]
    instance_key: Mapped[int | None] = mapped_column(ForeignKey("process_instance.key"))
    element_id: Mapped[str | None]
    token: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="open")
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    retries: Mapped[int] = mapped_column(default=3)
    attempts: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    worker: Mapped[str | None]
    error: Mapped[str | None]
    unique_name: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class Incident(Keyed, Owned, Base):
    """Something that stopped and needs a person [异常]. `state`: open, resolved.

    `cause` is the same for those that stopped at the same step of the same process by the same failure
    (`engine/cases/incident_rows.py`).
    """

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_state", "company_id", "state", "key"),
        Index("ix_incident_cause", "company_id", "state", "cause", "key"),
        Index("ix_incident_instance_key", "instance_key"),
    )
    instance_key: Mapped[int | None] = mapped_column(ForeignKey("process_instance.key"))
    element_id: Mapped[str | None]
    token: Mapped[str | None]
    job_key: Mapped[int | None] = mapped_column(ForeignKey("job.key"))
    kind: Mapped[str]
    message: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="open")
    cause: Mapped[str] = mapped_column(default="", server_default=text("''"))
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]


class Attachment(Keyed, Owned, Base):
    """A file that somebody handed in; its content lies under its sha-256 in the data folder."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_instance_key", "instance_key"),)
    instance_key: Mapped[int | None] = mapped_column(ForeignKey("process_instance.key"))
    user_task_key: Mapped[int | None] = mapped_column(ForeignKey("user_task.key"))
    field: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    uploaded_by: Mapped[str | None]
    uploaded_at: Mapped[datetime]
