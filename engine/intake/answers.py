"""What a customer tells a running case: answers to its questions, and how the end is rated."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine import errors, forms
from engine.basics.letters import spellings
from engine.basics.sayings import Said
from engine.cases import cases, history, no_return, notices
from engine.cases.cases import Surroundings
from engine.cases.lines import summaries
from engine.cases.rights import keepers
from engine.definitions import definitions
from engine.definitions.languages import questions as wordings
from engine.definitions.terms import CUSTOMER_ANSWER, Public
from engine.intake import answer_limits, filing, secrets
from engine.intake.answer_limits import AnswerLimit
from engine.people import organisation
from engine.people.actors import SYSTEM
from engine.storage.models import Filing, HistoryEvent, ProcessInstance, Subscription
from engine.verbs.running import messages

NO_REASON = "Please say why you withdraw it."
NOT_WITHDRAWN = "This cannot be withdrawn any more."
ANSWERED = "This has been answered already."
STARS = ("1", "2", "3", "4", "5")
DISSATISFIED = 2  # so many stars or fewer
UNHAPPY = Said("客户评价不满意：{number}", "The customer is dissatisfied: {number}")
LONGEST = 1000


@dataclass(frozen=True)
class QuestionWords:
    """How the standard questions are worded, `stars` from five down to one; a page gives them in its reader's language."""

    answer: str = "您的答复"
    yes: str = "接受"
    no: str = "不接受"
    rating: str = "满意程度"
    stars: tuple[str, ...] = ("非常满意", "满意", "一般", "不满意", "很不满意")
    comment: str = "补充说明"
    why: str = "答复“{no}”的，请在这里说明原因"

    @property
    def ratings(self) -> list[tuple[str, str]]:
        """Number and word of each rating, the best first."""
        return list(zip(reversed(STARS), self.stars, strict=True))


CHINESE = QuestionWords()


@dataclass(frozen=True)
class CustomerQuestion:
    """What a case asks its customer now, and until when; `key` is the waiting subscription's.

    `until` is the day until which its process expects to take the answer, where it says one; `silence` what it says follows
    without one, "" where it says nothing.
    """

    key: int
    message: str
    text: str
    form: forms.Form
    limit: AnswerLimit
    until: date | None = None
    silence: str = ""

    @property
    def is_rating(self) -> bool:
        """Whether it asks for nothing but a rating, which nobody has to give."""
        names = {part.path[-1:] for part in self.form.walk()}
        return ("rating",) in names and ("accepted",) not in names


def find(session: Session, company_id: str, number: str, secret: str) -> Filing | None:
    """The filing of that number and secret; None tells nothing about which of the two is wrong."""
    statement = (
        select(Filing)
        .join(ProcessInstance, ProcessInstance.key == Filing.instance_key)
        .where(
            Filing.company_id == company_id,
            ProcessInstance.number.in_(spellings.of_number(number[:100])),
            Filing.secret_digest != "",
        )
    )
    filed = session.execute(statement).scalar()
    stored, key = (filed.secret_digest, filed.instance_key or 0) if filed else ("", 0)
    return filed if secrets.matches(stored, key, secret) else None


def questions(
    session: Session, instance: ProcessInstance, public: Public, *, now: datetime, words: QuestionWords = CHINESE
) -> list[CustomerQuestion]:
    """What the case, and those that it called, ask the customer now, by messages with the number that he knows."""
    questions_asked = []
    for subscription, holder in session.execute(_waiting(instance)).all():
        if public.asks(subscription.element_id, subscription.name):
            questions_asked.append(_question(session, subscription, holder, public, words, now))
    return questions_asked


def answer(
    session: Session, company_id: str, filing_key: int, question_key: int, submission: Mapping[str, Any], *, now: datetime
) -> None:
    """Hands the customer's answer to the case that waits for it, with the moment as `answered_at`.

    Raises Conflict when it has been answered meanwhile (by telephone, or twice), Invalid with `fields`.
    """
    own, instance, public = _own(session, company_id, filing_key)
    question = next((each for each in questions(session, instance, public, now=now) if each.key == question_key), None)
    if question is None:
        raise errors.Conflict(ANSWERED)
    around = filing.scope(session, company_id, own.outside_id, {}, now=now)
    values = forms.validate(question.form, submission, {}, functions=around.functions, now=around.now)
    given = _plain(values) | {"answered_at": now.isoformat()}
    try:
        messages.correlate(session, SYSTEM(company_id), question.message, instance.number, given, now=now)
    except (errors.NotFound, no_return.Past) as error:  # the latter names steps and people, which are not for customers
        raise errors.Conflict(ANSWERED) from error
    instance = _note(session, instance.key, "answered", given | _chosen(question.form, values), now)
    if given.get("rating") is not None:
        rating = {"stars": given["rating"], "comment": given.get("comment") or ""}
        is_known = given.get("accepted") is False or (question.is_rating and _is_low(own.rating))
        if not is_known:  # a refusal is followed up by its process; who changes a low rating to another is not told of twice
            _tell_dissatisfied(session, instance, rating, now)
        own.rating, own.rated_at = rating, now
        summaries.renew_line(Surroundings(session, SYSTEM(company_id), now), instance, stars=given["rating"])
        session.flush()


