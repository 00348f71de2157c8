"""A process instance taken up to be moved: its locked row, its definition, and the run of its tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine import errors, feel, runtime
from engine.calendar.working import Calendar
from engine.cases import history, no_return, suspensions, variable_size
from engine.cases import look_ups as people_functions
from engine.cases.lines import words
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage import keys, locking, numbers
from engine.storage.models import ProcessInstance as Instance
from engine.storage.models import Timer, UserTask

NUMBER = definitions.NUMBER
RESERVED = ("initiator", NUMBER, "started_at")
ROUNDS = "rounds"
PERSONS = "persons"
COMMENT = "comment"  # the variable with the words of whoever answered: a customer, or who asked him
WITHDRAWAL = "withdrawalReason"  # the variable with why a customer withdraws
IS_OVER = "The case %(number)s is over already."


@dataclass(frozen=True)
class Met:
    """A subscription of another case of the tree that a signal met when it was thrown."""

    subscription: int
    name: str
    variables: Mapping[str, Any]


@dataclass
class Cause:
    """What moved a case just now: a step that `by` did, or an answer from outside (`by` is None).

    `element` and `instance` (a key) are where it was done, in a case above that of its call; `step` is its name, `outcome` and `label` the button that was chosen, `words` what was written, `task` the row of a user task. `heard` are the variables that it gave. `way` are the sequence
    flows taken since, each with its program; `instead_of` is whom `by` stood in for.
    """

    by: str | None
    instance: int
    element: str
    step: str
    outcome: str = ""
    label: str = ""
    words: str = ""
    task: UserTask | None = None
    heard: frozenset[str] = frozenset()
    way: list[tuple[runtime.Program, str]] = field(default_factory=list)
    instead_of: str | None = None


@dataclass(frozen=True)
class SentByHand:
    """What somebody has sent to a step by hand (back, on, to himself), kept until the task is made there.

    `returned` and `resume` go into its row; `doer` did it before and gets it by name, with `is_his` whoever the diagram
    would give it to now. `excluded` are those who were kept away from it, where that is not to be worked out again.
    """

    instance: int
    element: str
    returned: Mapping[str, Any] | None
    doer: str | None = None
    is_his: bool = False
    resume: Mapping[str, Any] | None = None
    excluded: frozenset[str] | None = None


@dataclass
class Surroundings:
    """What a case lives in: the session, who acts, the time, and the company as it is now.

    `met` are signals still to be handed to other cases of the tree, once those that move now rest; `cause` is what
    moved the first, for the steps to which it sends a case back; `sent` is what somebody has sent to a step by hand.
    `starting` names the calendar of the process of which a case is about to be started. `lost` are those in whose lists
    tasks stood that were given up undone; `event` is the name of the message, timer or signal that moved the first.
    """

    session: Session
    by: Actor
    now: datetime
    met: list[Met] = field(default_factory=list)
    cause: Cause | None = None
    sent: SentByHand | None = None
    starting: str = ""
    lost: list[str] = field(default_factory=list)
    event: str = ""

    def take_sent(self, instance: Instance, element_id: str) -> SentByHand | None:
        """What was sent to a step by hand; it is there once."""
        sent = self.sent
        if sent is None or (sent.instance, sent.element) != (instance.key, element_id):
            return None
        self.sent = None
        return sent

    @cached_property
    def organisation(self) -> organisation.Organisation:
        if self.by.is_system:
            return organisation.current(self.session, self.by.company_id)
        return organisation.at_version(self.session, self.by.company_id, self.by.organisation_version)

    def calendar(self, name: str = "") -> Calendar:
        """The company's working calendar of that name; "" the one that counts where nothing else is said."""
        return Calendar.of(self.session, self.organisation, name)

    @property
    def actor(self) -> str | None:
        """The username for the history; None for the engine itself."""
        return None if self.by.is_system else self.by.username

    @cached_property
    def local_now(self) -> datetime:
        """The time on the company's clock, which is what `now()` and `today()` mean to people."""
        return self.now.astimezone(ZoneInfo(self.organisation.time_zone))

    def functions(self, instance: Instance | None, *, by: Actor | None = None) -> people_functions.Lookups:
        """The FEEL look-ups, as seen from a case; `by` is the person in front of a form, who is shown what he may know."""
        calendar = self.starting
        return people_functions.seen_from(self.session, self.organisation, instance, now=self.now, by=by, calendar=calendar)

    def host(self, look_ups: people_functions.Lookups, instance: Instance) -> runtime.Host:
        """What the runtime is told of its surroundings."""
        return runtime.Host(self.local_now, look_ups, lambda: no_return.refusal(instance, self.organisation))


