"""A small IMAP server for tests: one user, one folder, what a polling client needs (RFC 3501), over a real socket."""

from __future__ import annotations

import contextlib
import re
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

USER, PASSWORD = "tousu@acme.example", "mail-secret"


@dataclass
class Mailstore:
    """The messages by their UID, and which of them are seen.

    `folder` is the one there is, as the protocol writes it; with `asks_for_id` it opens only to a client that names
    itself (RFC 2971), as some Chinese providers do.
    """

    messages: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    port: int = 0
    folder: str = '"INBOX"'
    asks_for_id: bool = False
    taken: threading.Event = field(default_factory=threading.Event)  # set once a client has marked a message as seen

    def put(self, raw: bytes) -> int:
        """A new message, unseen; its UID."""
        uid = len(self.messages) + 1
        self.messages[uid] = raw
        return uid


class _Session(socketserver.StreamRequestHandler):
    store: Mailstore
    is_known = False
    disable_nagle_algorithm = True  # an answer of two lines would wait for the client to confirm the first

    def _may_open(self) -> bool:
        return self.is_known or not self.store.asks_for_id

    def handle(self) -> None:
        self._say("* OK ready")
        for line in self.rfile:
            tag, _, command = line.decode().strip().partition(" ")
            if command.upper() == "LOGOUT":
                self._say("* BYE")
                self._say(f"{tag} OK done")
                return
            self._answer(tag, command)

    def _answer(self, tag: str, command: str) -> None:
        words = command.upper()
        if words == "CAPABILITY":
            self._say("* CAPABILITY IMAP4rev1" + (" ID" if self.store.asks_for_id else ""))
        elif words.startswith("ID "):
            self.is_known = True
        elif words.startswith("LOGIN") and PASSWORD not in command:
            self._say(f"{tag} NO wrong")
            return
        elif words.startswith("SELECT") and (command[7:] != self.store.folder or not self._may_open()):
            self._say(f"{tag} NO no such folder, or not for you")
            return
        elif words.startswith("SELECT"):
            self._say(f"* {len(self.store.messages)} EXISTS")
        elif words.startswith("UID SEARCH"):
            unseen = [str(uid) for uid in self.store.messages if uid not in self.store.seen]
            self._say(" ".join(["* SEARCH", *unseen]))
        elif words.startswith("UID FETCH"):
            self._fetch(int(command.split()[2]))
        elif words.startswith("UID STORE"):
            self.store.seen.add(int(command.split()[2]))
            self.store.taken.set()
        self._say(f"{tag} OK done")

    def _fetch(self, uid: int) -> None:
        raw = self.store.messages[uid]
        self.wfile.write(f"* {uid} FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}\r\n".encode() + raw + b")\r\n")

    def _say(self, text: str) -> None:
        self.wfile.write(re.sub(r"[\r\n]", " ", text).encode() + b"\r\n")


@contextlib.contextmanager
def running() -> Iterator[Mailstore]:
    """A server on a free port of this machine, for as long as the block lasts."""
    store = Mailstore()
    session = type("Session", (_Session,), {"store": store})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), session) as server:
        server.daemon_threads = True
        store.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield store
        server.shutdown()
