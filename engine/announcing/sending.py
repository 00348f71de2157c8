"""Letting notices leave: channel by channel, nothing within a transaction; a channel that fails is one incident until it works."""

from __future__ import annotations

import logging
import smtplib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from engine import errors
from engine.announcing import channels, making, outbox, wording
from engine.announcing.kinds import CARD
from engine.announcing.outbox import REFUSED, SENT, WAITING, Became, Letter, OutgoingBatch
from engine.announcing.undelivered import fates, troubles
from engine.announcing.ways import letters, posts, robots
from engine.announcing.ways.posts import NotTaken, Unanswered
from engine.announcing.ways.robots import TooOften
from engine.announcing.wording import Reader
from engine.intake import hooks, posting, unreachable
from engine.people.organisation import level_of
from engine.signing_in import matching
from engine.storage import error_log
from engine.storage.database import Database
from engine.storage.models import Outgoing

NOTED_AFTER = 20  # letters: what a worker that dies sends again at most
LATER = timedelta(minutes=2)  # for an address that cannot be reached just now, as mail servers ask of unknown senders
PAUSE_SECONDS = 1.0
NO_ADDRESS = "the address does not take letters"  # for the row; the page counts those
NOT_TO_YOU = "“%(name)s” works, but your own mail address is missing or takes no letters."
BUSY = "“%(name)s” has had enough for the moment. Please try again in a minute."
NOT_ALLOWED = (
    "%(name)s: its address leads to this machine, which is allowed for trying out alone, with BANJIE_LOCAL_HOOKS=1. Please enter "
    "the address of the real receiver."
)
REPEATED = {"zh_Hans": "（重发）", "en": "(sent once more) "}
MORE = {"zh_Hans": "……另有{count}条", "en": "… and {count} more"}
OTHERS = {"zh_Hans": "等{count}人", "en": " and others, {count} in all"}
MOST_NAMES = 20
MOST_CARDS = 3  # in one message; of more each is told in a line
log = logging.getLogger(__name__)

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class _AtWork:
    """What one round of sending goes by."""

    database: Database
    now: datetime
    seconds: float
    worker: str | None
    stop: threading.Event


class Broken(Exception):
    """A channel does not work; `words` says why."""

    def __init__(self, words: errors.Refusal) -> None:
        super().__init__(words.text)
        self.words = words


