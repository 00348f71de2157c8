"""A real SMTP server for tests, on a free port of this machine; it keeps what it is given."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Mailroom:
    """The letters that came; `answers` are replies to give for an address instead of taking its letter."""

    letters: list[EmailMessage] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    port: int = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class _Server(Controller):
    """Listens on whatever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1] if self.server else 0
        super()._trigger_server()


@contextlib.contextmanager
def running() -> Iterator[Mailroom]:
    """The server, for as long as the block lasts."""
    room = Mailroom()
    controller = _Server(room, hostname="127.0.0.1", port=0)
    controller.start()
    room.port = controller.port
    try:
        yield room
    finally:
        controller.stop()
