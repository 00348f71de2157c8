"""Dates that are wished, promised or planned are refused once their day is over, in every form that asks for one."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
TO_COME = re.compile("要求.*日期|期限|计划|预计|约定|承诺|期望|下次|首次.*日期|清除日期|^完成时间")
KEPT = {("customer_information", "expected_on")}  # 客户当时的意愿, in a dossier that is corrected later


def dates(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for each in components:
        if each["type"] == "datetime" and not each.get("readonly"):
            yield each
        yield from dates(each.get("components", []))


def test_every_date_to_come_refuses_a_day_that_is_over_and_no_other_does() -> None:
    wrong, seen = [], 0
    for path in sorted(ROOT.glob("workflows/*/*/*.form")):
        for each in dates(json.loads(path.read_text(encoding="utf-8"))["components"]):
            name = each.get("dateLabel") or each.get("label") or ""
            is_to_come = bool(TO_COME.search(name)) and (path.stem, each["key"]) not in KEPT
            seen += is_to_come
            if is_to_come != bool(each.get("disallowPassedDates")):
                wrong.append(f"{path.relative_to(ROOT)} {each['key']} {name}")
    assert seen > 25 and wrong == []


# What may be agreed for a later day though its name does not say so.
AHEAD = {"expected_on", "billing_start_date", "effectiveFrom", "cancelled_on", "opened_on"}


def test_every_date_of_what_is_done_refuses_a_day_that_is_not_yet() -> None:
    wrong, seen = [], 0
    for path in sorted(ROOT.glob("workflows/*/*/*.form")):
        for each in dates(json.loads(path.read_text(encoding="utf-8"))["components"]):
            if each.get("subtype") != "time" and not each.get("disallowPassedDates") and each["key"] not in AHEAD:
                seen += 1
                if "max" not in each.get("validate", {}):
                    wrong.append(f"{path.relative_to(ROOT)} {each['key']}")
    assert seen > 70 and wrong == []
