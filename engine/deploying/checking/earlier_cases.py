"""Processes and columns that look-ups of other cases name, held against the registers there are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from engine import feel, runtime
from engine.basics.nearest import nearest
from engine.cases.earlier import NEAR_COLUMN, NO_COLUMN, NO_PROCESS, NUMBER
from engine.problems import Problem

NEAR_PROCESS = "There is no process “%(process)s” whose earlier cases could be counted. Did you mean “%(similar)s”?"
_LOOK_UPS = {"earlier cases": (1,), "earlier handler": (1,), "running case": (1, 3)}  # and which arguments name columns
Columns = Callable[[str], Collection[str] | None]


def of_program(program: runtime.Program, processes: Collection[str], columns: Columns) -> Iterator[Problem]:
    """Unknown names in the expressions of a diagram; `columns` gives the labels of a process's register.

    A column that is not there is an error; a process may be deployed later, so that is a warning.
    """
    for element in program.elements.values():
        for text in runtime.written(program, element):
            for problem in _in_text(text or "", processes, columns):
                yield Problem(element.id, element.name, *problem)


def of_schema(schema: Mapping[str, Any], processes: Collection[str], columns: Columns) -> Iterator[Problem]:
    """Unknown names in the expressions of a form, at their component."""
    for raw in _components(schema.get("components")):
        for text in _texts(raw):
            for problem in _in_text(text, processes, columns):
                yield Problem(str(raw.get("id") or raw.get("key") or ""), str(raw.get("label") or ""), *problem)


def labels(settings: Mapping[str, Any]) -> list[str]:
    """The labels of the columns of a register, of a workflow.toml, and the number that every case has."""
    return [NUMBER, *(str(each.get("label")) for each in settings.get("register") or () if isinstance(each, Mapping))]


def _components(raws: Any) -> Iterator[Mapping[str, Any]]:
    for raw in raws if isinstance(raws, list) else ():
        if isinstance(raw, Mapping):
            yield raw
            yield from _components(raw.get("components"))


def _texts(raw: Mapping[str, Any]) -> Iterator[str]:
    """The texts of a component and of the tables in it (rules, conditions), without those of its children."""
    for name, value in raw.items():
        inner: Iterable[Any] = value.values() if isinstance(value, Mapping) and name != "components" else (value,)
        yield from (text for text in inner if isinstance(text, str))


def _in_text(text: str, processes: Collection[str], columns: Columns) -> Iterator[tuple[str, dict[str, object], str]]:
    for process, label in dict.fromkeys(_named(text)):
        known = columns(process) if process in processes else None
        if process not in processes:
            similar = nearest(process, processes)
            told: dict[str, object] = {"process": process}
            yield (NO_PROCESS, told, "warning") if similar is None else (NEAR_PROCESS, {**told, "similar": similar}, "warning")
        elif known is not None and label is not None and label not in known:
            similar = nearest(label, known)
            told = {"process": process, "name": label}
            yield (NO_COLUMN, told, "error") if similar is None else (NEAR_COLUMN, {**told, "similar": similar}, "error")


def _named(text: str) -> Iterator[tuple[str, str | None]]:
    for look_up, places in _LOOK_UPS.items():
        for given in feel.calls(text, look_up) if look_up in text else ():
            process = given[0] if given else None
            if process is not None:
                yield from ((process, given[place] if place < len(given) else None) for place in places)
