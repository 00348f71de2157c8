"""A company whose people have addresses, its channels, and a receiver of web posts on this machine."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy import select, update

from engine.announcing import configuring, sending
from engine.announcing.channels import Entered
from engine.announcing.kinds import KINDS
from engine.people import organisation
from engine.storage import database as databases
from engine.storage.models import Company, Department, Incident, Outgoing, Person
from engine.storage.vault import Vault
from tests.cast import Cast
from tests.engine import kit

ALL = tuple(KINDS)


@dataclass
class Posted:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """What was posted; `answers` are given in turn, the last for ever: status and JSON. One that is mute takes it and hangs up."""

    posts: list[Posted] = field(default_factory=list)
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=lambda: [(200, {"errcode": 0, "code": 0})])
    port: int = 0
    is_mute: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/send?key=abc"


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    """A real server for web posts, for as long as the block lasts."""
    room = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            room.posts.append(Posted(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            if room.is_mute:
                self.close_connection = True
                return
            status, content = room.answers[0] if len(room.answers) == 1 else room.answers.pop(0)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    room.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield room
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def prepare(database: databases.Database, cast: Cast, **languages: str) -> None:
    """Gives everybody an address, and the database a vault; this machine may be posted to, and the address of the pages is known."""
    database.surroundings.update(vault=Vault("a secret of tests"), local_hooks=True)
    with database.transaction("acme") as session:
        row = Person
        for name in ("clerk", "clerk2", "head", "manager", "owner"):
            values = {"email": f"{name}@acme.example", "language": languages.get(name)}
            session.execute(update(row).where(row.company_id == "acme", row.username == name).values(**values))
        organisation.changed(session, "acme")
    rules(database, cast, address="https://banjie.example/")


def rules(database: databases.Database, cast: Cast, **given: Any) -> None:
    """Sets rules as an administrator of today does."""
    with database.transaction("acme") as session:
        configuring.save_rules(session, today(session, cast.owner.username), given, now=kit.NOW)


def today(session: Any, username: str, now: datetime = kit.NOW) -> Any:
    """The person with today's version of the organisation."""
    from engine.people import actors

    return actors.load(session, "acme", username, now=now)


def channel(
    database: databases.Database,
    kind: str,
    *,
    kinds: tuple[str, ...] = ALL,
    key: int | None = None,
    config: dict[str, Any] | None = None,
    **secrets: str,
) -> int:
    """Enters a channel."""
    entered = Entered(kind, f"渠道 {kind}", True, kinds, config or {}, secrets)
    with database.transaction("acme") as session:
        return configuring.save_channel(session, today(session, "owner"), key, entered, now=kit.NOW)


def mail(database: databases.Database, port: int, **more: Any) -> int:
    """Enters the channel of mail."""
    config = {"host": "127.0.0.1", "port": port, "security": "none", "user": "", "sender": "banjie@acme.example"}
    return channel(database, "mail", config=config, password="", **more)


def go(database: databases.Database, now: datetime = kit.NOW) -> None:
    """Makes and sends until nothing is left, as the worker does."""
    for _ in range(20):
        if not sending.once(database, now=now, seconds=2):
            return


def outgoing(database: databases.Database, **where: Any) -> list[Outgoing]:
    """What is or was on its way, in order."""
    with database.reading() as session:
        rows = list(session.execute(select(Outgoing).filter_by(**where).order_by(Outgoing.key)).scalars())
        session.expunge_all()
        return rows


def incidents(database: databases.Database, state: str = "open", kind: str = "notice_channel") -> list[Incident]:
    """Incidents of channels."""
    with database.reading() as session:
        row = Incident
        rows = list(session.execute(select(row).where(row.kind == kind, row.state == state)).scalars())
        session.expunge_all()
        return rows


def latin(database: databases.Database) -> None:
    """Names people, departments and company in plain letters, so that what is Chinese in a notice is ours."""
    names = {"clerk": "Chen", "clerk2": "Cheng", "head": "He", "manager": "Mao", "owner": "Ou", "outsider": "Wei"}
    with database.transaction("acme") as session:
        for username, name in names.items():
            mine = (Person.company_id == "acme", Person.username == username)
            session.execute(update(Person).where(*mine).values(name=name))
        session.execute(update(Company).where(Company.id == "acme").values(name="Acme"))
        for id in ("office", "service", "works"):
            session.execute(update(Department).where(Department.company_id == "acme", Department.id == id).values(name=id))
        organisation.changed(session, "acme")


def reloaded(database: databases.Database, cast: Cast) -> Cast:
    """The people as of now."""
    with database.reading() as session:
        names = [each.name for each in dataclasses.fields(cast) if each.name != "stranger"]
        return dataclasses.replace(cast, **{name: today(session, name) for name in names})


def said(posted: Posted) -> str:
    """What a robot says in its chat."""
    content = posted.content
    return str(content.get("text", content.get("content"))["content" if "text" in content else "text"])


def is_chinese(text: str) -> bool:
    """Whether any of our words in it are Chinese; what the kit calls its processes is not ours."""
    return any("\u4e00" <= letter <= "\u9fff" for letter in text.replace("流程", ""))
