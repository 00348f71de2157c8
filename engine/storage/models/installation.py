"""What belongs to the whole installation and to no company: its marks, its processes' nodes, signs of life of its workers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base


class Installation(Base):
    """One value of the installation, by name; see `engine.storage.installation` for the names."""

    __tablename__ = "installation"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class Node(Base):
    """A number that one process makes keys with until `lent_until`; see `engine.storage.nodes`."""

    __tablename__ = "node"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    holder: Mapped[str]
    lent_until: Mapped[datetime]


class Heartbeat(Base):
    """When a background worker was last at work; a row for each.

    `rounds` and `done` count since `started_at`: rounds made, pieces of work done; `failures` those that failed, the last at
    `failed_at`. `alive_at` is when its process last lived, however long one piece of work takes it; None for one that does not say.
    `ended_at` is when it was stopped in order.
    """

    __tablename__ = "heartbeat"
    worker: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    rounds: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    done: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    failures: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    failed_at: Mapped[datetime | None]
    alive_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
