"""The work items of a new user task: whom it is offered to, or who decides it together, in which order, with which weight."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine import errors
from engine.definitions import task_settings
from engine.definitions.rules import joint_rules
from engine.definitions.rules.joint_rules import JointRule
from engine.definitions.task_settings import TaskSettings
from engine.people import resolve
from engine.people.organisation import Organisation
from engine.storage import keys

WRONG_WEIGHT = "The weight of %(name)s must be a number above 0."
TOLD = ("key", "company_id", "instance_key", "warn_at", "process_id", "department")  # what rows tell of their task
NO_WEIGHTS = "The property weights must give a context of names and weights."


@dataclass
class Voters:
    """Who decides a task together: people fixed now, each with his turn and weight; `refusal` says what went wrong."""

    rule: JointRule
    people: list[str] = field(default_factory=list)
    weights: Mapping[str, Decimal] = field(default_factory=dict)
    holders_of_veto: frozenset[str] = frozenset()
    refusal: errors.Refusal | None = None


def voters_of(
    company: Organisation,
    settings: TaskSettings,
    resolved: resolve.Resolved,
    excluded: frozenset[str],
    value: Callable[[str], Any],
) -> Voters | None:
    """Who decides the task together; None where the first of those it is offered to decides.

    `value` evaluates a property. Where nobody is found there are no voters, and nobody has the task.
    """
    rule = settings.joint_rule
    if not rule.is_joint or resolved.is_empty:
        return None
    members = (name for group in resolved.groups for name in company.members_of(group))
    people = dict.fromkeys(name for name in (*resolved.usernames, *members) if name not in excluded)
    made = Voters(rule, list(people))
    try:
        made.weights = _weights(company, settings, value)
    except errors.Refusal as refusal:
        made.refusal = refusal
    made.holders_of_veto = frozenset(_people(company, resolve.names_in(value(settings.veto) if settings.veto else None)))
    return made


def everybody(company: Organisation, resolved: resolve.Resolved, excluded: frozenset[str]) -> set[str]:
    """All who may act on a task, members of its groups too."""
    members = {name for group in resolved.groups for name in company.active(company.members_of(group))}
    return (set(resolved.usernames) | members) - excluded


def items(
    task: Mapping[str, Any], resolved: resolve.Resolved, voters: Voters | None, *, sort_due: datetime, now: datetime
) -> list[dict[str, Any]]:
    """The rows: one for each voter, else for each person and group that it is offered to."""
    if voters is not None:
        return [_row(task, resolved, sort_due, now, name, None, **_vote(voters, n)) for n, name in enumerate(voters.people)]
    holders: list[tuple[str | None, str | None]] = [(name, None) for name in resolved.usernames]
    holders += [(None, name) for name in resolved.groups]
    # nobody at all: the row keeps the task reachable for reassigning
    return [_row(task, resolved, sort_due, now, *holder) for holder in holders or [(None, None)]]


def _vote(voters: Voters, number: int) -> dict[str, Any]:
    name, is_ordered = voters.people[number], voters.rule.name == joint_rules.SEQUENTIAL
    return {
        "turn": number if is_ordered else 0,
        "state": "waiting" if is_ordered and number else "open",
        "weight": voters.weights.get(name, Decimal(1)),
        "has_veto": name in voters.holders_of_veto,
    }


def _row(
    task: Mapping[str, Any],
    resolved: resolve.Resolved,
    sort_due: datetime,
    now: datetime,
    username: str | None,
    group: str | None,
    **vote: Any,
) -> dict[str, Any]:
    row = {
        "key": keys.new(),
        **{name: task[name] for name in TOLD if name != "key"},
        "user_task_key": task["key"],
        "username": username,
        "group_name": group,
        "state": "open",
        "sort_due": sort_due,
        "created_at": now,
        "reason": resolved.reason_of(username),
        "first_owner": username,
        "claimed_at": None,
        "claimed_from": None,
        "draft": None,
        "turn": 0,
        "weight": Decimal(1),
        "has_veto": False,
    }
    return row | vote


def _weights(company: Organisation, settings: TaskSettings, value: Callable[[str], Any]) -> dict[str, Decimal]:
    """By username; a person's own weight comes before that of his groups, of which the heaviest counts."""
    if not settings.weights:
        return {}
    given = value(settings.weights)
    named = given if isinstance(given, Mapping) else task_settings.weights_in(str(given or ""))
    if not named:
        raise errors.Refusal(NO_WEIGHTS)
    weights: dict[str, Decimal] = {}
    for name, weight in sorted(((name, _weight(name, weight)) for name, weight in named.items()), key=lambda pair: pair[1]):
        weights |= dict.fromkeys(company.members_of(name), weight)
    return weights | {name: _weight(name, weight) for name, weight in named.items() if name in company.people}


def _weight(name: str, value: Any) -> Decimal:
    weight = task_settings.weight_of(value)
    if weight is None:
        raise errors.Refusal(WRONG_WEIGHT, fields=None, name=name)
    return weight


def _people(company: Organisation, names: Iterable[str]) -> Iterable[str]:
    for name in names:
        plain = name.removeprefix(resolve.GROUP_PREFIX)
        yield from (plain,) if plain in company.people else company.members_of(plain)
