"""Making a decision model out of DMN files: elements, requirements, logic and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from lxml import etree

from engine import errors
from engine.decisions.dmn import cycles, files, item_definitions, reading
from engine.decisions.dmn.building import Builder, result_type
from engine.decisions.dmn.compiling import Compiler, Names
from engine.decisions.model import (
    BusinessKnowledgeModel,
    Decision,
    DecisionService,
    Element,
    InputData,
    Key,
    Model,
    Requirement,
)

Kind = TypeVar("Kind", bound=Element)
KINDS: dict[str, type[Element]] = {
    "inputData": InputData,
    "decision": Decision,
    "businessKnowledgeModel": BusinessKnowledgeModel,
    "decisionService": DecisionService,
}


def parse(xml: bytes, *, imports: Mapping[str, bytes] | None = None) -> Model:
    """Read and compile a decision model of DMN 1.2 to 1.5.

    `imports` holds the files that it may import (name to content). Raises `errors.Invalid` when a file is
    hostile, too large or not DMN; everything else that is wrong is told by `Model.problems()`, and only
    what depends on it refuses to be evaluated.
    """
    main = files.read(xml, imports or {})
    try:
        return _Parsing(main).model()
    except RecursionError:
        raise errors.Invalid("The decision model is nested too deeply.") from None


def parse_new(xml: bytes, *, imports: Mapping[str, bytes]) -> Model:
    """As `parse`, for a file that is to be deployed; also raises Invalid for one that takes long to check."""
    files.require_size(xml)
    return parse(xml, imports=imports)


class _Parsing:
    """The elements of all files, first declared, then linked and compiled."""

    def __init__(self, main: files.DmnFile) -> None:
        self.main = main
        self.files = main.reachable()
        files.check_names(self.files.values())
        imported = [file for file in self.files.values() if file is not main]
        elements = [reading.name(node) for file in imported for node in self._nodes(file)]
        self.compiler = Compiler(frozenset([*files.members(self.files.values()), *elements]))
        self.builders = {key: self._builder(file) for key, file in self.files.items()}
        for key, file in self.files.items():
            types = self.builders[key].types
            types.imports = [(name, self.builders[other.namespace].types) for name, other in file.imports]
        self.elements: dict[Key, Element] = {}
        self.sources: dict[Key, etree._Element] = {}

    def model(self) -> Model:
        for file in self.files.values():
            for node in file.missing:
                self.compiler.note(node, "The imported model %(name)s is not there.", name=node.get("namespace"))
            for node in self._nodes(file):
                self._declare(file, node)
        for key, element in self.elements.items():
            element.requirements = tuple(self._requirements(self.files[key[0]], self.sources[key]))
        for key, element in self.elements.items():
            self._complete(self.builders[key[0]], element, self.sources[key])
        self._note_cycles()
        return self._model()

    def _nodes(self, file: files.DmnFile) -> list[etree._Element]:
        return list(reading.children(file.root, *KINDS))

    def _builder(self, file: files.DmnFile) -> Builder:
        return Builder(self.compiler, item_definitions.ItemDefinitions(file.root, self.compiler))

    def _declare(self, file: files.DmnFile, node: etree._Element) -> None:
        variable = reading.child(node, "variable")
        key = (file.namespace, node.get("id") or reading.name(node))
        if key in self.elements:
            self.compiler.note(node, "The id %(id)s is used twice.", id=key[1])
            return
        name = reading.name(variable) or reading.name(node)
        types = self.builders[file.namespace].types
        self.elements[key] = element = KINDS[reading.kind(node)](key, name, types.of(variable), title=reading.name(node))
        if isinstance(element, InputData) and element.type.is_any:
            self.compiler.untyped.add(name)
        self.sources[key] = node

    def _requirements(self, file: files.DmnFile, node: etree._Element) -> list[Requirement]:
        requirements = []
        for kind in ("informationRequirement", "knowledgeRequirement"):
            for requirement in reading.children(node, kind):
                for reference in reading.children(requirement, "requiredInput", "requiredDecision", "requiredKnowledge"):
                    target = self._target(file, reference)
                    if target is not None:
                        requirements.append(Requirement(file.path_to(target.key[0]) or (), target))
        return requirements

    def _target(self, file: files.DmnFile, reference: etree._Element) -> Element | None:
        """The element an `href` points to: `#id` in the same file, or `namespace#id`."""
        namespace, _, identifier = (reference.get("href") or "").strip().rpartition("#")
        target = self.elements.get((namespace or file.namespace, identifier))
        if target is None:
            self.compiler.note(reference, "There is no element %(reference)s.", reference=reference.get("href"))
        return target

    def _complete(self, builder: Builder, element: Element, node: etree._Element) -> None:
        names = frozenset(req.path[0] if req.path else req.target.name for req in element.requirements)
        if isinstance(element, Decision):
            element.logic, element.cost = builder.within(node, names), reading.cost(node)
        elif isinstance(element, BusinessKnowledgeModel):
            self._complete_knowledge(builder, element, node, names | {element.name})
        elif isinstance(element, DecisionService):
            self._complete_service(element, node)

    def _complete_knowledge(
        self, builder: Builder, element: BusinessKnowledgeModel, node: etree._Element, names: Names
    ) -> None:
        function = reading.child(node, "encapsulatedLogic")
        if function is None:
            self.compiler.note(node, "The business knowledge model has no logic.")
            return
        element.function = builder.function(function, names, element.name)
        if element.function.result.is_any:
            element.function = replace(element.function, result=result_type(element.type))

    def _complete_service(self, element: DecisionService, node: etree._Element) -> None:
        file = self.files[element.key[0]]

        def targets(kind: str) -> list[Element]:
            referred = (self._target(file, reference) for reference in reading.children(node, kind))
            return [target for target in referred if target is not None]

        parameters = [*targets("inputData"), *targets("inputDecision")]
        element.parameters = tuple(item for item in parameters if isinstance(item, (InputData, Decision)))
        element.paths = tuple((*(file.path_to(item.key[0]) or ()), item.name) for item in element.parameters)
        element.outputs = tuple(item for item in targets("outputDecision") if isinstance(item, Decision))
        if not element.outputs:
            self.compiler.note(node, "The decision service has no output decision.")

    def _note_cycles(self) -> None:
        for key in cycles.elements_of_cycles({key: _required(element) for key, element in self.elements.items()}):
            name = self.elements[key].name
            self.compiler.note(self.sources[key], "The decision %(name)s requires itself.", name=name)

    def _model(self) -> Model:
        return Model(
            self.main.namespace,
            reading.name(self.main.root),
            self._own(Decision),
            self._own(DecisionService),
            self._own(BusinessKnowledgeModel),
            dict(self.builders[self.main.namespace].types.all()),
            self.compiler.told,
            self.compiler.static_problems,
        )

    def _own(self, kind: type[Kind]) -> dict[str, Kind]:
        return {
            identifier: element
            for (namespace, identifier), element in self.elements.items()
            if namespace == self.main.namespace and isinstance(element, kind)
        }


def _required(element: Element) -> set[Key]:
    """The decisions that a decision requires; knowledge models may well call each other in a ring."""
    if not isinstance(element, Decision):
        return set()
    return {req.target.key for req in element.requirements if isinstance(req.target, Decision)}
