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
from engine.storage import models

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
    resources = list(resources)
    found = [problem for resource in resources for problem in _check_one(resource, resources)]
    broken = {problem.resource for problem in found if problem.severity == "error"}
    whole = [resource for resource in resources if resource.name not in broken]
    known = _Known(set(known_forms), set(known_decisions))
    for resource in whole:
        known.learn(resource, resources)
    for resource in whole:
        if resource.kind == "bpmn":
            found += [replace(problem, resource=resource.name) for problem in _references(resource, known)]
    return found


class _Known:
    """The ids that a diagram may point at."""

    def __init__(self, form_ids: set[str], decision_ids: set[str]) -> None:
        self.forms, self.decisions = form_ids, decision_ids

    def learn(self, resource: Resource, beside: list[Resource]) -> None:
        if resource.kind == "form":
            self.forms.add(models.loads(resource.content.decode())["id"])
        elif resource.kind == "dmn":
            self.decisions |= set(decisions.parse(resource.content, imports=imports(resource, beside)).decisions)


def imports(resource: Resource, beside: Iterable[Resource]) -> dict[str, bytes]:
    """The other decision files that a decision file may import (DMN 6.3.3); none when it imports nothing."""
    if b"import" not in resource.content:
        return {}
    return {each.name: each.content for each in beside if each.kind == "dmn" and each.name != resource.name}


def _check_one(resource: Resource, beside: list[Resource]) -> list[Problem]:
    checks = {"bpmn": _check_diagram, "dmn": functools.partial(_check_decisions, beside=beside), "form": _check_form}
    if resource.kind not in checks:
        found = [Problem("", "", "Only .bpmn, .dmn and .form files can be deployed.")]
    elif len(resource.content) > MAX_BYTES:
        found = [Problem("", "", "The file is larger than %(limit)s MB.", {"limit": MAX_BYTES // 1024 // 1024})]
    else:
        found = _guarded(checks[resource.kind], resource)
    return [replace(problem, resource=resource.name) for problem in found]


def _guarded(examine: Any, resource: Resource) -> list[Problem]:
    try:
        return list(examine(resource))
    except errors.Refusal as refusal:
        return [Problem("", "", refusal.text, refusal.values)]


def _check_diagram(resource: Resource) -> Iterator[Problem]:
    for problem in runtime.check(resource.content, functions=NAMES):
        yield Problem(problem.element_id, problem.element_name, problem.message, problem.values, problem.severity)
    for given in (resource.settings, *resource.by_process.values()):
        if given is not None:
            yield from settings.problems(given)


def _check_decisions(resource: Resource, beside: list[Resource]) -> Iterator[Problem]:
    yield from decisions.parse(resource.content, imports=imports(resource, beside)).problems(NAMES)


def _check_form(resource: Resource) -> Iterator[Problem]:
    try:
        schema = simplejson.loads(resource.content.decode(), use_decimal=True)
    except ValueError as error:
        yield Problem("", "", "The form is not JSON: %(detail)s", {"detail": str(error)})
        return
    yield from forms.problems(schema)


def _references(resource: Resource, known: _Known) -> Iterator[Problem]:
    programs = [program for program in runtime.parse(resource.content) if program.is_executable]
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
