"""A folder with one company and one process, and scenarios for it."""

from __future__ import annotations

from pathlib import Path

COMPANY = """
id = "acme"
name = "样例"
administrators = ["owner"]
[[department]]
id = "service"
name = "客服部"
[[person]]
username = "owner"
name = "欧"
department = "service"
[[person]]
username = "clerk"
name = "陈"
department = "service"
[[group]]
name = "客服专员"
members = ["clerk"]
"""
HEAD = 'title = "t"\nnow = 2026-02-09T01:00:00Z\n[start]\nby = "clerk"\n'
NO = '[[step]]\ntask = "ask"\nby = "clerk"\noutcome = "no"\n'
YES = """
[[step]]
task = "ask"
by = "owner"
outcome = "yes"
refused = "Forbidden"
[[step]]
task = "ask"
by = "clerk"
outcome = "yes"
[step.expect]
open = []
state = "active"
[[step]]
until = 2026-02-10T09:59:00Z
expect = {state = "active"}
[[step]]
advance = "1d"
[expect]
state = "completed"
ended = ["done"]
incidents = 0
"""


def write(root: Path, name: str, text: str) -> None:
    (root / f"workflows/acme/asking/scenarios/{name}.toml").write_text(HEAD + text, encoding="utf-8")
