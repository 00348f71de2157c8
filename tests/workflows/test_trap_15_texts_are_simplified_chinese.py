"""Trap 15: every text of processes, tasks and forms is in simplified Chinese, and in the words of the regulations."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.workflows import shown_texts

COMPANIES = ("advertising", "event", "miniapp", "steel", "telecom")
CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
AGREED = {"IP", "VPDN", "Internet", "DDN", "ADSL", "CABLE", "IDC", "JT-Fax", "DNS"}
# What is computed within a text; letters in front of a number; sizes and grades as the trade writes them.
NO_WORDS = re.compile(r"\{\{.*?\}\}|(?<![A-Za-z])[A-Z]{2}-(?=\d|日期|年份)|IPv4|\d+M(?![A-Za-z])|\d+B\+D|Q\d+B")
T18 = {
    "判断是否是大客户", "按分公司用户投诉受理流程执行", "能够解决？", "处理、解决问题", "填写分公司大客户投诉受理单",
    "转交当地技术部门", "投诉受理单返回", "回复用户", "填写受理单、存档", "上交总部客服中心大客户专席",
    "分公司客服人员", "分公司客服大客户组", "分公司技术部", "总部客服中心", "用户投诉",
}  # fmt: skip
TITLES = {
    ("event", "complaint"): "客户投诉处理",
    ("miniapp", "complaint_handling"): "客户投诉处理",
    ("miniapp", "accountability_approval"): "奖罚呈批与问责",
    ("miniapp", "service_quality_tracking"): "项目服务质量持续跟踪",
    ("steel", "complaint"): "客户投诉处理",
    ("steel", "return_exchange"): "退换货",
    ("steel", "major_complaint"): "重大投诉与疑难问题",
    ("steel", "complaint_improvement"): "投诉总结与改进",
    ("telecom", "complaint"): "客户投诉受理",
    ("telecom", "hq_complaint"): "总部投诉受理",
    ("telecom", "ordinary_complaint"): "分公司用户投诉受理",
    ("telecom", "fault_follow_up"): "故障通报跟进",
}


def is_simplified(text: str) -> bool:
    """Whether each character is of the standard set of simplified ones (GB 2312), to which no traditional-only form belongs."""
    return all(character.encode("gb2312", "ignore") for character in CHINESE.findall(text))


@pytest.mark.parametrize("company", COMPANIES)
def test_trap_15_no_text_is_in_traditional_characters(company: str) -> None:
    texts = list(shown_texts.of(company))
    assert len(texts) > 300
    assert [(where, text) for where, text in texts if not is_simplified(text)] == []


@pytest.mark.parametrize("company", COMPANIES)
def test_trap_15_no_text_holds_latin_words_but_the_agreed_terms(company: str) -> None:
    found = {(where, text) for where, text in shown_texts.of(company) if set(LATIN.findall(NO_WORDS.sub("", text))) - AGREED}
    assert sorted(found) == []


@pytest.mark.parametrize("company", COMPANIES)
def test_trap_15_every_text_has_chinese_words(company: str) -> None:
    wordless = {(where, text) for where, text in shown_texts.of(company) if text.strip() and not CHINESE.search(text)}
    assert sorted(pair for pair in wordless if pair[1] not in AGREED and not pair[1].isdigit()) == []


@pytest.mark.parametrize(("place", "title"), TITLES.items(), ids=lambda value: str(value))
def test_trap_15_processes_have_the_names_of_the_regulations(place: tuple[str, str], title: str) -> None:
    assert title in shown_texts.names(*place)


def test_trap_15_the_steps_of_the_large_customers_complaint_are_named_as_in_its_chart() -> None:
    assert T18 - shown_texts.names("telecom", "complaint") == set()


@pytest.mark.parametrize(("text", "expected"), [("客户投诉", True), ("客戶投訴", False), ("處理", False), ("IP网关", True)])
def test_trap_15_traditional_characters_are_told_apart(text: str, expected: bool) -> None:
    assert is_simplified(text) is expected


@pytest.mark.parametrize("company", COMPANIES)
def test_a_process_has_one_name_in_lists_and_in_its_diagram(company: str) -> None:
    shown = {each.parent.name: tomllib.loads(each.read_text(encoding="utf-8")) for each in shown_texts.settings(company)}
    drawn = shown_texts.processes(company)
    assert {process_id: names for process_id, names in drawn.items() if names != {shown[process_id]["title"]}} == {}
