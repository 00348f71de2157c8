"""The words of a notice in the reader's language: a template filled in, of a secret case without its title."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.announcing import settings as notice_settings
from engine.announcing.kinds import CARD, OF_CASES, PLACES, SUMMED_UP, NoticeWords
from engine.announcing.settings import NoticeSettings
from engine.basics import sayings
from engine.calendar import clock
from engine.cases.personal import personal_text
from engine.definitions.definitions import Definition
from engine.definitions.languages import telling
from engine.people.members import Member
from engine.people.organisation import Organisation, level_of
from engine.storage.models import Outgoing, ProcessInstance

MOST_TOLD = 200  # letters of who and why in a list of notices
MOST_SUMMED_UP, MOST_VALUE = 3, 80  # lines of a case's summary, and letters of each
WITHHELD = {"zh_Hans": "（涉密，请登录查看）", "en": "(confidential, please sign in)"}
FOR = {"zh_Hans": "（代{name}）", "en": " (for {name})"}
SOMEBODY = {"zh_Hans": "系统", "en": "Banjie"}
OF_UNIT = {"zh_Hans": "{name}（{unit}）", "en": "{name} ({unit})"}
VALUE = {"zh_Hans": "{label}：{value}", "en": "{label}: {value}"}
TRIED = {"zh_Hans": "已自动试过{count}次，都没有成功。", "en": "It was tried {count} times by itself, without success. "}
EVENTS = {
    "zh_Hans": {
        "completed": "环节已办完",
        "returned": "已退回",
        "taken_back": "已撤回到上一步",
        "moved": "已转到别的环节",
        "commented": "有新评论",
        "suspended": "已挂起",
        "resumed": "已恢复办理",
        "ended": "已办结",
        "cancelled": "已撤销",
        "withdrawn": "已撤回",
        "terminated": "已终止",
        "voided": "已作废",
        "incident": "因异常停下",
    },
    "en": {
        "completed": "A step is done",
        "returned": "Sent back",
        "taken_back": "Taken back",
        "moved": "Moved to another step",
        "commented": "A new comment",
        "suspended": "Held up",
        "resumed": "Goes on again",
        "ended": "Concluded",
        "cancelled": "Cancelled",
        "withdrawn": "Withdrawn",
        "terminated": "Terminated",
        "voided": "Voided",
        "incident": "Stopped by an incident",
    },
}


@dataclass(frozen=True)
class About:
    """What a notice is about: its case, if it has one, and the version that the case runs on."""

    instance: ProcessInstance | None = None
    definition: Definition | None = None

    @property
    def secrecy(self) -> str:
        """The level of secrecy of the case's process."""
        return self.definition.settings.secrecy if self.definition else ""

    def titled(self, language: str) -> str:
        """The title of its case in the reader's language."""
        title = self.instance.title if self.instance else ""
        return self.definition.titled(title, language) if self.definition else title

    def said(self, text: str, language: str) -> str:
        """A text of the process in the reader's language."""
        return self.definition.said_in(language, text) if self.definition else text

    def summed_up(self, language: str) -> list[tuple[str, str]]:
        """What its lists tell of the case beside its title, in the reader's language; personal data are masked there."""
        words, title = self.definition.texts.get(language, {}) if self.definition else {}, self.titled(language)
        given = self.instance.summary if self.instance else []
        told = [(self.said(each["label"], language), self._summed(each, words)) for each in given]
        return [(label, value) for label, value in told if value and value not in title]

    def _summed(self, part: Mapping[str, Any], words: Mapping[str, str]) -> str:
        part = {**part, "value": _plain(part["value"])}
        return str(telling.summed(self.definition, part, words)) if self.definition else part["value"]


@dataclass(frozen=True)
class Attached:
    """A file that goes with a letter; `content` is base64, as the facts of a notice are JSON."""

    name: str
    type: str
    content: str

    @property
    def facts(self) -> dict[str, str]:
        """As the facts of a notice keep it."""
        return {"file_name": self.name, "file_type": self.type, "file": self.content}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Attached | None:
        """That of a notice; None for one without a file."""
        return cls(facts["file_name"], facts["file_type"], facts["file"]) if facts.get("file") else None


@dataclass(frozen=True)
class Reader:
    """Who reads a notice, and the language he reads."""

    username: str
    name: str
    language: str
    clearance: str


def reader(company: Organisation, username: str) -> Reader:
    """The person as a reader; in the company's language for whoever chose none."""
    person: Member | None = company.people.get(username)
    return Reader(username, company.name_of(username), company.language_of(username), person.clearance if person else "")


def is_withheld(settings: NoticeSettings, about: About, to: Reader) -> bool:
    """Whether the title stays inside: its secrecy is above what the company lets out, or above what the person may see."""
    if about.instance is None:
        return False
    return level_of(about.secrecy) > min(level_of(settings.titles_up_to), level_of(to.clearance))


def written(company: Organisation, settings: NoticeSettings, row: Outgoing, about: About, to: Reader) -> NoticeWords:
    """The words of one notice."""
    return filled(_words(settings, row, to), facts(company, settings, row, about, to))


def subject(settings: NoticeSettings, row: Outgoing, given: Mapping[str, str], to: Reader) -> str:
    """Its subject alone, of what is `given`."""
    return filled(_words(settings, row, to), given).subject


