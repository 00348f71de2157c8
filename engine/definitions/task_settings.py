"""What a diagram says in zeebe:properties: of a user task, of a step that cannot be taken back, of an end event."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.basics.nearest import nearest
from engine.definitions import declarations
from engine.definitions.declarations import Told, declared
from engine.definitions.rules import joint_rules
from engine.definitions.rules import named_choices as told
from engine.problems import Key, NameList, Word

STANDARD_OUTCOMES = {"submit": "提交", "approve": "同意", "reject": "不同意并结束", "return": "退回修改"}
OPINIONS = ("none", "optional", "required", "required on reject")
KINDS = ("handle", "approve")
NO_SIGNATURE, OPTIONAL, REQUIRED = "none", "optional", "required"
SIGNATURES = (NO_SIGNATURE, OPTIONAL, REQUIRED)
TELL, TELL_SUPERIOR, HAND_TO_SUPERIOR, HAND_OVER, SEND_BACK = "tell", "tell_superior", "hand_to_superior", "hand_over", "return"
LATE = (TELL, TELL_SUPERIOR, HAND_TO_SUPERIOR, HAND_OVER, SEND_BACK)
RETURNS = ("none", "initiator", "previous", "any")
RESUMES = ("step_by_step", "direct", "choose")
RECEIVERS = ("anyone", "candidates")
WITHDRAWALS = ("handled", "opened", "none")
JOINT_OUTCOMES = frozenset({"approve", "reject", "return"})
SUBMIT = "submit"
OPERATIONS = (  # on a task, in the order in which they are offered; `buttons` switches them off or names them
    "return",
    "transfer",
    "delegate",
    "add_before",
    "add_after",
    "add_beside",
    "remove_signer",
    "consult",
    "comment",
    "copy_to",
    "withdraw",
    "urge",
    "extend",
)
OFF, NEVER = "off", "never"
BATCHES = ("allowed", NEVER)
NONE, ANYONE, ONE, SEVERAL = "none", "anyone", "one", "several"
ACT, SKIP, SUPERIOR, HEAD = "act", "skip", "superior", "head"
ADJACENT, FIRST, LAST = "adjacent", "first", "last"
INITIATOR, PREVIOUS = "initiator", "previous"
MAX_WEIGHT = 1_000_000
RESULT = "outcome"  # the variable of a task's outcome where it names none
END_OUTCOME, END_COPIES = "outcome", "cc"
ENDS = ("reject", "withdrawn", "closed")


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
    rule: str = declared(
        declarations.RULE,
        "any",
        "Who decides: the first of those it is offered to, all, in order one after the other, or a share of the votes.",
    )
    weights: str = declared(declarations.WEIGHTS, "", "How much the votes of people, and of members of groups, weigh (else 1).")
    veto: str = declared(declarations.PEOPLE, "", "Whose no rejects by itself, where the rule is veto.")
    votes: str = declared(
        declarations.VARIABLE,
        "votes",
        "Receives the votes of a decision by several: a list of person, outcome, opinion and values.",
    )
    outcomes: tuple[Outcome, ...] = declared(
        declarations.OUTCOMES,
        _SUBMIT,
        "The buttons. Standard ids have labels: submit, approve, reject, return; any other is written id:label.",
    )
    result: str = declared(declarations.VARIABLE, RESULT, "Receives the id of the chosen outcome, for the gateway behind.")
    opinion: str = declared(
        declarations.CHOICE,
        "optional",
        "Whether an opinion is asked for; an approval without this property demands one to reject or return.",
        choices=OPINIONS,
    )
    opinion_on: tuple[str, ...] = declared(
        declarations.OUTCOME_IDS,
        (),
        "The outcomes that want an opinion, beside those for which the property opinion demands one.",
    )
    signature: str = declared(
        declarations.CHOICE,
        NO_SIGNATURE,
        "Whether whoever decides signs by hand, drawn there or kept; bound to sign-in, time and all that is signed.",
        choices=SIGNATURES,
    )
    due: str = declared(declarations.DEADLINE, "", "The deadline, counted from the arrival of the task.")
    warn: str = declared(declarations.DEADLINE, "", "How long before the deadline people are warned.")
    calendar: str = declared(
        declarations.CALENDAR, "", "The working calendar by which its deadline is counted, if it is not the process's."
    )
    escalate: str = declared(declarations.PEOPLE, "", "Who is told when the task is overdue; a timer never approves.")
    remind: str = declared(
        declarations.STEP, "", "How often whoever holds it is reminded once it is overdue, twenty times at most."
    )
    late: str = declared(
        declarations.CHOICE,
        TELL,
        "What else is done when it is overdue: the superior is told, it is handed to the superior or to whom escalate names,"
        " or the case goes back to the step before; nothing is ever approved by time.",
        choices=LATE,
    )
    separate_from: tuple[str, ...] = declared(
        declarations.TASKS, (), "Whoever did those is neither offered this task nor may claim or complete it."
    )
    recused: str = declared(
        declarations.FORMULA,
        "",
        "Who may not act on it, get it, stand in, cancel the open case, nor see it by managing or following its process, or from its caller.",
    )
    instructions: str = declared(declarations.TEXT, "", "Shown above the form; the documentation is then its basis.")
    returns: str = declared(
        declarations.CHOICE,
        "none",
        "How far it may be sent back; an approval that draws no way back of its own may be sent back to any step before it.",
        choices=RETURNS,
        name="return",
    )
    resume: str = declared(
        declarations.CHOICE,
        "step_by_step",
        "Where a case that was sent back goes on: through the steps again, straight to who sent it back, or as he chooses.",
        choices=RESUMES,
    )
    withdraw: str = declared(
        declarations.CHOICE,
        "handled",
        "Until when whoever did it may take it back: until the next is handled, is opened, or never.",
        choices=WITHDRAWALS,
    )
    handed_to: str = declared(
        declarations.CHOICE,
        "anyone",
        "To whom it may be handed on: anyone who may act, or only those whom it was offered to or who are in such a group.",
        choices=RECEIVERS,
    )
    cc: str = declared(declarations.PEOPLE, "", "Who gets a copy of the case when the step is done.")
    batch: str = declared(
        declarations.CHOICE,
        "allowed",
        "Whether an approval may be given together with others; never where fields are required or nothing can be taken back.",
        choices=BATCHES,
    )
    buttons: tuple[tuple[str, str], ...] = declared(
        declarations.BUTTONS, (), "Operations that are not offered, or called otherwise."
    )
    empty: str = declared(
        declarations.STAND_IN,
        "",
        "Who acts when nobody can be found (else the administrators), or incident for an alarm; it never passes by itself.",
    )
    same_as_initiator: str = declared(
        declarations.CHOICE,
        ACT,
        "When nobody but the initiator would decide: he does, it is skipped, or his superior or the head of his department does.",
        choices=(ACT, SKIP, SUPERIOR, HEAD),
    )
    repeat: str = declared(
        declarations.CHOICE,
        NONE,
        "Whether an approval passes by itself when the one who would give it gave the step before it, gave one already, or will give a later one; never where it was sent back.",
        choices=(NONE, ADJACENT, FIRST, LAST),
    )
    picked_by: str = declared(
        declarations.CHOICE,
        NONE,
        "Who picks the people of this step: whoever starts the case, or whoever does a step before it.",
        choices=(NONE, INITIATOR, PREVIOUS),
    )
    picked_from: str = declared(
        declarations.PEOPLE_OR_ANYONE, ANYONE, "Out of whom they are picked: groups, departments and people, or anyone."
    )
    picks: str = declared(declarations.CHOICE, ONE, "Whether one person is picked, or several.", choices=(ONE, SEVERAL))
    has_own_outcomes: bool = False

    def outcome(self, outcome_id: str) -> Outcome | None:
        """The outcome of that id, if the task offers it."""
        return next((outcome for outcome in self.outcomes if outcome.id == outcome_id), None)

    def needs_opinion(self, outcome_id: str) -> bool:
        """Whether this outcome may not be sent without an opinion (意见)."""
        if self.opinion == "required" or outcome_id in self.opinion_on:
            return True
        return self.opinion == "required on reject" and outcome_id in ("reject", "return")

    @property
    def joint_rule(self) -> joint_rules.JointRule:
        """The rule by which votes make a result."""
        return joint_rules.read(self.rule) or joint_rules.JointRule()

    def button(self, operation: str) -> str:
        """What the diagram calls an operation: a label of its own, `off`, or nothing."""
        return dict(self.buttons).get(operation, "")

    @property
    def offers_return(self) -> bool:
        """Whether the diagram draws a way back of its own."""
        return self.outcome("return") is not None


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
        declarations.TEXT, "", "How the case ended: reject, withdrawn or closed, with words of its own after a colon."
    )
    cc: str = declared(declarations.PEOPLE, "", "Who gets a copy of the case when it ends here.")


def read(properties: Mapping[str, str]) -> TaskSettings:
    """The zeebe:properties of a user task; what is wrong with them is told by `problems`."""
    given: dict[str, Any] = {name: properties[name].strip() for name in _TEXTS & properties.keys()}
    if "buttons" in properties:
        given["buttons"] = tuple(_pairs(properties["buttons"]))
    given |= {name: tuple(declarations.words(properties[name])) for name in _LISTS & properties.keys()}
    is_approval = given.get("kind") == "approve"
    outcomes = _outcomes(properties.get("outcomes", "approve,reject" if is_approval else ""))
    if is_approval:
        given.setdefault("opinion", "required on reject")
    if outcomes:
        given |= {"outcomes": outcomes, "has_own_outcomes": True}
    draws_return = any(outcome.id == "return" for outcome in outcomes)
    given["returns"] = properties.get("return", "any" if is_approval and not draws_return else "none").strip()
    return TaskSettings(**given)


def problems(properties: Mapping[str, str]) -> Iterator[Told]:
    """What is wrong with the values of a user task's properties, as message id and values."""
    yield from declarations.property_problems(TaskSettings, properties)
    settings = read(properties)
    yield from _joint_problems(settings, properties)
    yield from _late_problems(settings)
    yield from _passing_problems(settings)
    if settings.picked_by == NONE and {"picked_from", "picks"} & properties.keys():
        yield (
            "%(these)s and %(those)s count only beside %(name)s.",
            told.named(these="picked_from", those="picks", name="picked_by"),
        )
    ids = [outcome.id for outcome in settings.outcomes]
    yield from told.of_buttons(settings.buttons, OPERATIONS)
    yield from told.of_opinions(settings.opinion_on, ids, properties.get("opinion", "").strip(), settings.returns)
    if len(set(ids)) != len(ids):
        yield "The property %(name)s names an outcome twice.", {"name": "outcomes"}
    for outcome in settings.outcomes:
        if not outcome.label:
            yield "The outcome “%(value)s” has no label; write it as id:label.", {"value": outcome.id}


