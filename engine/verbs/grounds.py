"""What several verbs check before they do anything: the case may be known, a reason is given, the people named are there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.basics import nearest
from engine.basics.letters import plain_text
from engine.cases import cases, no_return
from engine.cases.cases import Instance, Surroundings
from engine.cases.rights import access, recusal
from engine.people import organisation
from engine.people.actors import Actor

MAX_TEXT = 4000
MAX_PEOPLE = 2000
NOBODY_SO = "There is no person or group “%(name)s”."
NO_STEP = "The process has no step “%(name)s”."
NO_STEP_BUT = "The process has no step “%(name)s”. Did you mean “%(nearest)s”?"
# What whoever a case keeps away hears, by what he would have done with it: everywhere in these words.
ABOUT_YOU = "You must not steer this case: it is about you."
NO_CANCELLING = "You must not cancel this case: it is about you."
NO_ENDING = "You must not end this case: it is about you."
NO_OPERATING = "You must not operate on this case: it is about you."
NO_RESUMING = "You must not let this case go on: it is about you."
NO_SUSPENDING = "You must not hold up this case: it is about you."
ABOUT_HIM = "%(name)s must not see this case: it is about him or her."


def seen(session: Session, by: Actor, key: int) -> Instance:
    """The case, locked with its tree. Raises NotFound for one that the person may not know of."""
    instance = cases.lock(session, key)
    if not access.may_see(session, by, instance):
        raise errors.NotFound(access.NO_CASE)
    return instance


def require_impartial(
    session: Session, by: Actor, instance: Instance, text: str, now: datetime, *, of_steps: bool = True
) -> None:
    """Forbidden with this text for whom the case must keep away (回避): it may be about him; `of_steps` as for `recusal.keeps`."""
    if recusal.keeps(Surroundings(session, by, now), instance, by.answerable, of_steps=of_steps):
        raise errors.Forbidden(text)


def root(session: Session, instance: Instance) -> Instance:
    """The case at the top of the tree, which is locked already."""
    return instance if instance.parent_key is None else session.get_one(Instance, instance.root_key)


def text(given: str, field: str, missing: str, *, most: int = MAX_TEXT) -> str:
    """What somebody wrote, without blanks around it. Raises Invalid by `field` when it is missing or too long."""
    cleaned = plain_text.plain(given).strip()
    if not cleaned:
        raise errors.Invalid(missing, fields={field: [errors.Refusal(missing)]})
    if len(cleaned) > most:
        refusal = errors.Refusal("This is longer than %(limit)s characters.", limit=most)
        raise errors.Invalid(refusal.text, fields={field: [refusal]}, limit=most)
    return cleaned


def remark(given: str, field: str, *, most: int = MAX_TEXT) -> str:
    """What somebody may write, without blanks around it. Raises Invalid by `field` when it is too long."""
    return text(given, field, "", most=most) if given.strip() else ""


def reason(given: str) -> str:
    """The reason for an operation. Raises Invalid without one."""
    return text(given, "reason", "Please give a reason.")


def people(company: organisation.Organisation, names: Iterable[str], *, field: str = "people") -> list[str]:
    """Usernames from people and groups, each once, those who may act. Raises Invalid by `field` for an unknown name, or for nobody."""
    usernames: dict[str, None] = {}
    for name in dict.fromkeys(each.strip() for each in names if each.strip()):
        members = company.active([name]) if name in company.people else company.members_of(name)
        if not members:
            refusal = errors.Refusal(NOBODY_SO, name=name)
            raise errors.Invalid(NOBODY_SO, fields={field: [refusal]}, name=name)
        usernames.update(dict.fromkeys(members))
    if not usernames:
        missing = "Please choose somebody."
        raise errors.Invalid(missing, fields={field: [errors.Refusal(missing)]})
    if len(usernames) > MAX_PEOPLE:
        raise errors.Invalid("That is more than %(limit)s people.", limit=MAX_PEOPLE)
    return list(usernames)


def require_not_about(around: Surroundings, instance: Instance, usernames: Iterable[str], *, field: str = "people") -> None:
    """Raises Invalid for somebody whom the case keeps away (回避), also when it is over: no copy, question or mention leads round that."""
    for name in recusal.unseeing(around, instance, list(usernames)):
        raise about(around, name, field=field)


def about(around: Surroundings, name: str, *, field: str = "people") -> errors.Invalid:
    """The refusal by `field` to show a case to somebody whom it keeps away."""
    refusal = errors.Refusal(ABOUT_HIM, name=around.organisation.name_of(name))
    return errors.Invalid(ABOUT_HIM, fields={field: [refusal]}, name=refusal.values["name"])


def require_not_past(session: Session, by: Actor, instance: Instance) -> None:
    """Raises Past when a step was done that cannot be taken back."""
    refusal = no_return.refusal(instance, organisation.at_version(session, by.company_id, by.organisation_version))
    if refusal is not None:
        raise refusal


def require_step(programs: Collection[runtime.Program], element_id: str, field: str) -> None:
    """Raises Invalid by `field` for an element that none of the processes has, with the nearest that the first one has."""
    if any(element_id in each.elements for each in programs):
        return
    elements = next(iter(programs)).elements
    meant = nearest.nearest(element_id, elements)
    hint = "" if meant is None else elements[meant].name or meant
    told = errors.Refusal(NO_STEP_BUT if hint else NO_STEP, fields=None, name=element_id, nearest=hint)
    raise errors.Invalid(told.text, fields={field: [told]}, **told.values)
