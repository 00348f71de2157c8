"""Deploying diagrams, decisions and forms: checked together, stored all or nothing, versions only for what changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import decisions, errors, runtime
from engine.cases.lines import register_lines
from engine.definitions import definitions, terms
from engine.definitions import settings as texts
from engine.definitions.languages import extraction, files
from engine.deploying import joining, rights
from engine.deploying.checking import checks, earlier_cases
from engine.deploying.checking.checks import Examined, Known, Resource, check
from engine.deploying.checking.data import process_variables
from engine.deploying.company_files import origin
from engine.people import organisation, roles
from engine.people.actors import Actor
from engine.problems import Problem
from engine.storage import keys, models
from engine.verbs import register_filling
from engine.verbs.running import start_events

__all__ = ["Deployed", "DeploymentRefused", "Examined", "Known", "Resource", "check", "deploy", "examine"]

KINDS: dict[Any, tuple[str, str]] = {
    models.ProcessDefinition: ("process", "process_id"),
    models.DecisionDefinition: ("decision", "decision_id"),
    models.FormDefinition: ("form", "form_id"),
}
UNSAID = Problem(
    "",
    "",
    "Nothing says who may start this process: until something does, only its owners and administrators may, who can say it.",
    severity="warning",
)
Versioned = models.ProcessDefinition | models.DecisionDefinition | models.FormDefinition


class DeploymentRefused(errors.Invalid):
    """Nothing was deployed; `problems` name resource, element and what is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        grave = [problem for problem in problems if problem.severity == "error"]
        super().__init__("Nothing was deployed: %(count)s problems were found.", count=len(grave))
        self.problems = problems

    def __str__(self) -> str:
        listed = [f"{each.resource}: {each.place}: {each}" for each in self.problems]
        return "\n".join([super().__str__(), *listed])


@dataclass
class Deployed:
    """What a deployment holds; a definition that did not change is the version that was there. `made` counts the versions that
    are new: none where all of it was there already."""

    deployment: models.Deployment
    definitions: list[models.ProcessDefinition] = field(default_factory=list)
    decisions: list[models.DecisionDefinition] = field(default_factory=list)
    forms: list[models.FormDefinition] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    made: int = 0


def examine(by: Actor, resources: Iterable[Resource]) -> Examined:
    """Reads and checks resources before a transaction is begun, as it takes its time; then `deploy` only writes.

    Raises Forbidden for others than administrators and those with the role of an owner: whose files are looked at costs
    time. Owners by their group publish drafts.
    """
    if not (by.is_administrator or by.scopes(roles.OWNER)):
        raise errors.Forbidden("Only administrators may deploy.")
    return checks.examine(resources)


def deploy(
    session: Session,
    by: Actor,
    resources: Iterable[Resource] | Examined,
    *,
    now: datetime,
    folder: origin.Folder | None = None,
    released: Collection[str] = (),
) -> Deployed:
    """Stores `.bpmn`, `.dmn` and `.form` resources for the company of `by`; what `examine` gave is not read again.

    A process keeps its version when neither its diagram, its settings, nor the forms and decisions it uses changed; those that
    use a form or decision which changes are deployed with it (joining.py), but for a folder, which holds all of its own.
    `folder` says that the resources are the company's folder: what was published in a page since the folder was last
    deployed stays the newest, and `folder.differences` tell it. `released` are the processes whose change a second person has
    released; any other whose newest version wants one is not changed: a folder's is left, unless it replaces.
    Raises Forbidden for others than administrators and owners of all these processes, and where a second person has to
    release, DeploymentRefused (with `problems`) when anything cannot run.
    """
    examined = resources if isinstance(resources, Examined) else checks.examine(resources)
    given, company = {each.name for each in examined.resources}, models.Company
    # One at a time: what else has to be deployed is decided by what nobody changes meanwhile.
    session.execute(select(company.id).where(company.id == by.company_id).with_for_update()).one()
    if folder is None:
        examined = joining.joined(session, by, examined)
    rights.require(session, by, examined)
    deployed = _Batch(session, by, now, folder, released).store(examined)
    deployed.problems = [each for each in deployed.problems if each.resource in given]
    return deployed


def known(session: Session, by: Actor, *, now: datetime | None = None) -> Known:
    """What files of this company may point at; `now` is the moment of the check (None: moments are not judged)."""
    batch = _Batch(session, by, datetime.min, None)
    forms, rules = batch.keys(models.FormDefinition, "form_id"), batch.keys(models.DecisionDefinition, "decision_id")
    return batch.known(forms, rules, now)


