"""What is set for everybody's notices: ways and rules by administrators, words by those of the organisation too; and what each person chooses for his own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.announcing import channels, outbox, renewing, settings
from engine.announcing.channels import Channel, Entered
from engine.announcing.kinds import HOW, KINDS, NEVER, NoticeWords
from engine.announcing.undelivered import fates, troubles
from engine.basics.sayings import LANGUAGES
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import Company, NoticeChannel, NoticeChoice, Outgoing
from engine.verbs.organisation import changing
from engine.verbs.organisation.changing import OrganisationChange

MOST_CHANNELS = 30
NO_CHANNEL = "There is no such channel."


def save_channel(session: Session, by: Actor, key: int | None, entered: Entered, *, now: datetime) -> int:
    """Stores a channel, a new one without `key`, and gives its key. An empty secret keeps the one there is.

    What failed is tried again at once. Raises Forbidden, NotFound, Invalid by field, Conflict for a second channel of mail.
    """
    require_administrator(by)
    with changing.change(session, by, now=now) as change:
        row = channels.new_row(by.company_id, entered.kind) if key is None else _row(session, by, key)
        kept = {} if key is None else channels.opened(session, row).secrets
        entered = entered if key is None else Entered(row.kind, *_rest(entered))
        secrets = channels.checked(entered, change.company, kept, allows_local=channels.allows_local(session))
        if key is None:
            _require_room(session, by, entered.kind)
        row.name, row.is_on, row.config = entered.name.strip(), entered.is_on, dict(entered.config)
        row.kinds, row.next_at = channels.kinds_in_order(entered.kinds), None
        channels.seal(session, row, secrets)
        session.add(row)
        change.note("notices_changed", "notices", name=row.name)
    return row.key


def _rest(entered: Entered) -> tuple[Any, ...]:
    return entered.name, entered.is_on, entered.kinds, entered.config, entered.secrets


def remove_channel(session: Session, by: Actor, key: int, *, now: datetime) -> None:
    """Takes a channel away with what still waits for it; its incidents are over. Raises Forbidden, NotFound."""
    require_administrator(by)
    with changing.change(session, by, now=now) as change:
        row = _row(session, by, key)
        session.execute(delete(Outgoing).where(Outgoing.channel_key == key, Outgoing.company_id == by.company_id))
        troubles.resolve(session, by.company_id, key, now, (troubles.KIND, fates.KIND))
        change.note("notices_changed", "notices", name=row.name)
        session.delete(row)


def save_rules(session: Session, by: Actor, given: Mapping[str, Any], *, now: datetime) -> None:
    """Stores how kinds reach people, what nobody switches off, when daily letters leave, and what titles may leave.

    Raises Forbidden, Invalid by field.
    """
    require_administrator(by)
    with changing.change(session, by, now=now) as change:
        _check_rules(given)
        _store(change, settings.table(change.company.settings) | dict(given))
    renewing.of_company(session, by.company_id, now=now)


def _check_rules(given: Mapping[str, Any]) -> None:
    faults: dict[str, list[errors.Refusal]] = {}
    if not settings.is_address(given.get("address", "")):
        faults["address"] = [
            errors.Refusal("Please give an address like https://banjie.example.com, without user, query or blanks.")
        ]
    if not settings.is_moment(given.get("digest_at", "08:30")):
        faults["digest_at"] = [errors.Refusal("Please give a time such as 08:30.")]
    if given.get("language", LANGUAGES[0]) not in LANGUAGES:
        faults["language"] = [errors.Refusal("There is no such language.")]
    if faults:
        raise errors.Invalid("Please check the marked fields.", fields=faults)


def save_words(session: Session, by: Actor, language: str, kind: str, words: NoticeWords | None, *, now: datetime) -> None:
    """Stores the company's own words of a kind of notice; None goes back to ours. Raises Forbidden, NotFound, Invalid by field."""
    if language not in LANGUAGES or kind not in KINDS:
        changing.require(by)
        raise errors.NotFound("There is no such kind of notice.")
    with changing.change(session, by, now=now) as change:
        table = settings.table(change.company.settings)
        templates = {name: dict(own) for name, own in (table.get("templates") or {}).items()}
        own = templates.setdefault(language, {})
        if words is None:
            own.pop(kind, None)
        else:
            check_words(words)
            own[kind] = {"subject": words.subject.strip(), "body": words.body.strip()}
        _store(change, table | {"templates": {name: each for name, each in templates.items() if each}})


