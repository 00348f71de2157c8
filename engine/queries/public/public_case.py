"""What a customer sees of a case that he filed: where it stands in plain words, what was promised, what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import feel
from engine.basics.answers import choice
from engine.cases import cases
from engine.cases.cases import Surroundings
from engine.definitions import definitions
from engine.definitions.languages import telling, typed
from engine.definitions.terms import Public
from engine.intake import answers
from engine.people.actors import SYSTEM
from engine.queries.cases.where import promises
from engine.queries.public import offers
from engine.storage.models import Filing, HistoryEvent, ProcessInstance, UserTask


@dataclass(frozen=True)
class CustomerSaid:
    """What the customer himself said to the case: an answer, or why he withdrew it (`is_withdrawal`).

    `choice` is what he chose, as `engine.basics.answers` says, `accepted` what it came to, `stars` a rating; `text` what he wrote.
    """

    is_withdrawal: bool
    choice: str | bool | None
    accepted: bool | None
    stars: int | None
    text: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of it."""
        return not self.is_withdrawal and self.choice is None and not self.stars and not self.text


@dataclass(frozen=True)
class PublicStep:
    """Something the customer was told in plain words, or has `said`, and when.

    `offered` is what he answered to, where it stands on the page no more; `is_noted`: staff wrote his answer down.
    """

    words: str
    at: datetime
    is_current: bool
    said: CustomerSaid | None = None
    offered: tuple[offers.Line, ...] = ()
    is_noted: bool = False


@dataclass(frozen=True)
class PublicCase:
    """Nothing in it names people, steps or values that the process owner has not written for the customer.

    `promised`: what is promised by `promise`, in the process owner's words, "" for an answer; `ending`: how it ended, in the process owner's words; `ended_as` without them: "reject", "withdrawn", or "" as usual.
    """

    filing_key: int
    number: str
    title: str
    state: str
    filed_at: datetime
    ended_at: datetime | None
    steps: list[PublicStep]
    promise: Any
    promised: str
    shows: list[tuple[str, Any]]
    questions: list[answers.CustomerQuestion]
    rating: Mapping[str, Any] | None
    thanks: str
    may_withdraw: bool = False
    ending: str = ""
    ended_as: str = ""

    @property
    def is_promised_by(self) -> bool:
        """Whether the promise is a date or a moment, not a sentence."""
        return promises.is_dated(self.promise)

    @property
    def has_withdrawn(self) -> bool:
        """Whether the customer himself ended it here."""
        return any(step.said is not None and step.said.is_withdrawal for step in self.steps)

    @property
    def is_refused(self) -> bool:
        """Whether what is shown is what the customer did not accept, as he was asked nothing since."""
        return self.state == "active" and not self.questions and self._accepted is False

    @property
    def _accepted(self) -> bool | None:
        """What he answered last."""
        said = (step.said.accepted for step in reversed(self.steps) if step.said is not None)
        return next((each for each in said if each is not None), None)

    @property
    def is_promise_open(self) -> bool:
        """Whether what was promised stands still: it is kept once it is the customer's turn, unless he does not accept it."""
        is_his_turn = any(each.limit.is_waited_for for each in self.questions)
        is_kept = is_his_turn or self.is_only_to_rate or self._accepted is True
        return self.state == "active" and bool(self.promise) and not is_kept

    @property
    def is_only_to_rate(self) -> bool:
        """Whether the customer is asked for a rating alone: what was promised him has been done."""
        return bool(self.questions) and all(each.is_rating for each in self.questions)

    @property
    def standing(self) -> list[tuple[str, Any]]:
        """What is shown of the case; of what the customer did not accept, or was done, no date: it would read like a promise still."""
        is_past = self.is_refused or self.is_only_to_rate
        return [(label, value) for label, value in self.shows if not (is_past and promises.is_dated(value))]

    @property
    def is_dissatisfied(self) -> bool:
        """Whether his last rating is a low one, whatever he answered with it."""
        return self.rating is not None and self.rating["stars"] <= answers.DISSATISFIED

    @property
    def may_rate(self) -> bool:
        """Whether the end can be rated still."""
        return self.state == "completed" and self.rating is None


