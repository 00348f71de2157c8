"""Processes for their owners: versions, diagrams, downloads, and deploying files with their problems."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from engine.deploying.checking import checks
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
PROCESS = Path(__file__).parent / "process"


def upload(browser: Browser, files: dict[str, bytes], status: int = 200) -> Any:
    data = {"csrf_token": browser.token(), "file": [(io.BytesIO(content), name) for name, content in files.items()]}
    return browser._shown(browser.client.post("/processes", data=data, follow_redirects=True), status)


def whole() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in PROCESS.iterdir() if path.suffix in (".bpmn", ".form")}


def test_a_process_is_listed_with_its_versions_diagram_and_files(signed_in: SignedIn, purchase: None) -> None:
    owner = signed_in("owner")
    assert "采购" in owner.get("/processes").words("tbody")
    page = owner.get("/processes/purchase")
    download = next(link for link in page.links() if link.endswith("/file") and "diagrams" in link)
    answer = owner.client.get(download)
    assert answer.data == (PROCESS / "purchase.bpmn").read_bytes()
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_files_are_deployed_together_and_a_change_makes_a_version(signed_in: SignedIn, purchase: None) -> None:
    owner = signed_in("owner")
    files = whole()
    assert "没有生成新版本" in upload(owner, files).words("body")
    files["purchase.bpmn"] = files["purchase.bpmn"].replace("核对库存".encode(), "清点库存".encode())
    upload(owner, files)
    versions = owner.get("/processes/purchase").tree.xpath("//tbody/tr/td[1]//text()")
    assert [text.strip() for text in versions if text.strip()] == ["2", "1"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"x.bpmn": b"no xml"}, "x.bpmn"),
        ({"x.txt": b"?"}, "x.txt"),
        ({"x.form": b"{"}, "x.form"),
        ({"x.form": b'{"id": "x", "components": [{"type": "iframe", "id": "h"}]}'}, "iframe"),
        ({"x.dmn": b"<definitions/>"}, "x.dmn"),
    ],
)
def test_what_cannot_run_is_told_by_file_and_element_and_nothing_is_stored(
    signed_in: SignedIn, purchase: None, files: dict[str, bytes], told: str
) -> None:
    owner = signed_in("owner")
    page = upload(owner, {**whole(), **files}, status=422)
    assert told in page.words("@role='alert'")
    assert len(owner.get("/processes/purchase").tree.xpath("//tbody/tr")) == 1


def test_an_element_that_cannot_run_is_named(signed_in: SignedIn, purchase: None) -> None:
    files = whole()
    files["purchase.bpmn"] = files["purchase.bpmn"].replace(b'formId="', b'formId="missing_')
    page = upload(signed_in("owner"), files, status=422)
    assert "核对库存" in page.words("@role='alert'") and "check_stock" not in page.words("@role='alert'").split()


def test_no_file_is_a_request_to_choose_one(signed_in: SignedIn, purchase: None) -> None:
    assert upload(signed_in("owner"), {}, status=422).words("@role='alert'")


def test_only_administrators_deploy(signed_in: SignedIn, purchase: None) -> None:
    upload(signed_in("clerk"), whole(), status=403)
    assert not signed_in("clerk").get("/processes").tree.xpath("//input[@type='file']")


def test_another_company_finds_no_process(signed_in: SignedIn, purchase: None) -> None:
    owner = signed_in("owner").get("/processes/purchase")
    stranger = signed_in("stranger", company="elsewhere")
    stranger.get("/processes/purchase", status=404)
    for link in owner.links():
        if link.startswith("/processes/"):
            assert stranger.client.get(link).status_code == 404, link


PAGE = b'<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>'


def test_a_diagram_with_a_web_page_in_it_is_not_deployed(signed_in: SignedIn) -> None:
    files = whole()
    files["purchase.bpmn"] = files["purchase.bpmn"].replace(b"</bpmn:process>", b"</bpmn:process>" + PAGE)
    assert PAGE in files["purchase.bpmn"]
    page = upload(signed_in("owner"), files, 422)
    assert "网页元素" in page.text


def test_diagrams_are_saved_and_never_shown_as_a_page_of_ours(signed_in: SignedIn, purchases: Any) -> None:
    owner, key = signed_in("owner"), purchases.start()
    links = [link for link in owner.get("/processes/purchase").links() if link.endswith("/file")]
    for address in (f"/cases/{key}/diagram", *links):
        answer = owner.client.get(address)
        assert answer.status_code == 200 and answer.mimetype == "application/octet-stream", address
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"] and answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_deployed_all_the_same_is_told_on_the_page(signed_in: SignedIn, purchase: None) -> None:
    files = whole()
    files["purchase.bpmn"] = files["purchase.bpmn"].replace(
        b"<bpmn:startEvent", b'<bpmn:dataObject id="papers"/><bpmn:startEvent', 1
    )
    page = upload(signed_in("owner"), files)
    assert "未命名的数据对象" in page.words(".mild") and "已部署" in page.words(".mild")
    versions = signed_in("owner").get("/processes/purchase").tree.xpath("//tbody/tr/td[1]//text()")
    assert [text.strip() for text in versions if text.strip()] == ["2", "1"]


def test_others_can_write_while_an_upload_is_looked_at(
    signed_in: SignedIn, purchase: None, database: databases.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, files, examine, written = signed_in("owner"), whole(), checks.examine, []

    def examine_while_another_writes(resources: Any) -> Any:
        with database.transaction("acme") as session:  # SQLite has one writer at a time
            written.append(session.execute(update(models.Person).values(session_epoch=models.Person.session_epoch)))
        return examine(resources)

    monkeypatch.setattr(checks, "examine", examine_while_another_writes)
    files["purchase.bpmn"] = files["purchase.bpmn"].replace("核对库存".encode(), "清点库存".encode())
    upload(owner, files)
    assert len(written) == 1


def test_who_may_start_a_process_is_set_in_the_designer(signed_in: SignedIn, purchase: None) -> None:
    owner = signed_in("owner")
    page = owner.post("/designer", name="请假申请", process_id="leave", template="leave")
    address = page.address
    assert "谁可以发起" in owner.get(f"{address}/settings").words("form")

    def settle(status: int = 200, **sent: str) -> None:
        shown = owner.get(f"{address}/settings").form(f"{address}/settings")["revision"]
        owner.post(f"{address}/settings", status, title="请假申请", revision=shown, **sent)

    settle(may_start="客服专圆、部门负责人")
    assert "客服专员" in owner.get(f"{address}/problems").text  # the nearest that there is
    settle(422, may_start="客服专员、部门负责人", number="Q")
    settle(may_start="客服专员、部门负责人", number="QJ-{year}-{seq:04}")
    revision = owner.get(f"{address}/release").form(f"{address}/publish")["revision"]
    owner.post(f"{address}/publish", revision=revision)
    assert "请假申请" in signed_in("clerk").get("/start").words("main")
    assert "请假申请" not in signed_in("outsider").get("/start").words("main")


def test_a_process_shows_groups_by_the_names_they_have_today(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    steps = (kit.start(), kit.task("a"), kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, kit.diagram("named", *steps, may_start=["客服专员"], managers=["部门负责人"]))
    owner = signed_in("owner")
    owner.post("/organisation/groups/客服专员/rename", to="客户专员")
    owner.post("/organisation/groups/部门负责人/rename", to="部门主管")
    words = owner.get("/processes/named").words(".facts")
    assert "客户专员" in words and "部门主管" in words
    assert "客服专员" not in words and "部门负责人" not in words


def test_the_list_of_processes_says_what_one_can_do_with_them(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    steps = (kit.start(), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, kit.diagram("plain", *steps, owners=["部门负责人"]))
    told = {name: signed_in(name).get("/processes").words(".reason") for name in ("owner", "head", "clerk")}
    assert told["owner"].startswith("您是系统管理员") and told["head"].startswith("您可设计 1 个流程")
    assert "要办事，请到“发起”" in told["clerk"]
    assert signed_in("clerk").get("/processes").words("tbody") == "流程 plain 1 今天 09:00 0", (
        "no id where a process has no description"
    )


def test_a_copy_without_a_name_of_its_own_is_refused_beside_where_it_is_named(signed_in: SignedIn, purchase: None) -> None:
    owner = signed_in("owner")
    title = owner.get("/processes/purchase").words("h1")
    for name, why in ((" ", "请填写新流程的名称"), (title, "已有名为"), ("采\n购", "看不见")):
        page = owner.post("/processes/purchase/copies", name=name)
        assert why in page.words("body")
        assert [value.split() for value in page.tree.xpath("//input[@id='copy-name']/@value")] == [name.split()]