def _joint_problems(settings: TaskSettings, properties: Mapping[str, str]) -> Iterator[Told]:
    """What contradicts the rule by which several decide, or the way back."""
    rule, ids = settings.joint_rule, {outcome.id for outcome in settings.outcomes}
    if rule.is_joint and not (ids == {SUBMIT} or {"approve"} <= ids <= JOINT_OUTCOMES):
        yield (
            told.OF_ONE,
            {"rule": Word("rule", settings.rule), "names": NameList(Word("outcomes", each.id) for each in settings.outcomes)},
        )
    if (rule.name == joint_rules.VETO) != bool(settings.veto):
        yield told.VETOING, {**told.named(rule="rule", veto="veto"), "word": Word("rule", joint_rules.VETO)}
    if settings.weights and rule.name not in (joint_rules.RATIO, joint_rules.VETO):
        yield told.WEIGHED, {**told.named(name="weights", rule="rule"), "word": Word("rule", joint_rules.VETO)}
    if "votes" in properties and not rule.is_joint:
        yield "%(name)s counts only where several decide; here one of them does.", told.named(name="votes")
    if settings.offers_return and properties.get("return", "none").strip() != "none":
        yield (
            "The task draws a way back as its outcome %(word)s; %(name)s would be a second one.",
            {
                **told.named(name="return"),
                "word": Word("outcomes", "return"),
            },
        )
    if settings.weights and not settings.weights.startswith("="):
        for name, weight in weights_in(settings.weights).items():
            if weight_of(weight) is None or not name:
                values = {"value": f"{name}:{weight}", **told.named(name="weights")}
                yield "%(name)s needs a name and a weight above 0 with a colon between, not “%(value)s”.", values