def public_case(
    session: Session, company_id: str, filing_key: int, *, now: datetime, words: answers.QuestionWords = answers.CHINESE
) -> PublicCase:
    """The case of a filing whose secret was given. Raises NotFound."""
    own, instance, public = answers.opened(session, company_id, filing_key)
    around = Surroundings(session, SYSTEM(company_id), now)
    definition = definitions.by_key(session, instance.definition_key)
    said = telling.saying(session, instance.definition_key)
    known = cases.variables(session, instance, now=now)

    def told(text: str, context: Mapping[str, Any]) -> Any:
        shown = promises.worked_out(around, instance, text, context) if text else None
        return said(shown) if isinstance(shown, str) and not typed.gives(definition, text) else shown

    def shown(variables: Mapping[str, Any]) -> list[offers.Line]:
        context = _context(variables)
        lines = [(each.label, told(each.value, context)) for each in public.shows]
        return [(label, value) for label, value in lines if value not in (None, "", [])]

    def work_out(text: str, variables: Mapping[str, Any]) -> Any:
        return promises.worked_out(around, instance, text, _context(variables))

    own_words = [_said(each) for each in offers.answers(session, instance, public, known, shown, work_out)]
    asked = answers.questions(session, instance, public, now=now, words=words) if instance.state == "active" else []
    return PublicCase(
        own.key,
        instance.number,
        public.title,
        instance.state,
        own.filed_at,
        instance.ended_at,
        _steps(session, own, instance, public, own_words),
        told(public.promise, _context(known)),
        public.promised,
        shown(known),
        asked,
        _rating(own, own_words),
        public.thanks,
        answers.may_withdraw(session, instance, public),
        _ending(instance, public),
        (instance.ended_as or "").partition(":")[0],
    )


def _context(variables: Mapping[str, Any]) -> dict[str, Any]:
    return {name: feel.from_json(value) for name, value in variables.items()}


def _said(given: offers.Answer) -> PublicStep:
    values = given.values
    text = values.get(cases.COMMENT) or values.get(cases.WITHDRAWAL) or ""
    stars, accepted = values.get("rating"), values.get("accepted")
    said = CustomerSaid(
        given.is_withdrawal,
        choice(values),
        accepted if isinstance(accepted, bool) else None,
        int(stars) if stars is not None and str(stars) in answers.STARS else None,
        str(text),
    )
    return PublicStep("", given.at, False, None if said.is_empty else said, given.offered, given.is_noted)


def _rating(own: Filing, own_words: list[PublicStep]) -> Mapping[str, Any] | None:
    """How satisfied he said last that he is: by himself, or to staff who wrote it down."""
    noted = [each for each in own_words if each.is_noted and each.said and each.said.stars]
    last = noted[-1] if noted else None
    if last is None or last.said is None or (own.rated_at and own.rated_at >= last.at):
        return own.rating
    return {"stars": last.said.stars, "comment": last.said.text}


def _ending(instance: ProcessInstance, public: Public) -> str:
    reached = (instance.end_event or "").split(",")
    return " ".join(dict.fromkeys(public.ends[each] for each in reached if each in public.ends))


def _steps(
    session: Session, own: Filing, instance: ProcessInstance, public: Public, own_words: list[PublicStep]
) -> list[PublicStep]:
    """What was reached so far of what the process owner put into words, and what the customer said, in the order of time.

    Between two answers each stands once, as it was last reached: what he answered to stays before his answer.
    """
    tree = select(ProcessInstance.key).where(ProcessInstance.root_key == instance.root_key)
    event = HistoryEvent
    entered = (
        select(event.element_id, event.at)
        .where(event.instance_key.in_(tree), event.kind == "entered", event.element_id.in_(list(public.steps)))
        .order_by(event.at, event.key)
    )
    reached: dict[tuple[int, str], datetime] = {}
    for row in session.execute(entered):
        place = (sum(each.at <= row.at for each in own_words), public.steps[row.element_id])
        reached.pop(place, None)
        reached[place] = row.at
    last = {words: at for (_answered, words), at in reached.items()}
    open_ = select(UserTask.element_id).where(UserTask.instance_key.in_(tree), UserTask.state == "open")
    current = {public.steps[each] for each in session.execute(open_).scalars() if each in public.steps}
    if not current and instance.state == "active":
        current = {words for _answered, words in list(reached)[-1:]}
    withdrawn = next((each.at for each in own_words if each.said and each.said.is_withdrawal), None)
    # What the office still enters of a case that its customer has withdrawn is no news to him.
    told = [
        PublicStep(words, at, words in current and at == last[words])
        for (_answered, words), at in reached.items()
        if withdrawn is None or at < withdrawn
    ]
    return sorted([*own_words, *told], key=lambda step: step.at)  # what an answer led to comes after it
