"""The approval sheet (审批单) of any case as PDF: what was filled in, who said what and when, and how the case came there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.letters import strokes
from engine.cases.lines.filled import Value
from engine.cases.personal import personal_data
from engine.cases.signatures import Signed
from engine.files import documents
from engine.papers.case_papers import Paper
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries.cases import instance_page
from engine.queries.cases.filled_in import Answers
from engine.queries.cases.instance_page import InstancePage
from engine.queries.cases.timeline import TimelineEntry
from engine.queries.cases.words.effects import Effect

TEMPLATE = "approval_sheet"
MOST = 50  # cases in one file
SAID = ("completed", "voted")


@dataclass(frozen=True)
class SheetWords:
    """The words of the reader's language: `labels` of the sheet by name, and how people, values and events are written.

    `filed_by` words a customer from outside by the way he came by and his name.
    """

    labels: Mapping[str, str]
    who: Callable[[str], str]
    value: Callable[[Any], str]
    moment: Callable[[datetime], str]
    event: Callable[[TimelineEntry], str]
    effect: Callable[[Effect], str]
    ended: Callable[[InstancePage], str]
    signature: Callable[[Signed], str]
    position: Callable[[str], str]
    filed_by: Callable[[str, str], str]
    is_chinese: bool


@dataclass(frozen=True)
class Wish:
    """What is wanted on paper: the course of the case with earlier rounds, and personal data in full."""

    with_history: bool = False
    is_full: bool = False


def order(
    session: Session,
    by: Actor,
    keys: Sequence[int],
    words: SheetWords,
    address: Callable[[int], str],
    wish: Wish,
    *,
    now: datetime,
) -> Paper:
    """The sheets of these cases as one file, each on pages of its own; `address` of a case goes into its QR code.

    Personal data are masked unless `wish` asks for them, which is noted in the history of each case.
    Raises NotFound for a case that the person may not know of, Invalid for none or too many.
    """
    wanted = list(dict.fromkeys(keys))
    if not 0 < len(wanted) <= MOST:
        raise errors.Invalid("Please choose between 1 and %(most)s cases to print.", most=MOST)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    pages = [_page(session, by, key, words, wish, now) for key in wanted]
    sheets = [_Sheet(page, words).data(wish, address(page.instance.key)) for page in pages]
    about = {"company": company.name, "by": company.name_of(by.username)}
    data = {
        **about,
        "issued_at": words.moment(now),
        "words": dict(words.labels),
        "is_chinese": words.is_chinese,
        "sheets": sheets,
    }
    name = pages[0].instance.number if len(pages) == 1 else f"{pages[0].instance.number}+{len(pages) - 1}"
    return Paper(f"{words.labels['sheet']}-{name}.pdf", documents.order(TEMPLATE, data, now=now))


def _page(session: Session, by: Actor, key: int, words: SheetWords, wish: Wish, now: datetime) -> InstancePage:
    instance = instance_page.visible(session, by, key)
    if wish.is_full and personal_data.is_masked(session, instance, now=now):
        personal_data.reveal(session, by, key, now=now, how="print", paper=words.labels["sheet"])
    return instance_page.instance_page(session, by, key, now=now, is_revealed=wish.is_full)


class _Sheet:
    """One case on paper."""

    def __init__(self, page: InstancePage, words: SheetWords) -> None:
        self.page, self.words = page, words

    def data(self, wish: Wish, address: str) -> dict[str, Any]:
        """All that the template draws."""
        page, instance = self.page, self.page.instance
        return {
            "number": instance.number,
            "process": instance.process_name,
            "title": instance.title,
            "is_masked": page.is_masked,
            "about": list(self._about()),
            "qr": segno.make(address, error="m", micro=False).svg_inline(border=0),
            "parts": [self._part(group) for group in page.answers],
            "opinions": [self._said(each) for each in page.timeline if each.kind in SAID and not each.is_undone],
            "course": [self._happened(each) for each in page.timeline] if wish.with_history else [],
            "files": [each.name for each in page.files],
        }

    def _about(self) -> Iterator[dict[str, str]]:
        """The lines above the form; none where there is nothing to say."""
        page, instance, label = self.page, self.page.instance, self.words.labels
        who = "　".join(each for each in (page.initiator or self._customer(), page.department) if each)
        due = instance.due_at if instance.state == "active" else None
        moments = (("started", instance.started_at), ("ended", instance.ended_at), ("due", due))
        told = [("initiator", who), ("state", self._standing()), *((name, self._moment(at)) for name, at in moments)]
        told.append(("linked", self._apart("；").join(f"{each.number} {each.title}" for each in page.beside.linked)))
        yield from ({"label": label[name], "value": text} for name, text in told if text)

    def _standing(self) -> str:
        """How the case ended, or which steps it rests at, with whom."""
        if self.page.instance.state != "active":
            return self.words.ended(self.page)
        places = [self._with(each.name, each.held_by) for each in self.page.places]
        return self._apart("；").join(places) or self.words.labels["running"]

    def _part(self, group: Answers) -> dict[str, Any]:
        """What one step asked, with whoever filled it in."""
        is_filed = bool(group.at) and not group.name and self.page.parent is None
        who = self.words.who(group.who) if group.who else self._customer() if is_filed else ""
        return {
            "name": group.name or self.words.labels[self._origin(group)],
            "by": "　".join(each for each in (who, self._moment(group.at)) if each),
            "values": [self._value(each) for each in group.values],
        }

    def _origin(self, group: Answers) -> str:
        """Where that comes from which was asked at no step, as a label."""
        return "beside" if group.is_beside else "came" if self.page.parent else "application"

    def _customer(self) -> str:
        """Who filed it from outside and how; nothing where somebody of the company or a timer began it."""
        return self.words.filed_by(self.page.channel, self.page.customer)

    def _value(self, value: Value) -> dict[str, Any]:
        if value.kind == "table":
            rows = [[self.words.value(each) for each in row] for row in value.rows]
            return {"label": value.label, "columns": list(value.columns), "rows": rows}
        if value.kind == "files":
            return {"label": value.label, "text": self._apart("、").join(str(each.get("name", "")) for each in value.value)}
        return {"label": value.label, "text": self.words.value(value.value)}

    def _said(self, entry: TimelineEntry) -> dict[str, str]:
        signed = self.page.signatures.get(entry.signature[0]) if entry.signature else None
        return {
            "step": self._step(entry),
            "by": self.words.who(entry.who),
            "at": self._moment(entry.at),
            "did": self._did(entry),
            "opinion": entry.opinion,
            "files": self._apart("、").join(each.name for each in self.page.files if each.key in entry.files),
            "signature": strokes.drawing(signed.strokes) if signed else "",
            "check": f"{self.words.signature(signed)} SHA-256 {signed.digest[:12]}" if signed else "",
        }

    def _happened(self, entry: TimelineEntry) -> dict[str, Any]:
        """One line of the course of the case; `is_gone` for what was said before the case was sent back."""
        return {
            "at": self._moment(entry.at),
            "by": self.words.who(entry.who),
            "step": self._step(entry),
            "did": self._did(entry),
            "words": "\n".join(each for each in (*map(self.words.effect, entry.effects), entry.opinion, entry.reason) if each),
            "is_gone": entry.is_undone,
        }

    def _did(self, entry: TimelineEntry) -> str:
        """What was done; of somebody who was only asked to sign, that too."""
        asked = self.words.position(str(entry.data.get("position") or "")) if entry.kind in SAID else ""
        return self._with(self.words.event(entry), asked)

    def _step(self, entry: TimelineEntry) -> str:
        """The step, with the called case that it belongs to."""
        name = entry.element or (self.words.labels["application"] if entry.kind == "started" else "")
        return self._with(name, entry.called) if name else entry.called

    def _with(self, name: str, beside: str) -> str:
        """A name with what stands in brackets after it, if anything does."""
        if not beside:
            return name
        return f"{name}（{beside}）" if self.words.is_chinese else f"{name} ({beside})"

    def _apart(self, sign: str) -> str:
        """What stands between several of a kind in the reader's language: Chinese writing has this sign for it."""
        return sign if self.words.is_chinese else {"、": ", ", "；": "; "}[sign]

    def _moment(self, at: datetime | None) -> str:
        return self.words.moment(at) if at else ""
