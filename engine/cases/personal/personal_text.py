"""Personal data by their shape: how a name or number looks when masked, and finding numbers and addresses in free text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

STAR = "*"
SHORTEST_NUMBER = 6  # digits; fewer say nothing of a person and stand in any text
# What people write where a name is asked for and they have none to give.
NOBODY = frozenset(
    (
        "匿名",
        "匿名客户",
        "匿名用户",
        "客户",
        "用户",
        "顾客",
        "投诉人",
        "个人",
        "本人",
        "先生",
        "女士",
        "无",
        "不详",
        "未知",
        "未留姓名",
    )
)

# Input methods make full-width digits and signs, and dashes of all lengths. One for one, so that places stay where they are.
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xA0: " "}
_PLAIN = _WIDE | dict.fromkeys((*range(0x2010, 0x2016), 0x2212), "-")

# A number that goes on from letters, digits or a sum of money is a code, a date or an amount, unless a word says whose.
_BEGIN = r"(?:(?<![A-Za-z0-9¥￥$])(?<![A-Za-z0-9][-_])(?<![0-9][.])|(?<=tel)|(?<=phone)|(?<=mobile)|(?<=[vw]x)|(?<=qq))"
_END = r"(?:(?![A-Za-z0-9])(?![.][0-9]{1,2}(?![0-9]))(?! ?[万亿]?元)|(?=(?:[vw]x|qq|tel)))"
_ADDRESS = (
    r"[A-Za-z0-9._%+-]{1,64}+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,6}[A-Za-z][A-Za-z0-9-]{0,22}[A-Za-z0-9]"
)
_CITIZEN = r"[1-8][0-9]{5} ?(?:19|20)[0-9]{2}[01][0-9][0-3][0-9] ?[0-9]{3}[0-9Xx]"
# No 18 digits: that is how long the keys of rows are, and few cards.
_CARD = r"[3-69][0-9]{3}(?P<gap>[- ]?)[0-9]{4}(?P=gap)[0-9]{4}(?P=gap)[0-9]{4}(?:(?P=gap)(?:[0-9]{3}|[0-9]))?"
_MOBILE = r"(?:(?:\+|00)?86[- ]?)?1[3-9][0-9](?P<space>[- ]?)[0-9]{4}(?P=space)[0-9]{4}"
# Not a day and a number after it: 0371-20260302-01 is a contract.
_LANDLINE = (
    r"\(?(?:0|(?:\+|00)86[- ]?0?)(?:10|2[0-9]|[3-9][0-9]{2})(?:[-)] ?|(?= ?[2-9]) ?)"
    r"(?!20[0-9]{2}[01][0-9][0-3][0-9]-[0-9])[1-9][0-9]{2,3} ?[0-9]{4}"
)
_SHAPES = re.compile(
    f"(?P<address>{_ADDRESS})|{_BEGIN}(?:(?P<citizen>{_CITIZEN})|(?P<card>{_CARD})|(?P<phone>{_MOBILE}|{_LANDLINE})){_END}",
    re.IGNORECASE,
)
# All that a shape is made of. Looking for it first keeps long texts cheap, as few of their letters are any of these.
_RUN = re.compile(r"[A-Za-z0-9._%+()@ -]{7,}")
_LOOK_AHEAD = 4
_DIGIT_OR_SIGN = re.compile(r"[0-9@\uff10-\uff19\uff20]")
_APART = re.compile(r"[\s,，、;；/|:：()（）]+")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999


def mask(value: Any) -> Any:
    """A personal value as strangers may see it: 王*, 138****1234, a***@example.com."""
    if isinstance(value, list):
        return [mask(each) for each in value]
    if isinstance(value, Mapping):
        return {name: mask(each) for name, each in value.items()}
    if isinstance(value, int | Decimal) and len(str(value)) >= SHORTEST_NUMBER and not isinstance(value, bool):
        return mask(str(value))
    if not isinstance(value, str) or not value.strip():
        return value
    text = value.strip()
    if text in NOBODY:
        return text
    if "@" in text:
        return _masked_address(text)
    if re.fullmatch(r"[+\d][\d\s()-]{6,}[\dXx]", text):
        return masked_number(re.sub(r"[\s()-]", "", text))
    return text[0] + STAR * min(max(len(text) - 1, 1), 2)


def masked_number(digits: str) -> str:
    """A telephone or identity number: the first three and the last four are left, of a short one only the last two."""
    if len(digits) < 9:
        return STAR * (len(digits) - 2) + digits[-2:]
    return digits[:3] + STAR * (len(digits) - 7) + digits[-4:]


def cover(text: str, words: Iterable[str] = ()) -> str:
    """A free text with telephone, identity and card numbers, e-mail addresses and the given `words` masked in it."""
    if _DIGIT_OR_SIGN.search(text):
        text = "".join(_pieces(text, text.translate(_PLAIN)))
    for word in words:
        if word in text:
            text = _finder(word).sub(lambda hit: str(mask(hit[0])), text)
    return text


def words_of(value: Any) -> Iterator[str]:
    """The words of a personal value that give a person away wherever they stand: the whole, a name before it, numbers in it."""
    if isinstance(value, list):
        for each in value:
            yield from words_of(each)
    if isinstance(value, Mapping):
        yield from words_of(list(value.values()))
    if not isinstance(value, str):
        return
    whole = value.strip()
    first, *others = _APART.split(whole)
    yield from filter(_gives_away, dict.fromkeys((whole, first, *filter(_is_number, others))))


def _gives_away(word: str) -> bool:
    if word in NOBODY or len(word) < 2:
        return False
    return not word.isascii() or len(word) >= SHORTEST_NUMBER or word.isalpha()


def _is_number(word: str) -> bool:
    return sum(letter.isdigit() for letter in word) >= SHORTEST_NUMBER


def _pieces(text: str, plain: str) -> Iterator[str]:
    last = 0
    for hit in _found(plain):
        covered = _covered(hit)
        if covered is not None:
            yield text[last : hit.start()]
            yield covered
            last = hit.end()
    yield text[last:]


def _found(plain: str) -> Iterator[re.Match[str]]:
    for run in _RUN.finditer(plain):
        yield from _SHAPES.finditer(plain, run.start(), run.end() + _LOOK_AHEAD)


def _covered(hit: re.Match[str]) -> str | None:
    """What stands in its place; None for a number that only looks like one."""
    whole = hit[0]
    if hit["address"]:
        return _masked_address(whole)
    digits = re.sub(r"[- ()]", "", whole)
    if hit["citizen"] and not _is_citizen(digits.upper()):
        return None
    if hit["card"] and not _is_card(digits):
        return None
    return masked_number(digits)


def _masked_address(text: str) -> str:
    return f"{text[0]}***{text[text.index('@') :]}"


def _is_citizen(digits: str) -> bool:
    """Whether the eighteenth place is the check digit of the others."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False))
    return digits[17] == "10X98765432"[total % 11]


def _is_card(digits: str) -> bool:
    """Luhn's check, ISO/IEC 7812-1."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


@lru_cache(maxsize=1024)
def _finder(word: str) -> re.Pattern[str]:
    """Finds a word; one of letters or digits not within a longer one."""
    before = r"(?<![A-Za-z0-9])" if word[0].isascii() and word[0].isalnum() else ""
    after = r"(?![A-Za-z0-9])" if word[-1].isascii() and word[-1].isalnum() else ""
    return re.compile(before + re.escape(word) + after)
