"""What the log says of failures: enough to find the place, nothing of what people typed."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from sqlalchemy import insert

from engine import errors
from engine.background.worker import Worker
from engine.intake.by_mail import mail
from engine.storage import database as databases
from engine.storage import error_log, jobs, models
from tests.cast import Cast
from tests.engine import kit
from tests.web import complaints

SECRET = "王小明13812341234"


def failing(text: str) -> None:
    try:
        raise LookupError(text)
    except LookupError as error:
        raise errors.Invalid("“%(value)s” is not a key.", value=text) from error


def test_a_failure_is_told_by_its_kinds_and_places_without_its_words() -> None:
    with pytest.raises(errors.Invalid) as caught:
        failing(SECRET)
    told = error_log.told(caught.value)
    assert SECRET not in told
    for part in ("engine.errors.Invalid: “%(value)s” is not a key.", "builtins.LookupError", "in failing"):
        assert part in told


def test_an_error_that_led_to_itself_is_told_once() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert error_log.told(first).count("ValueError") == 2


def deep(left: int) -> None:
    if not left:
        raise ValueError(SECRET)
    deep(left - 1)


def test_however_deep_a_failure_was_it_is_one_short_line_with_both_its_ends() -> None:
    with pytest.raises(ValueError, match=SECRET) as caught:
        deep(500)
    told = error_log.told(caught.value)
    assert "\n" not in told and len(told) < 4000 and told.count(" in deep") < 20
    assert "test_however_deep" in told and told.endswith("in deep]")


def test_an_e_mail_of_countless_parts_is_one_line_in_the_log_and_set_aside(
    database: databases.Database, cast: Cast, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    database.surroundings["data"] = tmp_path
    kit.deploy(database, cast.owner, *complaints.resources())
    box = mail.Mailbox("localhost", "u", "complaint", "complaint_filed")
    parts = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(1500))
    with caplog.at_level(logging.DEBUG):
        mail._take_one(database, "acme", box, f"From: x@example.com\r\n{parts}".encode(), kit.NOW)
    assert [record.message.count("\n") for record in caplog.records if "taken in" in record.message] == [0]
    assert len(kit.rows(database, models.Incident)) == 1


def test_an_error_of_the_database_does_not_quote_what_was_to_be_stored(database: databases.Database, cast: Cast) -> None:
    row = {"company_id": "acme", "username": "clerk", "name": SECRET}
    with pytest.raises(Exception, match="person") as caught, database.transaction() as session:
        session.execute(insert(models.Person), [row])
    assert SECRET not in str(caught.value) and SECRET not in error_log.told(caught.value)


def test_an_e_mail_that_breaks_the_intake_is_not_quoted_in_the_log(
    database: databases.Database, cast: Cast, tmp_path: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        failing(SECRET)

    database.surroundings["data"] = tmp_path
    kit.deploy(database, cast.owner, *complaints.resources())
    monkeypatch.setattr(mail, "take", broken)
    box = mail.Mailbox("localhost", "u", "complaint", "complaint_filed")
    with caplog.at_level(logging.DEBUG):
        mail._take_one(database, "acme", box, f"From: x@example.com\r\n\r\n{SECRET}".encode(), kit.NOW)
    assert "could not be taken in" in caplog.text and "LookupError" in caplog.text
    assert SECRET not in caplog.text


def test_a_job_that_fails_is_not_quoted_in_the_log(
    database: databases.Database, cast: Cast, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        failing(SECRET)

    monkeypatch.setitem(jobs._registered, "broken", broken)
    with database.transaction() as session:
        jobs.enqueue(session, "broken", {}, company_id="acme", run_at=kit.NOW)
    with caplog.at_level(logging.DEBUG):
        Worker(database, lambda: kit.NOW).run_once()
    assert "(broken) failed" in caplog.text and SECRET not in caplog.text
