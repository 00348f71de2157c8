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


def test_in_a_round_of_its_own_a_step_begins_with_the_moment_of_now_and_keeps_everything_else() -> None:
    moment = {
        "type": "datetime",
        "subtype": "datetime",
        "dateLabel": "时间",
        "defaultValue": "=substring(string(now()), 1, 16)",
    }
    fields = [
        moment | {"key": "solved", "id": "solved"},
        moment | {"key": "looked_at", "id": "looked_at", "readonly": True},
        moment | {"key": "wanted", "id": "wanted", "defaultValue": "2026-01-05T09:00"},
        {"type": "textfield", "key": "action", "id": "action", "label": "措施"},
    ]
    form = forms.load({"schemaVersion": 18, "type": "default", "id": "f", "components": fields})
    before = dict.fromkeys(("solved", "looked_at", "wanted"), "2026-02-01T10:00") | {"action": "重启"}
    assert forms.initial(form, before, forms.FormScope(before, now=NOW)) == before
    anew = forms.FormScope(before, now=NOW, is_done_anew=True)
    assert forms.initial(form, before, anew) == {**before, "solved": "2026-03-02T09:00"}
    assert forms.initial(form, before, anew, with_defaults=False) == before, "who only looks is told what was"
