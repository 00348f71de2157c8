"""What a diagram names by a code and people by a word: colleagues by their names, forms and processes by their titles.

The side panel of the diagram says and reads the same (web/assets/designer/naming.js).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from engine.basics import sayings
from engine.people.organisation import Organisation

MOST_PEOPLE = 300
FEW = 3
_USERNAME = re.compile(r"[\w.@-]+")


@dataclass(frozen=True)
class PanelChoice:
    """Something that a field of the panel may name: what is written, and what people call it."""

    value: str
    label: str


def people(company: Organisation, diagram: str) -> list[PanelChoice]:
    """Colleagues to choose from by name: those whom the diagram names already, then others up to a bearable number."""
    named = set(_USERNAME.findall(diagram))
    active = sorted((each for each in company.people if company.is_active(each)), key=lambda each: each not in named)
    return told_apart(PanelChoice(name, company.name_of(name)) for name in active[:MOST_PEOPLE])


def told_apart(choices: Iterable[PanelChoice]) -> list[PanelChoice]:
    """The same where two are called alike, each with its code; one that has no name is called by it."""
    told = list(choices)
    times = Counter(each.label for each in told)
    return [each if each.label and times[each.label] == 1 else replace(each, label=_beside(each)) for each in told]


def _beside(choice: PanelChoice) -> str:
    return f"{choice.label}（{choice.value}）" if choice.label else choice.value


def listed(session: Session, names: Iterable[str]) -> str:
    """An enumeration as the reader's language writes one."""
    return sayings.joined(names).read(session.info.get(sayings.READER) or sayings.LANGUAGES[0])


def few(session: Session, names: Sequence[str], most: int = FEW) -> str:
    """The first of them, as an enumeration that says when there are more."""
    return listed(session, names[:most]) + ("…" if len(names) > most else "")


def said(text: str, words: Mapping[str, str]) -> str:
    """Names of a setting, with commas between, in words (by code); an expression stays as it is."""
    return text if text.startswith("=") else "，".join(words.get(each, each) for each in _parted(text))


def meant(text: str, words: Mapping[str, str]) -> str:
    """The other way, as the diagram writes them."""
    codes = {word: code for code, word in words.items()}
    if text.startswith("=") or text in codes:
        return codes.get(text, text)
    return ",".join(codes.get(each, each) for each in _parted(text))


def _parted(text: str) -> list[str]:
    return [each.strip() for each in re.split("[,，、]", text) if each.strip()]
