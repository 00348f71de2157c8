"""The forms that the regulations name: printed from a case of each company with every label and value, ready to be signed."""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pypdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.files import documents
from engine.papers import case_papers
from engine.people.actors import Actor
from engine.scenarios.play import play
from engine.scenarios.stage import Stage
from engine.storage import models
from tests.workflows import customer

ROOT = Path(__file__).parents[2]
HOSTILE = '#read("/etc/passwd") *粗* $x^2$ <b> \\ 」 ' + "A" * 300
LARGE = ("telecom", "complaint", "trap_06_headquarters_answer_comes_back", "large_customer_complaint")
SOLVED = ("telecom", "complaint", "trap_06_technical_department_solves_form_returns_before_reply", "large_customer_complaint")
ORDINARY = ("telecom", "ordinary_complaint", "filed_by_message_and_reworked", "complaint_acceptance")
QUALITY = ("steel", "complaint", "quality_complaint_is_solved")
GUARD = ("miniapp", "complaint_handling", "two_rounds_refused_leader_rules")
EVENT = ("event", "complaint", "complaint_is_solved_and_analysed")
Printed = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def stages() -> Iterator[dict[str, Stage]]:
    opened: dict[str, Stage] = {}
    yield opened
    for stage in opened.values():
        stage.close()


def scenario(company: str, process: str, name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "workflows" / company / process / "scenarios" / f"{name}.toml").read_text())


def printed(stages: dict[str, Stage], paper: Printed, changes: dict[str, Any] | None = None) -> tuple[str, int]:
    """The text of the paper without any white space, and how many pages it has."""
    company, process, name, template = paper
    if company not in stages:
        stages[company] = Stage(ROOT / "bpmn", ROOT / "workflows", company)
    stage, story = stages[company], scenario(company, process, name)
    story["start"].setdefault("form", {}).update(changes or {})
    key = play(stage, process, story)
    assert key is not None
    with stage.database.transaction(company) as session:
        paper = case_papers.order(session, chief(stage, session), key, template, now=stage.now, is_full=True)
    return as_text(paper.document.make())


def chief(stage: Stage, session: Session) -> Actor:
    named = session.execute(select(models.Person.username).where(models.Person.is_administrator)).scalars().first()
    return stage.actor(session, named or "")


def as_text(pdf: bytes) -> tuple[str, int]:
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    text = "".join(page.extract_text() for page in reader.pages)
    return "".join(text.replace("\u200b", "").split()), len(reader.pages)


