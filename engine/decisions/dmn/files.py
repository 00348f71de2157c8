"""The files of a decision model: which file imports which, under what name (DMN 1.5, clause 6.3.3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine import errors
from engine.decisions.dmn import reading

MAX_NAMES = 2000
MAX_CELLS = 20_000  # of all tables of a new file; what was deployed before goes on
MEMBERS = ("itemComponent", "column", "output", "formalParameter", "parameter")


@dataclass(slots=True)
class DmnFile:
    """One file. `imports` lists the imported files, each after the name it is imported under ("" is allowed)."""

    root: etree._Element
    namespace: str
    imports: list[tuple[str, DmnFile]] = field(default_factory=list)
    missing: list[etree._Element] = field(default_factory=list)

    def path_to(self, namespace: str) -> tuple[str, ...] | None:
        """The names of imports that lead to a name space, the shortest way; () is this file itself."""
        queue: deque[tuple[DmnFile, tuple[str, ...]]] = deque([(self, ())])
        seen = {self.namespace}
        while queue:
            file, path = queue.popleft()
            if file.namespace == namespace:
                return path
            for name, imported in file.imports:
                if imported.namespace not in seen:
                    seen.add(imported.namespace)
                    queue.append((imported, (*path, name) if name else path))
        return None

    def reachable(self) -> dict[str, DmnFile]:
        """This file and all that it imports, directly or not, by name space."""
        by_namespace: dict[str, DmnFile] = {}
        waiting = [self]
        while waiting:
            file = waiting.pop()
            if file.namespace not in by_namespace:
                by_namespace[file.namespace] = file
                waiting.extend(imported for _, imported in file.imports)
        return by_namespace


def read(data: bytes, imports: Mapping[str, bytes]) -> DmnFile:
    """The main file, linked with those of `imports` (by any name, told apart by name space).

    Raises `errors.Invalid` when a file is not DMN; an import that is not among them is left in `missing`.
    """
    main = _file(data)
    others = (_named(name, content) for name, content in imports.items())
    by_namespace = {file.namespace: file for file in [*others, main]}
    for file in by_namespace.values():
        _link(file, by_namespace)
    return main


def check_names(files: Iterable[DmnFile]) -> None:
    """Refuse a model with so many names of several words that finding them would take long."""
    named = {reading.name(element) for file in files for element in file.root.iter("{*}*")}
    if sum(not name.isidentifier() for name in named) > MAX_NAMES:
        raise errors.Invalid("The model has more than %(limit)s names with blanks or signs.", limit=MAX_NAMES)


def require_size(data: bytes) -> None:
    """Raises Invalid for a file with so many cells that checking them would take long, before any is read."""
    cells = reading.definitions(data).iter("{*}inputEntry", "{*}outputEntry")
    if sum(1 for _cell in cells) > MAX_CELLS:
        raise errors.Invalid("The decision tables have more than %(limit)s cells.", limit=MAX_CELLS)


def members(files: Iterable[DmnFile]) -> Iterator[str]:
    """Every name that may follow a dot or name an argument: of components, columns, entries, parameters."""
    for file in files:
        yield from (name for name, _ in file.imports)
        namespace = etree.QName(file.root).namespace
        for kind in MEMBERS:
            yield from map(reading.name, file.root.iter(f"{{{namespace}}}{kind}"))
        for entry in file.root.iter(f"{{{namespace}}}contextEntry"):
            yield reading.name(reading.child(entry, "variable"))


def _file(data: bytes) -> DmnFile:
    root = reading.definitions(data)
    return DmnFile(root, root.get("namespace") or "")


def _named(name: str, data: bytes) -> DmnFile:
    try:
        return _file(data)
    except errors.Invalid as refusal:
        raise errors.Invalid(
            "The imported file %(file)s cannot be read: %(detail)s", file=name, detail=str(refusal)
        ) from refusal


def _link(file: DmnFile, by_namespace: Mapping[str, DmnFile]) -> None:
    for element in reading.children(file.root, "import"):
        target = by_namespace.get(element.get("namespace") or "")
        if target is not None:
            file.imports.append((reading.name(element), target))
        elif "/DMN/" in (element.get("importType") or "/DMN/"):
            file.missing.append(element)
