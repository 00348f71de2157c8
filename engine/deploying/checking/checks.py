"""What is wrong with a set of diagrams, decisions and forms before it is deployed, named by file and element."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine import decisions, errors, feel, forms, operations, runtime
from engine.basics import json_texts
from engine.cases.look_ups import NAMES
from engine.decisions import Decision
from engine.definitions import settings, terms
from engine.deploying.checking import drawn, earlier_cases, elements, long_names, nobody_left, outcomes, signatures, times, ways
from engine.deploying.checking.data import process_variables, references, unwritten
from engine.deploying.checking.meaning import choices, judging, operation_inputs, tables, translations
from engine.diagrams import xml
from engine.people.organisation import Organisation
from engine.problems import Problem
from engine.records import checks as record_checks

MAX_BYTES = 4 * 1024 * 1024
PAGES = tuple("{" + name + "}*" for name in ("http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg"))


@dataclass(frozen=True)
class Resource:
    """A file to deploy; `settings` is the workflow.toml of a diagram's process (None: those it had go on).

    `by_process` holds those of processes that share a file with others; they come before `settings`. `scenarios` are the
    texts of a diagram's scenarios by process id and name (None: those it had go on).
    """

    name: str
    content: bytes
    settings: Mapping[str, Any] | None = None
    by_process: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    scenarios: Mapping[str, Mapping[str, str]] | None = None

    def settings_of(self, process_id: str) -> Mapping[str, Any] | None:
        """The workflow.toml of one process of the file; None when there is none."""
        return self.by_process.get(process_id, self.settings)

    @property
    def kind(self) -> str:
        """The file's kind by its ending: bpmn, dmn or form; anything else is refused."""
        return self.name.rpartition(".")[2].lower()


Variables = Callable[[Collection[str]], Collection[str]]


@dataclass(frozen=True)
class Known:
    """What was deployed before, and whose it is: what the files of a deployment may point at.

    `schema` gives the form of an id, `decision` the decision, `program` the program of a process, each None if there is none.
    `company` is whose groups, people and record policy the diagrams must keep to (None: not known). `variables` gives those of
    the processes that ask for one of these decisions, `user_tasks` the element ids of all user tasks, `owners` who owns a process
    by a role. `now` is the moment of the check, None where moments are not judged.
    """

    forms: Collection[str] = ()
    decisions: Collection[str] = ()
    schema: Callable[[str], Any] = lambda _form_id: None
    program: Callable[[str], runtime.Program | None] = lambda _process_id: None
    company: Organisation | None = None
    variables: Variables = lambda _decision_ids: ()
    processes: Collection[str] = ()
    user_tasks: Callable[[], Collection[str]] = tuple
    columns: earlier_cases.Columns = lambda _process_id: None
    now: datetime | None = None
    decision: Callable[[str], Decision | None] = lambda _decision_id: None
    owners: Callable[[str], Collection[str]] = lambda _process_id: ()


def check(resources: Iterable[Resource], known: Known | None = None) -> list[Problem]:
    """All problems of the resources, errors and warnings."""
    return examine(resources).check(known or Known())


def examine(resources: Iterable[Resource]) -> Examined:
    """Reads and looks at resources; this is where a deployment's work is, and it needs no database."""
    examined = Examined(list(resources))
    for resource in examined.resources:
        problems = _guarded(_refused_at_once(resource) or functools.partial(_READERS[resource.kind], examined), resource)
        examined.problems += [replace(problem, resource=resource.name) for problem in problems]
    return examined