@pytest.mark.parametrize(
    ("paper", "labels", "values"),
    [
        (
            LARGE,
            "受理单号 客户名称 是否大客户 客户类别 联系人 联系方式 投诉渠道 受理时间 受理人 业务类型 投诉内容 投诉类别 能否解决 处理人 处理措施 "
            "转交部门 转交时间 转交原因 查明的原因 返回时间 上交时间 总部受理编号 总部处理意见 回复时间 回复内容 客户是否满意 存档时间 "
            "大客户组：林晓燕 转交人：林晓燕 技术部：赵刚 上交人：林晓燕 总部专席：方敏 回复人： 存档人： 签字： 办理经过",
            "分公司大客户投诉受理单 TS-20260209-0001 鸿江证券有限公司 Internet专线 2026年2月9日09:00 唐蕊 故障 不能解决 分公司技术部 "
            "ZB-2026-001 骨干段割接已完成 满意 DKH-2026-001 2026年2月9日17:50",
        ),
        (SOLVED, "返回时间 解决时间", "能够解决 赵刚 2026年2月9日"),
        (
            ORDINARY,
            "受理时间 投诉渠道 客户名称 投诉人 联系方式 受理人 投诉类别 投诉内容 客户期望 承诺答复日 转交部门 客服处理措施 回复内容 客户是否满意 归档号 存档时间",
            "分公司用户投诉登记表 李先生 计费 IP主叫 已退还多计费用3.20元 不满意 PT-2026-001",
        ),
        (
            (*QUALITY, "complaint_acceptance"),
            "受理时间 客户名称 重点客户 订单号 投诉类别 投诉内容 客户期望 承诺答复日 已说明处理程序 转交部门 责任部门 客户是否满意",
            "客户投诉受理单 海陆石油装备有限公司 产品质量 是 否 生产部、质量部",
        ),
        (
            (*QUALITY, "complaint_record"),
            "各部门调查 调查情况 是否有责 责任部门 相关责任人 客户损失（元） 公司应负责任 风险 对客户的影响 解决方案 措施内容 落实情况 完成日期 反馈时间",
            "客户投诉处理记录表 质量部 生产部 石磊 2026年3月9日 电话",
        ),
        (
            (*GUARD, "complaint_acceptance"),
            "受理人 所属项目 承诺答复日 报告主管领导 责任部门 客户是否满意",
            "客户投诉受理单 滨江商务中心一期 陈静 运管部",
        ),
        (
            (*GUARD, "complaint_record"),
            "客户单位 投诉人 联系方式 受理时间 投诉渠道 经办人 承诺答复日 报告主管领导 投诉内容 客户期望 附件 调查结果 原因分析 是否属实 责任部门 "
            "责任大队 相关责任人 证据 解决方案 措施内容 客户是否接受 客户意见 方案轮次 完成日期 跟踪检查 跟踪结论 反馈时间 客户是否满意 下次跟踪日期",
            "顾晓芸 13800001234 2026年3月9日 2026年3月2日09:00 属实 运管部 一大队 丁勇 何强 不接受 满意 2026年3月18日",
        ),
        (
            (*EVENT, "complaint_acceptance"),
            "投诉人 投诉渠道 首次联系时间 首次联系时限 首次联系方式 客户陈述",
            "客户投诉受理单 梁静怡 13800002345",
        ),
        (
            (*EVENT, "complaint_record"),
            "首次联系时间 首次联系时限 客户陈述 调查结果 原因分析 责任部门 相关责任人 措施内容 落实情况 是否彻底解决 根本原因 预防措施",
            "梁静怡 执行部 曹磊 2026年3月3日10:00 是",
        ),
    ],
    ids=lambda value: "-".join(value[:2] + value[3:]) if isinstance(value, tuple) else "",
)
def test_every_field_of_the_form_is_printed_with_its_label(
    paper: Printed, labels: str, values: str, stages: dict[str, Stage]
) -> None:
    text, _pages = printed(stages, paper)
    assert [each for each in (labels + " " + values).split() if each not in text] == []
    for raw in ("true", "false", "None", "T09:00", "@Asia", "unsatisfied", "cannot"):
        assert raw not in text, raw


@pytest.mark.parametrize(
    "paper",
    [LARGE, (*ORDINARY[:2], "customer_service_solves", "complaint_acceptance"), (*GUARD, "complaint_record")],
    ids=lambda paper: "-".join(paper[:2]),
)
def test_what_people_typed_is_printed_as_it_is(paper: Printed, stages: dict[str, Stage]) -> None:
    text, _pages = printed(stages, paper, {"content": HOSTILE + "长" * 1_500 + "完"})
    assert '#read("/etc/passwd")*粗*$x^2$<b>\\」' in text and "root:" not in text
    assert text.count("长") >= 1_500 and text.count("A") >= 300 and "完" in text


def test_a_complaint_from_the_web_is_printed_with_all_that_its_customer_said_when_it_came_and_who_has_it(
    stages: dict[str, Stage],
) -> None:
    stage = stages.setdefault("event", Stage(ROOT / "bpmn", ROOT / "workflows", "event"))
    player, key = customer.filed_online(stage)
    customer.refuses_once_and_accepts(stage, player, key)
    reply = {
        "replyAt": "2026-03-03T10:30:00+08:00",
        "answer": "未解决",
        "replyComment": "尚未收到退款",
        "checkNote": "财务未付",
    }
    player.step("", {"task": "confirm_solved", "by": "dong_jie", "form": {**reply, "score": 2}})
    with stage.database.transaction("event") as session:
        paper = case_papers.order(session, chief(stage, session), key, "complaint_record", now=stage.now, is_full=True)
    text, _pages = as_text(paper.document.make())
    told_so = "告知方案，记录客户答复第1次2026年3月3日10:00不接受只退音响费用不够客户网上答复"
    again = "告知方案，记录客户答复第2次2026年3月3日10:00接受客户网上答复"
    by_phone = "回访客户，确认已解决第1次2026年3月3日10:30未解决，评分2尚未收到退款董洁记录"
    assert [each for each in (told_so, again, by_phone, "受理时间2026年3月3日10:00", "经办人夏天") if each not in text] == []
    assert re.findall(r"\d{4}-\d\d-\d\d", text) == []


