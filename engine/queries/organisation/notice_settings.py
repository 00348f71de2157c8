"""The settings of notices: channels with how they do, rules by kind, words; what a person may choose for himself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.announcing import channels, making, outbox, wording
from engine.announcing import settings as notice_settings
from engine.announcing.channels import Channel
from engine.announcing.kinds import KINDS, NoticeWords
from engine.announcing.settings import NoticeSettings
from engine.announcing.timing import ReachChoice
from engine.basics.sayings import LANGUAGES
from engine.calendar import clock
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries.organisation import reading
from engine.storage.models import NoticeChannel, Outgoing

SAMPLE = {
    "zh_Hans": {
        "title": "采购申请：笔记本电脑两台",
        "initiator": "刘洋（市场部）",
        "step": "部门负责人审核",
        "who": "陈静",
        "summary": "金额：12,800\n用途：新员工入职",
        "said": "请在下班前看一下。",
        "tried": "已自动试过3次，都没有成功。",
    },
    "en": {
        "title": "Purchase of two laptops",
        "initiator": "Liu Yang (Marketing)",
        "step": "Review by the head",
        "who": "Chen Jing",
        "summary": "Amount: 12,800\nFor: two colleagues who begin in May",
        "said": "Please look at it today.",
        "tried": "It was tried 3 times by itself, without success. ",
    },
}


@dataclass(frozen=True)
class ChannelLine:
    """A channel with what waits on it, and how many notices of the last days an address refused."""

    key: int
    kind: str
    name: str
    host: str
    is_on: bool
    kinds: int
    failing_since: datetime | None
    waiting: int
    refused: int


@dataclass(frozen=True)
class NoticeSettingsPage:
    """Everything on the company's page."""

    channels: list[ChannelLine]
    rules: NoticeSettings
    has_mail: bool


def page(session: Session, by: Actor) -> NoticeSettingsPage:
    """The page; no secret is in it. Raises Forbidden."""
    company = reading.company(session, by)
    counts = _counts(session, company.id)
    lines = [_line(session, row, counts) for row in channels.rows(session, company.id)]
    return NoticeSettingsPage(lines, notice_settings.read(company.settings), any(each.kind == channels.MAIL for each in lines))


def channel(session: Session, by: Actor, key: int) -> tuple[Channel, bool]:
    """A channel as it is edited, and whether it is on; its secrets stay locked but for the server's name. Raises Forbidden, NotFound."""
    company = reading.company(session, by)
    row = session.get(NoticeChannel, key)
    if row is None or row.company_id != by.company_id:
        raise errors.NotFound("There is no such channel.")
    channel_row = channels.closed(row)
    if group := channel_row.config.get("group"):
        channel_row = replace(channel_row, config={**channel_row.config, "group": company.present_name(group)})
    return channel_row, row.is_on


def groups(session: Session, by: Actor) -> list[str]:
    """The groups whose chat a robot may sit in."""
    company = reading.company(session, by)
    return sorted(company.groups.keys() - company.former.keys())


def words(session: Session, by: Actor, kind: str, language: str) -> tuple[NoticeWords, bool]:
    """The words of a kind as they are now, and whether they are the company's own. Raises Forbidden, NotFound."""
    own = notice_settings.read(reading.company(session, by).settings)
    if kind not in KINDS or language not in LANGUAGES:
        raise errors.NotFound("There is no such kind of notice.")
    return own.words(kind, language), kind in own.templates.get(language, {})


def preview(session: Session, by: Actor, written: NoticeWords, language: str) -> NoticeWords:
    """Words filled in with what a notice might hold."""
    company = reading.company(session, by)
    own = notice_settings.read(company.settings)
    sample = SAMPLE[language] | {
        "name": by.name,
        "number": "CG-2026-0012",
        "process": {"zh_Hans": "采购申请", "en": "Purchase"}[language],
        "due": clock.told(company, datetime(2026, 3, 6, 10, tzinfo=UTC)),
        "since": clock.told(company, datetime(2026, 3, 5, 1, 12, tzinfo=UTC)),
        "link": own.link("/tasks/1") or "https://…/tasks/1",
        "company": company.name,
    }
    return wording.filled(written, sample)


def mine(session: Session, by: Actor) -> tuple[NoticeSettings, ReachChoice, str, bool]:
    """What the company says, what the person chose, the address that letters go to ("" for none), and whether any leave at all."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    chosen = making.choices(session, by.company_id, [by.username]).get(by.username, ReachChoice())
    person = company.people.get(by.username)
    sends = any(row.kind == channels.MAIL and row.is_on for row in channels.rows(session, by.company_id))
    return notice_settings.read(company.settings), chosen, (person.email if person else None) or "", sends


def _counts(session: Session, company_id: str) -> dict[tuple[int, str], int]:
    row = Outgoing
    mine = (row.company_id == company_id, row.state.in_([outbox.WAITING, outbox.REFUSED]))
    rows = session.execute(select(row.channel_key, row.state, func.count()).where(*mine).group_by(row.channel_key, row.state))
    return {(key, state): count for key, state, count in rows}


def _line(session: Session, row: NoticeChannel, counts: dict[tuple[int, str], int]) -> ChannelLine:
    try:
        host = channels.opened(session, row).host
    except errors.Unavailable:
        host = ""
    waiting, refused = (counts.get((row.key, state), 0) for state in (outbox.WAITING, outbox.REFUSED))
    return ChannelLine(row.key, row.kind, row.name, host, row.is_on, len(row.kinds), row.failing_since, waiting, refused)
