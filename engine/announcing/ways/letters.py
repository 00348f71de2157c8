"""A letter to one person: a single notice in its own words, several as a list."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from email import utils
from email.headerregistry import Address
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from engine.announcing import invitations, wording
from engine.announcing.kinds import NoticeWords
from engine.announcing.outbox import Letter, OutgoingBatch
from engine.announcing.wording import Attached, Reader
from engine.intake.by_mail.letters import OWN
from engine.people.organisation import Organisation
from engine.storage.models import Outgoing
from engine.storage.models.announcements import WORDED

MOST_LINES = 100
MOST_FIRST = 80  # letters of the first notice in the subject of several
SEVERAL = {
    "zh_Hans": NoticeWords("{count}条通知：“{first}”等", "{name}，您好：\n\n您有{count}条通知：\n\n{lines}\n\n{company}"),
    "en": NoticeWords(
        "{count} notices: {first} and more", "Dear {name},\n\nThere are {count} notices for you:\n\n{lines}\n\n{company}"
    ),
}
IN_LIST = ("initiator", "step", "due", "summary")
MORE = {"zh_Hans": "另有{count}条，请登录查看。", "en": "and {count} more: please sign in."}


def of_batch(batch: OutgoingBatch, letter: Letter) -> EmailMessage:
    """The letter; sent again, it has the same id."""
    to = wording.reader(batch.company, letter.rows[0].username)
    words = one(batch, letter.rows[0], to) if len(letter.rows) == 1 else several(batch, letter.rows, to)
    sender, id = str(batch.channel.config["sender"]), f"notice-{letter.key}"
    made = envelope(batch.company, sender, to, words, id=id, now=batch.now, address=letter.rows[0].facts.get("address"))
    for attached in filter(None, (Attached.of(row.facts) for row in letter.rows)):
        kind, _slash, form = attached.type.partition("/")
        made.add_attachment(base64.b64decode(attached.content), kind, form, filename=attached.name)
    return made


def one(batch: OutgoingBatch, row: Outgoing, to: Reader) -> NoticeWords:
    """A notice in the words of its kind."""
    if row.kind == invitations.KIND:
        return _invitation(batch, row, to)
    if row.kind == WORDED:
        return NoticeWords(row.facts["subject"], row.facts["body"])
    return wording.written(batch.company, batch.settings, row, batch.about(row), to)


def several(batch: OutgoingBatch, rows: Sequence[Outgoing], to: Reader) -> NoticeWords:
    """Notices as a list: each one's subject, who did it and why, and where it leads."""
    lines = [_line(batch, row, to) for row in rows[:MOST_LINES]]
    if len(rows) > MOST_LINES:
        lines.append(MORE[to.language].format(count=len(rows) - MOST_LINES))
    first = one(batch, rows[0], to).subject[:MOST_FIRST]
    given = {"count": len(rows), "first": first, "name": to.name, "lines": "\n".join(lines), "company": batch.company.name}
    words = SEVERAL[to.language]
    return NoticeWords(words.subject.format_map(given), words.body.format_map(given))


def envelope(
    company: Organisation, sender: str, to: Reader, words: NoticeWords, *, id: str, now: datetime, address: str | None = None
) -> EmailMessage:
    """Words as a letter in the company's name, to the person's address or one of before; marked as automatic, so that no
    program answers it (RFC 3834).

    Raises ValueError for an address that no letter can be written to.
    """
    person = company.people[to.username]
    made = EmailMessage()
    made["From"] = Address(company.name, addr_spec=sender)
    made["To"] = Address(to.name, addr_spec=address or person.email or "")
    made["Subject"] = words.subject
    made["Date"] = utils.format_datetime(now.astimezone(ZoneInfo(company.time_zone)))
    made["Message-ID"] = f"<{id}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"  # what Exchange heeds
    made[OWN] = "notice"
    made.set_content(words.body)
    return made


def _invitation(batch: OutgoingBatch, row: Outgoing, to: Reader) -> NoticeWords:
    known = dict(batch.codes[row.key])
    until = wording.local(batch.company, known.pop("until"))
    given = {**known, "until": until, "name": to.name, "username": to.username, "company": batch.company.name}
    return wording.filled(invitations.WORDS[to.language], given)


def _line(batch: OutgoingBatch, row: Outgoing, to: Reader) -> str:
    subject, given = one(batch, row, to).subject, facts(batch, row, to)
    names = [name for name in IN_LIST if name != "step" or given[name] not in subject]
    number = given["number"] if given["number"] not in subject else ""
    about = " · ".join(filter(None, (number, *wording.card(given, to.language, names))))
    told = wording.told(batch.company, batch.settings, row, batch.about(row), to)
    return "\n  ".join(filter(None, (f"- {subject}", about.replace("\n", " · "), told, given["link"])))


def facts(batch: OutgoingBatch, row: Outgoing, to: Reader) -> dict[str, str]:
    """What the words of a notice are made from."""
    return wording.facts(batch.company, batch.settings, row, batch.about(row), to)
