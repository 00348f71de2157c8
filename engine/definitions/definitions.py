"""Deployed definitions, parsed once and kept: program, settings, forms and decisions by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from engine import decisions, errors, forms, runtime
from engine.basics import sayings
from engine.basics.sayings import LANGUAGES
from engine.definitions import settings as texts
from engine.definitions import task_settings
from engine.definitions.languages import files as languages
from engine.definitions.languages import titles, typed, wording
from engine.definitions.rules import picks
from engine.definitions.settings import Settings
from engine.definitions.task_settings import TaskSettings
from engine.storage import models
from engine.storage.copies.snapshots import Snapshots

KEPT = 512
LANGUAGE = sayings.READER
SHARED = "shared_words"  # of a session: what its company says to whoever reads, for values that came from another process
NUMBER = "instance_number"  # the variable that holds a case's number
NO_PROCESS = "There is no such process, or you may not view it."
NO_FORM = "There is no such form, or you may not view it."
NO_DECISION = "There is no such decision, or you may not view it."
RECORD = "record"  # begins the names of the look-ups that read records


@dataclass(frozen=True, eq=False)
class Form:
    """A deployed form: `schema` as form-js wrote it, `parsed` ready for drawing and validating."""

    key: int
    company_id: str
    form_id: str
    version: int
    schema: Mapping[str, Any]
    parsed: forms.Form


@dataclass(frozen=True, eq=False)
class Decision:
    """A deployed decision and the model it stands in."""

    key: int
    company_id: str
    decision_id: str
    name: str
    version: int
    model: decisions.Model


@dataclass(frozen=True, eq=False)
class Definition:
    """A version of a process, ready to run. `tasks` are the settings of its user tasks, and of its none start events. `forms` and `decisions` hold the versions it was deployed with.

    `asking` are forms to which fields were added, by the step: whom one picks for steps to come. `is_stored_first` says that its first
    steps may ask for the case's number or read records, which is noted with the case: the diagram or the settings speak of
    them, or it makes decisions, which may. `texts` are its translations by language; in the definition as somebody reads it
    (`in_language`) `words` are those of his language, and all that it says stands there in it.
    """

    key: int
    company_id: str
    process_id: str
    version: int
    name: str
    category: str
    resource_name: str
    program: runtime.Program
    settings: Settings
    tasks: Mapping[str, TaskSettings]
    forms: Mapping[str, Form]
    decisions: Mapping[str, int]
    asking: Mapping[str, Form] = field(default_factory=dict)
    is_stored_first: bool = True
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What people call the process."""
        return self.settings.title or self.name

    def said_in(self, language: str, text: str) -> str:
        """A text of the process for who reads that language; one that nobody translated as it is."""
        return self.texts.get(language, {}).get(text, text)

    def said_in_each(self, text: str) -> sayings.Said:
        """A text of the process for readers of whom it is not known yet what they read."""
        return sayings.in_each(lambda language: self.said_in(language, text))

    def said(self, text: str) -> str:
        """A text of the process that stands in a row, such as the name of a step, as the reader is told it."""
        return self.words.get(text, text)

    def titled(self, title: str, language: str = "") -> str:
        """The title of a case as the reader is told it, or who reads that language."""
        words, formula = self.texts.get(language, {}) if language else self.words, self.settings.title_of_case
        is_typed = '"' not in formula and typed.gives(self, formula)
        return titles.said(title, formula, words) if words and not is_typed else title

    @property
    def user_tasks(self) -> list[str]:
        """The element ids of its user tasks."""
        return [element_id for element_id in self.tasks if self.program.elements[element_id].type == "userTask"]

    def calendar_of(self, element_id: str) -> str:
        """The name of the calendar by which time counts at a step, or at a timer on one; that of the process else."""
        element = self.program.elements.get(element_id)
        step = (element.attached_to if element else None) or element_id
        own = self.tasks.get(step)
        return (own.calendar if own else "") or self.settings.calendar

    def form_of(self, element_id: str) -> Form | None:
        """The form of a user task or start event, with what is asked there beside: whom one picks for steps to come."""
        if element_id in self.asking:
            return self.asking[element_id]
        element = self.program.elements[element_id]
        return self.forms.get(element.form_id or "")

    @property
    def start_form(self) -> Form | None:
        """The form on the none start event."""
        start = next((event for event in self.program.start_events if event.kind == "none"), None)
        return self.form_of(start.element_id) if start else None


