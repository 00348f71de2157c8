"""What is wrong with a set of diagrams, decisions and forms before it is deployed, named by file and element."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine import decisions, errors, feel, forms, operations, runtime
from engine.basics import json_texts
from engine.basics.nearest import nearest
from engine.cases.look_ups import NAMES
from engine.definitions import settings, terms
from engine.deploying import process_variables, signatures
from engine.diagrams import xml
from engine.files import documents
from engine.people.organisation import Organisation
from engine.problems import Problem
from engine.records import checks as record_checks

MAX_BYTES = 4 * 1024 * 1024
PAGES = tuple("{" + name + "}*" for name in ("http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg"))
NO_PAPER = "There is no document template “%(name)s” to print; there is: %(names)s."


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


Variables = Callable[[Collection[str]], Collection[str]]


def check(
    resources: Iterable[Resource],
    *,
    known_forms: Collection[str] = (),
    known_decisions: Collection[str] = (),
    known_schema: Callable[[str], Any] = lambda _form_id: None,
    known_program: Callable[[str], runtime.Program | None] = lambda _process_id: None,
    company: Organisation | None = None,
    variables: Variables = lambda decision_ids: (),
) -> list[Problem]:
    """All problems of the resources, errors and warnings; known ids are of forms and decisions deployed before.

    `known_schema` gives the form of an id, `known_program` the program of a process deployed before, None if there is none.
    `company` is whose record policy the diagrams must keep to. `variables` gives those of the processes deployed before
    that ask for one of these decisions.
    """
    resources = list(resources)
    binding = _binding(resources, known_program)
    found = [problem for resource in resources for problem in _check_one(resource, resources, binding, variables)]
    broken = {problem.resource for problem in found if problem.severity == "error"}
    whole = [resource for resource in resources if resource.name not in broken]
    known = _Known(set(known_forms), set(known_decisions), known_schema)
    for resource in whole:
        known.learn(resource, resources)
    for resource in whole:
        if resource.kind == "bpmn":
            more = list(_references(resource, known))
            more += record_checks.problems(resource.content, company, resource.settings_of) if company else ()
            found += [replace(problem, resource=resource.name) for problem in more]
    return found


class _Known:
    """The ids that a diagram may point at."""

    def __init__(self, form_ids: set[str], decision_ids: set[str], schema: Callable[[str], Any]) -> None:
        self.forms, self.decisions = form_ids, decision_ids
        self.schemas: dict[str, Any] = {}
        self._before = schema

    def learn(self, resource: Resource, beside: list[Resource]) -> None:
        if resource.kind == "form":
            schema = json_texts.read(resource.content)
            self.forms.add(schema["id"])
            self.schemas[schema["id"]] = schema
        elif resource.kind == "dmn":
            self.decisions |= set(decisions.parse(resource.content, imports=imports(resource, beside)).decisions)

    def confirmed(self, form_id: str) -> frozenset[str]:
        """The names of the boxes that a form demands to be ticked."""
        if form_id not in self.schemas:
            self.schemas[form_id] = self._before(form_id) if form_id in self.forms else None
        return signatures.of_schema(self.schemas[form_id])


def imports(resource: Resource, beside: Iterable[Resource]) -> dict[str, bytes]:
    """The other decision files that a decision file may import (DMN 6.3.3); none when it imports nothing."""
    if b"import" not in resource.content:
        return {}
    return {each.name: each.content for each in beside if each.kind == "dmn" and each.name != resource.name}


def _binding(resources: Iterable[Resource], known_program: Callable[[str], runtime.Program | None]) -> set[str]:
    """The ids of processes that hold a step which cannot be taken back, of these files and of those that they call."""
    programs = {
        program.process_id: program for each in resources if each.kind == "bpmn" for program in _readable_programs(each)
    }
    todo = list(programs.values())
    while todo:
        called = {element.called_process_id or "" for element in todo.pop().elements.values()} - programs.keys() - {""}
        found = {process_id: known_program(process_id) for process_id in called if not process_id.startswith("=")}
        more = {process_id: program for process_id, program in found.items() if program is not None}
        programs |= more
        todo += more.values()
    return runtime.binding(programs.values(), operations.irreversible())


def _readable_programs(resource: Resource) -> Iterable[runtime.Program]:
    try:
        return [] if len(resource.content) > MAX_BYTES else runtime.parse(resource.content)
    except errors.Refusal:
        return []  # told by the checks of the file


def _check_one(resource: Resource, beside: list[Resource], binding: Collection[str], variables: Variables) -> list[Problem]:
    checks = {
        "bpmn": functools.partial(_check_diagram, binding=binding),
        "dmn": functools.partial(_check_decisions, beside=beside, variables=variables),
        "form": _check_form,
    }
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


def _check_diagram(resource: Resource, binding: Collection[str]) -> Iterator[Problem]:
    yield from _pages_within(resource)
    for problem in runtime.check(resource.content, functions=NAMES, irreversible=operations.irreversible(), binding=binding):
        yield Problem(problem.element_id, problem.element_name, problem.message, problem.values, problem.severity)
    for given in (resource.settings, *resource.by_process.values()):
        if given is not None:
            yield from settings.problems(given)
            yield from _papers(given)


def _pages_within(resource: Resource) -> Iterator[Problem]:
    """Elements of web pages within an XML file: nothing here reads them, and a browser might run them."""
    for node in xml.safe_parse(resource.content, max_bytes=MAX_BYTES).iter(*PAGES):
        yield Problem("", "", "The file holds a web page's element “%(name)s”, which has no place in it.", {"name": node.tag})
        return


def _papers(given: Mapping[str, Any]) -> Iterator[Problem]:
    """Papers to print whose template there is not."""
    known = documents.templates()
    for paper in terms.papers(given.get("paper", [])) or []:
        if paper.template not in known:
            meant = nearest(paper.template, known)
            yield Problem("", "", NO_PAPER, {"name": paper.template, "names": meant or ", ".join(known)})


def _check_decisions(resource: Resource, beside: list[Resource], variables: Variables) -> Iterator[Problem]:
    """An unknown word in a cell may be a variable of the processes that ask; they are looked up only for such a word."""
    yield from _pages_within(resource)
    model = decisions.parse(resource.content, imports=imports(resource, beside))
    found = model.problems(NAMES)
    if any(problem.message == feel.UNQUOTED for problem in found):
        asking = {*_variables_beside(model.decisions, beside), *variables(model.decisions)}
        found = model.problems(NAMES, asking)
    yield from found


def _variables_beside(decision_ids: Collection[str], beside: list[Resource]) -> Iterator[str]:
    """The variables of the processes in the same deployment that ask for one of these decisions."""
    drawn = [form for resource in beside if resource.kind == "form" for form in _readable_form(resource)]
    for resource in beside:
        for program in _readable_programs(resource) if resource.kind == "bpmn" else ():
            if process_variables.asks_for(program, decision_ids):
                yield from process_variables.of(program, drawn)


def _readable_form(resource: Resource) -> Iterator[forms.Form]:
    with contextlib.suppress(errors.Refusal, ValueError, RecursionError):
        yield forms.load(json_texts.read(resource.content))


def _check_form(resource: Resource) -> Iterator[Problem]:
    yield from forms.problems(json_texts.read(resource.content), NAMES)


def _references(resource: Resource, known: _Known) -> Iterator[Problem]:
    programs = [program for program in runtime.parse(resource.content) if program.is_executable]
    if not programs:
        yield Problem("", "", "The diagram has no executable process (isExecutable).")
    for form_id in sorted(terms.form_ids(resource.settings or {}) - known.forms):
        yield Problem("", "", "There is no form “%(form)s”.", {"form": form_id})
    for program in programs:
        for element in program.elements.values():
            for message, values in _element_problems(element, known):
                yield Problem(element.id, element.name, message, values)
        yield from signatures.problems(program, known.confirmed)


def _element_problems(element: runtime.Element, known: _Known) -> Iterator[tuple[str, dict[str, object]]]:
    if element.form_id and element.form_id not in known.forms:
        yield "There is no form “%(form)s”.", {"form": element.form_id}
    decision = element.decision_id
    if decision and not decision.startswith("=") and decision not in known.decisions:
        yield "There is no decision “%(decision)s”.", {"decision": decision}
    operation = operations.find(element.task_definition.type) if element.task_definition else None
    if operation is not None:
        yield from operation.problems(element.headers)
    if element.type == "userTask":
        yield from settings.task_problems(element.properties)
    if element.type == "endEvent":
        yield from settings.end_problems(element.properties)