def may_withdraw(session: Session, instance: ProcessInstance, public: Public) -> bool:
    """Whether the customer can end the case now: it waits for the message that its process names for that.

    Once it is settled for him, or he was told one of the process's ends, it is over for him.
    """
    if not public.withdrawal or instance.state != "active" or instance.irreversible is not None:
        return False
    if _is_over_for_him(session, instance, public):
        return False
    return session.execute(_waiting(instance).where(Subscription.name == public.withdrawal).limit(1)).first() is not None


def _is_over_for_him(session: Session, instance: ProcessInstance, public: Public) -> bool:
    event = HistoryEvent
    reached = (event.instance_key == instance.key, event.kind == "entered", event.element_id.in_(public.closing))
    return bool(public.closing) and bool(session.execute(select(exists().where(*reached))).scalar())


def withdraw(session: Session, company_id: str, filing_key: int, reason: str, *, now: datetime) -> None:
    """Ends a running case at the customer's wish; its process hears why (`withdrawalReason`), when, and by which way.

    Raises Conflict for a case that cannot be withdrawn (any more), Invalid without a reason.
    """
    _filing, instance, public = _own(session, company_id, filing_key)
    if not reason.strip():
        raise errors.Invalid(NO_REASON, fields={"reason": [errors.Refusal(NO_REASON)]})
    if not may_withdraw(session, instance, public):
        raise errors.Conflict(NOT_WITHDRAWN)
    told = {cases.WITHDRAWAL: reason.strip()[:LONGEST], "withdrawnAt": now.isoformat(), "withdrawnBy": public.channel}
    try:
        messages.correlate(session, SYSTEM(company_id), public.withdrawal, instance.number, told, now=now)
    except (errors.NotFound, no_return.Past) as error:
        raise errors.Conflict(NOT_WITHDRAWN) from error
    _note(session, instance.key, "withdrawn", told, now)


def rate(session: Session, company_id: str, filing_key: int, stars: str, comment: str, *, now: datetime) -> None:
    """Keeps how the customer rates a case that is over, once.

    Raises Conflict for one that is rated already or not over yet, Invalid for anything but one to five stars.
    """
    own, instance, _public = _own(session, company_id, filing_key)
    if stars not in STARS:
        raise errors.Invalid(
            "Please choose one to five stars.", fields={"stars": [errors.Refusal("Please choose one to five stars.")]}
        )
    instance = cases.lock(session, instance.key)
    session.refresh(own)
    if instance.state == "active" or own.rating is not None:
        raise errors.Conflict("This cannot be rated now.")
    own.rating, own.rated_at = {"stars": int(stars), "comment": comment.strip()[:LONGEST]}, now
    _tell_dissatisfied(session, instance, own.rating, now)
    summaries.renew_line(Surroundings(session, SYSTEM(company_id), now), instance, stars=int(stars))
    history.append(session, instance, "rated", at=now, data={"values": own.rating})
    session.flush()
    history.flush(session)


def _tell_dissatisfied(session: Session, instance: ProcessInstance, rating: Mapping[str, Any], now: datetime) -> None:
    """Nobody deals with it any more: who manages the process hears that the customer is not content, whatever he answered, and why."""
    if not _is_low(rating):
        return
    company = organisation.current(session, instance.company_id)
    subject = UNHAPPY.of(number=instance.number)
    notices.send(
        session,
        company,
        keepers.managers(session, company, instance),
        subject,
        str(rating["comment"]),
        now=now,
        instance=instance,
    )


def _is_low(rating: Mapping[str, Any] | None) -> bool:
    return rating is not None and isinstance(rating["stars"], int) and rating["stars"] <= DISSATISFIED


def opened(session: Session, company_id: str, filing_key: int) -> tuple[Filing, ProcessInstance, Public]:
    """The filing that a customer follows, its case, and the words for it. Raises NotFound."""
    return _own(session, company_id, filing_key)


