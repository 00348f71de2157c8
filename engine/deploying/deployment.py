"""Deploying diagrams, decisions and forms: checked together, stored all or nothing, versions only for what changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import decisions, errors, runtime
from engine.cases import register_lines
from engine.definitions import settings as texts
from engine.definitions import terms
from engine.deploying import checks
from engine.deploying.checks import Examined, Resource, check
from engine.people.actors import Actor
from engine.problems import Problem
from engine.storage import keys, models
from engine.verbs import register_filling, start_events

__all__ = ["Deployed", "DeploymentRefused", "Examined", "Resource", "check", "deploy", "examine"]

Versioned = models.ProcessDefinition | models.DecisionDefinition | models.FormDefinition


class DeploymentRefused(errors.Invalid):
    """Nothing was deployed; `problems` name resource, element and what is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        grave = [problem for problem in problems if problem.severity == "error"]
        super().__init__("Nothing was deployed: %(count)s problems were found.", count=len(grave))
        self.problems = problems

    def __str__(self) -> str:
        listed = [f"{each.resource}: {each.element_name or each.element_id}: {each}" for each in self.problems]
        return "\n".join([super().__str__(), *listed])


@dataclass
class Deployed:
    """What a deployment holds; a definition that did not change is the version that was there."""

    deployment: models.Deployment
    definitions: list[models.ProcessDefinition] = field(default_factory=list)
    decisions: list[models.DecisionDefinition] = field(default_factory=list)
    forms: list[models.FormDefinition] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def examine(by: Actor, resources: Iterable[Resource]) -> Examined:
    """Reads and checks resources before a transaction is begun, as it takes its time; then `deploy` only writes.

    Raises Forbidden for others than administrators.
    """
    _require_administrator(by)
    return checks.examine(resources)


def deploy(session: Session, by: Actor, resources: Iterable[Resource] | Examined, *, now: datetime) -> Deployed:
    """Stores `.bpmn`, `.dmn` and `.form` resources for the company of `by`; what `examine` gave is not read again.

    A process keeps its version when neither its diagram, its settings, nor the forms and decisions it uses changed.
    Raises Forbidden for others than administrators, DeploymentRefused (with `problems`) when anything cannot run.
    """
    _require_administrator(by)
    examined = resources if isinstance(resources, Examined) else checks.examine(resources)
    return _Batch(session, by, now).store(examined)


def _require_administrator(by: Actor) -> None:
    if not by.is_administrator:
        raise errors.Forbidden("Only administrators may deploy.")