def once(
    database: Database,
    *,
    now: datetime,
    seconds: float = posts.SECONDS,
    worker: str | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Makes what is new and sends what is due; says how much was done. Each connection may take `seconds` to answer.

    Until `stop` is set: then no further letter is begun, and what was not sent waits for another worker.
    """
    at_work = _AtWork(database, now, seconds, worker, stop or threading.Event())
    done = making.make_due(database, now=now)
    with database.reading() as session:
        due = outbox.due_channels(session, now=now)
    return done + sum(_channel(at_work, key) for key, _company in due if not at_work.stop.is_set())


def forever(database: Database, clock: Clock, stop: threading.Event, worker: str | None = None) -> None:
    """Goes on for a worker until `stop` is set; whatever fails is tried again."""
    while not stop.is_set():
        try:
            done = once(database, now=clock(), worker=worker, stop=stop)
        except Exception as error:
            log.error("notices could not be made or sent; trying again: %s", error_log.told(error))
            done = 0
        if not done:
            stop.wait(PAUSE_SECONDS)


def send_test(batch: OutgoingBatch, *, seconds: float = posts.SECONDS) -> None:
    """Sends one letter through its channel. Raises Invalid with the reason when the channel does not take it."""
    outcomes = list(_sent(batch, seconds))
    for broken in (each for each in outcomes if isinstance(each, Broken)):
        raise errors.Invalid(broken.words.text, fields=None, **broken.words.values)
    for each in (each for each in outcomes if isinstance(each, Became)):
        is_mail = batch.channel.kind == channels.MAIL
        if each.state == WAITING and is_mail:
            raise errors.Invalid(unreachable.SAYS, name=batch.channel.name, detail=each.error)
        if each.state != SENT:
            raise errors.Invalid(NOT_TO_YOU if is_mail else BUSY, name=batch.channel.name)


def _channel(at: _AtWork, key: int) -> int:
    try:
        batch = outbox.take(at.database, key, now=at.now, worker=at.worker)
    except errors.Unavailable:
        raise
    except Exception as error:
        log.error("the notices of a channel could not be taken: %s", error_log.told(error))
        return 0
    if batch is None:
        return 0
    became: list[Became] = []
    for each in _sent(batch, at.seconds):
        if isinstance(each, Broken):
            _note(at.database, batch, became, at.now)
            troubles.failed(at.database, batch, each.words, now=at.now)
            return len(became)
        became.append(each)
        if len(became) >= NOTED_AFTER:
            _note(at.database, batch, became, at.now)
            became = []
        if at.stop.is_set():
            break
    _note(at.database, batch, became, at.now)
    if at.stop.is_set():
        with at.database.transaction(batch.company.id) as session:
            outbox.release(session, batch)
        return len(became)
    troubles.worked(at.database, batch, now=at.now, is_paused=batch.channel.kind in channels.ROBOTS)
    return len(batch.letters)


def _note(database: Database, batch: OutgoingBatch, became: list[Became], now: datetime) -> None:
    if became:
        with database.transaction(batch.company.id) as session:
            outbox.note(session, batch, became, retry_at=now + LATER, now=now)


def _sent(batch: OutgoingBatch, seconds: float) -> Iterator[Became | Broken]:
    """What becomes of each letter; a channel that does not work ends it."""
    try:
        if batch.channel.kind == channels.MAIL:
            yield from _by_mail(batch, seconds)
        else:
            for letter in batch.letters:
                yield from _posted(batch, letter, seconds)
    except TooOften as error:
        yield from (Became(letter, WAITING, error.text) for letter in batch.letters)
    except (NotTaken, OSError, smtplib.SMTPException) as error:
        name = batch.channel.name
        yield Broken(error.words(name) if isinstance(error, NotTaken) else unreachable.worded(error, name))


def _by_mail(batch: OutgoingBatch, seconds: float) -> Iterator[Became]:
    """What becomes of each letter. A server that wants several, and takes none of them, later is one that does not work."""
    later: dict[str, posting.Postponed] = {}
    put_off, others = [], 0
    with posting.connected(batch.channel, batch.channel.secrets["password"], seconds=seconds) as server:
        for letter in batch.letters:
            try:
                yield _mailed(batch, letter, server)
                others += 1
            except posting.Postponed as error:
                later[letter.rows[0].username] = error
                put_off.append(letter)
    if len(later) > 1 and not others:
        raise next(iter(later.values()))
    for letter in put_off:
        told = unreachable.worded(later[letter.rows[0].username], batch.channel.name)
        yield Became(letter, WAITING, str(told.values["detail"]))


def _mailed(batch: OutgoingBatch, letter: Letter, server: smtplib.SMTP) -> Became:
    made = posting.made(lambda: letters.of_batch(batch, letter))
    if made is None:  # no address, or one that no letter can be written to
        return Became(letter, REFUSED, NO_ADDRESS)
    became = posting.delivered(server, made)
    return Became(letter, SENT) if became == posting.SENT else Became(letter, REFUSED, NO_ADDRESS)


def _posted(batch: OutgoingBatch, letter: Letter, seconds: float) -> Iterator[Became]:
    """What becomes of a post; a chat that may have shown it without saying so fails, and is not told it again."""
    secrets = batch.channel.secrets
    if channels.address_fault(secrets["url"], allows_local=batch.channel.allows_local) is not None:
        raise NotTaken(NOT_ALLOWED)
    if batch.channel.kind == channels.HOOK:
        _to_hook(batch, letter, secrets, seconds)
    else:
        message = _spoken(batch, letter)
        try:
            robots.send(batch.channel.kind, secrets["url"], secrets["secret"], message, now=batch.now, seconds=seconds)
        except Unanswered:
            yield Became(letter, fates.UNKNOWN)
            raise
    yield Became(letter, SENT)


def _to_hook(batch: OutgoingBatch, letter: Letter, secrets: Mapping[str, str], seconds: float) -> None:
    """Signed as Standard Webhooks are, and as our own hooks that take in: id, moment and body with the secret."""
    body, id, moment = posts.packed(_content(batch, letter.rows[0])), f"msg_{letter.key}", str(int(batch.now.timestamp()))
    headers = {
        "webhook-id": id,
        "webhook-timestamp": moment,
        "webhook-signature": hooks.sign(secrets["secret"], id, moment, body),
    }
    posts.post(secrets["url"], body, headers, seconds=seconds)


def _content(batch: OutgoingBatch, row: Outgoing) -> dict[str, object]:
    to = wording.reader(batch.company, row.username)
    given = wording.facts(batch.company, batch.settings, row, batch.about(row), to)
    known = {
        name: given[name] for name in ("title", "number", "process", "initiator", "step", "who", "summary", "said", "link")
    }
    return {
        "kind": row.kind,
        "company": batch.company.id,
        "username": row.username,
        "at": row.made_at.isoformat(),
        "case": str(row.instance_key) if row.instance_key else None,
        "task": str(row.task_key) if row.task_key else None,
        **{name: value or None for name, value in known.items()},
        "due": row.facts.get("due"),  # for a program: with its offset
    }


def _spoken(batch: OutgoingBatch, letter: Letter) -> robots.ChatMessage:
    """One message of all that is due: who is told, of what, and where it leads; of one thing told to several, once.

    Of few each is told with what its case is about.
    """
    told: dict[str, list[Outgoing]] = {}
    for row in letter.rows:
        told.setdefault(row.source, []).append(row)
    lines = [_said(batch, same, is_short=len(told) > MOST_CARDS) for same in told.values()]
    people = [batch.company.people[row.username] for row in letter.rows if row.username in batch.company.people]
    mobiles = [matching.number(each.mobile or "") for each in people]
    text = robots.shortened(lines, MORE[batch.settings.language])
    return robots.ChatMessage(text, list(dict.fromkeys(filter(None, mobiles))))


def _said(batch: OutgoingBatch, same: list[Outgoing], *, is_short: bool) -> str:
    first, to = same[0], _chat(batch, same)
    given = letters.facts(batch, first, to)
    given["said"] = " ".join(given["said"].split())[: wording.MOST_TOLD]
    if not _is_of_all(batch, same):  # also where the company's own words name it
        given |= {"summary": "", "said": ""}
    subject = wording.subject(batch.settings, first, given, to)
    names = list(dict.fromkeys(batch.company.name_of(row.username) for row in same))
    called = "、".join(names[:MOST_NAMES]) + (OTHERS[to.language].format(count=len(names)) if len(names) > MOST_NAMES else "")
    mark = REPEATED[to.language] if first.facts.get(fates.REPEATED) else ""
    head = f"【{called}】{mark}{subject}"
    if is_short or not given["number"]:
        return " ".join(filter(None, (head, given["link"])))
    shown = [name for name in CARD[to.language] if given[name] not in subject]
    return "\n".join(filter(None, (head, *wording.card(given, to.language, shown), given["link"])))


def _chat(batch: OutgoingBatch, same: list[Outgoing]) -> Reader:
    """Those who read a notice in the chat as one reader: in its language, cleared for what all of them are."""
    names = {*(row.username for row in same), *_members(batch)}
    readers = [wording.reader(batch.company, name) for name in names]
    lowest = min(readers, key=lambda each: level_of(each.clearance)).clearance
    return replace(wording.reader(batch.company, same[0].username), language=batch.settings.language, clearance=lowest)


def _is_of_all(batch: OutgoingBatch, same: list[Outgoing]) -> bool:
    """Whether everybody in the chat is told this, and so may read of the case what stands beside its title."""
    members = _members(batch)
    return bool(members) and members <= {row.username for row in same}


def _members(batch: OutgoingBatch) -> set[str]:
    """Who sits in the chat, where the company has said whose it is."""
    group = batch.channel.config.get("group")
    return set(batch.company.active(batch.company.members_of(group))) if group else set()
