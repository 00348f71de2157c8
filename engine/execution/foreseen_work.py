"""What a look ahead supposes of work that no person does: that it is done, and what it would give where that can be known."""

from __future__ import annotations

from typing import Any

from engine import decisions as dmn
from engine import errors, feel, runtime
from engine.cases.cases import Case
from engine.definitions import definitions

RESULT = "resultVariable"


def do(
    case: Case, run: runtime.Run, later: set[str], element: runtime.Element, kind: str, wait: runtime.Wait | None, token: str
) -> None:
    """Lets a token go on that waits for the system, time or the world outside; what these would give goes into `later`."""
    if kind == "timer":
        run.fire(token)
    elif kind in ("message", "signal"):
        later |= _outputs(element)
        run.deliver(token, {})
    elif kind == "job":
        later |= _outputs(element)
        run.complete(token, {})
    elif kind == "decision":
        _decide(case, run, later, element, wait, token)


def _decide(
    case: Case, run: runtime.Run, later: set[str], element: runtime.Element, wait: runtime.Wait | None, token: str
) -> None:
    """A decision over what is known already is made; one that needs more gives what is known later."""
    result = element.result_variable or "result"
    value: Any = None
    if wait is not None and isinstance(wait.awaits, runtime.AwaitedDecision):
        result, value = wait.awaits.result_variable, _value(case, wait.awaits, later)
    (later.add if value is None else later.discard)(result)
    run.complete(token, {} if value is None else {result: value})


def _value(case: Case, awaited: runtime.AwaitedDecision, later: set[str]) -> Any:
    known = {name: feel.from_json(value) for name, value in awaited.inputs.items() if name not in later}
    try:
        decision = definitions.decision(case.session, case.definition, awaited.decision_id)
        clock = case.around.local_now
        made = dmn.evaluate(decision.model, decision.decision_id, known, functions=case.functions, now=clock)
    except errors.Refusal:
        return None
    return feel.to_json(made.value)


def _outputs(element: runtime.Element) -> set[str]:
    """The variables that the work of an element gives."""
    named = {element.result_variable, element.headers.get(RESULT)}
    return {name for name in named if name} | {each.target.split(".")[0] for each in element.outputs}