def as_read(definition: Definition, form: Form | None) -> forms.Form | None:
    """A form of the definition as whoever reads is told it: what it only shows may have been chosen in another process."""
    return replace(form.parsed, words=definition.words) if form is not None else None


_definitions: Snapshots[int, Definition] = Snapshots(limit=KEPT)
_worded: Snapshots[tuple[int, str], Definition] = Snapshots(limit=KEPT)
_forms: Snapshots[int, Form] = Snapshots(limit=4 * KEPT)
_decisions: Snapshots[int, Decision] = Snapshots(limit=KEPT)


def by_key(session: Session, key: int) -> Definition:
    """The definition of that key; the first use in a process reads and parses it, later ones cost nothing.

    In a session that reads for a page it says everything in the reader's language. Raises NotFound when there is none (or
    none that the session's company may see).
    """
    definition = as_drawn(session, key)
    language = session.info.get(LANGUAGE)
    return in_language(session, definition, language) if language else definition


def as_drawn(session: Session, key: int) -> Definition:
    """As `by_key`, in the words of its files whoever reads: for what counts as it was written, such as an official paper."""
    definition = _definitions.get(session, key, lambda: _load(session, key))
    _refuse_strangers(session, definition, NO_PROCESS)
    return definition


def in_language(session: Session, definition: Definition, language: str) -> Definition:
    """The definition as it speaks to who reads that language; where nobody translated it, as it was drawn."""
    if not definition.texts.get(language) or definition.words:
        return definition
    worded = _worded.get(
        session, (definition.key, language), lambda: _in_words(definition, definition.texts[language], language)
    )
    shared = session.info.get(SHARED)
    if not shared:
        return worded
    known: dict[tuple[int, str], Definition] = session.info.setdefault("read_with_shared", {})
    if (definition.key, language) not in known:
        known[(definition.key, language)] = replace(worded, words={**shared, **worded.words})
    return known[(definition.key, language)]


def _in_words(drawn: Definition, words: Mapping[str, str], language: str) -> Definition:
    def say(text: str, _kind: str, _at: str) -> str:
        return words.get(text, text)

    program = wording.program(drawn.program, say)
    tasks = {id: wording.task(each, id, say) for id, each in drawn.tasks.items()}
    worded = {id: _form_in_words(each, say, words) for id, each in drawn.forms.items()}
    return replace(
        drawn,
        name=words.get(drawn.name, drawn.name),
        category=words.get(drawn.category, drawn.category),
        program=program,
        settings=wording.settings(drawn.settings, say),
        tasks=tasks,
        forms=worded,
        asking=dict(_asking(program, tasks, worded, drawn.company_id, language)),
        words=words,
    )


def _form_in_words(form: Form, say: wording.Say, words: Mapping[str, str]) -> Form:
    schema = wording.schema(form.schema, say)
    return replace(form, schema=schema, parsed=replace(forms.load(schema), words=words))


def latest(session: Session, company_id: str, process_id: str) -> Definition:
    """The newest version of a process of the company. Raises NotFound."""
    row = models.ProcessDefinition
    statement = select(row.key).where(row.company_id == company_id, row.process_id == process_id)
    key = session.execute(statement.order_by(row.version.desc()).limit(1)).scalar()
    if key is None:
        raise errors.NotFound("There is no process “%(process)s”.", process=process_id)
    return by_key(session, key)


def of_version(session: Session, company_id: str, process_id: str, version: int) -> Definition:
    """One version of a process of the company. Raises NotFound."""
    row = models.ProcessDefinition
    mine = (row.company_id == company_id, row.process_id == process_id, row.version == version)
    key = session.execute(select(row.key).where(*mine)).scalar()
    if key is None:
        raise errors.NotFound("There is no version %(version)s of “%(process)s”.", process=process_id, version=version)
    return by_key(session, key)


