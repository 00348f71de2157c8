"""What an expression of a draft may name, for completing it, and what is wrong with one while it is typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy.orm import Session

from engine import errors, feel, forms, runtime
from engine.cases.look_ups import NAMES
from engine.deploying.checking.data import process_variables
from engine.designing import drafts
from engine.designing.editing import form_parts
from engine.designing.editing.draft_files import form_of
from engine.forms.schema import label
from engine.people.actors import Actor

MAX_LENGTH = 10_000


def names(session: Session, by: Actor, key: int) -> dict[str, str]:
    """The variables of a draft by name, with the label of the field that fills one in (else ""). Raises NotFound."""
    return _names(drafts.take_up(session, by, key).files)


def problems(session: Session, by: Actor, key: int, text: str) -> list[feel.ExpressionProblem]:
    """What is wrong with an expression, with or without its "=". Raises NotFound, Invalid for one that is too long.

    A name that nothing of the draft writes is told only where it is nearly one that is written: others may come with
    messages, workers and called processes.
    """
    known = _names(drafts.take_up(session, by, key).files)
    if len(text) > MAX_LENGTH:
        raise errors.Invalid("This expression is too long.")
    problems_of_text = feel.problems(feel.body(text), known, functions=NAMES)
    return [each for each in problems_of_text if each.severity == "error" or "similar" in each.values]


def _names(files: Mapping[str, str]) -> dict[str, str]:
    variable_names = dict.fromkeys((*process_variables.EVERYWHERE, *_of_diagrams(files)), "")
    for name, text in files.items():
        if name.endswith(".form"):
            raws = form_parts.walk(form_of(text) or {})
            variable_names |= {str(raw["key"]): label(raw) for raw in raws if raw.get("key")}
    return dict(sorted(variable_names.items()))


def _of_diagrams(files: Mapping[str, str]) -> Iterator[str]:
    no_forms: list[forms.Form] = []  # their fields are read with their labels
    for name, text in files.items():
        if name.endswith(".bpmn"):
            try:
                programs = runtime.examine(text.encode(), functions=NAMES)[1]
            except errors.Refusal:  # a draft that cannot be read is told by the list of problems
                continue
            for program in programs:
                yield from process_variables.variables_of(program, no_forms)
