"""What is wrong with a set of diagrams, decisions and forms before it is deployed, named by file and element."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import simplejson

from engine import decisions, errors, feel, forms, runtime
from engine.calendar import due
from engine.cases.look_ups import NAMES
from engine.definitions import settings, terms
from engine.problems import Problem

MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Resource:
    """A file to deploy; `settings` is the workflow.toml of a diagram's process (None: those it had go on).

    `by_process` holds those of processes that share a file with others; they come before `settings`.
    """

    name: str
    content: bytes
    settings: Mapping[str, Any] | None = None
    by_process: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def settings_of(self, process_id: str) -> Mapping[str, Any] | None:
        """The workflow.toml of one process of the file; None when there is none."""
        return self.by_process.get(process_id, self.settings)

    @property
    def kind(self) -> str:
        """The file's kind by its ending: bpmn, dmn or form; anything else is refused."""
        return self.name.rpartition(".")[2].lower()


def check(
    resources: Iterable[Resource], *, known_forms: Collection[str] = (), known_decisions: Collection[str] = ()
) -> list[Problem]:
    """All problems of the resources, errors and warnings; known ids are of forms and decisions deployed before."""
    return examine(resources).check(known_forms, known_decisions)


def examine(resources: Iterable[Resource]) -> Examined:
    """Reads and looks at resources; this is where a deployment's work is, and it needs no database."""
    examined = Examined(list(resources))
    for resource in examined.resources:
        found = _guarded(_refused_at_once(resource) or functools.partial(_READERS[resource.kind], examined), resource)
        examined.problems += [replace(problem, resource=resource.name) for problem in found]
    return examined


@dataclass
class Examined:
    """Resources with what was read of them, by name, and what is wrong with each by itself."""

    resources: list[Resource]
    problems: list[Problem] = field(default_factory=list)
    programs: dict[str, list[runtime.Program]] = field(default_factory=dict)
    models: dict[str, decisions.Model] = field(default_factory=dict)
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)

    def check(self, known_forms: Collection[str], known_decisions: Collection[str]) -> list[Problem]:
        """All problems, also of what the diagrams point at: ids here and those that are known already."""
        broken = {problem.resource for problem in self.problems if problem.severity == "error"}
        schemas = [schema for name, schema in self.schemas.items() if name not in broken]
        models_ = [model for name, model in self.models.items() if name not in broken]
        known = _Known(
            {*known_forms, *(str(schema["id"]) for schema in schemas)},
            {*known_decisions, *(decision for model in models_ for decision in model.decisions)},
        )
        found = list(self.problems)
        for resource in self.resources:
            if resource.kind == "bpmn" and resource.name not in broken:
                missing = _references(resource, self.programs[resource.name], known)
                found += [replace(problem, resource=resource.name) for problem in missing]
        return found


@dataclass(frozen=True)
class _Known:
    """The ids that a diagram may point at."""

    forms: set[str]
    decisions: set[str]


def imports(resource: Resource, beside: Iterable[Resource]) -> dict[str, bytes]:
    """The other decision files that a decision file may import (DMN 6.3.3); none when it imports nothing."""
    if b"import" not in resource.content:
        return {}
    return {each.name: each.content for each in beside if each.kind == "dmn" and each.name != resource.name}


def _refused_at_once(resource: Resource) -> Any:
    if resource.kind not in _READERS:
        return lambda _resource: [Problem("", "", "Only .bpmn, .dmn and .form files can be deployed.")]
    if len(resource.content) > MAX_BYTES:
        limit = {"limit": MAX_BYTES // 1024 // 1024}
        return lambda _resource: [Problem("", "", "The file is larger than %(limit)s MB.", limit)]
    return None


def _guarded(examine: Any, resource: Resource) -> list[Problem]:
    try:
        return list(examine(resource))
    except errors.Refusal as refusal:
        return [Problem("", "", refusal.text, refusal.values)]


def _read_diagram(examined: Examined, resource: Resource) -> Iterator[Problem]:
    found, examined.programs[resource.name] = runtime.examine(resource.content, functions=NAMES)
    for problem in found:
        yield Problem(problem.element_id, problem.element_name, problem.message, problem.values, problem.severity)
    for given in (resource.settings, *resource.by_process.values()):
        if given is not None:
            yield from settings.problems(given)


def _read_decisions(examined: Examined, resource: Resource) -> Iterator[Problem]:
    model = decisions.parse(resource.content, imports=imports(resource, examined.resources))
    examined.models[resource.name] = model
    yield from model.problems(NAMES)


def _read_form(examined: Examined, resource: Resource) -> Iterator[Problem]:
    try:
        schema = simplejson.loads(resource.content.decode(), use_decimal=True)
    except ValueError as error:
        yield Problem("", "", "The form is not JSON: %(detail)s", {"detail": str(error)})
        return
    examined.schemas[resource.name] = schema
    yield from forms.problems(schema)


_READERS = {"bpmn": _read_diagram, "dmn": _read_decisions, "form": _read_form}


def _references(resource: Resource, programs: Iterable[runtime.Program], known: _Known) -> Iterator[Problem]:
    for form_id in sorted(terms.form_ids(resource.settings or {}) - known.forms):
        yield Problem("", "", "There is no form “%(form)s”.", {"form": form_id})
    for program in programs:
        for element in program.elements.values():
            for message, values in _element_problems(element, known):
                yield Problem(element.id, element.name, message, values)


def _element_problems(element: runtime.Element, known: _Known) -> Iterator[tuple[str, dict[str, object]]]:
    if element.form_id and element.form_id not in known.forms:
        yield "There is no form “%(form)s”.", {"form": element.form_id}
    decision = element.decision_id
    if decision and not decision.startswith("=") and decision not in known.decisions:
        yield "There is no decision “%(decision)s”.", {"decision": decision}
    if element.type == "userTask":
        yield from settings.task_problems(element.properties)
    timer = element.event.timer if element.event else None
    if timer and not feel.is_expression(timer.expression):
        try:
            due.check(timer.expression, timer.type)
        except errors.Invalid as refusal:
            yield refusal.text, dict(refusal.values)