def channel(session: Session, initiator: str | None, key: int) -> str:
    """By which way the customer of a case came, as its process calls it; "" for a case that a colleague or a timer started."""
    public = None if initiator is not None else by_key(session, key).settings.public
    return public.channel if public else ""


def titled(session: Session, company_id: str, process_ids: Select[str]) -> list[tuple[str, str]]:
    """Ids and titles of those processes that a statement names, by title."""
    named = set(session.execute(process_ids).scalars())
    titled_processes = [(each.process_id, each.title) for each in all_latest(session, company_id) if each.process_id in named]
    return sorted(titled_processes, key=lambda pair: pair[1])


def all_latest(session: Session, company_id: str, *, in_use: bool = False) -> Iterator[Definition]:
    """The newest version of every process of the company, by process id; with `in_use` not of those that were retired."""
    row, gone = models.ProcessDefinition, models.RetiredProcess
    mine = [row.company_id == company_id]
    if in_use:
        mine.append(row.process_id.not_in(select(gone.process_id).where(gone.company_id == company_id)))
    newest = (
        select(row.process_id, func.max(row.version).label("version"))
        .where(row.company_id == company_id)
        .group_by(row.process_id)
        .subquery()
    )
    same = (row.process_id == newest.c.process_id) & (row.version == newest.c.version)
    statement = select(row.key).join(newest, same).where(*mine).order_by(row.process_id)
    for key in session.execute(statement).scalars().all():
        yield by_key(session, key)


def older_in_use(session: Session, company_id: str, process_id: str = "") -> Iterator[tuple[Definition, int]]:
    """Versions that are not the newest of their process and by which cases run, with how many; the younger ones first."""
    row, case = models.ProcessDefinition, models.ProcessInstance
    mine = [case.company_id == company_id, case.state == "active"]
    if process_id:
        mine.append(case.process_id == process_id)
    running = select(case.definition_key, func.count().label("cases")).where(*mine).group_by(case.definition_key).subquery()
    newer = aliased(row)
    is_older = exists().where(
        newer.company_id == row.company_id, newer.process_id == row.process_id, newer.version > row.version
    )
    statement = select(row.key, running.c.cases).join(running, running.c.definition_key == row.key).where(is_older)
    for key, cases in session.execute(statement.order_by(row.process_id, row.version.desc())).all():
        yield by_key(session, key), cases


def form(session: Session, key: int) -> Form:
    """A deployed form by its key. Raises NotFound."""
    kept = _forms.get(session, key, lambda: _load_form(session, key))
    _refuse_strangers(session, kept, NO_FORM)
    return kept


def decision(session: Session, definition: Definition, decision_id: str) -> Decision:
    """The decision as deployed with the process, else the company's newest. Raises NotFound."""
    key = definition.decisions.get(decision_id)
    return decision_by_key(session, key) if key else latest_decision(session, definition.company_id, decision_id)


def latest_decision(session: Session, company_id: str, decision_id: str) -> Decision:
    """The newest version of a decision of the company. Raises NotFound."""
    row = models.DecisionDefinition
    statement = select(row.key).where(row.company_id == company_id, row.decision_id == decision_id)
    key = session.execute(statement.order_by(row.version.desc()).limit(1)).scalar()
    if key is None:
        raise errors.NotFound("There is no decision “%(decision)s”.", decision=decision_id)
    return decision_by_key(session, key)


def decision_by_key(session: Session, key: int) -> Decision:
    """A decision of one version. Raises NotFound."""
    kept = _decisions.get(session, key, lambda: _load_decision(session, key))
    _refuse_strangers(session, kept, NO_DECISION)
    return kept


def _refuse_strangers(session: Session, deployed: Definition | Form | Decision, text: str) -> None:
    """What is kept in the process is kept for all companies: each sees only its own."""
    if session.info.get("company") not in (None, deployed.company_id):
        raise errors.NotFound(text)