@dataclass
class Examined:
    """Resources with what was read of them, by name, and what is wrong with each by itself."""

    resources: list[Resource]
    problems: list[Problem] = field(default_factory=list)
    programs: dict[str, list[runtime.Program]] = field(default_factory=dict)
    models: dict[str, decisions.Model] = field(default_factory=dict)
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    uses: dict[str, list[record_checks.RecordUse]] = field(default_factory=dict)
    unsure: list[str] = field(default_factory=list)  # decision files whose words only the processes that ask may know

    @property
    def every_program(self) -> list[runtime.Program]:
        """The programs of all its diagrams."""
        return [program for each in self.programs.values() for program in each]

    def check(self, known: Known) -> list[Problem]:
        """All problems, also of what the files point at: ids here and those that are known already."""
        problems = [*self.problems, *self._of_words(known)]
        broken = {problem.resource for problem in problems if problem.severity == "error"}
        targets = _Targets(known, self, broken)
        binding = _binding(self.programs, known.program)
        for resource in self.resources:
            if resource.kind == "form" and resource.name not in broken:
                unknown = earlier_cases.of_schema(self.schemas[resource.name], targets.processes, targets.columns)
                told = judging.of_schema(self.schemas[resource.name], targets.named_forms() if self.programs else None)
                problems += [replace(problem, resource=resource.name) for problem in (*unknown, *told)]
            if resource.kind == "bpmn" and resource.name in self.uses:
                programs = [each for each in self.programs[resource.name] if runtime.is_whole(each)]
                more = _of_diagram(resource, programs, targets, binding, self.uses[resource.name])
                problems += [replace(problem, resource=resource.name) for problem in _as_far_as_read(more)]
        return list(drawn.placed(problems, _diagrams(self.resources)))

    def judged(self, known: Known) -> list[Problem]:
        """Of all problems those of sound files that depend on the moment of the check, `known.now`."""
        broken = {problem.resource for problem in (*self.problems, *self._of_words(known)) if problem.severity == "error"}
        targets, problems = _Targets(known, self, broken), []
        for resource in (each for each in self.resources if each.name not in broken):
            for program in self.programs.get(resource.name, []):
                given = resource.settings_of(program.process_id) or {}
                told = judging.of_program(program, given, targets.drawn(program), targets.company, known.now)
                problems += [replace(problem, resource=resource.name) for problem in told]
        return list(drawn.placed(problems, _diagrams(self.resources)))

    def _of_words(self, known: Known) -> Iterator[Problem]:
        """Decisions with unknown words in cells, held against the variables of the processes that ask for them."""
        for name in self.unsure:
            model = self.models[name]
            variables = {*self._variables(model.decisions), *known.variables(model.decisions)}
            problems = tables.beside(model.problems(NAMES, variables), model)
            yield from (replace(problem, resource=name) for problem in problems)

    def _variables(self, decision_ids: Collection[str]) -> Iterator[str]:
        """The variables of the processes in the same deployment that ask for one of these decisions."""
        drawn = list(_read_forms(self.schemas.values()))
        for programs in self.programs.values():
            for program in programs:
                if process_variables.asks_for(program, decision_ids):
                    yield from process_variables.variables_of(program, drawn)


def _read_forms(schemas: Iterable[Any]) -> Iterator[forms.Form]:
    """The forms of these schemas; one that cannot be read is told by the checks of its file."""
    for schema in schemas:
        with contextlib.suppress(errors.Refusal):
            yield forms.load(schema)