def _words(settings: NoticeSettings, row: Outgoing, to: Reader) -> NoticeWords:
    if row.facts.get("is_whole"):  # a company's own words of the kind speak of a step
        return OF_CASES[row.kind].words[to.language]
    return settings.words(row.facts.get("words") or row.kind, to.language)


def card(given: Mapping[str, str], language: str, names: Sequence[str] = tuple(CARD["en"])) -> list[str]:
    """What is told of a case in few words, a line for each of these names that there is something to say under."""
    return [line.format_map(given) for name, line in CARD[language].items() if name in names and given[name]]


def told(company: Organisation, settings: NoticeSettings, row: Outgoing, about: About, to: Reader) -> str:
    """Who did it and why, as one line for a list of notices: what the words of its kind say of that."""
    words, given = _words(settings, row, to), facts(company, settings, row, about, to)
    lines = [line for line in words.body.split("\n") if ("{who}" in line or "{said}" in line) and not _is_empty(line, given)]
    return " ".join(" ".join(lines).format_map(given).split())[:MOST_TOLD]


def facts(company: Organisation, settings: NoticeSettings, row: Outgoing, about: About, to: Reader) -> dict[str, str]:
    """What stands for the names between braces, as texts in the reader's language."""
    instance, known = about.instance, row.facts
    withheld = is_withheld(settings, about, to)
    title = sayings.of_both(known.get("subject"), to.language) or (about.titled(to.language) if instance else "")
    said = " ".join(
        filter(None, (EVENTS[to.language].get(known.get("event") or ""), sayings.of_both(known.get("said"), to.language)))
    )
    return {
        "name": to.name,
        "title": WITHHELD[to.language] if withheld else personal_text.cover(_plain(title)),
        "number": instance.number if instance else "",
        "process": about.said(instance.process_name, to.language) if instance else _plain(title) or company.name,
        "initiator": "" if withheld else _initiator(company, about, to),
        "step": _step(company, known, about, to),
        "who": sayings.read(company.acting(known.get("who"), known.get("instead_of")), to.language) or SOMEBODY[to.language],
        "due": local(company, known.get("due")),
        "summary": "" if withheld or row.kind not in SUMMED_UP else _summary(about, to.language),
        "said": "" if withheld else personal_text.cover(said),
        "since": local(company, known.get("since")),
        "tried": TRIED[to.language].format(count=known["tried"]) if (known.get("tried") or 0) > 1 else "",
        "link": settings.link(path(row)),
        "company": company.name,
    }


def _initiator(company: Organisation, about: About, to: Reader) -> str:
    """Who began the case, with the department; of a customer's the way by which it came."""
    instance = about.instance
    if instance is None:
        return ""
    if instance.initiator is None:
        public = about.definition.settings.public if about.definition else None
        return about.said(public.channel, to.language) if public else ""
    name, unit = company.name_of(instance.initiator), company.department_name(instance.initiator_department)
    said = telling.of_company(company, to.language, unit)
    return OF_UNIT[to.language].format(name=name, unit=said) if unit and unit not in name else name


def _summary(about: About, language: str) -> str:
    """The first lines of the case's summary, each of one line."""
    lines = [
        VALUE[language].format(label=label, value=personal_text.cover(value)) for label, value in about.summed_up(language)
    ]
    return "\n".join(each if len(each) <= MOST_VALUE else f"{each[: MOST_VALUE - 1]}…" for each in lines[:MOST_SUMMED_UP])


def _plain(text: object) -> str:
    """A text on one line: whoever words a case lays out no letter."""
    return " ".join(str(text or "").split())


def _step(company: Organisation, known: Mapping[str, Any], about: About, to: Reader) -> str:
    """The step's name, to a deputy with whom he stands in for."""
    step = _plain(about.said(known.get("step") or "", to.language))
    return step + FOR[to.language].format(name=company.name_of(known["for"])) if known.get("for") else step


def path(row: Outgoing) -> str:
    """The page that a notice leads to: where its reader does what it asks of him."""
    if page := row.facts.get("page"):
        return str(page)
    if row.task_key is not None:
        return f"/tasks/{row.task_key}"
    return f"/cases/{row.instance_key}" if row.instance_key is not None else "/notices"


def filled(words: NoticeWords, given: Mapping[str, str]) -> NoticeWords:
    """A template with its names filled in; a line all of whose names are empty is left out, and one of a case where there is none."""
    lines = [line for line in words.body.split("\n") if not _is_empty(line, given)]
    kept = [line for line in lines if given.get("number") or "{number}" not in line]
    told = [f"{{{name}}}" for name in ("title", "said") if given.get(name)]
    if any(name in line for line in kept for name in told):  # else the words of the company say it all in such a line
        lines = kept
    subject = " ".join(words.subject.format_map(given).split())
    return NoticeWords(subject[: notice_settings.MOST_SUBJECT], "\n".join(lines).format_map(given))


def _is_empty(line: str, given: Mapping[str, str]) -> bool:
    named = [name for name in PLACES if f"{{{name}}}" in line]
    return bool(named) and not any(given.get(name) for name in named)


def local(company: Organisation, moment: str | None) -> str:
    """A moment as the company reads it; nothing for none."""
    return clock.told(company, datetime.fromisoformat(moment)) if moment else ""
