"""Sentences of ours in both languages, for what is stored or sent where no page is at hand that would translate it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

_STORED = re.compile(
    r"(?<![0-9A-Za-z_-])(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d|@[\w/+-]+)?)?(?![\d-])"
)
LANGUAGES = ("zh_Hans", "en")
ENDS = ("。", "！", "？", ".", "!", "?")
_STOP = re.compile(r"(\{(\w+)\})[。.]")
_NAME = re.compile(r"\\\{(\w+)\\\}")  # as `re.escape` writes it
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_SECOND_STOP = re.compile(r"(?<![。.])([。！？!?.]”?)[。.](?![。.])")  # three and more are somebody's own


@dataclass(frozen=True)
class Said:
    """A sentence with names between braces, and what stands for them: texts, or other sentences.

    What is given is never read as a template itself, so that braces in somebody's words stay what they are.
    """

    zh_Hans: str
    en: str
    given: Mapping[str, Any] = field(default_factory=dict)

    def of(self, **given: Any) -> Said:
        """The sentence about these."""
        return replace(self, given={**self.given, **given})

    def __str__(self) -> str:
        return self.read("en")

    def read(self, language: str) -> str:
        """The sentence in a language."""
        words = self.en if language == "en" else self.zh_Hans
        given = {name: read(value, language) for name, value in self.given.items()}
        return _STOP.sub(lambda at: _stopped(at, given), words).format_map(given).strip()

    def given_in(self, text: str, language: str) -> dict[str, str]:
        """What stands for the names in a text that was read from this sentence; {} for any other text."""
        words = self.en if language == "en" else self.zh_Hans
        pattern = _NAME.sub(lambda at: f"(?P<{at[1]}>.*)", re.escape(words))
        at = re.fullmatch(pattern, text, re.DOTALL)
        return at.groupdict() if at else {}


def _stopped(at: re.Match[str], given: Mapping[str, Any]) -> str:
    """A name with the full stop after it, without that where the text that is given has one of its own."""
    return at[1] if str(given.get(at[2]) or "").rstrip().endswith(ENDS) else at[0]


def is_chinese(text: str) -> bool:
    """Whether a text has Chinese words, and so is punctuated as Chinese is."""
    return bool(_HAN.search(text))


def with_one_stop(text: str) -> str:
    """A text that was put together of others, where a full stop was set after a sentence that has its own."""
    return _SECOND_STOP.sub(r"\1", text)


# Reasons that the engine itself gives in a history, where one text stands for ever.
OVERDUE = Said("逾期未办，按流程设定退回", "Overdue; sent back as the process says")
SPREAD_BACK = Said("撤销均衡分派", "Spreading tasks was undone")
LEFT = Said("原办理人已离职，待办移交", "Whoever had it has left; it was handed over")
FOLLOWED = Said("组织调整，待办随之转给现任人员", "The organisation changed; it went to whoever has that place now")
DEPARTMENT, WHO = Said("部门", "Department"), Said("办理人", "Done by")  # above columns that no form has a label for
IN_HISTORY = {each.zh_Hans: each for each in (OVERDUE, SPREAD_BACK, LEFT, FOLLOWED, DEPARTMENT, WHO)}
READER = "language"  # of a session: that of whoever reads
TEXTS = "texts"  # of a company and of a process: what their own words are in other languages
BESIDE = "、"  # between names in one text; none holds it
BETWEEN = " 代 "  # of who acted and for whom, as it stands on record
INSTEAD_OF = Said(f"{{who}}{BETWEEN}{{whom}}", "{who} for {whom}")


def told(text: str) -> str | Said:
    """A reason of a history: our own as a sentence, what people wrote as it is."""
    return IN_HISTORY.get(text, text)


def read(words: Any, language: str) -> Any:
    """A sentence or a day in a language; a text that somebody wrote, and what is neither, as it is."""
    if isinstance(words, date) and not isinstance(words, datetime):
        return day(words, language)
    return words.read(language) if isinstance(words, Said) else words


def day(at: date, language: str) -> str:
    """A day as one says it, with its year."""
    return f"{at.day} {at:%b} {at.year}" if language == "en" else f"{at.year}年{at.month}月{at.day}日"


def moment(at: datetime) -> Said:
    """A moment by the clock it is given in, as one says it of what was lately."""
    return Said(
        "{month}月{day}日 {time}",
        "{day} {word} {time}",
        {"month": at.month, "day": at.day, "word": f"{at:%b}", "time": f"{at:%H:%M}"},
    )


def with_days(text: str, language: str) -> str:
    """A text that a process put together, with the days in it as one says them instead of as they are stored."""
    return _STORED.sub(lambda at: _said_day(at, language), text)


def _said_day(at: re.Match[str], language: str) -> str:
    try:
        return day(date.fromisoformat(at[1]), language) + (f" {at[2]}" if at[2] else "")
    except ValueError:
        return at[0]


def joined(words: Iterable[str | Said]) -> Said:
    """An enumeration as each language writes one."""
    several = list(words)
    signs = dict(zip(LANGUAGES, (BESIDE, ", "), strict=True))
    return in_each(lambda language: signs[language].join(read(each, language) for each in several))


def lines(*words: str | Said) -> Said:
    """One below the other."""
    return in_each(lambda language: "\n".join(read(each, language) for each in words))


def in_each(say: Callable[[str], str]) -> Said:
    """A sentence of a text that is made for each language."""
    zh, en = map(say, LANGUAGES)
    return Said("{zh}", "{en}", {"zh": zh, "en": en})


def both(words: Any) -> Any:
    """A sentence as it is kept until somebody's language is known: by language. Other values stay."""
    return {each: words.read(each) for each in LANGUAGES} if isinstance(words, Said) else words


def of_both(kept: Any, language: str) -> Any:
    """What `both` kept, in a language."""
    return kept.get(language) if isinstance(kept, Mapping) else kept