class _Targets:
    """What a diagram may point at."""

    def __init__(self, known: Known, examined: Examined, broken: Collection[str]) -> None:
        whole = [schema for name, schema in examined.schemas.items() if name not in broken]
        self.schemas: dict[str, Any] = {str(schema["id"]): schema for schema in whole}
        # What is there and wrong is told at its file; that it were not there would send people looking for it.
        drawn_ids = {str(schema.get("id")) for schema in examined.schemas.values() if isinstance(schema, dict)}
        self.forms = {*known.forms, *drawn_ids}
        models = (model for name, model in examined.models.items() if name not in broken)
        self.drawn_decisions = {id: each for model in models for id, each in model.decisions.items()}
        self.decisions = {*known.decisions, *(id for model in examined.models.values() for id in model.decisions)}
        programs = examined.every_program
        self.programs = {program.process_id: program for program in programs}
        self.processes = {*known.processes, *self.programs}
        every = (element for program in programs for element in program.elements.values())
        self.user_tasks = {element.id for element in every if element.type == "userTask"}
        self.known, self.company = known, known.company
        given = {each.name: each for each in examined.resources}
        self.settings = {
            program.process_id: given[name].settings_of(program.process_id)
            for name, programs in examined.programs.items()
            for program in programs
        }
        self._forms: dict[str, forms.Form | None] = {}
        self._confirmed: dict[str, frozenset[str]] = {}

    def columns(self, process_id: str) -> Collection[str] | None:
        """The labels of the register of a process; None where they are not known."""
        settings = self.settings.get(process_id)
        return earlier_cases.labels(settings) if settings is not None else self.known.columns(process_id)

    def all_user_tasks(self) -> set[str]:
        """The element ids of the user tasks of the deployment, and of the company's other processes."""
        return {*self.user_tasks, *self.known.user_tasks()}

    def called_by(self, programs: Iterable[runtime.Program]) -> Collection[runtime.Program]:
        """The programs with all that they call, of the deployment or deployed before."""
        return references.with_called(
            programs, lambda process_id: self.programs.get(process_id) or self.known.program(process_id)
        )

    def schema(self, form_id: str) -> Any:
        """The form of an id as it was written; None where there is none."""
        if form_id not in self.schemas:
            self.schemas[form_id] = self.known.schema(form_id) if form_id in self.forms else None
        return self.schemas[form_id]

    def decision(self, decision_id: str) -> Decision | None:
        """The decision of an id, here or as it was deployed before; None where there is none."""
        return self.drawn_decisions.get(decision_id) or self.known.decision(decision_id)

    def confirmed(self, form_id: str) -> frozenset[str]:
        """The names of the boxes that a form demands to be ticked."""
        if form_id not in self._confirmed:
            self._confirmed[form_id] = signatures.of_schema(self.schema(form_id))
        return self._confirmed[form_id]

    def named_forms(self) -> set[str]:
        """The ids of forms that a process, or the settings of a process or of the company, names, here or deployed before."""
        elements = (each for program in self.programs.values() for each in program.elements.values())
        named = {*self.known.forms, *(each.form_id for each in elements if each.form_id)}
        named |= {id for given in self.settings.values() for id in terms.form_ids(given or {})}
        own = self.company.settings.get("records", {}) if self.company is not None else {}
        return named | {str(each) for each in own.values() if isinstance(each, str)}

    def shown(self, program: runtime.Program, given: Mapping[str, Any]) -> list[Any]:
        """The schemas of the forms that a process shows, its public page too."""
        named = {element.form_id for element in program.elements.values() if element.form_id} | terms.form_ids(given)
        return [schema for form_id in sorted(named) if (schema := self.schema(form_id)) is not None]

    def drawn(self, program: runtime.Program) -> Iterator[forms.Form]:
        """The forms of a process."""
        named = sorted({element.form_id for element in program.elements.values() if element.form_id})
        return (form for form_id in named if (form := self._form(form_id)) is not None)

    def _form(self, form_id: str) -> forms.Form | None:
        """The form of an id; None where there is none, or none that can be read."""
        if form_id not in self._forms:
            written = [] if (schema := self.schema(form_id)) is None else [schema]
            self._forms[form_id] = next(_read_forms(written), None)
        return self._forms[form_id]


def drawings(resources: Iterable[Resource]) -> list[Problem]:
    """How well the diagrams are drawn and named: warnings that keep none from running; nothing of a file that cannot be read."""
    return drawn.problems(_diagrams(resources), max_bytes=MAX_BYTES)


def _diagrams(resources: Iterable[Resource]) -> dict[str, bytes]:
    return {each.name: each.content for each in resources if each.kind == "bpmn"}


def imports(resource: Resource, beside: Iterable[Resource]) -> dict[str, bytes]:
    """The other decision files that a decision file may import (DMN 6.3.3); none when it imports nothing."""
    if b"import" not in resource.content:
        return {}
    return {each.name: each.content for each in beside if each.kind == "dmn" and each.name != resource.name}


def _binding(read: Mapping[str, list[runtime.Program]], known: Callable[[str], runtime.Program | None]) -> set[str]:
    """The ids of processes that hold a step which cannot be taken back, of these files and of those that they call."""
    programs = [program for each in read.values() for program in each]
    return runtime.binding(references.with_called(programs, known), operations.irreversible())


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


def _as_far_as_read(problems: Iterator[Problem]) -> Iterator[Problem]:
    """What is told of a file before something in it cannot be read, which its own checks have told already."""
    with contextlib.suppress(errors.Refusal):
        yield from problems


def _read_diagram(examined: Examined, resource: Resource) -> Iterator[Problem]:
    yield from _pages_within(resource)
    problems, examined.programs[resource.name] = runtime.examine(resource.content, functions=NAMES)
    yield from map(_told, problems)
    programs = examined.programs[resource.name]
    examined.uses[resource.name] = record_checks.uses(resource.content, programs, resource.settings_of) if programs else []
    for given in (resource.settings, *resource.by_process.values()):
        if given is not None:
            yield from settings.problems(given, NAMES)
            yield from references.of_papers(given)


