"""Reading the item definitions of a DMN file into types (DMN 1.5, clause 7.3.3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from engine.decisions.dmn import reading
from engine.decisions.dmn.compiling import Compiler
from engine.decisions.item_types import ANY, BUILT_IN, Type

MAX_CHAIN = 50  # of types that are defined by each other


class ItemDefinitions:
    """The types of one file, made when first asked for; `imports` are those of its imported files."""

    def __init__(self, root: etree._Element, compiler: Compiler) -> None:
        self.imports: list[tuple[str, ItemDefinitions]] = []
        self._elements = {reading.name(item): item for item in reading.children(root, "itemDefinition")}
        self._compiler = compiler
        self._types: dict[str, Type] = {}
        self._open: set[str] = set()

    def of(self, element: etree._Element | None) -> Type:
        """The type an element's `typeRef` names; Any, and a problem, when there is no such type."""
        reference = reading.type_reference(element)
        if element is None or not reference:
            return ANY
        item_type = self.named(reference)
        if item_type is None:
            self._compiler.note(element, "There is no type %(type)s.", type=reference)
        return item_type or ANY

    def named(self, reference: str, asked: Asked | None = None) -> Type | None:
        """The type of this name: defined here, imported (`import.name`), or built in.

        `asked`: what was asked of which file already; they may import each other in a ring.
        """
        if reference in self._types:
            return self._types[reference]
        if reference in self._elements:
            return self._defined(reference)
        plain = reference.rpartition(":")[2].removeprefix("feel.")
        if plain.lower() in BUILT_IN:
            base = BUILT_IN[plain.lower()]
            return self._types.setdefault(reference, ANY if base == "Any" else Type(base, base))
        return self._imported(reference, set() if asked is None else asked)

    def all(self) -> Iterator[tuple[str, Type]]:
        """Every type with its name as this file may write it, those of imports behind the import's name."""
        waiting = deque([("", self)])
        seen = {self}
        while waiting:
            prefix, definitions = waiting.popleft()
            for name in definitions._elements:
                yield prefix + name, definitions.named(name) or ANY
            for name, imported in definitions.imports:
                if imported not in seen:
                    seen.add(imported)
                    waiting.append((f"{prefix}{name}." if name else prefix, imported))

    def _imported(self, reference: str, asked: Asked) -> Type | None:
        if (self, reference) in asked:
            return None
        asked.add((self, reference))
        for name, definitions in self.imports:
            if not name or reference.startswith((f"{name}.", f"{name}:")):
                imported = definitions.named(reference[len(name) + 1 :] if name else reference, asked)
                if imported is not None:
                    return imported
        return None

    def _defined(self, name: str) -> Type:
        element = self._elements[name]
        if name in self._open or len(self._open) >= MAX_CHAIN:
            self._compiler.note(element, "The type %(type)s is defined by itself, or too deeply.", type=name)
            return ANY
        self._open.add(name)
        self._types[name] = made = self._type(element, name)
        self._open.discard(name)
        return made

    def _type(self, element: etree._Element, register: str = "") -> Type:
        if reading.child(element, "itemComponent") is not None:
            whole = self._structure(element, register)
        else:
            whole = self._simple(element)
        return self._constrained(whole, element, "typeConstraint")

    def _structure(self, element: etree._Element, register: str) -> Type:
        """A structure; registered before its components are read, since they may contain it again."""
        single = Type(reading.name(element), "context")
        whole = _collected(single, element)
        if register:
            self._types[register] = whole
        parts = reading.children(element, "itemComponent")
        single.components = {reading.name(part): self._type(part) for part in parts}
        single.constraints = self._constrained(single, element, "allowedValues").constraints
        return whole

    def _simple(self, element: etree._Element) -> Type:
        function = reading.child(element, "functionItem")
        single = self.of(element) if function is None else self._function(element, function)
        return _collected(self._constrained(single, element, "allowedValues"), element)

    def _function(self, element: etree._Element, function: etree._Element) -> Type:
        reference = " ".join((function.get("outputTypeRef") or "").split())
        return Type(reading.name(element), "function", result=self.named(reference) if reference else None)

    def _constrained(self, target: Type, element: etree._Element, child: str) -> Type:
        """The type with the element's own constraint added: a type of its own where there is one."""
        constraint = self._compiler.constraint(reading.child(element, child))
        if constraint is None:
            return target
        constraints = (*target.constraints, constraint)
        return replace(target, name=reading.name(element), constraints=constraints)


Asked = set[tuple[ItemDefinitions, str]]


def _collected(single: Type, element: etree._Element) -> Type:
    collection = element.get("isCollection") == "true"
    return Type(reading.name(element), "list", element=single) if collection else single


def component(whole: Type, name: str) -> Type:
    """The type of a component of a structure, or of a collection of structures."""
    return (whole.element or whole).components.get(name, ANY)
