"""A number that a company sets for itself stands in no name, label or text of its own: they would go on saying the old one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
COUNTED = re.compile(r"(?<![前下])[一二两三四五六七八九十\d]+ ?个?(工作日|工作小时|服务小时)")
NAMED = re.compile(r' name="([^"]*)"')
SAID = re.compile(r'^\s*"(?:label|description|text|title)": "([^"=][^"]*)"', re.M)
SET = re.compile(r'^(?:title|description|intro|thanks|start|text) = "([^"]*)"', re.M)


def shown() -> Iterator[tuple[str, str]]:
    """What people read, by the file in which it stands."""
    for folder, ending, pattern in (("bpmn", "bpmn", NAMED), ("workflows", "form", SAID), ("workflows", "toml", SET)):
        for path in sorted(ROOT.glob(f"{folder}/**/*.{ending}")):
            if "scenarios" not in path.parts and path.name not in ("texts.en.toml", "company.toml"):
                yield from ((path.name, text) for text in pattern.findall(path.read_text()))


def test_names_and_labels_count_no_working_days_that_are_settings() -> None:
    assert [each for each in shown() if COUNTED.search(each[1])] == []
