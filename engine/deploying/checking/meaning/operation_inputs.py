"""Service tasks whose operation would stop every case: something it needs is neither mapped to it nor filled in anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine import forms, operations, runtime
from engine.deploying.checking.data import process_variables
from engine.problems import Problem, Word

OPERATION = "operation"  # as a word that pages know
UNGIVEN = "“%(type)s” needs the input “%(name)s”, and nothing gives it: a case would stop here. It is mapped under “Advanced”."


def problems(program: runtime.Program, drawn: Iterable[forms.Form]) -> Iterator[Problem]:
    """Warnings at service tasks; `drawn` are the forms of the process. What a process that calls it gives is not known."""
    variables = process_variables.variables_of(program, drawn)
    if any(map(process_variables.is_open, program.elements.values())):
        return
    for element in program.elements.values():
        work = operations.find(element.task_definition.type) if element.task_definition else None
        if work is None:
            continue
        given = {*variables, *(mapping.target.partition(".")[0] for mapping in element.inputs)}
        for name in sorted(work.required - given):
            yield Problem(element.id, element.name, UNGIVEN, {"type": Word(OPERATION, work.name), "name": name}, "warning")
