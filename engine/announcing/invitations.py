"""Codes for passwords by mail: the code stays locked until its letter is written, and is forgotten once that has left."""

from __future__ import annotations

import base64
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine import errors
from engine.announcing import channels
from engine.announcing.kinds import Words
from engine.basics import codes
from engine.people import organisation, password_codes
from engine.people.actors import Actor
from engine.records import secret_proof
from engine.storage import keys, vault
from engine.storage.models import NoticeChannel, Outgoing

KIND = "password_code"
WORDS = {
    "zh_Hans": Words(
        "设置{company}的登录密码",
        "{name}，您好：\n\n请在 {until} 前打开下面的网页，为账号 {username} 设置密码：\n\n{link}\n\n"
        "也可以在设置密码的页面输入验证码：{code}\n\n验证码只能用一次，请不要转发。\n\n{company}",
    ),
    "en": Words(
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
        raise errors.Conflict("No mail server is entered: see the settings of notices.")
    if person is not None and not person.email:
        raise errors.Invalid("%(name)s has no mail address.", fields=None, name=person.name)
    code = password_codes.invite(session, by, username, now=now)
    key = keys.new()
    row = {
        "key": key,
        "company_id": by.company_id,
        "channel_key": channel.key,
        "username": username,
        "kind": KIND,
        "source": f"code:{codes.digest(code)[:32]}",
        "made_at": now,
        "due_at": now,
        "state": "waiting",
    }
    known = {"until": (now + password_codes.GOOD_FOR).isoformat(), "link": link}
    session.execute(insert(Outgoing), [{**row, "facts": _locked(session, key, code) | known}])


def unlocked(session: Session, row: Outgoing) -> dict[str, str]:
    """The facts of such a notice with its code. Raises Unavailable when it was locked with another secret."""
    wrapped, sealed = (base64.b64decode(row.facts[name]) for name in ("wrapped", "sealed"))
    code = vault.of_session(session).open(wrapped, sealed, _about(row.key), _about(row.key)).decode()
    return {"code": code, "link": row.facts["link"].replace("{code}", code), "until": row.facts["until"]}


def _locked(session: Session, key: int, code: str) -> dict[str, str]:
    secret_proof.require_unchanged(session)
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
