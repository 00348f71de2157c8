"""Making the people's side of a user task: who must act and why, until when, and their work items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import insert, select, update

from engine import errors, feel, runtime
from engine.calendar import due
from engine.calendar.working import Calendar
from engine.cases import cases, incident_rows
from engine.cases.cases import Case
from engine.cases.rights import acted, recusal, stranded
from engine.definitions import definitions
from engine.definitions.rules import joint_rules
from engine.definitions.task_settings import ACT, INITIATOR, NONE, SKIP, SUPERIOR, TaskSettings
from engine.execution import comebacks, picked, voters
from engine.people import resolve
from engine.storage import jobs, keys, models

OF_ORGANISATION = ("members of", "head of", "manager of", "managers of", "department of")  # what changes with it
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
WARN = "user_tasks.warn"
OVERDUE = "user_tasks.overdue"
REMIND = "user_tasks.remind"
CASE_WARN = "process_instances.warn"
CASE_OVERDUE = "process_instances.overdue"
OF_TASKS, OF_CASES = (WARN, OVERDUE, REMIND), (CASE_WARN, CASE_OVERDUE)


@dataclass
class Assigned:
    """The rows of one user task, not yet written."""

    task: dict[str, Any]
    items: list[dict[str, Any]]
    jobs: list[dict[str, Any]] = field(default_factory=list)
    refusal: errors.Refusal | None = None


def assign(case: Case, wait: runtime.TokenWait) -> Assigned:
    """Resolves a user task when its token arrives (BPMN 10.3.4; Camunda 8 assignment, schedule and priority).

    An expression that fails leaves the task to the company's administrators, with the reason as `refusal`.
    """
    element = case.definition.program.elements[wait.element_id]
    settings = case.definition.tasks[element.id]
    sent = case.around.take_sent(case.instance, element.id)
    asked = EvaluatedSettings(case, element, settings, case.context(wait.token))
    excluded = separated(case, settings) | asked.recused()
    if sent is not None and sent.excluded is not None:  # taken back: his own part in it does not bar him from it
        excluded = sent.excluded
    resolved, excluded = asked.who(excluded, sent)
    picked.require(case, element, settings, resolved)
    if resolved.is_empty:
        missing = stranded.NO_VOTERS if settings.joint_rule.is_joint else stranded.NOBODY
        asked.refusal = asked.refusal or errors.Refusal(missing, name=element.name or element.id)
    due_at, warn_at = asked.deadline()
    counted = _counted(case, element, asked.context)
    case.rounds[counted] = case.rounds.get(counted, 0) + 1
    task = _task(case, wait, element, settings, resolved) | {"round": case.rounds[counted]}
    about = asked.about() & excluded if excluded else frozenset[str]()
    task |= {"excluded": sorted(excluded), "about": sorted(about)}
    task |= {"due_at": due_at, "warn_at": warn_at, "priority": asked.priority()}
    joint = voters.voters_of(case.around.organisation, settings, resolved, excluded, asked.value)
    items = voters.items(task, resolved, joint, sort_due=due_at or NEVER, now=case.now)
    task |= {"parts": len(items), "rule": settings.rule if joint else joint_rules.ANY}
    if joint:
        asked.refusal = asked.refusal or joint.refusal
    _give_back(case, element, task, items, sent)
    return Assigned(task, items, list(_reminders(case, task)), asked.refusal)


def follows(definition: definitions.Definition, element_id: str) -> bool:
    """Whether a step is offered to people by an expression that asks the organisation, so that its list follows that."""
    element, settings = definition.program.elements.get(element_id), definition.tasks.get(element_id)
    if element is None or settings is None or settings.picked_by != NONE or settings.joint_rule.is_joint:
        return False
    given = (element.assignee, element.candidate_users, element.candidate_groups)
    asking = [text for text in given if text and feel.is_expression(text)]
    return any(next(feel.calls(text, name), None) is not None for text in asking for name in OF_ORGANISATION)


def anew(case: Case, task: models.UserTask) -> tuple[resolve.Resolved, frozenset[str]] | None:
    """Who must act on an open task as the organisation is now, and who is kept out of it, nobody less than before.

    None where nobody is found, or it cannot be told: then it stays with those who have it.
    """
    element, settings = case.definition.program.elements[task.element_id], case.definition.tasks[task.element_id]
    asked = EvaluatedSettings(case, element, settings, case.context(task.token))
    resolved, excluded = asked.who(frozenset(task.excluded), None)
    nobody = asked.refusal is not None or resolved.is_empty or resolved.is_last_resort
    passes = settings.same_as_initiator == SKIP and set(resolved.usernames) == {case.instance.initiator}
    return None if nobody or passes else (resolved, excluded)


def instead_of(case: Case, task: models.UserTask, voter: str | None, excluded: frozenset[str]) -> resolve.Resolved:
    """Who has an open task, or the part of a `voter` of it who is gone, without those who are kept out: who the step names
    now, else its `empty`.
    """
    element, settings = case.definition.program.elements[task.element_id], case.definition.tasks[task.element_id]
    asked = EvaluatedSettings(case, element, settings, case.context(task.token))
    if voter is None:
        return asked.who(excluded, None)[0]
    empty = asked.value(settings.empty)
    resolved = resolve.resolve(case.around.organisation, assignee=voter, excluded=excluded, empty=empty)
    return resolve.left_open(resolved) if resolved.is_last_resort else resolved


def take_off(case: Case, token: str) -> bool:
    """Takes the rows of an open task that nobody has off, so that it can be given out anew as if for the first time."""
    item, mine = models.WorkItem, (models.UserTask.instance_key == case.instance.key, models.UserTask.token == token)
    task = case.session.execute(select(models.UserTask).where(*mine, models.UserTask.state == "open")).scalar_one_or_none()
    if task is None:
        return False
    parts = case.session.execute(select(item).where(item.user_task_key == task.key)).scalars().all()
    if any(each.username or each.group_name for each in parts):
        return False
    for each in parts:
        each.state = "closed"
    task.state, task.completed_at = "cancelled", case.now
    counted = _counted(case, case.definition.program.elements[task.element_id], case.context(token))
    case.rounds[counted] = case.rounds.get(counted, 1) - 1
    case.session.flush()
    return True


def set_deadline(case: Case, incident: models.Incident) -> None:
    """Works out anew the deadline that an open task lacks because it could not be, from now on; what fails again is told anew."""
    mine = (models.UserTask.instance_key == case.instance.key, models.UserTask.token == incident.token)
    task = case.session.execute(select(models.UserTask).where(*mine, models.UserTask.state == "open")).scalar_one_or_none()
    if task is None:
        return
    element, settings = case.definition.program.elements[task.element_id], case.definition.tasks[task.element_id]
    asked = EvaluatedSettings(case, element, settings, case.context(task.token))
    due_at, warn_at = asked.deadline(task.due_at)
    if asked.refusal is not None:
        at = {"instance": case.instance, "element_id": element.id, "element_name": element.name, "token": task.token}
        incident_rows.add(case.session, task.company_id, incident.kind, asked.refusal, now=case.now, **at)
    if due_at is not None and (task.due_at, task.warn_at) != (due_at, warn_at):
        _write_deadline(case, element, task, due_at, warn_at)


def _write_deadline(
    case: Case, element: runtime.Element, task: models.UserTask, due_at: datetime, warn_at: datetime | None
) -> None:
    fresh = {"due_at": None if task.due_at else due_at, "warn_at": warn_at}
    task.due_at, task.warn_at = due_at, warn_at
    parts = update(models.WorkItem).where(models.WorkItem.user_task_key == task.key)
    case.session.execute(parts.values(sort_due=due_at, warn_at=warn_at))
    told = list(_reminders(case, {"company_id": task.company_id, "key": task.key, **fresh}))
    case.session.execute(insert(models.Job), told)
    after = {name: at.isoformat() for name, at in (("due_at", due_at), ("warn_at", warn_at)) if at is not None}
    case.note("rescheduled", element, what="user_task", key=task.key, because="retry", before={}, after=after)


def _give_back(
    case: Case, element: runtime.Element, task: dict[str, Any], items: list[dict[str, Any]], sent: cases.SentByHand | None
) -> None:
    """A step that comes back says so, and goes by name to whoever did it, if one person does it and he still may."""
    if sent is None:
        task["resume"] = None
        task["returned"], doer = comebacks.comeback_of(case, element, task["round"])
    else:
        told = sent.returned and {**sent.returned, "round": task["round"]}
        task["returned"], task["resume"], doer = told, sent.resume, sent.doer
    is_one_person_s = task["rule"] == joint_rules.ANY and element.multi_instance is None and doer not in task["excluded"]
    if is_one_person_s and comebacks.holders(case.around.organisation, items, doer, case.now):
        task["assignee"] = doer


class EvaluatedSettings:
    """The settings of one user task, evaluated; the first that fails is kept as the refusal."""

    def __init__(self, case: Case, element: runtime.Element, settings: TaskSettings, context: Mapping[str, Any]) -> None:
        self.case, self.element, self.settings, self.context = case, element, settings, context
        self.refusal: errors.Refusal | None = None

    def value(self, text: str | None) -> Any:
        if not text:
            return None
        try:
            return self.case.evaluate(text, self.context)
        except errors.Refusal as refusal:
            self.refusal = self.refusal or refusal
            return None

    def recused(self) -> frozenset[str]:
        """Whom the case itself, or one above it, keeps away from the task (回避), as the person whom a complaint is about."""
        return frozenset(resolve.names_in(self.value(self.settings.recused))) | self._above

    def about(self) -> frozenset[str]:
        """Those of them whom it keeps away by what it holds, and not for what they did."""
        return recusal.of_step(self.case, self.settings, self.context) | self._above

    @cached_property
    def _above(self) -> frozenset[str]:
        return recusal.above(self.case)

    def who(self, excluded: frozenset[str], sent: cases.SentByHand | None) -> tuple[resolve.Resolved, frozenset[str]]:
        """Who must act, and who is kept out: where the diagram says so, nobody decides on his own request.

        What several are to decide together never falls to one administrator: rather nobody, until somebody is chosen.
        """
        resolved, apart = self._who(excluded, sent)
        falls = resolved.is_last_resort and self.settings.joint_rule.is_joint
        return resolve.left_open(resolved) if falls else resolved, apart

    def _who(self, excluded: frozenset[str], sent: cases.SentByHand | None) -> tuple[resolve.Resolved, frozenset[str]]:
        resolved, initiator = self.resolve(excluded, sent), self.case.instance.initiator
        company, what = self.case.around.organisation, self.settings.same_as_initiator
        if what == ACT or initiator is None or initiator not in voters.everybody(company, resolved, excluded):
            return resolved, excluded
        is_alone = voters.everybody(company, resolved, excluded) == {initiator} and not resolved.is_last_resort
        if what == SKIP and is_alone:
            return resolved, excluded
        apart = excluded | {initiator}
        if not is_alone:
            return self.resolve(apart, sent), apart
        instead = company.manager_of(initiator) if what == SUPERIOR else company.head_above(initiator)
        trace = [{"code": what, "values": {"person": initiator}, "people": [instead]}]
        empty = self.value(self.settings.empty)
        return resolve.resolve(company, assignee=instead, excluded=apart, empty=empty, trace=trace), apart

    def resolve(self, excluded: frozenset[str], sent: cases.SentByHand | None) -> resolve.Resolved:
        """Who must act, as the diagram says, whoever started the case."""
        if self.refusal is None and sent is not None and sent.is_his:
            code = "began" if sent.doer == self.case.instance.initiator else "sent_back"
            trace: list[Mapping[str, Any]] = [{"code": code, "values": {}, "people": [sent.doer]}]
            return resolve.resolve(self.case.around.organisation, assignee=sent.doer, excluded=excluded, trace=trace)
        element, look_ups = self.element, self.case.functions
        look_ups.trace.clear()
        if self.refusal is not None:  # who is recused is not known: rather nobody than the wrong one
            return resolve.resolve(self.case.around.organisation, excluded=excluded)
        if self.settings.picked_by != NONE:
            return picked.resolved(self.case, element, self.settings, self.context, excluded, self.value(self.settings.empty))
        given = [self.value(text) for text in (element.assignee, element.candidate_users, element.candidate_groups)]
        group = self._group(given[1])
        if group is not None:
            given[1:] = None, [group, *resolve.names_in(given[2])]
        trace = list(map(self._worded, look_ups.trace))
        has_assignment = bool(element.assignee or element.candidate_users or element.candidate_groups)
        return resolve.resolve(
            self.case.around.organisation,
            assignee=given[0],
            users=given[1],
            groups=given[2],
            lane=None if has_assignment else element.lane,
            excluded=excluded,
            empty=self.value(self.settings.empty),
            trace=trace,
        )

    def _group(self, users: Any) -> str | None:
        """The group, where the candidates are its members and nothing else: who joins it is offered the task, who leaves not."""
        text, company = self.element.candidate_users or "", self.case.around.organisation
        if not isinstance(users, list) or not feel.is_expression(text) or not feel.answers(text, "members of"):
            return None
        asked = (note for note in self.case.functions.trace if note["code"] == "members_of" and note["people"] == users)
        names = (company.present_name(note["values"]["group"]) for note in asked)
        return next((name for name in names if name in company.groups), None)

    def _worded(self, note: Mapping[str, Any]) -> Mapping[str, Any]:
        """A step that was asked about by its name: nobody in the office knows its id."""
        asked = self.case.definition.program.elements.get(note["values"].get("task", ""))
        return {**note, "values": note["values"] | {"task": asked.name}} if asked and asked.name else note

    def deadline(self, stands: datetime | None = None) -> tuple[datetime | None, datetime | None]:
        """The due time, unless one `stands` already, and when to warn of it."""
        due_at = stands or self._moment(self.settings.due or self.element.due_date)
        if due_at is None or not self.settings.warn:
            return due_at, None
        try:
            return due_at, due.before(self.value(self.settings.warn) or "", due_at, self.calendar)
        except errors.Refusal as refusal:
            self.refusal = self.refusal or refusal
            return due_at, None

    def priority(self) -> int:
        value = self.value(self.element.priority)
        said = runtime.priority(value)
        if said is None and value is not None:
            refusal = errors.Refusal(runtime.NO_PRIORITY, text=str(value), most=runtime.MOST_PRIORITY)
            self.refusal = self.refusal or refusal
        return self.case.instance.priority if said is None else said

    @property
    def calendar(self) -> Calendar:
        """By which the step's deadline is counted."""
        return self.case.calendar(self.element.id)

    def _moment(self, text: str | None) -> datetime | None:
        value = self.value(text)
        if value is None:
            return None
        try:
            return due.compute(str(value), self.case.now, self.calendar)
        except errors.Refusal as refusal:
            self.refusal = self.refusal or refusal
            return None