class _Batch:
    """One deployment under way."""

    def __init__(
        self, session: Session, by: Actor, now: datetime, folder: origin.Folder | None, released: Collection[str] = ()
    ) -> None:
        self.session, self.by, self.now, self.folder, self.released = session, by, now, folder, released
        self.left: set[int] = set()  # keys of the newest forms and decisions that a page published and the folder left
        deployed_by = None if by.is_system else by.username
        self.row = models.Deployment(key=keys.new(), company_id=by.company_id, deployed_at=now, deployed_by=deployed_by)
        self.result = Deployed(self.row)
        self.news: list[Versioned] = []
        self.starts: list[tuple[models.ProcessDefinition, runtime.Program]] = []
        self.decided: dict[str, decisions.Decision] = {}  # decisions of this deployment by id
        self.new_columns: list[str] = []  # ids of processes whose register is another one now

    def store(self, examined: Examined) -> Deployed:
        forms = self.keys(models.FormDefinition, "form_id")
        rules = self.keys(models.DecisionDefinition, "decision_id")
        problems = examined.check(self.known(forms, rules, self.now))
        if any(problem.severity == "error" for problem in problems):
            raise DeploymentRefused(problems)
        self.result.problems = problems
        for resource in examined.resources:
            if resource.kind == "form":
                forms |= self._form(resource, examined.schemas[resource.name])
            elif resource.kind == "dmn":
                imports = checks.imports(resource, examined.resources)
                rules |= self._decisions(resource, examined.models[resource.name], imports)
        for resource in examined.resources:
            for program in examined.programs.get(resource.name, ()):
                self._process(program, resource, forms, rules)
        return self._finished()

    def known(self, forms: Mapping[str, int], rules: Mapping[str, int], now: datetime | None) -> Known:
        company = organisation.current(self.session, self.by.company_id)
        processes = self.keys(models.ProcessDefinition, "process_id")
        return Known(
            forms,
            rules,
            schema=self._schema_before,
            program=self._program_before,
            company=company,
            variables=self._variables,
            processes=processes,
            user_tasks=self._user_tasks,
            columns=self._columns,
            now=now,
            decision=self._decision,
            owners=self._owners,
        )

    def _owners(self, process_id: str) -> Collection[str]:
        """Who owns a process, or all of them, by a role."""
        grant = models.RoleGrant
        mine = (grant.company_id == self.by.company_id, grant.role == roles.OWNER)
        scopes = grant.scope.in_((process_id, roles.EVERYTHING))
        return self.session.execute(select(grant.username).where(*mine, scopes)).scalars().all()

    def _columns(self, process_id: str) -> list[str] | None:
        """The labels of the register that a process has now; None for one that was never deployed."""
        before = self._newest(models.ProcessDefinition, "process_id", process_id)
        return earlier_cases.labels(texts.own(before.settings)) if before is not None else None

    def _user_tasks(self) -> set[str]:
        """The element ids of all user tasks of the company's processes."""
        newest = definitions.all_latest(self.session, self.by.company_id)
        return {task for each in newest for task in each.user_tasks}

    def _variables(self, decision_ids: Collection[str]) -> set[str]:
        """The variables of the company's processes that ask for one of these decisions."""
        mine = definitions.all_latest(self.session, self.by.company_id)
        asking = [each for each in mine if process_variables.asks_for(each.program, decision_ids)]
        drawn = ((each.program, [form.parsed for form in each.forms.values()]) for each in asking)
        return {name for program, parsed in drawn for name in process_variables.variables_of(program, parsed)}

    def _finished(self) -> Deployed:
        stored: list[Versioned] = [*self.result.definitions, *self.result.decisions, *self.result.forms]
        if stored and not self.news:
            self.result.deployment = self.session.get_one(models.Deployment, stored[0].deployment_key)
            return self.result
        self.result.made = len(self.news)
        self.session.add(self.row)
        self.session.flush()  # the versions point at it
        self.session.add_all(self.news)
        self.session.flush()
        for row, program in self.starts:
            start_events.renew(self.session, row, program, now=self.now)
        for process_id in self.new_columns:
            register_filling.order(self.session, self.by.company_id, process_id, now=self.now)
        return self.result

    def _form(self, resource: Resource, schema: Mapping[str, Any]) -> dict[str, int]:
        values = {"form_id": schema["id"], "resource_name": resource.name, "schema": schema}
        before = self._newest(models.FormDefinition, "form_id", schema["id"])
        is_same = before is not None and before.schema == schema  # however the file is laid out
        digest = before.digest if is_same else origin.digest(resource.content)
        row = self._version(models.FormDefinition, "form_id", values, digest)
        self.result.forms.append(row)
        return {row.form_id: row.key}

    def _decisions(self, resource: Resource, model: decisions.Model, imports: Mapping[str, bytes]) -> dict[str, int]:
        digest = origin.digest(resource.content, *(imports[name] for name in sorted(imports)))
        stored = {}
        self.decided |= model.decisions
        for decision in model.decisions.values():
            values = {
                "decision_id": decision.id,
                "name": decision.name,
                "requirements_id": model.name or model.namespace,
                "resource_name": resource.name,
                "xml": resource.content,
            }
            row = self._version(models.DecisionDefinition, "decision_id", values, digest)
            self.result.decisions.append(row)
            stored[row.decision_id] = row.key
        return stored

    def _process(
        self, program: runtime.Program, resource: Resource, forms: Mapping[str, int], rules: Mapping[str, int]
    ) -> None:
        elements = program.elements.values()
        before = self._newest(models.ProcessDefinition, "process_id", program.process_id)
        given = resource.settings_of(program.process_id)
        raw = given if given is not None else texts.own(before.settings if before is not None else {})
        named_forms = {each.form_id for each in elements if each.form_id} | terms.form_ids(raw)
        named_rules = {each.decision_id for each in elements if each.decision_id}
        settings = {
            **raw,
            "forms": self._bound("forms", named_forms, forms, before),
            "decisions": self._bound("decisions", named_rules, rules, before),
            **self._shared_texts(program, raw, named_forms),
        }
        values = {
            "process_id": program.process_id,
            "name": program.name or program.process_id,
            "xml": resource.content,
            "category": str(raw.get("category", "")),
            "resource_name": resource.name,
            "settings": settings,
            "edition": runtime.EDITION,
            "scenarios": _scenarios(program, resource, before),
            "deployed_at": self.now,
        }
        canonical = json.dumps(settings, sort_keys=True, ensure_ascii=False, default=str).encode()
        row = self._version(models.ProcessDefinition, "process_id", values, origin.digest(resource.content, canonical))
        if before is not None and _columns(before.settings) != _columns(row.settings):
            self.new_columns.append(program.process_id)
        self.result.definitions.append(row)
        if row in self.news:
            self.starts.append((row, program))
        self._tell_who_may_start(program, resource, raw)

    def _shared_texts(self, program: runtime.Program, raw: Mapping[str, Any], named: Collection[str]) -> dict[str, Any]:
        """Of the texts that the company has for all its processes those that this one says, and has no own for."""
        shared = organisation.current(self.session, self.by.company_id).settings.get(files.TEXTS) or {}
        if not shared:
            return {}
        texts = extraction.texts_of([program], [raw], filter(None, map(self._schema_now, sorted(named))), self._decision)
        shared_by_language = extraction.shared_by(texts, shared)
        return {files.SHARED: shared_by_language} if shared_by_language else {}

    def _decision(self, decision_id: str) -> decisions.Decision | None:
        """As this deployment draws it, else as it was deployed before; None where it is neither."""
        if decision_id not in self.decided and (row := self._newest(models.DecisionDefinition, "decision_id", decision_id)):
            return definitions.decision_by_key(self.session, row.key).model.decisions.get(decision_id)
        return self.decided.get(decision_id)

    def _schema_now(self, form_id: str) -> Any:
        fresh = next((each.schema for each in self.result.forms if each.form_id == form_id), None)
        return fresh if fresh is not None else self._schema_before(form_id)

    def _schema_before(self, form_id: str) -> Any:
        before = self._newest(models.FormDefinition, "form_id", form_id)
        return before.schema if before is not None else None

    def _program_before(self, process_id: str) -> runtime.Program | None:
        before = self._newest(models.ProcessDefinition, "process_id", process_id)
        return definitions.by_key(self.session, before.key).program if before is not None else None

    def _tell_who_may_start(self, program: runtime.Program, resource: Resource, raw: Mapping[str, Any]) -> None:
        start = next((event for event in program.start_events if event.kind == "none"), None)
        if start is not None and "may_start" not in raw:
            problem = replace(UNSAID, element_id=start.element_id, resource=resource.name)
            self.result.problems = [*self.result.problems, problem]

    def _bound(self, kind: str, named: set[str], newest: Mapping[str, int], before: Any) -> dict[str, int]:
        """The versions that a process runs with: the newest, but of what was left to a page those it had."""
        had = before.settings.get(kind, {}) if before is not None else {}
        return {
            name: had.get(name, newest[name]) if newest[name] in self.left else newest[name]
            for name in sorted(named & newest.keys())
        }

    def _version(self, model: Any, id_name: str, values: dict[str, Any], digest: str) -> Any:
        before = self._newest(model, id_name, values[id_name])
        if self.folder is not None and not self._is_taken(self.folder, model, values, digest, before):
            self.left.add(before.key)
            return before
        if before is not None and before.digest == digest and _walks_alike(before, values):
            return before
        if self.folder is None and rights.wants_second(before) and before.process_id not in self.released:
            raise errors.Forbidden(rights.SECOND, process=before.name)
        version = before.version + 1 if before is not None else 1
        row = model(
            key=keys.new(), company_id=self.by.company_id, deployment_key=self.row.key, version=version, digest=digest, **values
        )
        self.news.append(row)
        return row

    def _is_taken(self, folder: origin.Folder, model: Any, values: dict[str, Any], digest: str, before: Any) -> bool:
        """Whether the folder's file becomes the newest version, rather than what a page published."""
        kind, id_name = KINDS[model]
        said = {"content": _package(values) if kind == "process" else digest}
        stored = None
        if before is not None:
            stored = {
                "content": _package({name: getattr(before, name) for name in ("xml", "settings", "scenarios")})
                if kind == "process"
                else before.digest
            }
        if stored not in (None, said) and rights.wants_second(before) and not folder.replace:
            folder.differences.append(origin.Difference(kind, values[id_name], ("content",), note=rights.SECOND_OF_FOLDER))
            return False
        since = stored if before is not None and self._is_by_engine(before) else None
        fresh = folder.take(kind, values[id_name], said, stored, since=since)
        return bool(fresh) or stored == said

    def _is_by_engine(self, row: Versioned) -> bool:
        """Whether no person published a version: it came from a folder."""
        deployment_row = self.session.get(models.Deployment, row.deployment_key)
        return deployment_row is None or deployment_row.deployed_by is None

    def _newest(self, model: Any, id_name: str, value: str) -> Any:
        waiting = [row for row in self.news if isinstance(row, model) and getattr(row, id_name) == value]
        if waiting:
            return max(waiting, key=lambda row: row.version)
        mine = (model.company_id == self.by.company_id, getattr(model, id_name) == value)
        return self.session.execute(select(model).where(*mine).order_by(model.version.desc()).limit(1)).scalar()

    def keys(self, model: Any, id_name: str) -> dict[str, int]:
        """The newest version's key of everything of this kind that the company has."""
        column = getattr(model, id_name)
        statement = select(column, model.key).where(model.company_id == self.by.company_id).order_by(model.version)
        return {row[0]: row[1] for row in self.session.execute(statement)}


def _columns(settings: Mapping[str, Any]) -> str:
    return register_lines.digest(texts.read(settings).register)


def _package(values: Mapping[str, Any]) -> str:
    """The digest of a process as it lies in a folder: its diagram, its settings and, where it has any, its scenarios."""
    scenarios = [origin.canonical(values["scenarios"])] if values["scenarios"] else []
    return origin.digest(values["xml"], origin.canonical(texts.own(values["settings"])), *scenarios)


def _scenarios(program: runtime.Program, resource: Resource, before: Any) -> dict[str, str] | None:
    """The scenarios of a new version: those that come with it, else those it had."""
    if resource.scenarios is not None:
        return dict(resource.scenarios.get(program.process_id, {}))
    return before.scenarios if before is not None else {}


def _walks_alike(before: Any, values: Mapping[str, Any]) -> bool:
    """Whether a version holds the same scenarios; one that was published before versions held any takes them in."""
    if not isinstance(before, models.ProcessDefinition):
        return True
    if before.scenarios is None:
        before.scenarios = values["scenarios"]
    return bool(before.scenarios == values["scenarios"])