def standard_form(texts: Mapping[str, Any], words: QuestionWords = CHINESE) -> forms.Form:
    """Yes or no in the process's words, a comment, and stars where the process asks for them."""
    yes, no = str(texts.get("yes") or words.yes), str(texts.get("no") or words.no)
    choices = [{"label": yes, "value": "yes"}, {"label": no, "value": "no"}]
    parts: list[dict[str, Any]] = []
    if texts.get("yes") or texts.get("no") or not texts.get("rating"):
        parts.append(
            {"type": "radio", "key": "accepted", "label": words.answer, "values": choices, "validate": {"required": True}}
        )
    if texts.get("rating"):
        stars = [{"label": f"{n} {word}", "value": n} for n, word in words.ratings]
        parts.append({"type": "radio", "key": "rating", "label": words.rating, "values": stars, "validate": {"required": True}})
    comment: dict[str, Any] = {"type": "textarea", "key": "comment", "label": words.comment, "validate": {"maxLength": LONGEST}}
    if any(each["key"] == "accepted" for each in parts):  # nobody can mend a no without its reason; staff give it too
        comment["validate"]["required"] = '=accepted = "no"'
        comment["description"] = words.why.format(no=no)
    parts.append(comment)
    return forms.load({"type": "default", "id": CUSTOMER_ANSWER, "components": parts})


def _note(session: Session, key: int, kind: str, values: Mapping[str, Any], now: datetime) -> ProcessInstance:
    """What the customer said, in the history, where it stays when the variables are gone."""
    instance = cases.lock(session, key)
    history.append(session, instance, kind, at=now, data={"values": values})
    session.flush()
    history.flush(session)
    return instance


def _waiting(instance: ProcessInstance) -> Any:
    """The messages that the case, and those that it called, wait for with the number that the customer knows."""
    row, case = Subscription, ProcessInstance
    mine = (row.company_id == instance.company_id, row.kind == "message", row.correlation_key == instance.number)
    waiting = select(row, case).join(case, case.key == row.instance_key).where(*mine)
    return waiting.where(case.root_key == instance.root_key, case.state == "active").order_by(row.key)


def _own(session: Session, company_id: str, filing_key: int) -> tuple[Filing, ProcessInstance, Public]:
    own = session.get(Filing, filing_key)
    if own is None or own.company_id != company_id or own.instance_key is None:
        raise errors.NotFound(filing.NOT_HERE)
    instance = session.get_one(ProcessInstance, own.instance_key)
    public = definitions.by_key(session, instance.definition_key).settings.public
    if public is None:
        public = filing.wording(session, company_id, own.process_id)[1]
    return own, instance, public


def _question(
    session: Session, subscription: Subscription, holder: ProcessInstance, public: Public, words: QuestionWords, now: datetime
) -> CustomerQuestion:
    asked = public.asked(subscription.element_id, subscription.name)
    told = cases.variables(session, holder, now=now).get(wordings.QUESTION)
    definition = definitions.by_key(session, holder.definition_key)
    texts = wordings.said(told, definition.said) if isinstance(told, Mapping) else {}
    form = definition.forms.get(asked.form) if asked.form else None
    drawn = form.parsed if form else standard_form(texts, words)
    is_called = holder.key != holder.root_key
    limit = answer_limits.limit_of(session, definition.program, subscription, is_called=is_called)
    text, silence = str(texts.get("text") or asked.text), str(texts.get("silence") or asked.silence)
    return CustomerQuestion(subscription.key, subscription.name, text, drawn, limit, _day(texts.get("until")), silence)


def _day(until: Any) -> date | None:
    """A day that a process says in ISO form; what is none says nothing."""
    with contextlib.suppress(ValueError):
        return date.fromisoformat(until[:10]) if isinstance(until, str) else None
    return None


def _chosen(form: forms.Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """The process's own words for yes or no, where it has some, as `chosen`."""
    options = [each for part in form.walk() if part.path == ("accepted",) for each in part.raw.get("values") or ()]
    label = next((each.get("label") for each in options if each.get("value") == values.get("accepted")), None)
    return {} if label in (None, CHINESE.yes, CHINESE.no) else {"chosen": label}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The answer as processes expect it: `accepted` yes or no as a boolean, `rating` as a number."""
    plain = dict(values)
    if plain.get("accepted") in ("yes", "no"):
        plain["accepted"] = plain["accepted"] == "yes"
    if str(plain.get("rating")) in STARS:
        plain["rating"] = int(plain["rating"])
    return plain
