"""What a group of incidents of one cause is told by: what all say stays, what differs is marked."""

from __future__ import annotations

import pytest

from engine.cases.incident_rows import DIFFERS, common


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["余额 12 不足 50000", "余额 7 不足 50000"], f"余额 {DIFFERS} 不足 50000"),
        (["“张三”没有账号", "“李四”没有账号"], f"{DIFFERS}没有账号"),
        (["超过 50000 元", "超过 50000 元"], "超过 50000 元"),
        (["没有可用的处理人"], "没有可用的处理人"),
    ],
)
def test_what_differs_is_marked(texts: list[str], told: str) -> None:
    group = [{"detail": each, "file": str(n)} for n, each in enumerate(texts)]
    assert common(group[0], group) == {"detail": told, "file": "0"}
