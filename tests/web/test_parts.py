"""The parts of pages on their own: times in words, languages, built files, sizes, statements."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import flask
import pytest
from sqlalchemy import event

from tests.cast import Cast
from tests.web.cases import Purchases
from tests.web.pages import Browser
from web.frame import filters, i18n

SignedIn = Callable[..., Browser]
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PAGE_BYTES = 100 * 1024


def said(app: flask.Flask, language: str, speak: Callable[[], str]) -> str:
    """What is said to a reader of the language, with nobody signed in."""
    with app.test_request_context(headers={"Accept-Language": language}):
        return speak()


@pytest.mark.parametrize(
    ("at", "chinese", "english"),
    [
        (datetime(2026, 3, 2, 6, 30, tzinfo=UTC), "今天 14:30", "today 14:30"),
        (datetime(2026, 3, 1, 15, 59, tzinfo=UTC), "昨天 23:59", "yesterday 23:59"),
        (datetime(2026, 3, 2, 16, 0, tzinfo=UTC), "明天 00:00", "tomorrow 00:00"),
        (datetime(2026, 2, 9, 1, 5, tzinfo=UTC), "2月9日 09:05", "9 Feb 09:05"),
        (datetime(2025, 12, 31, 15, 0, tzinfo=UTC), "2025年12月31日 23:00", "31 Dec 2025 23:00"),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), "1月1日 00:00", "1 Jan 00:00"),
        (None, "—", "—"),
    ],
)
def test_moments_are_said_in_the_company_s_zone(app: flask.Flask, at: datetime | None, chinese: str, english: str) -> None:
    assert said(app, "zh-CN", lambda: filters.moment(at)) == chinese
    assert said(app, "en", lambda: filters.moment(at)) == english


@pytest.mark.parametrize(
    ("due", "warn", "ended", "level", "words"),
    [
        (None, None, None, "none", "不限时"),
        (timedelta(hours=3), None, None, "ok", "剩 3 小时"),
        (timedelta(hours=3), timedelta(0), None, "near", "剩 3 小时"),
        (timedelta(seconds=20), timedelta(hours=1), None, "ok", "剩 1 分钟"),
        (-timedelta(days=2, hours=5), None, None, "late", "超期 2 天"),
        (-timedelta(minutes=5), None, None, "late", "超期 5 分钟"),
        (timedelta(hours=3), None, timedelta(hours=1), "ok", "按时办结"),
        (timedelta(hours=3), None, timedelta(hours=7), "late", "超期 4 小时办结"),
    ],
)
def test_a_due_light_is_a_colour_and_words(
    app: flask.Flask, due: timedelta | None, warn: timedelta | None, ended: timedelta | None, level: str, words: str
) -> None:
    moments = [None if span is None else NOW + span for span in (due, warn, ended)]
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        light = filters.light(*moments)
    assert (light.level, light.words) == (level, words)


@pytest.mark.parametrize(("octets", "words"), [(0, "0 B"), (1023, "1023 B"), (2048, "2 KB"), (5 * 1024**2, "5.0 MB")])
def test_sizes_are_short(octets: int, words: str) -> None:
    assert filters.size(octets) == words


@pytest.mark.parametrize(
    ("wanted", "language"),
    [(["zh-CN"], "zh_Hans"), (["fr", "en-US"], "en"), (["ja"], "zh_Hans"), ([], "zh_Hans"), (["EN_gb", "zh"], "en")],
)
def test_a_browser_s_wishes_lead_to_a_language_we_have(wanted: list[str], language: str) -> None:
    assert i18n.preferred(wanted) == language


def test_built_files_are_sent_compressed_and_kept_for_ever(app: flask.Flask) -> None:
    client = app.test_client()
    page = Browser(app).get("/sign-in")
    for path in (*page.tree.xpath("//link[@rel='stylesheet']/@href"), *page.tree.xpath("//script/@src")):
        packed, plain = client.get(path, headers={"Accept-Encoding": "gzip"}), client.get(path)
        assert packed.headers["Content-Encoding"] == "gzip" and gzip.decompress(packed.data) == plain.data
        assert "immutable" in packed.headers["Cache-Control"]
        assert packed.mimetype in ("text/css", "text/javascript")


@pytest.mark.parametrize("path", ["manifest.json", "../wsgi.py", "..%2fwsgi.py", "app.css", "app-000000000000.css"])
def test_only_built_files_are_sent(app: flask.Flask, path: str) -> None:
    assert app.test_client().get(f"/assets/{path}").status_code == 404


def test_inbox_and_task_page_load_in_less_than_a_hundred_kilobytes(signed_in: SignedIn, purchases: Purchases) -> None:
    key = purchases.task(purchases.start())
    for _number in range(49):
        purchases.start()
    someone = signed_in("clerk2")
    for path in ("/inbox", f"/tasks/{key}"):
        page = someone.get(path)
        files = [*page.tree.xpath("//link/@href"), *page.tree.xpath("//script/@src")]
        sent = [len(someone.client.get(file, headers={"Accept-Encoding": "gzip"}).data) for file in files]
        assert len(page.text.encode()) + sum(sent) < PAGE_BYTES, (path, len(page.text.encode()), sent)


def test_completing_over_http_takes_at_most_eight_statements(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    key = purchases.claim(purchases.start(), cast.clerk2)
    someone = signed_in("clerk2")
    form = someone.get(f"/tasks/{key}").form(f"/tasks/{key}/complete")
    data = {**form, "in_stock": "0", "outcome": "submit", "csrf_token": someone.token()}
    statements: list[str] = []
    event.listen(purchases.database.engine, "before_cursor_execute", lambda *each: statements.append(each[2]))
    assert someone.client.post(f"/tasks/{key}/complete", data=data).status_code == 302
    changing = [each for each in statements if not each.upper().startswith(("BEGIN", "COMMIT", "PRAGMA", "ROLLBACK"))]
    assert len(changing) <= 8, changing


def test_health_tells_whether_the_database_is_there(app: flask.Flask) -> None:
    assert json.loads(app.test_client().get("/health").text) == {"status": "ok"}


def test_the_development_bundle_names_no_host() -> None:
    lock = (Path(__file__).parents[2] / "package-lock.json").read_text()
    assert '"resolved"' not in lock