def _load(session: Session, key: int) -> Definition:
    row = models.ProcessDefinition
    columns = (row.key, row.company_id, row.process_id, row.version, row.name, row.category, row.resource_name, row.edition)
    stored = session.execute(select(*columns, row.xml, row.settings).where(row.key == key)).one_or_none()
    if stored is None:
        raise errors.NotFound(NO_PROCESS)
    program = next(each for each in runtime.parse(stored.xml, edition=stored.edition) if each.process_id == stored.process_id)
    tasks = {each.id: task_settings.read(each.properties) for each in program.elements.values() if each.type == "userTask"}
    # A case that is sent back to whoever began it asks there as a user task does.
    starts = {each.element_id: TaskSettings() for each in program.start_events if each.kind == "none"}
    deployed = {form_id: form(session, form_key) for form_id, form_key in stored.settings.get("forms", {}).items()}
    settings = texts.read(stored.settings)
    return Definition(
        key=stored.key,
        company_id=stored.company_id,
        process_id=stored.process_id,
        version=stored.version,
        name=stored.name,
        category=stored.category,
        resource_name=stored.resource_name,
        program=program,
        settings=settings,
        tasks=starts | tasks,
        forms=deployed,
        decisions=stored.settings.get("decisions", {}),
        asking=dict(_asking(program, starts | tasks, deployed, stored.company_id)),
        is_stored_first=bool(stored.settings.get("decisions")) or _speaks_of_itself(stored),
        texts=languages.merged(stored.settings.get(languages.SHARED) or {}, settings.texts or {}),
    )


def _speaks_of_itself(stored: Row[Any]) -> bool:
    """Whether the diagram or the settings speak of a case's number or of records."""
    said = models.dumps(languages.parted(stored.settings)[0]) + runtime.text_of(stored.xml)
    return NUMBER in said or RECORD in said


def _asking(
    program: runtime.Program,
    tasks: Mapping[str, TaskSettings],
    deployed: Mapping[str, Form],
    company_id: str,
    language: str = LANGUAGES[0],
) -> Iterator[tuple[str, Form]]:
    """The forms of steps where people are picked, with the fields that ask for them at their end."""
    for element_id, components in picks.fields(program, tasks, language).items():
        own = deployed.get(program.elements[element_id].form_id or "")
        schema: dict[str, Any] = (
            dict(own.schema) if own else {"type": "default", "id": f"{picks.PREFIX}{element_id}", "schemaVersion": 18}
        )
        schema["components"] = [*schema.get("components", ()), *components]
        key, version = (own.key, own.version) if own else (0, 0)
        parsed = replace(forms.load(schema), words=own.parsed.words if own else {})
        yield element_id, Form(key, company_id, schema["id"], version, schema, parsed)


def _load_form(session: Session, key: int) -> Form:
    row = session.get(models.FormDefinition, key)
    if row is None:
        raise errors.NotFound(NO_FORM)
    return Form(row.key, row.company_id, row.form_id, row.version, row.schema, forms.load(row.schema))


def _load_decision(session: Session, key: int) -> Decision:
    row = models.DecisionDefinition
    columns = (row.key, row.decision_id, row.name, row.version, row.xml, row.company_id, row.resource_name, row.deployment_key)
    stored = session.execute(select(*columns).where(row.key == key)).one_or_none()
    if stored is None:
        raise errors.NotFound(NO_DECISION)
    beside = _decision_files(session, stored.company_id, stored.deployment_key) if b"import" in stored.xml else {}
    beside.pop(stored.resource_name, None)
    model = decisions.parse(stored.xml, imports=beside)
    return Decision(stored.key, stored.company_id, stored.decision_id, stored.name, stored.version, model)


def _decision_files(session: Session, company_id: str, deployment_key: int) -> dict[str, bytes]:
    """The company's decision files as they were with a deployment, by name; what was deployed later is not seen."""
    row = models.DecisionDefinition
    there = (row.company_id == company_id, row.deployment_key <= deployment_key)
    statement = select(row.resource_name, row.xml).where(*there).order_by(row.deployment_key)
    return {row[0]: row[1] for row in session.execute(statement)}
