"""`banjie deploy`: what it prints and leaves when pages changed something since."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.commands import deploying, opening
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit

FILE = """id = "acme"
name = "样例公司"
administrators = ["owner"]
[[person]]
username = "owner"
name = "欧流程"
[[person]]
username = "head"
name = "何负责"
department = "service"
[[department]]
id = "service"
name = "客服部"
"""


@pytest.fixture
def folders(database: databases.Database, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the cast's company, deployed once."""
    monkeypatch.setattr(opening, "BPMN", tmp_path / "bpmn")
    monkeypatch.setattr(opening, "WORKFLOWS", tmp_path / "workflows")
    monkeypatch.setattr(opening, "clock", lambda: kit.NOW)
    for resource in kit.two_steps():
        folder = tmp_path / ("bpmn/acme" if resource.kind == "bpmn" else "workflows/acme/two_steps")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / resource.name).write_bytes(resource.content)
    (tmp_path / "workflows/acme/two_steps/workflow.toml").write_text('may_start = ["*"]', encoding="utf-8")
    (tmp_path / "workflows/acme/company.toml").write_text(FILE, encoding="utf-8")
    deploying.deploy_company(database, "acme")
    return tmp_path


def test_what_a_page_published_is_named_with_the_way_to_replace_it(
    database: databases.Database, cast: Cast, folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    *_, process = kit.two_steps(title="页")
    kit.deploy(database, cast.owner, process)
    assert deploying.deploy_company(database, "acme") == 0
    told = capsys.readouterr().out
    assert "process two_steps" in told and "banjie deploy --replace acme" in told
    assert len(kit.rows(database, models.ProcessDefinition)) == 2
    groups = "".join(f'[[group]]\nname = "{name}"\nmembers = ["head"]\n' for name in ("客服专员", "部门负责人"))
    (folders / "workflows/acme/company.toml").write_text(FILE + groups, encoding="utf-8")
    deploying.deploy_company(database, "acme", replace=True)
    told = capsys.readouterr().out
    assert told.index("process two_steps") < told.index("1 processes") and "--replace acme" not in told
    assert len(kit.rows(database, models.ProcessDefinition)) == 3


def test_what_people_who_left_still_hold_is_told_at_every_deployment(
    database: databases.Database, cast: Cast, folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    kit.complete(database, cast.clerk, key, "a", {"answer": "y"})
    with database.transaction("acme") as session:
        session.execute(models.WorkItem.__table__.update().where(models.WorkItem.state == "open").values(username="head"))
    path = folders / "workflows/acme/company.toml"
    path.write_text(FILE.replace('name = "何负责"', 'name = "何负责"\ndisabled = true'), encoding="utf-8")
    for _deployment in range(2):
        deploying.deploy_company(database, "acme")
        assert "head holds open tasks: 1; member of 部门负责人" in capsys.readouterr().out
