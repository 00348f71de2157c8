"""What a diagram says in zeebe:properties: of a user task, of a step that cannot be taken back, of an end event."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.basics.nearest import nearest
from engine.definitions import declarations
from engine.definitions.declarations import Told, declared

STANDARD_OUTCOMES = {"submit": "提交", "approve": "同意", "reject": "不同意并结束", "return": "退回修改"}
OPINIONS = ("none", "optional", "required", "required on reject")
KINDS = ("handle", "approve")
RULES = ("any",)
END_OUTCOME = "outcome"
ENDS = ("reject", "withdrawn")
NOTHING_NEAR = "The property %(name)s has no effect here."
MISSPELT = "There is no property %(name)s; did you mean %(similar)s?"
OF_USER_TASKS = "The property %(name)s belongs to a user task, and has no effect here."
OF_END_EVENTS = "The property %(name)s belongs to an end event, and has no effect here."


@dataclass(frozen=True)
class Outcome:
    """A way to complete a user task: its id goes into the variable, its label onto the button."""

    id: str
    label: str


_SUBMIT = (Outcome("submit", STANDARD_OUTCOMES["submit"]),)


@dataclass(frozen=True)
class TaskSettings:
    """The zeebe:properties of a user task."""

    kind: str = declared(
        declarations.CHOICE,
        "handle",
        "Handling has one button; an approval offers approve and reject, and wants a reason for no.",
        choices=KINDS,
    )
    rule: str = declared(declarations.CHOICE, "any", "How many must act: any one of those it is offered to.", choices=RULES)
    outcomes: tuple[Outcome, ...] = declared(
        declarations.OUTCOMES,
        _SUBMIT,
        "The buttons. Standard ids have labels: submit, approve, reject, return; any other is written id:label.",
    )
    result: str = declared(declarations.VARIABLE, "outcome", "Receives the id of the chosen outcome, for the gateway behind.")
    opinion: str = declared(
        declarations.CHOICE,
        "optional",
        "Whether an opinion is asked for; an approval without this property demands one to reject or return.",
        choices=OPINIONS,
    )
    due: str = declared(declarations.DEADLINE, "", "The deadline, counted from the arrival of the task.")
    warn: str = declared(declarations.DEADLINE, "", "How long before the deadline people are warned.")
    escalate: str = declared(declarations.PEOPLE, "", "Who is told when the task is overdue; a timer never approves.")
    separate_from: tuple[str, ...] = declared(
        declarations.TASKS, (), "Whoever did those is neither offered this task nor may claim or complete it."
    )
    recused: str = declared(
        declarations.FORMULA,
        "",
        "People who may not act on it, be handed it or stand in, nor cancel the case while it is open.",
    )
    instructions: str = declared(declarations.TEXT, "", "Shown above the form, in place of the element's documentation.")
    empty: str = declared(
        declarations.PEOPLE, "", "Who acts when nobody can be found (else the administrators); it never passes by itself."
    )
    has_own_outcomes: bool = False

    def outcome(self, outcome_id: str) -> Outcome | None:
        """The outcome of that id, if the task offers it."""
        return next((outcome for outcome in self.outcomes if outcome.id == outcome_id), None)

    def needs_opinion(self, outcome_id: str) -> bool:
        """Whether this outcome may not be sent without an opinion (意见)."""
        if self.opinion == "required":
            return True
        return self.opinion == "required on reject" and outcome_id in ("reject", "return")


@dataclass(frozen=True)
class StepSettings:
    """The zeebe:properties of a user task, and of any task that makes a job."""

    irreversible: bool = declared(
        declarations.SWITCH, False, "Once it is done the case can only be finished: nothing cancels it or moves it back."
    )


@dataclass(frozen=True)
class EndSettings:
    """The zeebe:properties of an end event."""

    outcome: str = declared(
        declarations.TEXT, "", "How the case ended: reject or withdrawn, with words of its own after a colon."
    )


def read(properties: Mapping[str, str]) -> TaskSettings:
    """The zeebe:properties of a user task; what is wrong with them is told by `problems`."""
    given: dict[str, Any] = {name: properties[name].strip() for name in _TEXTS & properties.keys()}
    if "separate_from" in properties:
        given["separate_from"] = declarations.words(properties["separate_from"])
    is_approval = given.get("kind") == "approve"
    outcomes = _outcomes(properties.get("outcomes", "approve,reject" if is_approval else ""))
    if is_approval:
        given.setdefault("opinion", "required on reject")
    if outcomes:
        given |= {"outcomes": outcomes, "has_own_outcomes": True}
    return TaskSettings(**given)


def problems(properties: Mapping[str, str]) -> Iterator[Told]:
    """What is wrong with the values of a user task's properties, as message id and values."""
    yield from declarations.property_problems(TaskSettings, properties)
    outcomes = read(properties).outcomes
    if len({outcome.id for outcome in outcomes}) != len(outcomes):
        yield "The property %(name)s names an outcome twice.", {"name": "outcomes"}
    for outcome in outcomes:
        if not outcome.label:
            yield "The outcome “%(value)s” has no label; write it as id:label.", {"value": outcome.id}


def end_problems(properties: Mapping[str, str]) -> Iterator[Told]:
    """What is wrong with an end event's `outcome` (`reject`, `withdrawn`, with words of its own after a colon)."""
    value = properties.get(END_OUTCOME)
    if value is not None and value.strip().partition(":")[0] not in ENDS:
        yield declarations.NOT_ALLOWED, {"name": END_OUTCOME, "value": value}


def unknown(properties: Mapping[str, str], element_type: str) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Names that nothing obeys at an element of that BPMN type, or at a process: severity, message id and values.

    A name with a colon belongs to the tool whose prefix it bears (`camundaModeler:exampleOutputJson`), and is left alone.
    """
    here = {*_STEP, *_at(element_type)} if element_type != "process" else set()
    for name in sorted(properties.keys() - here):
        if ":" not in name:
            yield _unknown(name, here)


_PLACES: dict[str, tuple[str, type]] = {"userTask": (OF_USER_TASKS, TaskSettings), "endEvent": (OF_END_EVENTS, EndSettings)}
_STEP = declarations.of(StepSettings).keys()
_TEXTS = declarations.of(TaskSettings).keys() - {"outcomes", "separate_from"}


def _at(element_type: str) -> Collection[str]:
    return declarations.of(_PLACES[element_type][1]).keys() if element_type in _PLACES else ()


def _unknown(name: str, here: Collection[str]) -> tuple[str, str, dict[str, object]]:
    elsewhere = next((told for told, declaring in _PLACES.values() if name in declarations.of(declaring)), None)
    if elsewhere is not None:
        return "error", elsewhere, {"name": name}
    if similar := nearest(name, here):
        return "error", MISSPELT, {"name": name, "similar": similar}
    return "warning", NOTHING_NEAR, {"name": name}


def _outcomes(text: str) -> tuple[Outcome, ...]:
    pairs = [word.partition(":")[::2] for word in declarations.words(text)]
    return tuple(Outcome(name.strip(), label.strip() or STANDARD_OUTCOMES.get(name.strip(), "")) for name, label in pairs)
