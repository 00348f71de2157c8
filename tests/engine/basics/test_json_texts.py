"""JSON from outside is read exactly, and what would break a reader further on is refused."""

from __future__ import annotations

import base64
import io
import resource
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from engine import errors, feel
from engine.basics import json_texts
from engine.calendar import notice_files
from engine.deploying import folders
from engine.deploying.checking import checks
from engine.files import files
from engine.queries import paging

DEEP = (101, 500, 90_000)
HUGE = ("1e400", "1e999999999", "-1e400", "1e-999999999", "0e999999999", "1e99999999999999999999", "9" * 400, "9" * 5000, "NaN")


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize("text", ["1e308", "-1e308", "0.1", "12345678901234567890.123", "[[[1]]]", '"1e400"', nested(100)])
def test_what_every_client_can_read_is_taken(text: str) -> None:
    assert json_texts.read(text) == json_texts.read(text.encode())


def test_a_number_stays_exact() -> None:
    assert json_texts.read('{"a": 0.1}') == {"a": Decimal("0.1")}


@pytest.mark.parametrize("number", HUGE)
def test_a_number_that_others_would_read_as_infinity_or_zero_is_refused(number: str) -> None:
    for text in (number, f'{{"a": [{number}]}}'):
        with pytest.raises(errors.Invalid):
            json_texts.read(text)


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '[{"b": {"a": 1, "c": 2, "a": null}}]'])
def test_a_member_that_stands_twice_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(errors.Invalid, match="“a” stands twice"):
        json_texts.read(text)


@pytest.mark.parametrize("depth", DEEP)
def test_deep_json_is_refused_wherever_it_comes_in(depth: int) -> None:
    components = '{"components":[' * depth + "]}" * depth
    form = f'{{"id":"deep","type":"default","components":[{components}]}}'.encode()
    assert [each.severity for each in checks.check([checks.Resource("deep.form", form)])] == ["error"]
    with pytest.raises(errors.Invalid):
        notice_files.read_notice(nested(depth).encode())
    with pytest.raises(errors.Invalid):
        paging.decode(base64.urlsafe_b64encode(nested(depth).encode()).decode())
    assert feel.evaluate("from json(text)", {"text": nested(depth)}) is None


def test_a_form_file_of_many_levels_is_refused() -> None:
    form = checks.Resource("deep.form", b'{"a":' * 100_000)
    assert [each.resource for each in checks.check([form])] == ["deep.form"]


def test_a_toml_file_of_many_levels_is_refused(tmp_path: Path) -> None:
    (tmp_path / "workflow.toml").write_text("a = " + nested(5000))
    with pytest.raises(errors.Invalid):
        folders.toml(tmp_path / "workflow.toml")


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file of this process may grow beyond 64 KB: the system then answers as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_for_which_there_is_no_room_is_refused_and_leaves_nothing(tmp_path: Path, small_disk: None) -> None:
    with pytest.raises(errors.Unavailable):
        files.Folder(tmp_path).put(io.BytesIO(b"x" * 200_000))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert files.Folder(tmp_path).put(io.BytesIO(b"x" * 1000)).size == 1000