def _told(problem: runtime.DiagramProblem) -> Problem:
    said = (problem.element_id, problem.element_name, problem.message, problem.values, problem.severity)
    return Problem(*said, trace=problem.trace, mend=problem.mend)


def _pages_within(resource: Resource) -> Iterator[Problem]:
    """Elements of web pages within an XML file: nothing here reads them, and a browser might run them."""
    for node in xml.safe_parse(resource.content, max_bytes=MAX_BYTES).iter(*PAGES):
        yield Problem("", "", "The file holds a web page's element “%(name)s”, which has no place in it.", {"name": node.tag})
        return


def _read_decisions(examined: Examined, resource: Resource) -> Iterator[Problem]:
    yield from _pages_within(resource)
    model = decisions.parse_new(resource.content, imports=imports(resource, examined.resources))
    examined.models[resource.name] = model
    problems = model.problems(NAMES)
    if any(problem.message in feel.UNKNOWN_NAMES for problem in problems):
        examined.unsure.append(resource.name)
    else:
        yield from tables.beside(problems, model)


def _read_form(examined: Examined, resource: Resource) -> Iterator[Problem]:
    schema = json_texts.read(resource.content)
    yield from forms.problems(schema, NAMES)
    examined.schemas[resource.name] = schema


_READERS = {"bpmn": _read_diagram, "dmn": _read_decisions, "form": _read_form}


def _of_diagram(
    resource: Resource,
    programs: Iterable[runtime.Program],
    targets: _Targets,
    binding: Collection[str],
    uses: Iterable[record_checks.RecordUse],
) -> Iterator[Problem]:
    for form_id in sorted(terms.form_ids(resource.settings or {}) - targets.forms):
        yield elements.no_form("", "", form_id, targets)
    programs = list(programs)
    for given in {
        id(each): each for each in map(resource.settings_of, (each.process_id for each in programs)) if each
    }.values():
        yield from references.of_public(given, programs, targets.called_by(programs))
    for program in programs:
        yield from map(_told, runtime.past_no_return(program, operations.irreversible(), binding))
        yield from elements.unknown_properties(program.process_id, program.name, program.properties, "process")
        yield from earlier_cases.of_program(program, targets.processes, targets.columns)
        given = resource.settings_of(program.process_id) or {}
        yield from long_names.problems(program, given)
        for element in program.elements.values():
            yield from _of_element(program, element, targets)
        yield from outcomes.problems(program, process_variables.beside_outcomes(program, targets.drawn(program)))
        yield from ways.problems(program, targets.drawn(program))
        yield from choices.problems(program, targets.drawn(program), targets.decision)
        yield from operation_inputs.problems(program, targets.drawn(program))
        yield from times.problems(program, given)
        yield from judging.of_program(program, given, targets.drawn(program), targets.company, targets.known.now)
        yield from translations.problems(program, given, targets.shown(program, given), targets.decision, targets.company)
        yield from unwritten.problems(program, targets.drawn(program), resource.settings_of(program.process_id))
        yield from outcomes.of_steps(program)
        yield from signatures.problems(program, targets.confirmed)
    if targets.company is not None:
        yield from record_checks.problems(uses, targets.company)
        for program in programs:
            given = resource.settings_of(program.process_id) or {}
            yield from references.of_settings(given, targets.company)
            yield from nobody_left.problems(program, given, targets.company, targets.known.owners)


def _of_element(program: runtime.Program, element: runtime.Element, targets: _Targets) -> Iterator[Problem]:
    for message, values in elements.own(element):
        yield Problem(element.id, element.name, message, values)
    yield from elements.unknown_properties(element.id, element.name, element.properties, element.type)
    yield from elements.missing(element, targets)
    yield from references.unnamed(element)
    yield from references.of_work(element)
    yield from references.of_called(element, targets.processes)
    if targets.company is not None:
        yield from references.in_expressions(program, element, targets.company, targets.all_user_tasks)
        yield from references.of_named(element, targets.company)
        yield from references.of_limits(program, element, targets.company)
    if element.type == "userTask":
        yield from references.unassigned(element)
        yield from references.of_steps(element, targets.user_tasks, targets.known.user_tasks)
        if targets.company is not None:
            yield from references.of_people(element, targets.company)
            yield from references.of_calendar(element, targets.company)
