"""docs/feel.md keeps what it promises: its examples run, its list of functions is complete."""

from __future__ import annotations

import pathlib
import re

from babel.messages import pofile

from engine import feel
from engine.feel import budget
from tests.engine.feel.feel_table import NOW

ROOT = pathlib.Path(__file__).parents[3]
GUIDE = (ROOT / "docs/feel.md").read_text(encoding="utf-8")
KNOWN = [
    "处理结果",
    "金额",
    "申请人",
    "明细",
    "附件",
    "结束日期",
    "开始日期",
    "申请日期",
    "截止日期",
    "备注",
    "手机号",
    "税率",
    "合同",
    "限额",
]
AREAS = {
    "booleans": "判断 / Decisions",
    "numeric": "数字 / Numbers",
    "strings": "文本 / Texts",
    "lists": "列表 / Lists",
    "statistics": "统计 / Figures of a list",
    "contexts": "上下文 / Contexts",
    "documents": "JSON",
    "times": "日期与时间 / Dates and times",
    "ranges": "区间 / Ranges",
}


def section(title: str) -> str:
    return GUIDE.split(f"## {title}")[1].split("\n## ")[0]


def functions() -> list[str]:
    """The table of all built-ins, by area, in Chinese and English."""
    with (ROOT / "translations/feel/zh_Hans/LC_MESSAGES/messages.po").open("rb") as file:
        chinese = {str(entry.id): str(entry.string) for entry in pofile.read_po(file)}
    rows = []
    for area, title in AREAS.items():
        rows += [f"**{title}**", "", "| 函数 / Function | 作用 | What it gives |", "|---|---|---|"]
        rows += [row(builtin, chinese) for builtin in feel.BUILTINS.values() if area_of(builtin) == area]
        rows.append("")
    return rows


def area_of(builtin: feel.Builtin) -> str:
    return str(builtin.signatures[0].call.__module__).rpartition(".")[2]


def row(builtin: feel.Builtin, chinese: dict[str, str]) -> str:
    ways = []
    for signature in builtin.signatures:
        names = [p.name + ("?" if p.optional else "") for p in signature.parameters]
        ways.append(f"`{builtin.name}({', '.join(names)}{', …' if signature.variadic else ''})`")
    return f"| {'<br>'.join(dict.fromkeys(ways))} | {chinese[builtin.doc]} | {builtin.doc} |"


def test_the_list_of_functions_is_complete() -> None:
    listed = GUIDE.split("<!-- functions: begin -->")[1].split("<!-- functions: end -->")[0]
    assert listed.strip().splitlines() == "\n".join(functions()).strip().splitlines(), "copy the rows to docs/feel.md"


def test_every_example_is_sound() -> None:
    examples, cells = section("从审批里来的例子").split("决策表的单元格")
    for expression in re.findall(r"^\| `([^|]*)` \|", examples, re.M):
        assert feel.problems(expression, KNOWN) == [], expression
    for cell in re.findall(r"`([^`]*)`", cells):
        assert feel.problems(cell, KNOWN, unary=True) == [], cell


def test_the_examples_give_what_they_say() -> None:
    context = {
        "处理结果": "同意",
        "金额": 6000,
        "开始日期": "2026-03-02",
        "结束日期": "2026-03-06",
        "截止日期": "2026-03-01",
        "备注": None,
        "手机号": "13912345678",
        "合同": {"编号": "HT-1", "金额": 1234.5},
    }
    expected = {
        '处理结果 = "同意" and 金额 > 5000': True,
        "金额 in [5000..50000)": True,
        "(date(结束日期) - date(开始日期)).days + 1": 5,
        "today() > date(截止日期)": True,
        'get or else(备注, "无")': "无",
        'matches(手机号, "^1[3-9]\\\\d{9}$")': True,
        '"合同 " + 合同.编号 + "，金额 " + format number(合同.金额) + " 元"': "合同 HT-1，金额 1,234.50 元",
    }
    for expression, outcome in expected.items():
        assert f"`{expression}`" in GUIDE
        assert feel.evaluate(expression, context, now=NOW) == outcome


def test_the_bounds_are_those_of_the_code() -> None:
    bounds = section("限制").replace(" ", "")
    shown = (
        budget.MAX_TEXT,
        budget.MAX_NESTING,
        feel.Budget().steps,
        budget.MAX_STRING,
        feel.Budget().room,
        feel.Budget().calls,
    )
    assert all(str(number) in bounds for number in shown)