@dataclass
class Case:
    """One instance under way.

    `rounds` counts how often each user task was reached; `above` is the case that called this one, once it is
    taken up; `has_thrown` says that this one ended by an error that the case above caught;
    `fired` is the timer that moves the case, from whose anchor its cycle counts on; `persons` are words of
    the cases above that name a person, to be masked here too; `told` are the usernames to whom its own operations sent
    a notice in this move; `words_changed` says that lists find it by other words than before it.
    """

    around: Surroundings
    instance: Instance
    definition: Definition
    run: runtime.Run
    functions: people_functions.Lookups
    rounds: dict[str, int] = field(default_factory=dict)
    above: Case | None = None
    has_thrown: bool = False
    fired: Timer | None = None
    persons: tuple[str, ...] = ()
    told: set[str] = field(default_factory=set)
    words_changed: bool = False

    @property
    def session(self) -> Session:
        return self.around.session

    @property
    def now(self) -> datetime:
        return self.around.now

    def calendar(self, element_id: str = "") -> Calendar:
        """The working calendar that counts at a step, or in the process as a whole."""
        return self.around.calendar(self.definition.calendar_of(element_id))

    def note(self, kind: str, element: runtime.Element | None = None, *, actor: str | None = None, **data: Any) -> None:
        """Appends to the history of the case."""
        element_id, name = (element.id, element.name) if element else (None, None)
        history.append(
            self.session, self.instance, kind, at=self.now, element_id=element_id, element_name=name, actor=actor, data=data
        )

    def context(self, token: str | None = None) -> dict[str, Any]:
        """What an expression sees from a token, or from the process as a whole, as FEEL values."""
        return {name: feel.from_json(value) for name, value in self.run.variables(token).items()}

    def evaluate(self, text: str, context: Mapping[str, Any]) -> Any:
        """The JSON value of a text: of an expression (`=…`) over the context, else the text itself."""
        if not feel.is_expression(text):
            return text
        return feel.to_json(feel.evaluate(feel.body(text), context, functions=self.functions, now=self.around.local_now))


def lock(session: Session, key: int) -> Instance:
    """The instance, locked with its whole tree until the transaction ends. Raises NotFound."""
    instance = locking.instance(session, key)
    if instance is None:
        raise errors.NotFound("There is no such case, or you may not view it.")
    return instance


def take_up(around: Surroundings, instance: Instance) -> Case:
    """The case of a locked, active instance, to be moved. Raises Conflict when it is over or held up."""
    held_up = suspensions.refusal(instance, around.organisation) if instance.suspended else None
    if held_up is not None:
        raise held_up
    return look_into(around, instance)


def look_into(around: Surroundings, instance: Instance) -> Case:
    """The case of an active instance, for what only asks it, also while it is held up. Raises Conflict when it is over."""
    if instance.state != "active":
        raise errors.Conflict(IS_OVER, number=instance.number)
    return look_back(around, instance)


def look_back(around: Surroundings, instance: Instance) -> Case:
    """The case of an instance that may be over, for what only asks it; of a destroyed one no variables are left."""
    definition = definitions.by_key(around.session, instance.definition_key)
    look_ups = around.functions(instance)
    run = runtime.load(definition.program, state(instance), host=around.host(look_ups, instance))
    rounds = dict((instance.tokens or {}).get(ROUNDS, {}))
    return Case(around, instance, definition, run, look_ups, rounds, persons=persons(instance))


