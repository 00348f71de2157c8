"""Which passwords are tried first by whoever guesses, and are refused (OWASP ASVS 2.1.7): common words, runs, names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from engine import errors

MIN_LENGTH = 8
MAX_LENGTH = 200
LENGTH = "A password needs %(least)s to %(most)s characters."
COMMON = "This password is one of those that are tried first. Please take another, such as several words that do not belong together."
PERSONAL = "A password must not be made of your name, your username or the name of the company."
SPARE = 3  # so many characters beside what can be guessed do not make it hard to guess
SHORTEST_RUN = 3

# What people type without thinking: along the keyboard, the alphabet, the digits; each also backwards.
_RUNS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "147258369",
    "!@#$%^&*()",
    "13579",
    "24680",
)
# Words of English and Chinese lists of leaked passwords, in our own selection; whatever is built from them alone is refused.
_WORDS = """
    password passwd passw0rd pass word admin administrator root guest test testing user login master manager system server
    welcome hello monkey dragon football baseball basketball superman batman princess sunshine shadow michael jordan
    jennifer charlie letmein trustno iloveyou love lovely lover baby angel flower summer winter spring autumn freedom
    whatever nothing starwars pokemon computer internet google windows microsoft samsung apple huawei xiaomi tencent
    alibaba taobao weixin wechat qq163 company office secret private access changeme default demo temp public banjie
    china beijing shanghai guangzhou shenzhen hangzhou chengdu zhongguo zhonghua
    woaini woaiwojia wodemima mima woshishui woaiwo aini iloveu laopo laogong baobao baobei qinaide nihao nihaoma
    meiyou zhangwei wangwei wangfang liwei lina zhangmin xiaoming xiaohong xiaolong tiantian xingfu kuaile jiayou
    buzhidao haohao xuexi qingchun shijie dajia gongsi guanli guanliyuan mimamima woziji yidong dianxin liantong
    520 521 1314 5201314 1314520 520520 888 666 168 518 110 119 120 007 911 147 258 369 789 456 159 753
    qwe asd zxc qaz wsx edc rfv abc xyz aaa q1w2e3 a1b2c3 1q2w3e zaq xsw
"""
_TOKENS = frozenset(_WORDS.split())
_LOOK_ALIKES = str.maketrans("@4301$5!7", "aaeolssit")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SPACES = re.compile(r"[\s._\-+*#!?@,;:/\\|~]+")


def fault(password: str, personal: Iterable[str] = ()) -> errors.Invalid | None:
    """Why a password is refused, or None. `personal` are the names of the person and the company, and the username.

    A password is refused when, beside what can be guessed (a common word, a run along the keyboard, a character
    over and over, a year, a name), it holds no more than three characters.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return errors.Invalid(LENGTH, least=MIN_LENGTH, most=MAX_LENGTH)
    names = frozenset(_names(personal))
    for text in _readings(password):
        if _is_repeated(text) or _left(text, _TOKENS) <= SPARE:
            return errors.Invalid(COMMON)
        if names and _left(text, _TOKENS | names) <= SPARE:
            return errors.Invalid(PERSONAL)
    return None


def _readings(password: str) -> Iterator[str]:
    """As it is typed, with the letters that its digits and signs stand for, and with doubled characters as one."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    yield _SPACES.sub("", plain)
    yield _SPACES.sub("", plain.translate(_LOOK_ALIKES))
    yield re.sub(r"(.)\1+", r"\1", _SPACES.sub("", plain))


def _names(personal: Iterable[str]) -> Iterator[str]:
    for name in personal:
        text = unicodedata.normalize("NFKC", name).casefold()
        for part in {_SPACES.sub("", text), *_SPACES.split(text)}:
            if len(part) >= (3 if part.isascii() else 2):
                yield part


def _is_repeated(text: str) -> bool:
    """Whether it is one short part over and over (abcabcabc), or of hardly any characters (aabbaabb)."""
    return len(set(text)) <= 2 or re.fullmatch(r"(.{1,8}?)\1+.{0,2}", text) is not None


def _left(text: str, tokens: frozenset[str]) -> int:
    """How many characters remain when the longest guessable part is taken away at every place, from the front."""
    at = left = 0
    longest = max(map(len, tokens))
    while at < len(text):
        taken = _guessable(text, at, tokens, longest)
        left += 0 if taken else 1
        at += taken or 1
    return left


def _guessable(text: str, at: int, tokens: frozenset[str], longest: int) -> int:
    """How many characters from here on make the longest word, year, run or repetition; 0 for none."""
    words = (length for length in range(min(longest, len(text) - at), 1, -1) if text[at : at + length] in tokens)
    same = len(text[at:]) - len(text[at:].lstrip(text[at]))
    return max(next(words, 0), 4 if _YEAR.match(text, at) else 0, _run(text, at), same if same >= SHORTEST_RUN else 0)


def _run(text: str, at: int) -> int:
    best = 0
    for row in (each for line in _RUNS for each in (line, line[::-1])):
        length = best + 1
        while at + length <= len(text) and text[at : at + length] in row:
            best, length = length, length + 1
    return best if best >= SHORTEST_RUN else 0