class _Batch:
    """One deployment under way."""

    def __init__(self, session: Session, by: Actor, now: datetime) -> None:
        self.session, self.by, self.now = session, by, now
        deployed_by = None if by.is_system else by.username
        self.row = models.Deployment(key=keys.new(), company_id=by.company_id, deployed_at=now, deployed_by=deployed_by)
        self.result = Deployed(self.row)
        self.news: list[Versioned] = []
        self.starts: list[tuple[models.ProcessDefinition, runtime.Program]] = []
        self.new_columns: list[str] = []  # ids of processes whose register is another one now

    def store(self, examined: Examined) -> Deployed:
        company = models.Company
        self.session.execute(select(company.id).where(company.id == self.by.company_id).with_for_update()).one()
        forms = self._keys(models.FormDefinition, "form_id")
        rules = self._keys(models.DecisionDefinition, "decision_id")
        found = examined.check(forms, rules)
        if any(problem.severity == "error" for problem in found):
            raise DeploymentRefused(found)
        self.result.problems = found
        for resource in examined.resources:
            if resource.kind == "form":
                forms |= self._form(resource)
            elif resource.kind == "dmn":
                imports = checks.imports(resource, examined.resources)
                rules |= self._decisions(resource, examined.models[resource.name], imports)
        for resource in examined.resources:
            for program in examined.programs.get(resource.name, ()):
                self._process(program, resource, forms, rules)
        return self._finished()

    def _finished(self) -> Deployed:
        stored: list[Versioned] = [*self.result.definitions, *self.result.decisions, *self.result.forms]
        if stored and not self.news:
            self.result.deployment = self.session.get_one(models.Deployment, stored[0].deployment_key)
            return self.result
        self.session.add(self.row)
        self.session.flush()  # the versions point at it
        self.session.add_all(self.news)
        self.session.flush()
        for row, program in self.starts:
            start_events.renew(self.session, row, program, now=self.now)
        for process_id in self.new_columns:
            register_filling.order(self.session, self.by.company_id, process_id, now=self.now)
        return self.result

    def _form(self, resource: Resource) -> dict[str, int]:
        schema = models.loads(resource.content.decode())
        values = {"form_id": schema["id"], "resource_name": resource.name, "schema": schema}
        row = self._version(models.FormDefinition, "form_id", values, _digest(resource.content))
        self.result.forms.append(row)
        return {row.form_id: row.key}

    def _decisions(self, resource: Resource, model: decisions.Model, imports: Mapping[str, bytes]) -> dict[str, int]:
        digest = _digest(resource.content, *(imports[name] for name in sorted(imports)))
        stored = {}
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
        given = resource.settings_of(program.process_id)
        raw = given if given is not None else self._settings_before(program.process_id)
        named_forms = {each.form_id for each in elements if each.form_id} | terms.form_ids(raw)
        named_rules = {each.decision_id for each in elements if each.decision_id}
        settings = {
            **raw,
            "forms": {form_id: forms[form_id] for form_id in sorted(named_forms & forms.keys())},
            "decisions": {decision_id: rules[decision_id] for decision_id in sorted(named_rules & rules.keys())},
        }
        values = {
            "process_id": program.process_id,
            "name": program.name or program.process_id,
            "xml": resource.content,
            "category": str(raw.get("category", "")),
            "resource_name": resource.name,
            "settings": settings,
            "edition": runtime.EDITION,
            "deployed_at": self.now,
        }
        before = self._newest(models.ProcessDefinition, "process_id", program.process_id)
        if before is not None and _columns(before.settings) != _columns(settings):
            self.new_columns.append(program.process_id)
        canonical = json.dumps(settings, sort_keys=True, ensure_ascii=False, default=str).encode()
        row = self._version(models.ProcessDefinition, "process_id", values, _digest(resource.content, canonical))
        self.result.definitions.append(row)
        if row in self.news:
            self.starts.append((row, program))

    def _settings_before(self, process_id: str) -> dict[str, Any]:
        """An uploaded diagram brings no settings: those of the version before go on."""
        before = self._newest(models.ProcessDefinition, "process_id", process_id)
        return {name: value for name, value in before.settings.items() if name not in ("forms", "decisions")} if before else {}

    def _version(self, model: Any, id_name: str, values: dict[str, Any], digest: str) -> Any:
        before = self._newest(model, id_name, values[id_name])
        if before is not None and before.digest == digest:
            return before
        version = before.version + 1 if before is not None else 1
        row = model(
            key=keys.new(), company_id=self.by.company_id, deployment_key=self.row.key, version=version, digest=digest, **values
        )
        self.news.append(row)
        return row

    def _newest(self, model: Any, id_name: str, value: str) -> Any:
        waiting = [row for row in self.news if isinstance(row, model) and getattr(row, id_name) == value]
        if waiting:
            return max(waiting, key=lambda row: row.version)
        mine = (model.company_id == self.by.company_id, getattr(model, id_name) == value)
        return self.session.execute(select(model).where(*mine).order_by(model.version.desc()).limit(1)).scalar()

    def _keys(self, model: Any, id_name: str) -> dict[str, int]:
        """The newest version's key of everything of this kind that the company has."""
        column = getattr(model, id_name)
        statement = select(column, model.key).where(model.company_id == self.by.company_id).order_by(model.version)
        return {row[0]: row[1] for row in self.session.execute(statement)}


def _columns(settings: Mapping[str, Any]) -> str:
    return register_lines.digest(texts.read(settings).register)


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