@pytest.mark.parametrize("template", ["large_customer_complaint", "complaint_acceptance", "complaint_record"])
def test_a_very_long_text_runs_over_pages_and_an_empty_case_leaves_a_form_to_fill_in(template: str, now: datetime) -> None:
    case = {"number": "1", "process": "", "title": "", "state": "active", "started_at": "", "ended_at": ""}
    bare = {
        "company": "公司",
        "title": "单",
        "case": case,
        "issued_at": "",
        "asked": [],
        "texts": {},
        "lists": {},
        "steps": [],
        "sayings": [],
    }
    empty = pypdf.PdfReader(io.BytesIO(documents.order(template, bare, now=now).make()))
    assert "投诉内容" in empty.pages[0].extract_text()
    filled = {**bare, "asked": ["content"], "texts": {"content": "长" * 20_000}}
    full = pypdf.PdfReader(io.BytesIO(documents.order(template, filled, now=now).make()))
    assert sum(page.extract_text().count("长") for page in full.pages) == 20_000
    assert len(full.pages) >= len(empty.pages) + 8


def test_what_earlier_rounds_offered_stands_on_the_record_with_who_and_when(stages: dict[str, Stage]) -> None:
    text, _pages = printed(stages, (*GUARD, "complaint_record"))
    first = text.index("第1轮方案")
    assert (
        text[first:].startswith("第1轮方案即日起东门岗夜间双人双岗，每小时查岗一次并在小程序公示。（何强，2026年")
        and "第2轮方案" not in text
    )


def test_earlier_offers_stand_on_the_record_with_their_measures(stages: dict[str, Stage]) -> None:
    stage = stages.setdefault("event", Stage(ROOT / "bpmn", ROOT / "workflows", "event"))
    player, key = customer.filed_online(stage)
    customer.comes_to_an_answer(player)
    customer.refuses(stage, key)
    better = customer.steps()["propose_solution"]
    measures = [{"what": "另赠一场活动", "owner": "qin_fang", "due": "2026-03-12"}]
    player.step("", {**better, "form": {**better["form"], "solution": "退还音响费用，另赠一场活动。", "measures": measures}})
    with stage.database.transaction("event") as session:
        paper = case_papers.order(session, chief(stage, session), key, "complaint_record", now=stage.now, is_full=True)
    text, _pages = as_text(paper.document.make())
    offered = text[text.index("第1轮方案") : text.index("解决方案退还音响费用，另赠一场活动。")]
    assert "第1轮方案" + "".join(better["form"]["solution"].split()) in offered
    assert "第1轮措施" in offered and all(each["what"] in offered for each in better["form"]["measures"])
    assert "另赠一场活动" not in offered and "第2轮" not in text
    answered = offered[offered.index("第1轮客户答复") :]
    assert answered.startswith("第1轮客户答复不接受：" + customer.TOO_LITTLE + "（客户网上答复，2026年3月3日10:00）")


AGAIN = ("telecom", "complaint", "dissatisfied_customer_is_served_by_somebody_else", "large_customer_complaint")


def test_what_was_done_before_the_customer_was_not_content_stands_on_the_form(stages: dict[str, Stage]) -> None:
    text, _pages = printed(stages, AGAIN)
    first = "第1轮处理措施调整端口参数，更换尾纤，观察一小时无中断。（林晓燕，2026年2月9日09:00）"
    assert first in text and text.index(first) < text.index("处理措施更换光模块和整段尾纤")
    assert "第1轮情况客户侧端口时断时续。（林晓燕" in text and "第1轮回复内容专线已恢复" in text
    assert "第1轮复核意见尾纤更换不彻底，另派人员重新处理。（周丽华" in text and "第2轮" not in text


@pytest.mark.parametrize("paper", [AGAIN, LARGE], ids=lambda paper: paper[2])
def test_no_part_of_the_form_is_torn_from_its_signature(paper: Printed, stages: dict[str, Stage]) -> None:
    text, _pages = printed(stages, paper)
    assert text.count("七、存档") == 1 and text.count("六、回复用户") == 1
