"""What the pages of shipped processes show: which of them a company has, and what it has for the groups they name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.deploying import taking, templates
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import ProcessDefinition

MOST = 40  # people to choose from in a list; of more they are typed, with names that are offered
MOST_LIKELY, LIKE = 3, 0.5
NAMED = re.compile(r".*\(([^()]+)\)")
PARTED = re.compile("[、，,；;]")


@dataclass(frozen=True)
class TemplateGroup:
    """A group that the processes name; who is in the company's of that name, and which of the company's sound like it."""

    name: str
    is_there: bool
    members: tuple[str, ...]
    likely: tuple[str, ...]

    @property
    def is_settled(self) -> bool:
        """Whether the company has it, and somebody is in it."""
        return self.is_there and bool(self.members)


@dataclass(frozen=True)
class TemplateDepartment:
    """A department that the processes name; `own` is the id of the company's that it is without a doubt."""

    id: str
    name: str
    own: str | None


@dataclass(frozen=True)
class Mapping:
    """The page on which groups are mapped: `others` are processes that the chosen ones bring along. `people` are username and
    name, none of them where the company is large and they are typed; `departments` id and name; `own_groups` are the
    company's, with whether anybody is in them.
    """

    titles: tuple[str, ...]
    others: tuple[str, ...]
    groups: tuple[TemplateGroup, ...]
    units: tuple[TemplateDepartment, ...]
    own_groups: tuple[tuple[str, bool], ...]
    departments: tuple[tuple[str, str], ...]
    people: tuple[tuple[str, str], ...]
    myself: str
    is_large: bool = False


def there(session: Session, by: Actor) -> frozenset[str]:
    """The ids of the processes that the company has. Raises NotFound for others than administrators."""
    _require(by)
    mine = select(ProcessDefinition.process_id).where(ProcessDefinition.company_id == by.company_id).distinct()
    return frozenset(session.execute(mine).scalars())


def mapping(session: Session, by: Actor, sets: templates.Sets, chosen: Iterable[str]) -> Mapping:
    """What the chosen processes name and what the company has for it. Raises NotFound as `there`, and as `package` does."""
    _require(by)
    wanted = list(chosen)
    package = templates.package(sets, wanted)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    every = {each.id: each for offer in templates.offers(sets) for each in offer.templates}
    taken = [
        every[id]
        for each in dict.fromkeys(each.partition("/")[0] for each in wanted)
        for id in every
        if id.startswith(f"{each}/")
    ]
    brought = [each.title for each in taken if each.process_id in package.processes and each.id not in wanted]
    active = company.active(company.people)
    return Mapping(
        tuple(every[each].title for each in wanted),
        tuple(brought),
        tuple(_group(company, name) for name in package.groups),
        tuple(
            TemplateDepartment(id, name, taking.own_department(company, id, name)) for id, name in package.departments.items()
        ),
        tuple((name, bool(company.members_of(name))) for name in sorted(company.groups)),
        tuple((each.id, each.name) for each in company.departments.values()),
        () if len(active) > MOST else tuple((each, company.name_of(each)) for each in active),
        by.username,
        len(active) > MOST,
    )


def _group(company: Organisation, name: str) -> TemplateGroup:
    own = [each for each in company.groups if each != name and each not in company.former]
    return TemplateGroup(name, name in company.groups, company.members_of(name), tuple(likely(name, own)))


def likely(name: str, own: Iterable[str]) -> list[str]:
    """Of a company's groups those that sound like the name, the likeliest first: one stands in the other, or they are
    spelled alike.
    """
    alike = {each: _likeness(name, each) for each in own}
    similar = sorted((each for each in alike if alike[each] >= LIKE), key=lambda each: (-alike[each], each))
    return similar[:MOST_LIKELY]


def _likeness(one: str, other: str) -> float:
    within = 1.0 if one in other or other in one else 0.0
    return within + difflib.SequenceMatcher(None, one, other).ratio()


def people_in(company: Organisation, text: str) -> list[str]:
    """The usernames that a field names, parted by 、 or a comma: as they were offered, "陈静 (chen_jing)", a username, a name.

    What nobody answers to, or several do, is given back as it is.
    """
    return [_username(company, each.strip()) for each in PARTED.split(text) if each.strip()]


def _username(company: Organisation, text: str) -> str:
    offered = NAMED.fullmatch(text)
    wanted = offered[1] if offered else text
    same = [each.username for each in company.people.values() if wanted == each.name]
    return same[0] if wanted not in company.people and len(same) == 1 else wanted


def _require(by: Actor) -> None:
    if not by.is_administrator:
        raise errors.NotFound("There is nothing here under this address, or you may not view it.")
