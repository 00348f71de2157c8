"""Names of processes and steps that no list, letter or column has room for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine import errors, runtime
from engine.problems import Problem

MOST = 200  # letters
SHOWN = 30
TOO_LONG = "The name “%(begins)s…” has %(n)s characters; there is room for %(most)s."


def problems(program: runtime.Program, settings: Mapping[str, Any]) -> Iterator[Problem]:
    """The process by its drawn name and its title, and its elements."""
    named = [(program.process_id, program.name), (program.process_id, str(settings.get("title") or ""))]
    named += [(element.id, element.name) for element in program.elements.values()]
    for id, name in named:
        refusal = fault(name or "")
        if refusal is not None:
            yield Problem(id, f"{name[:SHOWN]}…", refusal.text, refusal.values)


def fault(name: str) -> errors.Invalid | None:
    """Why nothing may be called so."""
    return errors.Invalid(TOO_LONG, begins=name[:SHOWN], n=len(name), most=MOST) if len(name) > MOST else None
