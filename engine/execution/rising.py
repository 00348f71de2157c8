"""Errors, escalations and signals within a tree of cases: they rise from called processes to who catches them (BPMN 10.5.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import select

from engine import errors, runtime
from engine.cases import cases
from engine.cases.cases import Case, Instance, Met
from engine.storage.models import Subscription

UNCAUGHT = "It reported the error %(error_code)s, and none of the processes says what happens then (%(path)s)."
UNCAUGHT_OF_WORK = (
    "The work reported the error %(code)s, and none of the processes says what happens then (%(path)s): %(message)s"
)


def throw(case: Case, token: str, code: str, message: str, variables: Mapping[str, Any]) -> bool:
    """An error from the work at a token; whether this case or one above catches it.

    What lies between the throwing token and the catching event is cancelled. Afterwards the case has to be settled.
    """
    return case.run.throw_error(token, code, message, variables) or rise(case, code, message, variables)


def rise(case: Case, code: str, message: str, variables: Mapping[str, Any]) -> bool:
    """An error that nothing in this case catches; whether one of the cases above does."""
    passed = [case]
    for above, token in _calls_above(case):
        if above.run.throw_error(token, code, message, variables):
            _break_off(passed, code)
            return True
        passed.append(above)
    return False


def escalate(case: Case, event: runtime.Thrown) -> None:
    """Offers an escalation that this case does not catch to those above; one that nobody catches changes nothing.

    Where an interrupting event catches it, the call ends, and with it every case below.
    """
    passed = [case]
    for above, token in _calls_above(case):
        if above.run.escalate(token, event.name, event.variables):
            if above.run.place(token) is None:
                _break_off(passed, event.name)
            return
        passed.append(above)


def _calls_above(case: Case) -> Iterator[tuple[Case, str]]:
    """The cases above, the nearest first, each with its token at the call, as long as that call is under way."""
    while case.instance.parent_key is not None:
        above, token = cases.above(case), case.instance.parent_token or ""
        if above.run.place(token) is None:
            return
        yield above, token
        case = above


def signal(case: Case, event: runtime.Thrown) -> None:
    """Brings a signal to what waits for it in the tree of cases at this moment; the case itself has heard it already.

    The cases above hear it at once, as this one may be over the next moment; the others when all of these rest.
    """
    above = list(_calls_above(case))
    case.around.met += _elsewhere_in_the_tree(case, event, [case, *(each for each, _token in above)])
    passed = [case]
    for each, token in above:
        each.run.signal(event.name, event.variables)
        if each.run.place(token) is None:
            _break_off(passed, event.name)
        passed.append(each)


def _elsewhere_in_the_tree(case: Case, event: runtime.Thrown, told: list[Case]) -> list[Met]:
    instance = case.instance
    mine = (
        Subscription.company_id == instance.company_id,
        Subscription.kind == "signal",
        Subscription.name == event.name,
        Subscription.instance_key.in_(select(Instance.key).where(Instance.root_key == instance.root_key)),
        Subscription.instance_key.not_in([each.instance.key for each in told]),
    )
    keys = case.session.execute(select(Subscription.key).where(*mine).order_by(Subscription.key)).scalars()
    return [Met(key, event.name, event.variables) for key in keys]


def uncaught(case: Case, element_id: str, code: str, message: str = "") -> errors.Refusal:
    """Why an error is an incident: nothing caught it, with the way it took through the cases above."""
    if case.instance.parent_key is None:
        return errors.Refusal(
            "The work reported the error %(code)s, and the process does not say what happens then: %(message)s",
            code=code,
            message=message,
        )
    path = " → ".join(_path(case, element_id))
    if message:
        return errors.Refusal(UNCAUGHT_OF_WORK, code=code, path=path, message=message)
    return errors.Refusal(UNCAUGHT, error_code=code, path=path)


def _path(case: Case, element_id: str) -> list[str]:
    element = case.definition.program.elements.get(element_id)
    shown = f"{case.definition.title}「{(element.name if element else '') or element_id}」"
    if case.instance.parent_key is None:
        return [shown]
    above = cases.above(case)
    return [shown, *_path(above, above.run.place(case.instance.parent_token or "") or "")]


def _break_off(passed: Iterable[Case], code: str) -> None:
    """Ends the cases that an error or an escalation has left; one that has ended by itself stays as it is."""
    for case in passed:
        if not case.run.is_ended:
            case.has_thrown = True
            case.instance.ended_reason = code
            case.note("cancelled", reason=code)
            case.run.cancel()