def check_words(words: NoticeWords) -> None:
    """Raises Invalid by field for words that cannot be used."""
    faults: dict[str, list[errors.Refusal]] = {}
    for field, text, most in (("subject", words.subject, settings.MOST_SUBJECT), ("body", words.body, settings.MOST_BODY)):
        if not text.strip():
            faults[field] = [errors.Refusal("Please write something.")]
        elif len(text) > most:
            faults[field] = [errors.Refusal("This is longer than %(limit)s characters.", limit=most)]
        elif (name := settings.template_fault(text)) is not None:
            faults[field] = [errors.Refusal("“{%(name)s}” stands for nothing here.", name=name)]
    if "\n" in words.subject.strip():
        faults["subject"] = [errors.Refusal("The subject is one line.")]
    if faults:
        raise errors.Invalid("Please check the marked fields.", fields=faults)


def choose(session: Session, by: Actor, how: Mapping[str, str], quiet_from: str, quiet_until: str, *, now: datetime) -> None:
    """Stores what a person chose for himself; a kind that he leaves to the company is not in `how`. What waits follows it.

    Raises Invalid by field: for a kind that the company lets nobody switch off, for hours of quiet that are none.
    """
    company = organisation.current(session, by.company_id)
    _check_choice(settings.read(company.settings), how, quiet_from, quiet_until)
    row = NoticeChoice
    mine = (row.company_id == by.company_id, row.username == by.username)
    kept = session.execute(select(row).where(*mine).with_for_update()).scalar_one_or_none()
    if kept is None:
        kept = row(key=keys.new(), company_id=by.company_id, username=by.username)
        session.add(kept)
    kept.how, kept.quiet_from, kept.quiet_until = dict(how), quiet_from or None, quiet_until or None
    session.flush()
    renewing.of_person(session, company, by.username, now=now)


def _check_choice(own: settings.NoticeSettings, how: Mapping[str, str], quiet_from: str, quiet_until: str) -> None:
    faults: dict[str, list[errors.Refusal]] = {}
    for kind, chosen in how.items():
        if kind not in KINDS or chosen not in HOW:
            faults[kind] = [errors.Refusal("There is no such choice.")]
        elif chosen == NEVER and kind in own.obligatory:
            faults[kind] = [errors.Refusal("Your company lets nobody switch this off.")]
    if bool(quiet_from) != bool(quiet_until) or any(
        each and not settings.is_moment(each) for each in (quiet_from, quiet_until)
    ):
        faults["quiet_from"] = [errors.Refusal("Please give both times, such as 22:00 and 07:00.")]
    if faults:
        raise errors.Invalid("Please check the marked fields.", fields=faults)


def channel(session: Session, by: Actor, key: int) -> Channel:
    """A channel with its secrets, for a test. Raises Forbidden, NotFound."""
    require_administrator(by)
    return channels.opened(session, _row(session, by, key))


def trial(session: Session, by: Actor, key: int, *, now: datetime) -> outbox.OutgoingBatch:
    """A notice to oneself, to be sent through a channel outside the transaction. Raises Forbidden, NotFound, Invalid without
    a mail address of one's own.
    """
    chosen, company = channel(session, by, key), organisation.current(session, by.company_id)
    person = company.people.get(by.username)
    if chosen.kind == channels.MAIL and not (person and person.email):
        raise errors.Invalid("You have no mail address yourself: enter one with your person first.", fields=None)
    row = Outgoing(
        key=keys.new(),
        company_id=by.company_id,
        username=by.username,
        kind="told",
        source="test",
        made_at=now,
        facts={"subject": company.name, "said": chosen.name},
    )
    return outbox.OutgoingBatch(chosen, company, settings.read(company.settings), [outbox.Letter(row.key, [row])], {}, now)


def require_administrator(by: Actor) -> None:
    """Where notices and codes for passwords go, and which titles leave, opens cases: it is no administrator of the
    organisation's to say. Raises Forbidden.
    """
    if not by.is_administrator:
        raise errors.Forbidden("Only an administrator says where notices go and what titles leave.")


def _row(session: Session, by: Actor, key: int) -> NoticeChannel:
    row = session.get(NoticeChannel, key)
    if row is None or row.company_id != by.company_id:
        raise errors.NotFound(NO_CHANNEL)
    return row


def _require_room(session: Session, by: Actor, kind: str) -> None:
    kept = channels.rows(session, by.company_id)
    if kind == channels.MAIL and any(each.kind == channels.MAIL for each in kept):
        raise errors.Conflict("There is a channel for mail already.")
    if len(kept) >= MOST_CHANNELS:
        raise errors.Conflict("There are %(limit)s channels already.", limit=MOST_CHANNELS)


def _store(change: OrganisationChange, table: Mapping[str, Any]) -> None:
    """Writes the table into the company's settings, as its company.toml would hold it."""
    everything = {**change.company.settings, "notices": dict(table)}
    settings.check(everything)
    row = Company
    change.session.execute(update(row).where(row.id == change.company_id).values(settings=everything))
    change.note("notices_changed", "notices")
