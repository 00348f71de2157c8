"""Fills in a drawn form as a person would: every value of a submission goes into the field of its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, expect

from engine.scenarios.values import NOW, TODAY

ZONE = ZoneInfo("Asia/Shanghai")
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
PHOTO = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
KIND = """(field, name) => document.querySelector(`input[type=file][data-field="${CSS.escape(name)}"]`) ? "file"
    : field.tagName == "INPUT" ? field.type : field.tagName.toLowerCase()"""
CONTENTS = {"jpg": PHOTO, "pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n", "png": PICTURE}


def fill(fields: Locator, values: Mapping[str, Any], shift: timedelta, prefix: str = "") -> None:
    """Enters `values` into the form inside `fields`; dates are moved by `shift`, so that no walk grows old."""
    for key, value in values.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, Mapping):
            fill(fields, value, shift, name)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            _rows(fields, name, value, shift)
        else:
            enter(fields, name, value, shift)


def enter(fields: Locator, name: str, value: Any, shift: timedelta = timedelta(0)) -> None:
    """Enters one value into the field of that name, whatever kind of field it is, and sees that it stays."""
    found = fields.locator(f'[name="{name}"], [data-field="{name}"]')
    if value in ([], None):
        return
    kind = str(found.first.evaluate(KIND, name))
    if kind == "file":
        upload(fields, name, value if isinstance(value, list) else [value])
    elif kind == "radio" or isinstance(value, list):
        for each in value if isinstance(value, list) else [value]:
            fields.locator(f'[name="{name}"][value="{each}"]').check()
    elif kind == "checkbox":
        found.set_checked(bool(value))
    elif kind == "select":
        found.select_option(str(value))
    else:
        text = at_once(fields, kind) if value in (NOW, TODAY) else moved(str(value), kind, shift)
        found.fill(text)
        expect(found).to_have_value(re.compile(re.escape(text)))


def upload(fields: Locator, name: str, files: list[str]) -> None:
    """Chooses files and waits until the page lists them as uploaded."""
    picker = fields.locator(f'input[type=file][data-field="{name}"]')
    picker.set_input_files([{"name": file, "mimeType": "", "buffer": content(file)} for file in files])
    expect(fields.locator(f'input[type=hidden][name="{name}"]')).to_have_count(len(files))


def content(file: str) -> bytes:
    """A small file that is what its name says."""
    return CONTENTS.get(file.rpartition(".")[2], b"text\n")


def moved(text: str, kind: str, shift: timedelta) -> str:
    """A scenario's date or moment moved by `shift`, written as the browser's field of that kind wants it."""
    if kind == "date":
        day = datetime.fromisoformat(text).astimezone(ZONE).date() if "Z" in text else date.fromisoformat(text[:10])
        return (day + _days(shift)).isoformat()
    if kind == "datetime-local":
        return (datetime.fromisoformat(text) + shift).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")
    return text


def at_once(fields: Locator, kind: str) -> str:
    """The moment or day of the step, by the browser's clock."""
    return moved(str(fields.page.evaluate("new Date().toISOString()")), kind, timedelta(0))


def _rows(fields: Locator, name: str, rows: list[Mapping[str, Any]], shift: timedelta) -> None:
    for index, row in enumerate(rows):
        first = fields.locator(f'[name^="{name}[{index}]"]').first
        if not first.count():
            fields.locator(f'button[name="{name}#add"]').click()
            first.wait_for(state="attached")
        fill(fields, row, shift, f"{name}[{index}]")


def _days(shift: timedelta) -> timedelta:
    return timedelta(days=round(shift / timedelta(days=1)))
