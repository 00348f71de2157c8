"""Sample contracts that count as registered have what registering leaves: nobody is offered one whose opening ends at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORKFLOWS = Path(__file__).parents[2] / "workflows" / "telecom"


def contracts(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (content[name] for name in ("contract",) if name in content)
    yield from content.get("contracts") or []


def test_every_sample_contract_that_is_registered_says_when_and_by_whom() -> None:
    bare, seen = [], 0
    for file in (WORKFLOWS / "records.toml", *sorted(WORKFLOWS.glob("*/scenarios/*.toml"))):
        for record in tomllib.loads(file.read_text()).get("record", []):
            for contract in contracts(record.get("content", {})):
                if contract.get("status") == "已备案":
                    seen += 1
                    bare += [] if contract.get("registered_at") and contract.get("registered_by") else [file.name]
    assert seen > 10 and bare == []
