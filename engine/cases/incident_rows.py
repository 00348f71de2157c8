"""Making an incident (异常): its row, the count at its case and the event in the case's history, always together."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.basics import catalogues, sayings
from engine.basics.sayings import Said
from engine.cases import history, notices
from engine.cases.lines import incident_words
from engine.definitions import definitions
from engine.people.organisation import Organisation
from engine.storage import keys
from engine.storage.models import Incident, ProcessInstance

FAILED = "It failed: %(detail)s"
NOTHING = "nothing"  # what is missing, as people say it
# What differs between failures of one cause: what is quoted, addresses of things, numbers.
QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|'[^']*'|「[^」]*」|《[^》]*》")
COUNTED = re.compile(r"\b[0-9a-fA-F]{8}[-0-9a-fA-F]{8,}\b|[A-Za-z]*[-_A-Za-z]?\d[-\w.:]*")
VARYING = re.compile(f"{QUOTED.pattern}|{COUNTED.pattern}")
DIFFERS = "〈…〉"  # stands in the words of a group of incidents for what is not the same in all of them
NOT_SAID = frozenset({"wait", "note", "file", "sender", "subject"})  # kept beside the words of an incident
CAUSE_LENGTH = 24
MAX_TOLD = 2000  # of a failure's own words, that count for its cause


def worded(error: Exception) -> errors.Refusal:
    """What a failure is told as: a refusal in its own words, anything else by its type."""
    if isinstance(error, errors.Refusal):
        return error
    return errors.Refusal(FAILED, detail=f"{type(error).__name__}: {error}")


def said(message: str, values: Mapping[str, Any], translate: Callable[[str], str]) -> str:
    """What an incident says, in pages and letters alike; values it lacks are left as they stand in the text."""
    text = translate(worded_now(message))
    try:
        return text % {**values, **_of_rule(values, translate)}
    except (KeyError, TypeError, ValueError):
        return text


def _of_rule(values: Mapping[str, Any], translate: Callable[[str], str]) -> dict[str, str]:
    """A rule of the diagram and what it gave, as people write them."""
    if "expression" not in values:
        return {}
    nothing = {"value": translate(NOTHING)} if values.get("value") == "null" else {}
    return {"expression": str(values["expression"]).removeprefix("=").strip(), **nothing}


def worded_now(message: str) -> str:
    """The text under which a failure would be stored now; an earlier version may have worded it otherwise."""
    return incident_words.NOW.get(message, message)


def in_words(message: str, values: Mapping[str, Any]) -> Said:
    """The same as a sentence, for what is sent."""
    return sayings.in_each(lambda language: said(message, values, partial(catalogues.said, locale=language)))


def cause(kind: str, text: str, values: Mapping[str, Any], *, process_id: str, element_id: str) -> str:
    """What incidents have in common that stopped at the same step of the same process by the same failure, as a short text.

    `text` is a msgid with its `values`; of these, what is quoted and what holds digits (numbers, keys, moments) does not count.
    """
    told = sorted((name, str(value)) for name, value in values.items() if name not in NOT_SAID)
    said = [f"{name}={COUNTED.sub('#', QUOTED.sub('#', value[:MAX_TOLD]))}" for name, value in told]
    return hashlib.sha256("\n".join((kind, process_id, element_id, text, *said)).encode()).hexdigest()[:CAUSE_LENGTH]


def common(shown: Mapping[str, Any], all_of_them: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The values by which a group of incidents of one cause is told: those of one of them as `shown`, with `DIFFERS` for what differs.

    What may differ within a cause is what `cause` leaves out; of that, what is the same in all of them stays.
    """
    return {name: _common(value, [each.get(name) for each in all_of_them], name) for name, value in shown.items()}


def _common(value: Any, others: list[Any], name: str) -> Any:
    texts = {str(each) for each in others}
    if name in NOT_SAID or len(texts) < 2:
        return value
    own, slots = list(VARYING.finditer(str(value))), [VARYING.findall(each) for each in texts]
    is_alike = {len(each) for each in slots} == {len(own)}
    differing = [len({each[place] for each in slots}) > 1 if is_alike else True for place in range(len(own))]
    places = iter(differing)
    return VARYING.sub(lambda varying: DIFFERS if next(places) else varying[0], str(value))


def make(
    session: Session,
    company_id: str,
    kind: str,
    told: errors.Refusal,
    *,
    now: datetime,
    instance: ProcessInstance | None = None,
    element_id: str | None = None,
    element_name: str | None = None,
    token: str | None = None,
    job_key: int | None = None,
    wait: runtime.Awaited | None = None,
) -> dict[str, Any]:
    """The row of an incident, with every column that is known by now; the caller inserts it and flushes the history.

    `told` says what stopped. The `instance` it belongs to, None for none, must be locked: it is counted there.
    `wait` is what the token waits for, kept so that it can be tried again.
    """
    values = {name: sayings.read(value, sayings.LANGUAGES[0]) for name, value in told.values.items()}
    if instance is not None:
        if element_name is None and element_id is not None:
            element_name = _called(session, instance, element_id)
        instance.incidents += 1
        event = {"message": told.text, "values": values}
        history.append(session, instance, "incident", at=now, element_id=element_id, element_name=element_name, data=event)
    return {
        "key": keys.new(),
        "company_id": company_id,
        "instance_key": None if instance is None else instance.key,
        "element_id": element_id,
        "token": token,
        "job_key": job_key,
        "kind": kind,
        "message": told.text,
        "values": values if wait is None else {**values, "wait": runtime.stored_wait(wait)},
        "created_at": now,
        "state": "open",
        "cause": cause(
            kind, told.text, values, process_id="" if instance is None else instance.process_id, element_id=element_id or ""
        ),
    }


def _called(session: Session, instance: ProcessInstance, element_id: str) -> str | None:
    element = definitions.as_drawn(session, instance.definition_key).program.elements.get(element_id)
    return element.name if element is not None else None


def add(session: Session, company_id: str, kind: str, told: errors.Refusal, *, now: datetime, **of: Any) -> None:
    """Makes and stores one incident; `of` is what `make` takes to say which case, element, token and job it belongs to."""
    session.add(Incident(**make(session, company_id, kind, told, now=now, **of)))
    session.flush()
    history.flush(session)


def add_alone(
    session: Session,
    company: Organisation,
    kind: str,
    failed: errors.Refusal,
    told: tuple[Said, Said],
    to: Iterable[str],
    *,
    now: datetime,
    **of: Any,
) -> None:
    """One that belongs to no case, told in its own words to who looks after it, as no history tells it.

    `failed` says what stopped; `told` are the subject of the notice, and what to do about it. `of` as `add`.
    """
    add(session, company.id, kind, failed, now=now, **of)
    subject, advice = told
    notices.of_installation(session, company, to, subject, sayings.lines(in_words(failed.text, failed.values), advice), now=now)