def _passing_problems(settings: TaskSettings) -> Iterator[Told]:
    """What contradicts a step that may pass by itself: it must be a plain yes that somebody gave already."""
    passing = {Key("same_as_initiator"): settings.same_as_initiator == SKIP, Key("repeat"): settings.repeat != NONE}
    for name in (name for name, is_set in passing.items() if is_set):
        if settings.kind != "approve" or settings.outcome("approve") is None:
            yield told.NO_APPROVAL, {"name": name, "word": Word("outcomes", "approve")}
        for beside, message in told.NOT_BESIDE_PASSING.items():
            if getattr(settings, beside) not in ((), "", NO_SIGNATURE):
                yield message, {"name": name, "beside": Key(beside)}


def _late_problems(settings: TaskSettings) -> Iterator[Told]:
    """What is to happen to an overdue task and never can."""
    for name, value in (("remind", settings.remind), ("late", settings.late if settings.late != TELL else "")):
        if value and not settings.due:
            yield "%(name)s needs %(due)s.", told.named(name=name, due="due")
    if settings.late == HAND_OVER and not settings.escalate:
        yield "%(word)s needs %(name)s, which says to whom.", {"word": Word("late", HAND_OVER), **told.named(name="escalate")}
    if settings.late in (HAND_OVER, HAND_TO_SUPERIOR) and settings.joint_rule.is_joint:
        yield told.NOT_HANDED_OVER, {"rule": Word("rule", settings.rule)}
    if settings.late == SEND_BACK and settings.returns == "none":
        yield "%(word)s needs %(name)s, which says how far.", {"word": Word("late", SEND_BACK), **told.named(name="return")}


