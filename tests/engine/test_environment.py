"""The settings of server and worker: what is unsaid suits one machine, what is misspelt is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import environment


@pytest.mark.parametrize(
    ("given", "how"),
    [
        ({}, ""),  # a demo lists them, everything else does not
        ({"BANJIE_SECURE_COOKIES": "1"}, "typed"),
        ({"BANJIE_SECURE_COOKIES": "1", "BANJIE_SIGN_IN": "listed"}, "listed"),
        ({"BANJIE_SIGN_IN": "host"}, "host"),
    ],
)
def test_how_the_sign_in_page_learns_the_company_is_said_or_left_to_what_the_database_is(
    tmp_path: Path, given: dict[str, str], how: str
) -> None:
    assert environment.from_environment({"BANJIE_DATA": str(tmp_path), **given}).sign_in == how


def test_an_unknown_word_is_refused_with_the_nearest_known(tmp_path: Path) -> None:
    with pytest.raises(environment.SettingsError, match="did you mean typed"):
        environment.from_environment({"BANJIE_DATA": str(tmp_path), "BANJIE_SIGN_IN": "type"})


@pytest.mark.parametrize("given", ["0", "65", "-1", "4.5", "four", "９", "9" * 5000])
def test_a_senseless_size_of_cases_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(environment.SettingsError, match="BANJIE_CASE_MEGABYTES"):
        environment.from_environment({"BANJIE_DATA": str(tmp_path), "BANJIE_CASE_MEGABYTES": given})


@pytest.mark.parametrize(
    ("name", "meant"),
    [("BANJIE_SECURE_COOKIE", "BANJIE_SECURE_COOKIES"), ("BANJIE_PROXY", "BANJIE_PROXIES"), ("BANJIE_XYZZY", "is no setting")],
)
def test_a_name_that_nothing_asks_for_is_refused_with_the_nearest_known(tmp_path: Path, name: str, meant: str) -> None:
    with pytest.raises(environment.SettingsError, match=meant):
        environment.from_environment({"BANJIE_DATA": str(tmp_path), name: "1"})


@pytest.mark.parametrize("name", ["BANJIE_SECURE_COOKIES", "BANJIE_PUBLIC_LIMITS"])
@pytest.mark.parametrize("given", ["true", "yes", "on", "2"])
def test_a_switch_is_on_or_off_and_never_silently_the_other(tmp_path: Path, name: str, given: str) -> None:
    with pytest.raises(environment.SettingsError, match=name):
        environment.from_environment({"BANJIE_DATA": str(tmp_path), name: given})


def test_names_that_are_said_elsewhere_are_no_misspelt_settings(tmp_path: Path) -> None:
    others = ("BANJIE_MAIL_PASSWORD_ACME", "BANJIE_SMTP_PASSWORD_ACME", "BANJIE_HOOK_SECRET_ACME_A", "BANJIE_LIFELINE", "PATH")
    environment.from_environment({"BANJIE_DATA": str(tmp_path), **dict.fromkeys(others, "x")})
