"""Codes for passwords by mail: the code stays locked until its letter is written, and is forgotten once that has left."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine import errors
from engine.announcing import channels, settings
from engine.announcing.kinds import NoticeWords
from engine.basics import codes
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.credentials import password_codes
from engine.records.secret import secret_proof
from engine.storage import keys, vault
from engine.storage.models import NoticeChannel, Outgoing

KIND = "password_code"
PAGE = "/password/code?code={code}"
NO_MAIL = "No mail server is entered: see the settings of notices."
WORDS = {
    "zh_Hans": NoticeWords(
        "设置{company}的登录密码",
        "{name}，您好：\n\n请在 {until} 前打开下面的网页，为账号 {username} 设置密码：\n\n{link}\n\n"
        "也可以在设置密码的页面输入验证码：{code}\n\n验证码只能用一次，请不要转发。\n\n{company}",
    ),
    "en": NoticeWords(
        "Set your password for {company}",
        "Dear {name},\n\nplease open this page before {until} and set a password for the account {username}:\n\n{link}\n\n"
        "Or enter this code where passwords are set: {code}\n\nIt is good for one use; please do not pass it on.\n\n{company}",
    ),
}


def may_mail(session: Session, company_id: str) -> bool:
    """Whether the company has a channel of mail that is on."""
    return _channel(session, company_id) is not None


def mail_code(session: Session, by: Actor, username: str, link: str, *, now: datetime) -> None:
    """Hands out a code (`password_codes.invite`) and lets it leave by mail after the commit; `link` holds `{code}`.

    Raises what `invite` raises; Invalid for somebody without a mail address, Conflict where the company sends no mail.
    """
    channel, company = _channel(session, by.company_id), organisation.current(session, by.company_id)
    person = company.people.get(username)
    if channel is None:
        raise errors.Conflict(NO_MAIL)
    if person is not None and not person.email:
        raise errors.Invalid("%(name)s has no mail address.", fields=None, name=person.name)
    code = password_codes.invite(session, by, username, by_mail=True, now=now)
    _post(session, channel, {username: code}, link, now)


def mail_codes(session: Session, by: Actor, link: str, *, now: datetime) -> int:
    """The same for those who cannot sign in yet and have a mail address (`password_codes.invite_all`); for how many.

    Raises Forbidden, and Conflict where the company sends no mail.
    """
    channel = _channel(session, by.company_id)
    if channel is None:
        raise errors.Conflict(NO_MAIL)
    given = password_codes.invite_all(session, by, by_mail=True, now=now)
    _post(session, channel, {each.username: code for each, code in given}, link, now)
    return len(given)


def _post(session: Session, channel: NoticeChannel, given: Mapping[str, str], link: str, now: datetime) -> None:
    """Puts the letters on their way; `given` are codes by username. They lead to where the company says that Banjie is:
    `link` stands on what the request called it.
    """
    secret_proof.require_unchanged(session)
    own = settings.read(organisation.current(session, channel.company_id).settings)
    known = {"until": (now + password_codes.GOOD_FOR).isoformat(), "link": own.link(PAGE) or link}
    of_all = {"company_id": channel.company_id, "channel_key": channel.key, "kind": KIND, "state": "waiting"}
    rows = []
    for username, code in given.items():
        key, times = keys.new(), {"made_at": now, "due_at": now}
        facts = _locked(session, key, code) | known
        source = f"code:{codes.digest(code)[:32]}"
        rows.append({"key": key, "username": username, "source": source, "facts": facts, **of_all, **times})
    if rows:
        session.execute(insert(Outgoing), rows)


def unlocked(session: Session, row: Outgoing) -> dict[str, str]:
    """The facts of such a notice with its code. Raises Unavailable when it was locked with another secret."""
    wrapped, sealed = (base64.b64decode(row.facts[name]) for name in ("wrapped", "sealed"))
    code = vault.of_session(session).open(wrapped, sealed, _about(row.key), _about(row.key)).decode()
    return {"code": code, "link": row.facts["link"].replace("{code}", code), "until": row.facts["until"]}


def _locked(session: Session, key: int, code: str) -> dict[str, str]:
    keeper = vault.of_session(session)
    wrapped = keeper.new_key(_about(key))
    sealed = keeper.seal(wrapped, code.encode(), _about(key), _about(key))
    return {"wrapped": base64.b64encode(wrapped).decode(), "sealed": base64.b64encode(sealed).decode()}


def _about(key: int) -> str:
    return f"code for a password {key}"


def _channel(session: Session, company_id: str) -> NoticeChannel | None:
    row = NoticeChannel
    mine = (row.company_id == company_id, row.kind == channels.MAIL, row.is_on.is_(True))
    return session.execute(select(row).where(*mine)).scalars().first()
