"""What an act of operators may be given, by what was chosen so far: steps, outcomes, variables with the field that declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import forms
from engine.definitions import step_names
from engine.definitions.definitions import Definition
from engine.people.actors import Actor
from engine.queries.cases.words.effects import Effect
from engine.storage.models import Incident, ProcessInstance
from engine.verbs import operated
from engine.verbs.approvals.jumps import Aim
from engine.verbs.operating import choosing, declared, skipping
from engine.verbs.operating.changing import values
from engine.verbs.operating.choosing import Chosen
from engine.verbs.operating.declared import Declared

Named = list[tuple[str, str]]
PEOPLES = ("userTask",)
TIMERS = ("intermediateCatchEvent", "boundaryEvent", "receiveTask")


@dataclass(frozen=True)
class ChangeableVariable:
    """A variable that may be changed: its name, and what people call it."""

    name: str
    label: str


@dataclass(frozen=True)
class Choices:
    """What may be chosen. `places`, `outcomes`: what is sent, and how it is called; `targets` the steps that a case may be moved to.
    `parts` are the subprocesses or lanes of the steps of a process.

    `editor` declares the chosen variable; `known` are the variables that its choices may depend on, `before` what it holds
    now, where that is one case's (`has_before`); `is_masked` where that is shown masked. `is_open`: other names may be given.
    `step` asks for what the chosen step would have filled in.
    """

    places: Named = field(default_factory=list)
    targets: list[Aim] = field(default_factory=list)
    outcomes: Named = field(default_factory=list)
    parts: Mapping[str, str] = field(default_factory=dict)
    names: list[ChangeableVariable] = field(default_factory=list)
    editor: Declared | None = None
    step: forms.Form | None = None
    known: Mapping[str, Any] = field(default_factory=dict)
    functions: Any = None
    before: Any = None
    has_before: bool = False
    is_masked: bool = False
    is_open: bool = False

    @property
    def kind(self) -> str:
        """As which kind (`values.KINDS`) a new value is asked for: that of the value now, text where it is not shown or there is none."""
        is_told = self.has_before and not self.is_masked and self.before is not None
        return values.kind_of(self.before) if is_told else values.TEXT

    def change(self, given: Mapping[str, str]) -> Effect:
        """What a value that was given (name, kind, value) would be in place of which."""
        after = values.typed(given["kind"], given["value"])
        label = next((each.label for each in self.names if each.name == given["name"]), given["name"])
        return Effect(label, self.before, after)

    def skipping(self, definition: Definition, element_id: str, *, of_many: bool = False) -> Choices:
        """These, with the ways in which the chosen step may end and the fields that it asks for."""
        step = declared.of_step(definition, element_id, of_many=of_many) if element_id in definition.tasks else None
        return replace(self, outcomes=outcomes_at(definition, element_id), step=step)


def of_many(session: Session, by: Actor, act: str, chosen: Chosen, sent: Mapping[str, str]) -> Choices:
    """What an act on many cases may be given: from the version of the process that is meant; nothing without a process."""
    definition = choosing.definition(session, by, chosen.process, chosen.version)
    if definition is None:
        return Choices(is_open=act == operated.SET_VARIABLE)
    return replace(_of_many(session, by, act, chosen, sent, definition), parts=step_names.parts(definition))


def _of_many(session: Session, by: Actor, act: str, chosen: Chosen, sent: Mapping[str, str], definition: Definition) -> Choices:
    if act == operated.SET_VARIABLE:
        fields = declared.fields(definition)
        names = [ChangeableVariable(each.name, each.label) for each in fields.values()]
        field = fields.get(sent.get("name", ""))
        return Choices(names=names, editor=None if field and field.depends else field, is_open=True)
    if act == operated.MOVE:
        steps, parts = choosing.steps(session, by, chosen.process, chosen.version), step_names.parts(definition)
        return Choices(places=steps, targets=[Aim(id, name, parts.get(id, "")) for id, name in steps])
    places = [each for each in choosing.steps_of(definition) if _fits(act, definition.program.elements[each[0]].type)]
    choices = Choices(places=places)
    is_known = act == operated.SKIP and sent.get("place", "") in definition.tasks
    return replace(choices.skipping(definition, sent["place"], of_many=True), is_open=True) if is_known else choices


def process_of(session: Session, by: Actor, chosen: Chosen) -> str:
    """The process of the cases that are meant where it is not said: that of their numbers, or of the cause; "" where there are several."""
    case = ProcessInstance
    statement = select(case.process_id).where(case.company_id == by.company_id).distinct().limit(2)
    if chosen.numbers:
        statement = statement.where(case.number.in_(chosen.numbers[: choosing.AT_A_TIME]))
    elif chosen.cause:
        statement = statement.join(Incident, Incident.instance_key == case.key).where(Incident.cause == chosen.cause)
    else:
        return ""
    processes = session.execute(statement).scalars().all()
    is_one = len(processes) == 1 and choosing.definition(session, by, processes[0]) is not None
    return processes[0] if is_one else ""


def outcomes_at(definition: Definition, element_id: str) -> Named:
    """The ways in which a step may end that a skip may give: ids and the labels of its buttons; none where it only is done."""
    return [(each.id, each.label) for each in skipping.outcomes(definition, element_id)]


def _fits(act: str, kind: str) -> bool:
    if act == operated.ASSIGN:
        return kind in PEOPLES
    if act == operated.SET_RETRIES:
        return kind not in PEOPLES + TIMERS
    return act == operated.SKIP or kind not in PEOPLES
