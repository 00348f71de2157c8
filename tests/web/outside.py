"""What tests of signing in by a provider share: a company that knows it, and the way there and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from sqlalchemy import select

from engine.signing_in import events, providers
from engine.storage import database as databases
from engine.storage import models
from tests import patience
from tests.cast import COMPANY, Cast
from tests.web.pages import Browser, Page

WAY = f"/sign-in/with/{COMPANY}/way"


def set_up(
    database: databases.Database,
    cast: Cast,
    kind: str,
    settings: Mapping[str, Any],
    now: datetime,
    *,
    secret: str,
    id: str = "way",
    name: str = "统一登录",
) -> None:
    """The administrator enters a provider."""
    with database.transaction(COMPANY) as session:
        providers.save(session, cast.owner, id, kind, name, settings, secret=secret, now=now)


def sent(someone: Browser, way: str = WAY) -> str:
    """To the provider's page and through it: the address that the browser comes back to us with."""
    there = someone.client.get(way)
    assert there.status_code == 302, there.text
    return came_back(there.location)


def came_back(page: str) -> str:
    """Where the provider's page sends the browser, as a path of ours."""
    answer = requests.get(page, allow_redirects=False, timeout=patience.SECONDS)
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}"


def signed_in_by(someone: Browser, way: str = WAY) -> Page:
    """Signs in by the provider, and follows to the page that opens."""
    return someone.get(sent(someone, way))


def refused(someone: Browser, address: str) -> str:
    """What the sign-in page says to who comes back with that address."""
    return Page(someone.client.get(address)).words("@role='alert'")


def noted(database: databases.Database) -> list[tuple[str, str, str, str]]:
    """The sign-in log: kind, provider, username, text."""
    with database.reading() as session:
        rows = session.execute(select(models.SignInEvent).order_by(models.SignInEvent.key)).scalars().all()
        skipped = (events.CHANGED, events.POLICY)
        return [(row.kind, row.provider, row.username, row.text) for row in rows if row.kind not in skipped]
