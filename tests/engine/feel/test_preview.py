"""The form editor's preview and the server: the same expressions through both, the differences kept in docs/feel.md."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

from engine import feel
from engine.feel.data import text
from tests import patience
from tests.engine.feel.feel_table import NOW

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
GUIDE = ROOT / "docs/feel.md"
START, END = "<!-- preview: begin -->", "<!-- preview: end -->"
CONTEXT = {
    "金额": 12500.5,
    "数量": 3,
    "单价": 19.99,
    "税率": 0.13,
    "处理结果": "同意",
    "意见": "",
    "紧急": True,
    "备注": None,
    "手机号": "13912345678",
    "开始日期": "2026-03-02",
    "结束日期": "2026-03-06",
    "部门列表": ["财务部", "人事部"],
    "附件": [],
    "申请人": {"姓名": "李敏", "部门": "财务部", "职级": 5, "入职日期": "2019-07-01"},
    "合同": {"编号": "HT-2026-001", "金额": 99999.99, "甲方": {"名称": "华东公司"}},
    "明细": [
        {"名称": "差旅", "金额": 1200.1, "类别": "A"},
        {"名称": "住宿", "金额": 800.2, "类别": "A"},
        {"名称": "设备", "金额": 3500, "类别": "B"},
    ],
}


def expressions() -> list[str]:
    lines = (HERE / "preview_expressions.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def server(expression: str) -> str:
    try:
        value = feel.evaluate(expression, CONTEXT, now=NOW)
    except feel.FeelError as refused:
        return f"error: {refused}"
    return text.text_of([value], feel.Budget())[1:-1]


def preview(all_expressions: list[str]) -> list[str]:
    node = shutil.which("node", path=str(pathlib.Path(sys.executable).parent)) or shutil.which("node")
    if not node or not (ROOT / "node_modules/feelin").is_dir():
        pytest.skip("the form editor's interpreter is not installed here: run npm ci")
    program = (HERE / "preview.mjs").read_text(encoding="utf-8")
    command = [node, "--input-type=module", "--eval", program]
    sent = json.dumps({"expressions": all_expressions, "context": CONTEXT})
    done = subprocess.run(command, input=sent, capture_output=True, text=True, cwd=ROOT, timeout=patience.SECONDS, check=True)
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def differences() -> list[str]:
    """Markdown rows of the expressions that come out differently."""
    asked = expressions()
    both = zip(asked, map(server, asked), preview(asked), strict=True)
    return [f"| {cell(e)} | {cell(ours)} | {cell(theirs)} |" for e, ours, theirs in both if ours != theirs]


def cell(content: str) -> str:
    return "`" + content.replace("|", "\\|") + "`"


def test_there_are_some_three_hundred_expressions_and_the_server_refuses_none() -> None:
    asked = expressions()
    assert len(asked) >= 280 and len(set(asked)) == len(asked)
    assert [expression for expression in asked if server(expression).startswith("error")] == []


def test_the_guide_lists_exactly_what_the_preview_shows_differently() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    listed = guide.split(START)[1].split(END)[0]
    rows = [line for line in listed.splitlines() if line.startswith("| `")]
    assert rows == differences(), "copy these rows to docs/feel.md"
