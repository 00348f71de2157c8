"""The scenarios that a template begins with: every way through its chain, walked by people of the company that takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.basics import toml_texts
from engine.basics.sayings import LANGUAGES, Said, joined
from engine.people.organisation import Organisation

_MANAGER = re.compile(r"=manager of\(initiator, (\d+)\)")
EVERYBODY = "*"
AGREED = Said("逐级办理，办结", "Handled step by step, done")
SHORTER = Said("未{asked}，少一级审批", "Not “{asked}”: one approval less")
REFUSED_AT = Said("{step}不同意，结束", "Refused at “{step}”, over")
NO, YES = Said("理由不充分。", "The reasons do not suffice."), Said("同意。", "Agreed.")
Step = Mapping[str, Any]


@dataclass(frozen=True)
class _Way:
    """One way through the chain: the steps on it, and at which of them it is refused."""

    name: str
    title: Said
    form: Mapping[str, Any]
    steps: Sequence[Step]
    refused_at: str = ""


def written(
    raw: Mapping[str, Any], company: Organisation, by: str, *, language: str = LANGUAGES[0], now: datetime
) -> dict[str, str]:
    """The scenarios of a template as texts by name: all agree, the shorter way where there is one, each refusal.

    `raw` is the template in a `language`, `by` who takes it: the initiator where not everybody may start it. A way for which the company
    has nobody (no superior, no second administrator) is left out.
    """
    initiator = _initiator(raw, company, by)
    told = {way.name: _scenario(way, company, initiator, language, now) for way in _ways(raw, now)}
    return {name: toml_texts.dumps(each) for name, each in told.items() if each is not None}


def _ways(raw: Mapping[str, Any], now: datetime) -> Iterator[_Way]:
    steps, sample = raw["step"], {**raw.get("sample", {}), **_days(raw, now)}
    yield _Way("agreed", AGREED, sample, steps)
    if short := raw.get("sample_short"):
        asked = joined(str(step["question"]).rstrip("?？") for step in steps if step.get("when"))
        always = [step for step in steps if not step.get("when")]
        yield _Way("shorter", SHORTER.of(asked=asked), {**sample, **short}, always)
    for number, step in enumerate(steps, 1):
        if _is_approval(step):
            yield _Way(f"refused_at_{step['id']}", REFUSED_AT.of(step=step["name"]), sample, steps[:number], step["id"])


def _days(raw: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """What a sample says of days, which are told by how far off they are."""
    return {name: (now + timedelta(days)).date().isoformat() for name, days in raw.get("sample_in_days", {}).items()}


def _scenario(way: _Way, company: Organisation, initiator: str, language: str, now: datetime) -> dict[str, Any] | None:
    did: dict[str, str] = {"initiator": initiator}
    acts = []
    for step in way.steps:
        person = _person(step, company, did)
        if person is None:
            return None
        did[step["id"]] = person
        acts.append({"task": step["id"], "by": person, **_said(step, way.refused_at == step["id"], language)})
    ended = "turned_down" if way.refused_at else "concluded"
    start = {"by": initiator, "form": dict(way.form)}
    expected = {"state": "completed", "ended": [ended]}
    return {"title": way.title.read(language), "now": now, "start": start, "step": acts, "expect": expected}


def _said(step: Step, is_refused: bool, language: str) -> dict[str, str]:
    if not _is_approval(step):
        return {}
    outcome, opinion = ("reject", NO) if is_refused else ("approve", YES)
    return {"outcome": outcome, "opinion": opinion.read(language)}


def _is_approval(step: Step) -> bool:
    return bool(step.get("properties", {}).get("kind") == "approve")


def _initiator(raw: Mapping[str, Any], company: Organisation, by: str) -> str:
    """Who starts: of those who may, one with many superiors, so that each level has somebody else."""
    if EVERYBODY not in raw.get("settings", {}).get("may_start", []):
        return by
    active = [name for name in sorted(company.people) if company.is_active(name)]
    staff = [name for name in active if not company.people[name].is_administrator] or [by]
    return max(staff, key=lambda name: len(company.managers_of(name)))


def _person(step: Step, company: Organisation, did: Mapping[str, str]) -> str | None:
    """Who does a step, as its assignment says, else an administrator; None where everybody is kept away from it."""
    away = {did.get(each.strip()) for each in step.get("properties", {}).get("separate_from", "").split(",")}
    if _is_approval(step):
        away.add(did["initiator"])
    named = [_assigned(step.get("assignee", ""), company, did), *company.administrators]
    return next((name for name in named if name is not None and name not in away), None)


def _assigned(text: str, company: Organisation, did: Mapping[str, str]) -> str | None:
    if text == "=initiator":
        return did["initiator"]
    assigned = _MANAGER.fullmatch(text)
    return company.manager_of(did["initiator"], int(assigned[1])) if assigned else None
