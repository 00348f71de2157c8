"""What a form opens with: of a moment, as much as its field takes."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from engine import forms

NOW = datetime(2026, 3, 2, 9, 0, 44, 970952, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("subtype", "value", "opened"),
    [
        ("datetime", "=now()", "2026-03-02T09:00"),
        ("date", "=now()", "2026-03-02"),
        ("date", "=today()", "2026-03-02"),
        ("datetime", "2026-03-02T09:00", "2026-03-02T09:00"),
    ],
)
def test_a_default_moment_is_what_a_person_would_type(subtype: str, value: str, opened: str) -> None:
    field = {"type": "datetime", "subtype": subtype, "key": "at", "id": "at", "dateLabel": "时间", "defaultValue": value}
    form = forms.load({"schemaVersion": 18, "type": "default", "id": "f", "components": [field]})
    assert forms.initial(form, {}, forms.FormScope(now=NOW))["at"] == opened


def test_who_only_looks_sees_no_suggestion_as_a_fact() -> None:
    moment = {"type": "datetime", "subtype": "datetime", "key": "at", "id": "at", "dateLabel": "时间", "defaultValue": "=now()"}
    known = {"type": "textfield", "key": "who", "id": "who", "label": "客户", "readonly": True}
    form = forms.load({"schemaVersion": 18, "type": "default", "id": "f", "components": [moment, known]})
    scope = forms.FormScope({}, now=NOW)
    looked = forms.view(form, forms.initial(form, {}, scope, with_defaults=False), scope, only_looking=True)
    assert [(node.value, node.is_to_come) for [node] in looked.lines] == [(None, True), (None, False)]
    mine = forms.view(form, forms.initial(form, {}, scope), scope)
    assert [(node.value, node.is_to_come) for [node] in mine.lines] == [("2026-03-02T09:00", False), (None, False)]