def weights_in(text: str) -> dict[str, str]:
    """The weights that a text writes, by name; whether each is one says `weight_of`."""
    parted = (word.rpartition(":") for word in declarations.words(text))
    return {name.strip(): weight.strip() for name, _, weight in parted}


def weight_of(value: Any) -> Decimal | None:
    """A weight above nothing, as it is written or as FEEL gives it; None for anything else."""
    try:
        weight = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return weight if weight.is_finite() and 0 < weight <= MAX_WEIGHT else None


def end_problems(properties: Mapping[str, str]) -> Iterator[Told]:
    """What is wrong with an end event's properties: its `outcome` is `reject`, `withdrawn` or `closed`, with words after a colon."""
    yield from declarations.property_problems(EndSettings, properties)
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


PLACES: dict[str, type] = {"userTask": TaskSettings, "endEvent": EndSettings}  # settings beside those of every step
_ELSEWHERE = {"userTask": told.OF_USER_TASKS, "endEvent": told.OF_END_EVENTS}
_STEP = declarations.settings_of(StepSettings).keys()
_LISTS = {"separate_from", "opinion_on"}
_TEXTS = declarations.settings_of(TaskSettings).keys() - {"outcomes", "return", "buttons", *_LISTS}


def _at(element_type: str) -> Collection[str]:
    return declarations.settings_of(PLACES[element_type]).keys() if element_type in PLACES else ()


def _unknown(name: str, here: Collection[str]) -> tuple[str, str, dict[str, object]]:
    elsewhere = next((text for kind, text in _ELSEWHERE.items() if name in declarations.settings_of(PLACES[kind])), None)
    if elsewhere is not None:
        return "error", elsewhere, {"name": name}
    if similar := nearest(name, here):
        return "error", told.MISSPELT, {"name": name, "similar": similar}
    return "warning", told.NOTHING_NEAR, {"name": name}


def _outcomes(text: str) -> tuple[Outcome, ...]:
    return tuple(Outcome(name, label or STANDARD_OUTCOMES.get(name, "")) for name, label in _pairs(text))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """The `name:label` words of a text; the label of a bare name is empty."""
    for word in declarations.words(text):
        name, _, label = word.partition(":")
        yield name.strip(), label.strip()
