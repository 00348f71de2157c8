"""Robots of group chats: WeCom (企业微信), DingTalk (钉钉), Feishu (飞书). One text message each, signed as theirs demand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from engine.announcing import channels
from engine.announcing.ways import posts
from engine.announcing.ways.posts import NotTaken, PostAnswer

PAUSE = timedelta(seconds=4)  # between two messages: WeCom and DingTalk take 20 in a minute
MOST_BYTES = 1900  # WeCom takes 2048 of a text
KEPT_LINES = 2  # of a notice: what it is, and where it leads
BUSY = {45009, 130101, 11232}  # "too often" at WeCom, DingTalk, Feishu


_TAG = re.compile(r"<(?=\s*/?\s*at\b)", re.IGNORECASE)
REFUSED = "%(name)s refused the message (code %(code)s)."
NO_ROBOT = "%(name)s: under its address no chat robot answers."
UNKNOWN = "%(name)s does not know the robot (code %(code)s). Was it taken away, or the address not copied whole?"
UNSIGNED = "%(name)s asks for another signature, keyword or IP range than is set (code %(code)s)."
_WHY = {  # by the codes of WeCom, DingTalk, Feishu
    **dict.fromkeys((93000, 300005, 400101, 19001), UNKNOWN),
    **dict.fromkeys((310000, 19021, 19022, 19024), UNSIGNED),
}


class TooOften(NotTaken):
    """The other side has had enough for the moment; nothing is wrong."""


@dataclass(frozen=True)
class ChatMessage:
    """A text for a chat, and the mobile numbers of those whom it names."""

    text: str
    mobiles: Sequence[str]


def send(kind: str, url: str, secret: str, message: ChatMessage, *, now: datetime, seconds: float) -> None:
    """Says it in the chat. Raises NotTaken, TooOften."""
    address, content = _SHAPES[kind](url, secret, message, now)
    answer = posts.post(address, posts.packed(content), {}, seconds=seconds)
    code = _code(answer)
    if code in BUSY:
        raise TooOften(REFUSED, code=str(code))
    if code != 0:
        raise NotTaken(_WHY.get(code, REFUSED if answer.content else NO_ROBOT), code=str(code))


def wecom(url: str, _secret: str, message: ChatMessage, _now: datetime) -> tuple[str, dict[str, Any]]:
    """WeCom: the address holds the key, nothing is signed."""
    return url, {"msgtype": "text", "text": {"content": message.text, "mentioned_mobile_list": list(message.mobiles)}}


def dingtalk(url: str, secret: str, message: ChatMessage, now: datetime) -> tuple[str, dict[str, Any]]:
    """DingTalk (加签): HMAC-SHA256 over "milliseconds, line feed, secret" with the secret, in the address."""
    content = {
        "msgtype": "text",
        "text": {"content": message.text},
        "at": {"atMobiles": list(message.mobiles), "isAtAll": False},
    }
    if not secret:
        return url, content
    moment = str(int(now.timestamp() * 1000))
    sign = _signature(secret.encode(), f"{moment}\n{secret}".encode())
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'timestamp': moment, 'sign': sign})}", content


def feishu(url: str, secret: str, message: ChatMessage, now: datetime) -> tuple[str, dict[str, Any]]:
    """Feishu (签名校验): HMAC-SHA256 over nothing, with "seconds, line feed, secret" as the key, in the body."""
    # Only what Banjie means mentions somebody: a title with a tag would call everybody.
    content: dict[str, Any] = {"msg_type": "text", "content": {"text": _TAG.sub("＜", message.text)}}
    if not secret:
        return url, content
    moment = str(int(now.timestamp()))
    return url, {"timestamp": moment, "sign": _signature(f"{moment}\n{secret}".encode(), b""), **content}


def shortened(notices: Sequence[str], more: str) -> str:
    """As many of the notices as a chat takes, and `more` (with a count) for the others; of a long one its beginning and its end."""
    kept: list[str] = []
    for notice in map(_cut, notices):
        if len("\n".join([*kept, notice]).encode()) > MOST_BYTES:
            return "\n".join([*kept, more.format(count=len(notices) - len(kept))])
        kept.append(notice)
    return "\n".join(kept)


def _cut(notice: str) -> str:
    lines = notice.split("\n")
    while len(lines) > KEPT_LINES and len("\n".join(lines).encode()) > MOST_BYTES:
        del lines[-2]
    return "\n".join(lines)


def _signature(key: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def _code(answer: PostAnswer) -> int:
    """0 is taken; an answer without a code was given by something that is no robot."""
    code = next((answer.content[name] for name in ("errcode", "code", "StatusCode") if name in answer.content), -1)
    return code if isinstance(code, int) else -1


_SHAPES: dict[str, Callable[[str, str, ChatMessage, datetime], tuple[str, dict[str, Any]]]] = {
    channels.WECOM: wecom,
    channels.DINGTALK: dingtalk,
    channels.FEISHU: feishu,
}
