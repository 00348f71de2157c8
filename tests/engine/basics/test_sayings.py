"""Sentences in both languages: each says the same things in both, and what is given is never read as a template."""

from __future__ import annotations

import importlib
import pkgutil
import string
from collections.abc import Iterator
from typing import Any

import pytest

import engine
from engine.basics.sayings import LANGUAGES, Said, both, of_both, with_days, with_one_stop


def said_in(values: Any) -> Iterator[Said]:
    for each in values:
        if isinstance(each, Said):
            yield each
        elif isinstance(each, dict):
            yield from said_in(each.values())


def names(text: str) -> set[str]:
    return {name for _text, name, _spec, _way in string.Formatter().parse(text) if name is not None}


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def test_every_sentence_of_the_engine_names_the_same_in_both_languages() -> None:
    modules = [each.name for each in pkgutil.walk_packages(engine.__path__, "engine.") if "migrations" not in each.name]
    found = [each for name in modules for each in said_in(vars(importlib.import_module(name)).values())]
    assert len(found) > 50
    for each in found:
        assert names(each.zh_Hans) == names(each.en), each
        assert not is_chinese(each.en), each
        words = "".join(text for text, *_ in string.Formatter().parse(each.zh_Hans))
        assert is_chinese(words) or not any(letter.isalpha() for letter in words), each


def test_what_is_given_stays_what_it_is_and_a_sentence_within_speaks_the_same_language() -> None:
    inner = Said("由{who}", "by {who}", {"who": "{name} {0} 王"})
    outer = Said("已办：{what}，{how}", "Done: {what}, {how}").of(what="{x}", how=inner)
    assert outer.read("en") == "Done: {x}, by {name} {0} 王"
    assert outer.read("zh_Hans") == "已办：{x}，由{name} {0} 王"
    kept = both(outer)
    assert [of_both(kept, each) for each in LANGUAGES] == [outer.read("zh_Hans"), outer.read("en")]
    assert of_both("王五", "en") == both("王五") == "王五"


def test_a_text_that_ends_in_a_full_stop_gets_no_second_one() -> None:
    said = Said("{how}。{why}", "{how}. {why}")
    assert said.of(how="已办完。", why="好").read("zh_Hans") == "已办完。好"
    assert said.of(how="已办完", why="等……。。").read("zh_Hans") == "已办完。等……。。"
    assert said.of(how="Done.", why="x").read("en") == "Done. x"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("东郊厂区：断网三天。。转交原因：线路", "东郊厂区：断网三天。转交原因：线路"),
        ("到底修不修？。请回复", "到底修不修？请回复"),
        ("The line is down.. Why it was passed on: x", "The line is down. Why it was passed on: x"),
        ("理由是“先停一周。”。没有设定恢复日", "理由是“先停一周。”没有设定恢复日"),
        ("又来了。。。请回复", "又来了。。。请回复"),
        ("wait...", "wait..."),
    ],
)
def test_a_text_put_together_of_others_has_one_full_stop_after_a_sentence(text: str, shown: str) -> None:
    assert with_one_stop(text) == shown


@pytest.mark.parametrize(
    ("text", "chinese", "english"),
    [
        ("请于2026-03-09前答复", "请于2026年3月9日前答复", "请于9 Mar 2026前答复"),
        ("2026-03-09T15:30:00+08:00 受理", "2026年3月9日 15:30 受理", "9 Mar 2026 15:30 受理"),
        ("单号 TS-2026-03-09，2026-13-40", "单号 TS-2026-03-09，2026-13-40", "单号 TS-2026-03-09，2026-13-40"),
    ],
)
def test_days_in_a_text_are_said_as_the_reader_says_them(text: str, chinese: str, english: str) -> None:
    assert [with_days(text, each) for each in LANGUAGES] == [chinese, english]
