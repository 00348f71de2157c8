"""Running the registered operation of a service task for a case: all of what it writes, or nothing."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine import errors, feel, operations, runtime
from engine.cases import history, variable_size
from engine.cases.cases import Case
from engine.cases.personal import personal_data
from engine.definitions import definitions
from engine.operations import BpmnError, Outdated
from engine.storage import models

__all__ = [
    "BpmnError",
    "Made",
    "Outdated",
    "attempt",
    "has_order",
    "is_in_transaction",
    "is_irreversible",
    "is_known",
    "names",
    "order",
]


def is_known(name: str) -> bool:
    """Whether an operation of that name is registered; another type waits for an external worker."""
    return operations.find(name) is not None


def is_in_transaction(name: str) -> bool:
    """Whether it is run where the case moves, not as a job after the commit."""
    operation = operations.find(name)
    return operation is not None and operation.in_transaction


def is_irreversible(element: runtime.Element, type: str) -> bool:
    """Whether work of that type at the element cannot be taken back: the diagram says so, or the operation does."""
    return runtime.is_irreversible(element) or type in operations.irreversible()


@dataclass(frozen=True)
class Made:
    """What was made of an order, outside of any transaction."""

    order: operations.AdvanceOrder
    content: Any


def has_order(name: str) -> bool:
    """Whether something has to be made before the operation runs."""
    operation = operations.find(name)
    return operation is not None and operation.order is not None


def order(
    case: Case, element: runtime.Element, work: runtime.AwaitedJob, *, token: str, job_key: int | None
) -> operations.AdvanceOrder | None:
    """What has to be made before `attempt`, None where nothing has; reads only. Raises a Refusal that says what went wrong."""
    with _worded(work):
        return _operation(work).ordered(_context(case, element, work, token, job_key), work.inputs)


def attempt(
    case: Case,
    element: runtime.Element,
    work: runtime.AwaitedJob,
    *,
    token: str,
    job_key: int | None,
    made: Made | None = None,
) -> dict[str, Any]:
    """What the operation gives, as JSON; `token` is the one that waits for it, `made` is what was made of its `order`.

    Raises BpmnError for a boundary event, Outdated when something else would have to be made now, else a Refusal that
    says what went wrong; then it has written nothing.
    """
    operation, context = _operation(work), _context(case, element, work, token, job_key)
    mark = history.mark(case.session)
    try:
        with _worded(work), case.session.begin_nested():
            if operation.order is not None:
                context = replace(context, made=_still_right(made, operation.ordered(context, work.inputs)))
            result = operation.run(context, work.inputs)
            plain: dict[str, Any] = models.loads(models.dumps(result or {}))
            variable_size.check(case.session, plain)
            variable_size.check_case(case.session, case.run.dump(), plain)
    except (errors.Refusal, BpmnError):
        history.forget_after(case.session, mark)
        raise
    case.told |= context.told
    return plain


def _still_right(made: Made | None, order: operations.AdvanceOrder | None) -> Any:
    if made is None or made.order != order:
        raise Outdated("The case has moved on meanwhile.")
    return made.content


def _operation(work: runtime.AwaitedJob) -> operations.RegisteredOperation:
    operation = operations.find(work.type)
    if operation is None:
        raise errors.NotFound("There is no operation “%(type)s”.", type=work.type)
    return operation


def _context(
    case: Case, element: runtime.Element, work: runtime.AwaitedJob, token: str, job_key: int | None
) -> operations.OperationContext:
    return operations.OperationContext(
        session=case.session,
        instance=case.instance,
        element=element,
        headers=work.headers,
        now=case.now,
        job_key=job_key,
        actor=case.around.by,
        masked=lambda value: personal_data.of_case(case).value(value),
        in_words=functools.partial(_in_words, case, element.id, token),
    )


def _in_words(case: Case, element_id: str, token: str, language: str) -> dict[str, Any]:
    """Those inputs of a step that its process says otherwise in a language; one whose words fail there is left out."""
    drawn = definitions.as_drawn(case.session, case.definition.key)
    said = definitions.in_language(case.session, drawn, language)
    pairs = zip(drawn.program.elements[element_id].inputs, said.program.elements[element_id].inputs, strict=True)
    others = [theirs for own, theirs in pairs if own.source != theirs.source]
    context = case.context(token) if others else {}
    words: dict[str, Any] = {}
    for each in others:
        with contextlib.suppress(errors.Refusal):
            words[each.target] = case.evaluate(each.source, _told(context, each.source, said.words))
    return words


def _told(context: Mapping[str, Any], source: str, words: Mapping[str, str]) -> dict[str, Any]:
    """The variables of a text, answers that the process words itself, such as choices, in its other words; what is compared stays."""
    asked = feel.compile(feel.body(source)).names if feel.is_expression(source) else ()
    compared = {name for name, _text in feel.compared_texts(source)}
    return {name: context[name] if name in compared else _in(words, context[name]) for name in asked if name in context}


def _in(words: Mapping[str, str], value: Any) -> Any:
    if isinstance(value, str):
        return words.get(value, value)
    if isinstance(value, dict):
        return {name: _in(words, each) for name, each in value.items()}
    return [_in(words, each) for each in value] if isinstance(value, list) else value


@contextlib.contextmanager
def _worded(work: runtime.AwaitedJob) -> Iterator[None]:
    """Makes a refusal of whatever fails, but of what the diagram deals with."""
    try:
        yield
    except (errors.Refusal, BpmnError):
        raise
    except Exception as error:
        raise errors.Refusal(
            "The operation %(type)s failed: %(detail)s", type=work.type, detail=f"{type(error).__name__}: {error}"
        ) from error


def names() -> frozenset[str]:
    """The names of all registered operations."""
    return frozenset(operations.names())
