"""What cannot run, found before deployment: each problem names its element."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from lxml import etree

from engine import errors
from engine.diagrams import xml as diagram_xml
from engine.problems import ElementName, Mend
from engine.runtime import graph
from engine.runtime.checking import combinations, ineffective, orders, outliving, rules, soundness
from engine.runtime.checking import irreversible as no_return
from engine.runtime.program import DiagramProblem, Element, Flow, Program
from engine.runtime.reading import elements, reader
from engine.runtime.reading.names import BPMN, local

# Deeper than any diagram people draw; keeps the walk through enclosing scopes within Python's stack.
MAX_NESTING = 30
UNDRAWABLE = frozenset(
    (
        *("__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "constructor"),
        *("hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf", "prototype"),
    )
)
MAX_ELEMENTS = 1_000  # some questions about a graph cost the square of its size
MAX_IN_FILE = 3_000

_KNOWN_BESIDE = elements.FLOW_NODES | {
    "sequenceFlow",
    "laneSet",
    "documentation",
    "extensionElements",
    "dataObject",
    "dataObjectReference",
    "dataStoreReference",
    "textAnnotation",
    "association",
    "group",
    "incoming",
    "outgoing",
    "property",
    "ioSpecification",
    "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics",
    "completionCondition",
    "auditing",
    "monitoring",
    "category",
    "artifact",
    "correlationSubscription",
    "supports",
    "resourceRole",
    "performer",
    "potentialOwner",
    "dataInputAssociation",
    "dataOutputAssociation",
    "",
}


def check(
    xml: bytes, *, functions: Iterable[str] = (), irreversible: Collection[str] = (), binding: Collection[str] = ()
) -> list[DiagramProblem]:
    """The problems of a diagram; none of severity error when every element of it can run.

    `functions` are the names of the FEEL look-ups the host will hand in, `irreversible` the job types whose work cannot
    be taken back, `binding` the ids of processes that hold such work. Never raises for a bad diagram.
    """
    problems, programs = examine(xml, functions=functions)
    if not any(problem.severity == "error" for problem in problems):
        problems += [problem for program in programs for problem in no_return.problems(program, irreversible, binding)]
    return problems


def examine(xml: bytes, *, functions: Iterable[str] = ()) -> tuple[list[DiagramProblem], list[Program]]:
    """The problems of a diagram as `check` finds them, and its executable processes; none where it cannot be read."""
    try:
        root = diagram_xml.safe_parse(xml)
        if refused := list(_size(root)):
            return refused, []
        told, made = _told_apart(root)
        programs = reader.programs(root)
    except errors.Refusal as refusal:
        return [DiagramProblem("", "", "error", refusal.text, dict(refusal.values))], []
    names = frozenset(functions)
    problems = [
        *_executable(root),
        *_undrawable(root),
        *_unknown(root),
        *combinations.of_diagram(root),
        *ineffective.check(root),
    ]
    runs = [program for program in programs if program.is_executable]
    for program in runs or programs:
        problems += _program(root, program, names)
    return [*told, *(each for each in problems if made.isdisjoint((each.element_id, *each.trace)))], runs


def _told_apart(root: etree._Element) -> tuple[list[DiagramProblem], set[str]]:
    """The problems of elements that cannot be told apart, and the ids that these got here, so that the rest is looked at."""
    faults = list(reader.nameless(root))
    told = [_nameless(node, reason) for node, reason in faults]
    taken = {node.get("id") for node in root.iter(etree.Element)}
    free = (id for id in map("unnamed_{}".format, itertools.count(1)) if id not in taken)
    for node, _reason in faults:
        node.set("id", next(free))
    return told, {node.get("id", "") for node, _reason in faults}


def _executable(root: etree._Element) -> Iterator[DiagramProblem]:
    """Which processes will not run; where none would, that is an error, told beside all others."""
    processes = root.findall(BPMN + "process")
    if any(process.get("isExecutable") == "true" for process in processes):
        left_out = [process for process in processes if process.get("isExecutable") is None and len(process)]
        for process in left_out:
            yield _of_process(process, "warning", "The process does not say that it is executable, and is left out.")
    elif not processes:
        yield DiagramProblem("", "", "error", "The diagram holds no executable process.")
    else:
        for process in processes:
            yield _of_process(
                process, "error", 'Nothing here is executable. Write isExecutable="true" on this process to run it.'
            )


def _undrawable(root: etree._Element) -> Iterator[DiagramProblem]:
    """Ids that browsers give to everything: editors keep elements by their id, and cannot open a file with one of these."""
    for node in root.iter(etree.Element):
        if node.get("id", "") in UNDRAWABLE:
            yield _nameless(
                node, "The id “%(id)s” cannot be drawn by browsers, which mean something else by it. Give it another id."
            )


def _of_process(process: etree._Element, severity: str, message: str) -> DiagramProblem:
    """A problem of a process that does not run, with the offer to make it one that does."""
    id, name = process.get("id", ""), process.get("name", "")
    return DiagramProblem(id, name, severity, message, mend=Mend(id, ElementName(name, "process"), "process"))


def _nameless(node: etree._Element, reason: str) -> DiagramProblem:
    element_id = node.get("id", "")
    return DiagramProblem(element_id, node.get("name", ""), "error", reason, {"id": element_id})


def _unknown(root: etree._Element) -> Iterator[DiagramProblem]:
    for scope in root.iter(BPMN + "process", BPMN + "subProcess", BPMN + "transaction", BPMN + "adHocSubProcess"):
        for node in scope:
            if local(node) not in _KNOWN_BESIDE:
                yield DiagramProblem(
                    node.get("id", ""),
                    node.get("name", ""),
                    "error",
                    "Elements of the type %(type)s cannot run.",
                    {"type": local(node)},
                )


def _program(root: etree._Element, program: Program, functions: frozenset[str]) -> Iterator[DiagramProblem]:
    yield from _broken(program)
    if not is_whole(program):
        return
    yield from _scope(program, None, Element(program.process_id, program.name, "process"))
    yield from rules.unreachable(program)
    yield from outliving.problems(program)
    yield from combinations.of_program(program)
    yield from orders.check(root, program)
    yield from soundness.check(program)
    for element in program.elements.values():
        yield from _element(program, element)
        yield from rules.texts(program, element, functions)


def is_whole(program: Program) -> bool:
    """Whether all that flows and elements refer to is there: only then can more be asked of it."""
    return next(_broken(program), None) is None


def _broken(program: Program) -> Iterator[DiagramProblem]:
    yield from _flows(program)
    yield from _references(program)


def _size(root: etree._Element) -> list[DiagramProblem]:
    """Counted before anything is read: what is too large costs no more than that."""
    problems = []
    nodes = flows = 0
    for process in root.iter(BPMN + "process"):
        own = Counter(local(node) for node in process.iter(etree.Element))
        own_nodes = sum(own[kind] for kind in elements.FLOW_NODES)
        nodes, flows = nodes + own_nodes, flows + own["sequenceFlow"]
        if own_nodes > MAX_ELEMENTS or own["sequenceFlow"] > 3 * MAX_ELEMENTS:
            problems.append(_too_large(process, "The process has more than %(limit)s elements.", MAX_ELEMENTS))
    if not problems and (nodes > MAX_IN_FILE or flows > 3 * MAX_IN_FILE):
        problems.append(_too_large(root, "The processes of the file have more than %(limit)s elements together.", MAX_IN_FILE))
    return problems


def _too_large(node: etree._Element, message: str, limit: int) -> DiagramProblem:
    return DiagramProblem(node.get("id", ""), node.get("name", ""), "error", message, {"limit": limit})


def _flows(program: Program) -> Iterator[DiagramProblem]:
    for flow in program.flows.values():
        for end in (flow.source, flow.target):
            if end not in program.elements:
                yield _flow_problem(flow, "The sequence flow leads from or to %(id)s, which is not there.", end)
                break
        else:
            if program.elements[flow.source].parent != program.elements[flow.target].parent:
                yield _flow_problem(flow, "The sequence flow crosses the border of a subprocess.", flow.source)


def _flow_problem(flow: Flow, message: str, end: str) -> DiagramProblem:
    return DiagramProblem(flow.id, flow.name, "error", message, {"id": end})


def _references(program: Program) -> Iterator[DiagramProblem]:
    for element in program.elements.values():
        for missing, message in _missing(program, element):
            yield rules.problem(element, message, id=missing)
        depth, scope = 0, element.parent
        while scope is not None:
            depth, scope = depth + 1, program.elements[scope].parent
        if depth > MAX_NESTING:
            yield rules.problem(element, "The subprocesses nest deeper than %(limit)s levels.", limit=MAX_NESTING)


def _missing(program: Program, element: Element) -> Iterator[tuple[str, str]]:
    if element.type == "boundaryEvent":
        host = program.elements.get(element.attached_to or "")
        if host is None or host.type not in elements.ACTIVITIES or host.parent != element.parent:
            yield element.attached_to or "", "The boundary event is attached to %(id)s, which is no activity here."
    if element.default and element.default not in element.outgoing:
        yield element.default, "The default flow %(id)s does not leave this element."
    handler = program.elements.get(element.compensated_by or "")
    if element.compensated_by and handler is None:
        yield element.compensated_by, "The compensation handler %(id)s is not there."
    if handler is not None and handler.parent != element.parent:
        yield (
            handler.id,
            "The compensation handler %(id)s must stand beside the activity, not within another subprocess or outside.",
        )


def _scope(program: Program, scope: str | None, element: Element) -> Iterator[DiagramProblem]:
    starts = graph.starts(program, scope)
    triggered = [start for start in starts if start.event is not None]
    if not program.children.get(scope):
        yield rules.problem(element, "The process or subprocess is empty.")
    elif element.type == "adHocSubProcess":
        return
    elif not starts:
        yield rules.problem(element, "There is no start event.")
    elif element.event_subprocess:
        if len(starts) != 1 or not triggered:
            yield rules.problem(element, "An event subprocess needs exactly one start event, with an event.")
    elif scope is not None and (triggered or len(starts) > 1):
        yield rules.problem(element, "A subprocess needs exactly one start event, without an event.")
    elif len(starts) - len(triggered) > 1:
        yield rules.problem(element, "There is more than one start event without an event.")


def _element(program: Program, element: Element) -> Iterable[DiagramProblem]:
    if element.type in ("subProcess", "transaction", "adHocSubProcess"):
        yield from _scope(program, element.id, element)
    yield from rules.structure(program, element)
    yield from rules.attributes(program, element)