def separated(case: Case, settings: TaskSettings) -> frozenset[str]:
    """Who may not act because they started the case or did another of its tasks, in any round and anywhere in its tree."""
    apart = set(settings.separate_from)
    people = {case.instance.initiator} if INITIATOR in apart else set()
    if apart - {INITIATOR}:
        people |= acted.acted_in(case.session, case.instance.root_key, apart - {INITIATOR})
    return frozenset(name for name in people if name)


def _counted(case: Case, element: runtime.Element, context: Mapping[str, Any]) -> str:
    """What the rounds of a task are counted by: within a multi-instance each item has rounds of its own."""
    elements, at = case.definition.program.elements, element
    while at.multi_instance is None and at.parent is not None and at.parent in elements:
        at = elements[at.parent]
    is_item = at.multi_instance is not None and not at.multi_instance.standard
    return f"{element.id}#{context.get('loopCounter')}" if is_item else element.id


def _task(
    case: Case,
    wait: runtime.TokenWait,
    element: runtime.Element,
    settings: TaskSettings,
    resolved: resolve.Resolved,
) -> dict[str, Any]:
    form = case.definition.forms.get(element.form_id or "")
    return {
        "key": keys.new(),
        "company_id": case.instance.company_id,
        "instance_key": case.instance.key,
        "definition_key": case.definition.key,
        "process_id": case.definition.process_id,
        "department": case.instance.initiator_department,
        "element_id": element.id,
        "name": element.name or element.id,
        "token": wait.token,
        "state": "open",
        "kind": settings.kind,
        "form_id": element.form_id,
        "form_key": form.key if form else None,
        "assignee": resolved.assignee,
        "created_at": case.now,
        "previous_by": case.around.actor,
    }


def _reminders(case: Case, task: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Background work at the warning and at the due time; it looks then whether the task is still open."""
    for job_type, at in ((WARN, task["warn_at"]), (OVERDUE, task["due_at"])):
        if at is not None:
            yield jobs.row(task["company_id"], job_type, {"user_task_key": task["key"]}, run_at=at, now=case.now)