def create(
    around: Surroundings,
    definition: Definition,
    variables: Mapping[str, Any],
    *,
    parent: Case | None = None,
    token: str | None = None,
    start_element: str | None = None,
) -> Case:
    """A new instance, its run begun; nothing of it is settled yet.

    It has its number and is stored already where its first steps may ask for either; else `enroll` does that, as late as
    can be. `parent` and `token` name the call activity that it is made for; its initiator is then the parent's.
    """
    instance = _row(around, definition, parent.instance if parent else None, token)
    instance.parent_element = parent.run.place(token) if parent and token else None
    look_ups = around.functions(instance)
    host = around.host(look_ups, instance)

    def begun() -> Case:
        always = {"initiator": instance.initiator, NUMBER: instance.number, "started_at": around.local_now.isoformat()}
        run = runtime.begin(definition.program, {**variables, **always}, host=host, start_element=start_element)
        return Case(around, instance, definition, run, look_ups, above=parent)

    if parent is None and not definition.is_stored_first:
        case = begun()
        if case.run.waits_for_people:
            return case
    _take_number(around, definition, instance)
    around.session.flush()
    return begun()


def enroll(case: Case, *, is_written: bool = False) -> None:
    """Gives a new case its number and adds it to the session, if it has none yet; with `is_written` also writes the row.

    Whoever takes a number makes all others who start by the same pattern wait until he commits (or numbers would be lost
    with what is undone): it is taken when everything else has been worked out.
    """
    if case.instance.number:
        return
    _take_number(case.around, case.definition, case.instance)
    case.run.know(NUMBER, case.instance.number)
    if is_written:
        case.session.flush()


def _take_number(around: Surroundings, definition: Definition, instance: Instance) -> None:
    instance.number = numbers.next(around.session, around.organisation, definition.settings.number, around.now)
    instance.words = words.numbered(instance.number, instance.words)
    around.session.add(instance)


def above(case: Case) -> Case:
    """The case that called this one, taken up once."""
    if case.above is None:
        case.above = take_up(case.around, lock(case.session, case.instance.parent_key or 0))
    return case.above


def store(case: Case) -> None:
    """Puts the state of the run into the row. Raises TooLarge when it would hold more than a case may."""
    beside = {ROUNDS: case.rounds, PERSONS: list(case.persons)} if case.persons else {ROUNDS: case.rounds}
    kept = {**case.run.dump(), **beside}
    if not case.run.is_ended:  # what is over, or cancelled for being too large, may be put away
        variable_size.check_case(case.session, kept)
    case.instance.tokens = kept


def state(instance: Instance) -> dict[str, Any]:
    """What the row keeps of the run, without what is kept beside it."""
    return {name: value for name, value in (instance.tokens or {}).items() if name not in (ROUNDS, PERSONS)}


def persons(instance: Instance) -> tuple[str, ...]:
    """The words of the cases above that name a person."""
    return tuple((instance.tokens or {}).get(PERSONS, ()))


def variables(session: Session, instance: Instance, *, now: datetime) -> dict[str, Any]:
    """The variables of the process scope, for pages and the API; the instance may be over."""
    kept = state(instance)
    if not kept:
        return {}
    definition = definitions.by_key(session, instance.definition_key)
    return dict(runtime.load(definition.program, kept, host=runtime.Host(now)).variables())


def unnumbered(around: Surroundings, definition: Definition, above: Instance | None) -> Instance:
    """The row of a case that is only looked at in advance: never stored, and without a number."""
    return _row(around, definition, above, None)


def _row(around: Surroundings, definition: Definition, above: Instance | None, token: str | None) -> Instance:
    key = keys.new()
    initiator = above.initiator if above else around.actor
    unit = around.organisation.department_of(initiator)
    return Instance(
        key=key,
        company_id=definition.company_id,
        definition_key=definition.key,
        process_id=definition.process_id,
        version=definition.version,
        process_name=definition.title,
        category=definition.settings.category,
        number="",
        title=definition.title,
        words=words.of_case("", definition.title),
        summary=[],
        state="active",
        initiator=initiator,
        initiator_department=above.initiator_department if above else (unit.id if unit else None),
        started_at=around.now,
        priority=above.priority if above else 50,
        parent_key=above.key if above else None,
        parent_token=token,
        root_key=above.root_key if above else key,
        incidents=0,
        irreversible=above.irreversible if above else None,
        tokens={},
        history_length=0,
        history_digest="",
    )
