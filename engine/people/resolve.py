"""Who must act on a user task: assignment or lane, without those who may not, and who steps in when nobody is left."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.people.organisation import Organisation
from engine.storage.models import dumps, loads

GROUP_PREFIX = "group:"
NOBODY = "—"  # in reasons stored before: the process named nobody
INCIDENT, ADMINISTRATORS = "incident", "administrators"  # words of `empty` beside groups and people
KEPT_OUT = "kept_out_"  # begins the code of a reason
DROPPED = {  # why somebody who was meant does not act
    "unknown": "not known here",
    "disabled": "left",
    "excluded": "must not act on this",
    "groups": "nobody can act",
}
OF_HEADS = frozenset({"head_of", "manager_of", "managers_of"})  # reasons of one person's place
OF_PLACES = OF_HEADS | {"members_of"}  # reasons that change with the organisation
Names = str | Iterable[str] | None

# Why somebody must act, worded for people; the keys are stored, a page translates and fills in.
REASONS = {
    "assignee": "named in this case",
    "users": "named by the process",
    "groups": "for %(groups)s",
    "lane": "a step of the group %(groups)s",
    "head_of": "head of %(department)s",
    "manager_of": "manager of %(person)s",
    "managers_of": "managers of %(person)s",
    "members_of": "members of %(group)s",
    "sent_back": "did this step before",
    "began": "whoever started the case",
    "handler_of": "whoever did “%(task)s”",
    "in_both": "who is meant by both ways",
    "picked": "picked by %(person)s",
    "given": "handed over by %(person)s",
    "superior": "superior of %(person)s, who would decide on a request of his or her own",
    "head": "head of the department of %(person)s, who would decide on a request of his or her own",
    "empty": "nobody was found (%(wanted)s), so it falls to %(groups)s",
    "administrators": "nobody was found (%(wanted)s), so it falls to the administrators",
    "nobody": "nobody was found (%(wanted)s)",
    "kept_out_empty": "meant for %(wanted)s, who is kept out of it, so it falls to %(groups)s",
    "kept_out_administrators": "meant for %(wanted)s, who is kept out of it, so it falls to the administrators",
    "kept_out_nobody": "meant for %(wanted)s, who is kept out of it",
}
# The same of a step for which the process names nobody at all.
OF_NONE = {
    "empty": "nobody was found, so it falls to %(groups)s",
    "administrators": "nobody was found, so it falls to the administrators",
    "nobody": "nobody was found",
}


@dataclass(frozen=True)
class Resolved:
    """Who must act. `assignee` alone when the diagram names one person, else all candidates.

    `is_last_resort`: nobody was found, so it falls to the administrators. `own`: by username the reason of each of several, where look-ups named them. `reason` is JSON text: code and values for `REASONS`, and who was dropped and why; `words` reads it.
    """

    assignee: str | None
    usernames: tuple[str, ...]
    groups: tuple[str, ...]
    reason: str
    is_last_resort: bool = False
    own: Mapping[str, str] = field(default_factory=dict)

    def reason_of(self, username: str | None) -> str:
        """Why this one of them must act."""
        return self.own.get(username or "", self.reason)

    @property
    def is_empty(self) -> bool:
        """Nobody may act, not even an administrator: a person must settle it, the engine never approves."""
        return not self.usernames and not self.groups


@dataclass
class _Search:
    """One resolution: who is out, and why somebody was dropped."""

    organisation: Organisation
    excluded: frozenset[str]
    dropped: dict[str, list[str]] = field(default_factory=dict)

    def people(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those who may act; the others are noted as dropped."""
        usernames = []
        for name in dict.fromkeys(names):
            why = self._why_not(name)
            if why is None:
                usernames.append(name)
            elif name not in self.dropped.setdefault(why, []):
                self.dropped[why].append(name)
        return tuple(usernames)

    def groups(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those candidate groups in which somebody may act, by their present names."""
        groups = []
        for name in dict.fromkeys(map(self.organisation.present_name, names)):
            if self.people(self.organisation.groups.get(name, ())):
                groups.append(name)
            else:
                self.dropped.setdefault("groups", []).append(name)
        return tuple(groups)

    def _why_not(self, name: str) -> str | None:
        if name not in self.organisation.people:
            return "unknown"
        if not self.organisation.is_active(name):
            return "disabled"
        return "excluded" if name in self.excluded else None


def resolve(
    organisation: Organisation,
    *,
    assignee: Names = None,
    users: Names = None,
    groups: Names = None,
    lane: str | None = None,
    excluded: Collection[str] = (),
    empty: Names = None,
    trace: Sequence[Mapping[str, Any]] = (),
) -> Resolved:
    """Who must act on a new task, from its evaluated assignment; where that names nobody, the lane's group.

    Disabled, unknown and `excluded` people are dropped, and a group in which nobody is left. When nobody
    is left at all, `empty` acts ("group:name", a group or a person), else the company's administrators; `empty`
    may say that nobody does ("incident").
    `trace`: what the people functions noted while the assignment was evaluated (`functions.Lookups.trace`),
    kept as the reason.
    """
    search = _Search(organisation, frozenset(excluded))
    wanted = [names_in(given) for given in (assignee, users, groups)]
    code = next((code for code, names in zip(("assignee", "users", "groups"), wanted, strict=True) if names), "lane")
    if code == "lane":
        wanted[2] = names_in(lane)
    assigned, candidates, kept = search.people(wanted[0]), search.people(wanted[1]), search.groups(wanted[2])
    if not (assigned or candidates or kept):
        return _stand_in(search, names_in(empty), wanted=[name for names in wanted for name in names])
    reason = _reason(search, code, trace, groups=list(kept))
    if len(assigned) == 1:
        return Resolved(assigned[0], assigned, (), reason)
    people = tuple(dict.fromkeys((*assigned, *candidates)))
    return Resolved(None, people, kept, reason, own=_own_reasons(search, code, trace, people))


def left_open(resolved: Resolved) -> Resolved:
    """Nobody instead of the administrators to whom it would fall; the same reason else."""
    reason = loads(resolved.reason)
    code = str(reason["code"]).replace(ADMINISTRATORS, "nobody")
    return Resolved(None, (), (), dumps(reason | {"code": code}), is_last_resort=True)


def given_by(username: str) -> str:
    """The reason of a part that this person gave to whoever has it now."""
    return dumps({"code": "given", "values": {"person": username}})


def is_given(reason: str | None) -> bool:
    """Whether somebody gave the part to whoever has it now."""
    return _code(reason) == "given"


def asked_organisation(reason: str | None) -> bool:
    """Whether somebody acts because of the place that he has, as a head or a superior: not for what he did before."""
    return _code(reason) in OF_PLACES


def is_for_a_place(reason: str | None) -> bool:
    """Whether it is one person's place, a head's or a superior's: not that of many, as members of a department have."""
    return _code(reason) in OF_HEADS


def is_bare(reason: str | None) -> bool:
    """Whether it says only that the diagram or the case names him."""
    return _code(reason) in ("assignee", "users")


def _code(reason: str | None) -> str:
    try:
        return str(loads(reason or "")["code"])
    except (ValueError, TypeError, KeyError):
        return ""


def words(reason: str, organisation: Organisation, say: Callable[[str], str] = lambda name: name) -> tuple[str, dict[str, str]]:
    """A stored reason as message id and values, with people by name; empty for a text that is none. `say` names its step to the reader."""
    try:
        stored = loads(reason)
        values = {name: _shown(value, organisation) for name, value in stored["values"].items()}
        values |= {"task": say(values["task"])} if "task" in values else {}
        code = stored["code"]
        text = REASONS[code] if values.get("wanted", NOBODY) != NOBODY else OF_NONE.get(code, REASONS[code])
        return text, values
    except (ValueError, TypeError, KeyError, AttributeError):
        return "", {}


def left_out(reason: str, organisation: Organisation) -> list[tuple[str, str]]:
    """Who was meant and does not act, by name, with why (a message id of `DROPPED`); nothing for a text that is no reason."""
    try:
        dropped = loads(reason).get("dropped", {})
        return [(_shown(name, organisation), DROPPED[why]) for why, names in dropped.items() for name in names]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []


def _reason(search: _Search, code: str, trace: Sequence[Mapping[str, Any]], **values: Any) -> str:
    if trace and code in ("assignee", "users"):
        code, values = trace[-1]["code"], dict(trace[-1]["values"])
    reason: dict[str, Any] = {"code": code, "values": {name: value for name, value in values.items() if value}}
    return dumps(reason | ({"dropped": search.dropped} if search.dropped else {}))


def _own_reasons(search: _Search, code: str, trace: Sequence[Mapping[str, Any]], people: Iterable[str]) -> dict[str, str]:
    """By username the reason of the look-up that named him, where several named people."""
    if len(trace) < 2 or code not in ("assignee", "users"):
        return {}
    named = {name: [each for each in trace if name in each["people"]] for name in people}
    return {name: _reason(search, code, looked_up) for name, looked_up in named.items() if looked_up}


def _stand_in(search: _Search, empty: list[str], wanted: list[str]) -> Resolved:
    why = KEPT_OUT if "excluded" in search.dropped else ""  # somebody was found, and may not: another thing than nobody
    if empty == [INCIDENT]:
        return Resolved(None, (), (), _reason(search, f"{why}nobody", (), wanted=wanted), is_last_resort=True)
    plain = [name.removeprefix(GROUP_PREFIX) for name in empty]
    groups = search.groups(name for name in plain if name in search.organisation.groups)
    people = search.people(name for name in plain if name in search.organisation.people)
    if groups or people:
        reason = _reason(search, f"{why}empty", (), wanted=wanted, groups=[*groups, *people])
        return Resolved(None, people, groups, reason)
    administrators = search.people(search.organisation.administrators)
    code = f"{why}administrators" if administrators else f"{why}nobody"
    return Resolved(None, administrators, (), _reason(search, code, (), wanted=wanted), is_last_resort=True)


def names_in(given: Names) -> list[str]:
    """The usernames or group names in an evaluated expression: a list, or one text with commas or 、 between.

    No name holds one of these signs.
    """
    if isinstance(given, str):
        given = re.split("[,\uff0c、]", given)
    return [name.strip() for name in given or () if name and name.strip()]


def _shown(value: Any, organisation: Organisation) -> str:
    if isinstance(value, list):
        return "、".join(_shown(each, organisation) for each in value)
    return organisation.named(str(value))
