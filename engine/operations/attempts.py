"""Running the registered operation of a service task for a case: all of what it writes, or nothing."""

from __future__ import annotations

from typing import Any

from engine import errors, operations, runtime
from engine.cases import history, personal_data, variable_size
from engine.cases.cases import Case
from engine.operations import BpmnError
from engine.storage import models

__all__ = ["BpmnError", "attempt", "is_in_transaction", "is_irreversible", "is_known", "names"]


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


def attempt(case: Case, element: runtime.Element, work: runtime.AwaitedJob, *, job_key: int | None) -> dict[str, Any]:
    """What the operation gives, as JSON.

    Raises BpmnError for a boundary event, else a Refusal that says what went wrong; then it has written nothing.
    """
    operation = operations.find(work.type)
    if operation is None:
        raise errors.NotFound("There is no operation “%(type)s”.", type=work.type)
    context = operations.OperationContext(
        session=case.session,
        instance=case.instance,
        element=element,
        headers=work.headers,
        now=case.now,
        job_key=job_key,
        actor=case.around.by,
        masked=lambda value: personal_data.of_case(case).value(value),
    )
    mark = history.mark(case.session)
    try:
        with case.session.begin_nested():
            result = operation.run(context, work.inputs)
            plain: dict[str, Any] = models.loads(models.dumps(result or {}))
            variable_size.check(plain)
            variable_size.check_case(case.run.dump(), plain)
            return plain
    except (errors.Refusal, BpmnError):
        history.forget_after(case.session, mark)
        raise
    except Exception as error:
        history.forget_after(case.session, mark)
        raise errors.Refusal(
            "The operation %(type)s failed: %(detail)s", type=work.type, detail=f"{type(error).__name__}: {error}"
        ) from error


def names() -> frozenset[str]:
    """The names of all registered operations."""
    return frozenset(operations.names())
