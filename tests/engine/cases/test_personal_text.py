"""Personal data in what people write: every number and address that is one is masked, nothing else is touched."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.cases.personal import personal_text
from engine.cases.personal.personal_text import cover, words_of

DIGITS = "0123456789"
WORDS = st.text(alphabet="我是客户来电反映夜间无人值守请尽快处理谢，。、：；\n", max_size=12)
SIGNS = st.sampled_from(["", "：", ":", "，", "、", " ", "（", "\n", "/"])


def digits(least: int, most: int | None = None) -> st.SearchStrategy[str]:
    return st.text(alphabet=DIGITS, min_size=least, max_size=most or least)


def mobile_numbers() -> st.SearchStrategy[str]:
    def worded(head: str, middle: str, tail: str, gap: str, country: str) -> str:
        return f"{country}1{head}{middle[0]}{gap}{middle[1:]}{gap}{tail}"

    heads, countries = st.sampled_from("3456789"), st.sampled_from(["", "+86", "+86 ", "86-", "0086 "])
    return st.builds(worded, heads, digits(5), digits(4), st.sampled_from(["", " ", "-"]), countries)


def landlines() -> st.SearchStrategy[str]:
    areas = st.sampled_from([("010", 7), ("021", 7), ("0512", 6), ("0371", 7), ("0999", 6)])
    gaps = st.sampled_from(["{}-{}", "({}){}", "（{}）{}", "{} {}", "{}{}"])
    return st.builds(
        lambda area, first, rest, gap: gap.format(area[0], first + rest[: area[1]]), areas, SUBSCRIBER, digits(7), gaps
    )


SUBSCRIBER = st.sampled_from("3456789")


def citizens() -> st.SearchStrategy[str]:
    days = st.dates(min_value=date(1920, 1, 1), max_value=date(2026, 1, 1))

    def worded(region: str, day: object, serial: str) -> str:
        start = f"{region}{day:%Y%m%d}{serial}"
        weights = [2 ** (17 - place) % 11 for place in range(17)]
        return start + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(start, weights, strict=True)) % 11]

    return st.builds(worded, st.sampled_from(["110105", "310115", "440305", "654321"]), days, digits(3))


def cards() -> st.SearchStrategy[str]:
    def worded(start: str, rest: str) -> str:
        body = start + rest
        total = sum(sum(divmod(int(digit) * 2, 10)) if place % 2 == 0 else int(digit) for place, digit in enumerate(body[::-1]))
        return body + str(-total % 10)

    return st.one_of(
        st.builds(worded, st.just("622202"), digits(12)), st.builds(worded, st.sampled_from(["4111", "5500"]), digits(11))
    )


def addresses() -> st.SearchStrategy[str]:
    name = st.from_regex(r"[a-z][a-z0-9._-]{2,20}[a-z0-9]", fullmatch=True)
    return st.builds("{}@{}".format, name, st.sampled_from(["qq.com", "163.com", "mail.example.com.cn", "x-y.cn"]))


PERSONAL = st.one_of(mobile_numbers(), landlines(), citizens(), cards(), addresses())


@given(WORDS, SIGNS, PERSONAL, WORDS)
def test_a_number_or_address_is_masked_wherever_it_stands(before: str, sign: str, personal: str, after: str) -> None:
    shown = cover(f"{before}{sign}{personal}{after}")
    assert personal not in shown and "***" in shown
    assert shown.startswith(before) and shown.endswith(after)


@given(st.lists(PERSONAL, min_size=2, max_size=5), st.sampled_from(["、", "，", "/", "\n", "或"]))
def test_one_beside_another_does_not_save_it(found: list[str], sign: str) -> None:
    shown = cover(sign.join(found))
    assert not [each for each in found if each in shown]


@given(st.lists(st.one_of(WORDS, PERSONAL), max_size=6).map("，".join))
def test_what_is_masked_stays_as_it_is_when_masked_again(text: str) -> None:
    assert cover(cover(text)) == cover(text)


def harmless() -> st.SearchStrategy[str]:
    dates = st.dates(date(1990, 1, 1), date(2099, 12, 31))
    day = dates.map(lambda each: each.strftime("%Y%m%d"))
    letters = st.text(alphabet="ABCDEHKPRSTXZ", min_size=1, max_size=4)
    return st.one_of(
        st.builds("{}-{}-{}".format, letters, day, digits(3, 5)),  # case numbers
        st.builds("{}{}{}".format, letters, day, digits(3, 6)),  # contract numbers
        st.builds("{}-{}-{}".format, letters, digits(4), digits(3, 11)),
        st.builds(
            "{}-{}-{}".format,
            st.sampled_from(["0371", "021"]),
            dates.filter(lambda each: each.year >= 2000).map(lambda each: each.strftime("%Y%m%d")),
            digits(2, 4),
        ),
        dates.map(str),
        st.datetimes().map(lambda each: each.isoformat(" ", "seconds")),
        st.datetimes().map(lambda each: f"{each:%Y年%m月%d日%H:%M}"),
        st.integers(0, 10**10 - 1).map(str),
        st.integers(0, 10**12).map("{}元".format),
        st.integers(0, 10**12).map("￥{}".format),
        st.decimals(0, 10**12, places=2).map("{:,}".format),
        st.decimals(0, 10**12, places=2).map("{}".format),
        st.integers(10**17, 10**18 - 1).filter(lambda key: str(key)[6:8] not in ("19", "20")).map(str),  # keys of rows
        st.builds("{}.{}.{}.{}".format, *[st.integers(0, 255)] * 4),
        st.sampled_from(["400-800-1234", "95598", "12315", "110", "第3轮", "5台", "2026"]),
    )


@given(st.lists(st.one_of(WORDS, harmless()), min_size=1, max_size=6), st.sampled_from(["，", " ", "\n", "（", "为"]))
def test_case_numbers_dates_contracts_and_amounts_are_left_alone(found: list[str], sign: str) -> None:
    text = sign.join(found)
    assert cover(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("我是王小明,电话13812345678", "我是王**,电话138****5678"),
        ("手机１３８１２３４５６７８，急", "手机138****5678，急"),
        ("Tel:+86-13812345678", "Tel:+86*******5678"),
        ("（021）66668888转801", "021****8888转801"),
        ("身份证11010519491231002X。", "身份证110***********002X。"),
        ("号码110105194912310021不是身份证", "号码110105194912310021不是身份证"),
        ("wang@example.com或li@example.com", "w***@example.com或l***@example.com"),
        ("13812345678@163.com", "1***@163.com"),
        ("13812345678微信同号", "138****5678微信同号"),
        ("王小明明天来，小王不来", "王**明天来，小王不来"),
        ("", ""),
    ],
)
def test_as_people_write_it(text: str, shown: str) -> None:
    assert cover(text, ["王小明"]) == shown


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("王小明", ["王小明"]),
        ("王小明 66668888", ["王小明 66668888", "王小明", "66668888"]),
        ("王小明（经理）", ["王小明（经理）", "王小明"]),
        (["王小明", "Li Lei"], ["王小明", "Li Lei", "Li"]),
        ({"name": "王小明", "age": 40}, ["王小明"]),
        ("王", []),
        ("匿名", []),
        ("客户", []),
        ("12", []),
        ("", []),
        (None, []),
        (40, []),
    ],
)
def test_the_words_that_give_a_person_away(value: object, words: list[str]) -> None:
    assert list(words_of(value)) == words


def test_a_latin_name_is_not_found_within_other_words() -> None:
    assert cover("Light of Li", ["Li"]) == "Light of L*"


@given(st.text(max_size=200))
@example("@\x80\\")
def test_no_text_makes_it_fail(text: str) -> None:
    assert isinstance(cover(text, words_of(text)), str)
    assert personal_text.mask(text) is not None
