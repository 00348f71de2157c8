"""Changing one's own password: what it asks, whom it signs out, and that it is no way to guess."""

from __future__ import annotations

from collections.abc import Callable

import flask
import pytest

from tests.web.pages import PASSWORD, Browser

SignedIn = Callable[..., Browser]
NEW = "a longer secret"


def change(someone: Browser, status: int = 200, current: str = PASSWORD, new: str = NEW, repeated: str | None = None) -> str:
    fields = {"current": current, "new": new, "repeated": new if repeated is None else repeated}
    return someone.post("/password", status, **fields).words("@role='alert'")


def test_the_person_s_menu_leads_to_it(signed_in: SignedIn) -> None:
    page = signed_in("clerk").get("/inbox")
    assert "/password" in page.links()


def test_a_cookie_saved_before_the_change_is_worth_nothing(signed_in: SignedIn) -> None:
    here, elsewhere = signed_in("clerk"), signed_in("clerk")
    saved = Browser(here.app)
    saved.client.set_cookie("banjie", elsewhere.client.get_cookie("banjie").value)
    change(here)
    assert saved.get("/inbox").address == "/sign-in"
    assert here.get("/inbox").address == "/inbox"


def test_the_new_password_counts_and_the_old_one_does_not(app: flask.Flask, signed_in: SignedIn) -> None:
    change(signed_in("clerk"))
    assert Browser(app).sign_in("clerk", password=NEW).page.address == "/inbox"
    assert Browser(app).post("/sign-in", 422, company="acme", username="clerk", password=PASSWORD)


def test_this_session_goes_on_and_all_others_end(signed_in: SignedIn) -> None:
    here, elsewhere, colleague = signed_in("clerk"), signed_in("clerk"), signed_in("clerk2")
    change(here)
    assert here.get("/inbox").address == "/inbox"
    assert elsewhere.get("/inbox").address == "/sign-in"
    assert colleague.get("/inbox").address == "/inbox"


@pytest.mark.parametrize(
    "fields",
    [
        {"current": "wrong"},
        {"current": ""},
        {"new": "short"},
        {"new": "x" * 201},
        {"repeated": "another secret"},
        {"new": PASSWORD},
        {"new": "password"},
        {"new": "12345678"},
        {"new": "clerk-acme-1"},
    ],
)
def test_what_is_wrong_is_told_and_the_password_stays(app: flask.Flask, signed_in: SignedIn, fields: dict[str, str]) -> None:
    assert change(signed_in("clerk"), 422, **fields)
    assert Browser(app).sign_in("clerk").page.address == "/inbox"


def test_no_password_is_shown_again(signed_in: SignedIn) -> None:
    someone = signed_in("clerk")
    page = someone.post("/password", 422, current="wrong secret", new=NEW, repeated=NEW)
    assert "wrong secret" not in page.text and NEW not in page.text


def test_guessing_the_current_password_is_slowed_down_as_at_the_door(signed_in: SignedIn) -> None:
    someone = signed_in("clerk")
    told = [change(someone, 422 if n < 5 else 429, current=f"guess {n}") for n in range(7)]
    assert told[0] == told[4] and told[-1] != told[0]


def test_a_stranger_is_asked_to_sign_in(app: flask.Flask) -> None:
    assert Browser(app).get("/password").address == "/sign-in"
