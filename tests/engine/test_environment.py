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
