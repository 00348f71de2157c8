"""Each level that approves a destruction reads what the levels before it struck out and why, and what they remarked on the rest."""

from __future__ import annotations

from pathlib import Path

import pypdf
from sqlalchemy import select

from engine.files import files
from engine.storage import database as databases
from engine.storage.models import Attachment, RegisterEntry
from tests.web.pages import Browser
from tests.workflows import standing


def test_who_approves_after_others_reads_what_they_struck_out(database: databases.Database, folder: Path) -> None:
    company = standing.Standing(standing.prepared(database, folder), "advertising")
    case = company.walk("record_destruction", "item_refused_in_batch_stays", steps=2)
    app = standing.pages(company.database, folder, lambda: company.now)
    task = company.open_task("general_manager_approves", case)
    page = Browser(app).let_in("guo_wei", "advertising").get(f"/tasks/{task}")
    form = page.words("main")
    assert "前几级未核准的项目" in form and "仍有查考需要。" in form, form
    struck = form.partition("前几级未核准的项目")[2]
    for said in ("汇众汽车销售服务有限公司", "信息主管", "不予销毁，继续保管"):
        assert said in struck, struck
    assert "信息主管未核准：KH-" in form and "（仍有查考需要。）" in form, form


def test_the_first_level_has_nothing_before_it(database: databases.Database, folder: Path) -> None:
    company = standing.Standing(standing.prepared(database, folder), "advertising")
    case = company.walk("record_destruction", "item_refused_in_batch_stays", steps=0)
    app = standing.pages(company.database, folder, lambda: company.now)
    page = Browser(app).let_in("song_jie", "advertising").get(f"/tasks/{company.open_task('supervisor_approves', case)}")
    assert "未核准" not in page.words("main"), page.words("main")


def test_a_row_that_is_refused_is_named_and_all_may_be_chosen_at_once(database: databases.Database, folder: Path) -> None:
    company = standing.Standing(standing.prepared(database, folder), "advertising")
    case = company.walk("record_destruction", "item_refused_in_batch_stays", steps=0)
    task = company.open_task("supervisor_approves", case)
    browser = Browser(standing.pages(company.database, folder, lambda: company.now)).let_in("song_jie", "advertising")
    assert "认领" in browser.get(f"/tasks/{task}").words("main")
    page = browser.post(f"/tasks/{task}/claim")
    assert "还没填“意见”的都选：" in page.words(".rest-of-rows"), page.words("main")
    page = browser.post(f"/tasks/{task}/complete", status=422, outcome="approve")
    told = page.words(".problems")
    assert "第 1 项（KH-2026-0001 青禾置业有限公司）意见：请选择" in told and "第 2 项（" in told, told


def test_who_destroys_reads_what_was_frozen_after_the_approvals(database: databases.Database, folder: Path) -> None:
    company = standing.Standing(standing.prepared(database, folder), "advertising")
    case = company.walk("record_destruction", "hold_before_execution_drops_one_item", steps=7)
    app = standing.pages(company.database, folder, lambda: company.now)
    frozen = "KH-2026-0001青禾置业有限公司冻结：法院调取"
    for username, step in (("cao_lei", "destroy_department_copy"), ("bai_lu", "destroy_electronic_copy")):
        form = Browser(app).let_in(username, "advertising").get(f"/tasks/{company.open_task(step, case)}").words("main")
        assert "执行前剔除：请勿销毁，继续保管" in form and frozen in form, form
        assert "执行前剔除：KH-2026-0001（冻结：法院调取）" in form, form


def test_a_destruction_is_not_dated_before_its_approval_nor_after_now(database: databases.Database, folder: Path) -> None:
    company = standing.Standing(standing.prepared(database, folder), "advertising")
    case = company.walk("record_destruction", "hold_before_execution_drops_one_item", steps=7)
    task = company.open_task("destroy_department_copy", case)
    browser = Browser(standing.pages(company.database, folder, lambda: company.now)).let_in("cao_lei", "advertising")
    for moment, said in (("2026-03-02T09:01", "不得晚于"), ("2020-01-01T09:00", "不得早于")):
        page = browser.post(f"/tasks/{task}/complete", status=422, outcome="submit", destroyedAt=moment)
        assert f"{said} 2026年3月2日 09:00" in page.words(".problems"), page.words(".problems")
        assert "总经理核准之后、现在以前" in page.words("main")


def test_certificate_and_register_account_for_every_item_and_the_certificate_is_signed(
    database: databases.Database, folder: Path
) -> None:
    company = standing.Standing(standing.prepared(database, folder), "advertising")
    told = {
        "item_refused_in_batch_stays": ("KH-2026-0002", "信息主管未核准（仍有查考需要。）"),
        "hold_before_execution_drops_one_item": ("KH-2026-0003", "执行前剔除（冻结：法院调取）"),
        "lost_copy_is_struck_off": ("KH-2026-0005", "确认遗失（搬迁时遗失，另行处置。）"),
    }
    for scenario, (number, why) in told.items():
        case = company.walk("record_destruction", scenario)
        with database.reading("advertising") as session:
            [entry] = session.execute(select(RegisterEntry.data).where(RegisterEntry.instance_key == case)).scalars()
            certificates = select(Attachment).where(Attachment.instance_key == case, Attachment.media_type == "application/pdf")
            [certificate] = session.execute(certificates).scalars()
            pages = pypdf.PdfReader(files.folder_of(session).open(certificate.sha256)).pages
        assert (entry["呈报项数"], entry["件数"], entry["未销毁及理由"]) == (2, 1, [f"{number} {why}"])
        assert entry["备份到期清除"] == "2026年6月5日（到期自动清除）"
        printed = "".join("".join(page.extract_text() for page in pages).split())
        assert "呈报2件，其余1件未销毁" in printed and number in printed and why in printed, printed
        assert printed.count("手写签名2026年3月2日09:00") == 2 and len(pages) == 1, printed


def test_who_counts_finds_the_place_that_the_catalogue_names(database: databases.Database, folder: Path) -> None:
    company = standing.Standing(standing.prepared(database, folder), "advertising")
    case = company.walk("record_destruction", "hold_before_execution_drops_one_item", steps=3)
    app = standing.pages(company.database, folder, lambda: company.now)
    for username, step, place in (
        ("cao_lei", "locate_department_copy", "B-01-07"),
        ("bai_lu", "locate_electronic_copy", "crm.kh-2011-0037"),
    ):
        browser, task = Browser(app).let_in(username, "advertising"), company.open_task(step, case)
        browser.get(f"/tasks/{task}")
        page = browser.post(f"/tasks/{task}/claim")
        given = [each.get("value") or "" for each in page.tree.xpath("//input") if each.get("name", "").endswith("location")]
        assert given == [place, ""], given


def test_the_proposal_tells_the_last_business_in_words(database: databases.Database, folder: Path) -> None:
    company = standing.Standing(standing.prepared(database, folder), "advertising")
    case = company.walk("record_destruction", "returned_proposal_is_withdrawn", steps=1)
    app = standing.pages(company.database, folder, lambda: company.now)
    page = Browser(app).let_in("pan_ting", "advertising").get(f"/tasks/{company.open_task('destruction_proposed', case)}")
    assert "最近往来：2017年6月20日" in page.words("main"), page.words("main")
