"""`banjie deploy`: what it prints and leaves when pages changed something since."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine import cli, errors
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


def test_what_another_folder_replaced_is_not_undone_by_a_file_that_says_what_it_said(
    database: databases.Database, cast: Cast, folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = folders / "workflows/acme/company.toml"
    own.write_text(FILE.replace('name = "何负责"', 'name = "何负责"\nroles = ["operator"]'), encoding="utf-8")
    deploying.deploy_company(database, "acme")
    other = deploying.Source("acme", tmp_path / "other/bpmn", tmp_path / "other/workflows")
    shutil.copytree(folders / "workflows", other.workflows)
    shutil.copytree(folders / "bpmn", other.bpmn)
    theirs = FILE.replace('name = "何负责"', 'name = "何总监"\nroles = ["auditor"]').replace("客服部", "客户服务部")
    (other.workflows / "acme/company.toml").write_text(theirs, encoding="utf-8")
    deploying.deploy_source(database, other, replace=True)
    capsys.readouterr()
    for _start in range(2):
        deploying.deploy_company(database, "acme")
        assert organisation_of(database) == ("何总监", "客户服务部", ["auditor"])
        told = capsys.readouterr().out
        assert "person head" in told and "department service" in told and "roles head" in told
    own.write_text(own.read_text(encoding="utf-8").replace("客服部", "服务部"), encoding="utf-8")  # this file's own news
    deploying.deploy_company(database, "acme")
    assert organisation_of(database) == ("何总监", "服务部", ["auditor"])


@pytest.mark.parametrize("said", ["{out}", "{out}/workflows/acme", "{out}/bpmn/acme"])
def test_a_company_in_another_folder_is_taken_from_there_and_not_the_one_of_its_name_beside_the_program(
    folders: Path, said: str
) -> None:
    out = exported(folders)
    [found] = deploying.sources_of(said.format(out=out))
    assert (found.company, found.bpmn, found.workflows) == ("acme", out / "bpmn", out / "workflows")
    assert deploying.sources_of("acme") == deploying.sources_of(str(folders)) == [deploying.own("acme")]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{out}/workflows/acme/two_steps", "a part of the company acme"),
        ("{out}/bpmn/acme/two_steps.bpmn", "a part of the company acme"),
        ("{out}/workflows/gone/acme", "is no company"),
        ("{out}/bpmn/acme/gone", "is no company"),
        ("acmee", r"\(acme\)"),
    ],
)
def test_what_is_no_whole_company_is_refused_by_its_name_by_every_command(
    database: databases.Database, folders: Path, said: str, told: str
) -> None:
    path = said.format(out=exported(folders))
    for asked in (deploying.sources_of, deploying.source_of):
        with pytest.raises(errors.Invalid, match=told) as refused:
            asked(path)
        assert path in str(refused.value)


def test_the_texts_of_a_company_are_those_of_the_folder_that_is_named(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = exported(folders)
    file = out / "workflows/acme/company.toml"
    file.write_text(FILE.replace("客服部", "远方部"), encoding="utf-8")
    assert cli.main(("texts", str(out))) == 0
    assert "远方部" in capsys.readouterr().out


def test_what_is_checked_is_the_folder_that_is_named(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = exported(folders)
    (out / "bpmn/acme/two_steps.bpmn").write_text("<no/>", encoding="utf-8")
    assert cli.main(("check", str(out / "workflows/acme"))) == 1
    assert "two_steps" in capsys.readouterr().out


def exported(folders: Path) -> Path:
    out = folders / "elsewhere"
    for name in ("bpmn", "workflows"):
        shutil.copytree(folders / name, out / name)
    return out


def organisation_of(database: databases.Database) -> tuple[str, str, list[str]]:
    [person] = kit.rows(database, models.Person, username="head", company_id="acme")
    [department] = kit.rows(database, models.Department, id="service", company_id="acme")
    return person.name, department.name, [each.role for each in kit.rows(database, models.RoleGrant, username="head")]
