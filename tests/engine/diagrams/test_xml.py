"""Uploaded XML is read without entities, document types or network, within bounds."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import errors
from engine.diagrams import xml


def refusal(data: bytes, **bounds: int) -> str:
    with pytest.raises(errors.Invalid) as caught:
        xml.safe_parse(data, **bounds)
    return str(caught.value)


def test_a_plain_document_is_read_without_its_comments() -> None:
    root = xml.safe_parse("<流程><!-- 备注 -->办<!-- x -->结</流程>".encode())
    assert root.tag == "流程"
    assert root.text == "办结"


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://example.invalid/a.dtd"><a/>',
        b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/hostname">]><a>&f;</a>',
        b"<!DOCTYPE a><a/>",
    ],
)
def test_a_document_type_is_refused_whatever_it_declares(data: bytes) -> None:
    assert "DOCTYPE" in refusal(data)


def test_a_billion_laughs_is_refused() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    refusal(f'<!DOCTYPE a [<!ENTITY e0 "ha">{entities}]><a>&e11;</a>'.encode())


def test_a_syntax_error_names_line_and_column() -> None:
    message = refusal(b"<a>\n  <b></a>")
    assert "line 2" in message
    assert "column" in message


def test_size_and_depth_are_bounded() -> None:
    assert "MB" in refusal(b"<a>" + b" " * 2_000_000 + b"</a>", max_bytes=1_048_576)
    assert "100 levels" in refusal(b"<a>" * 101 + b"</a>" * 101, max_depth=100)
    assert xml.safe_parse(b"<a>" * 100 + b"</a>" * 100, max_depth=100).tag == "a"


def test_a_hundred_thousand_levels_are_refused_too() -> None:
    refusal(b"<a>" * 100_000 + b"</a>" * 100_000)


@given(st.binary(max_size=200))
def test_no_input_raises_anything_but_a_refusal(data: bytes) -> None:
    with contextlib.suppress(errors.Invalid):
        xml.safe_parse(data)
