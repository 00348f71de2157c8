"""As what somebody reads a case, and whether it asks anything of him now: one sentence under its title."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import flask
from flask_babel import gettext as _

from engine.cases.rights import access
from engine.people.actors import Actor
from engine.queries.cases.instance_page import InstancePage
from web.account import auth
from web.frame import filters, part_words, storage


def install(app: flask.Flask) -> None:
    """Offers these to all templates."""
    app.jinja_env.filters.update(asked_here=asked_here, is_to_urge=is_to_urge, seen_as=seen_as)


def seen_as(page: InstancePage) -> str:
    """As what somebody reads the case: who only got a copy, or was only asked for his view, is told that; who is to put right
    what stopped, by what right he is.
    """
    if page.troubles and page.may_operate:
        by = auth.current_actor()
        return part_words.right(
            access.ADMINISTRATOR if by.is_administrator else access.MANAGES if page.may_manage else access.OPERATES
        )
    if page.seen_as == access.TAKES_PART and page.beside.mine:
        return _("a copy for you")
    return part_words.right(page.seen_as)


def asked_here(page: InstancePage, operations: Sequence[Any]) -> str:
    """That nothing is asked of whoever reads the page, and what he may do all the same.

    "" where the page says itself what is: by a task, a question, a wish, something to put right; and where the case is over or held up.
    """
    if page.instance.state != "active" or page.held_up or any(_asks(page, auth.current_actor())):
        return ""
    if _is_about(page):
        return _("This case is about you: you must keep out of it and may only read it.")
    if first := "".join(itertools.islice(_comes_first(page, auth.current_actor()), 1)):
        return first
    if is_to_urge(page, operations):
        return _("Nothing is asked of you here (%(why)s). It is late: you may urge it.", why=seen_as(page))
    return _("Nothing is asked of you here now (%(why)s).", why=seen_as(page))


def _is_about(page: InstancePage) -> bool:
    """Whether the case is about whoever reads it, as its own open steps say, or where it has none all of those that it called."""
    own = [place for place in page.places if place.instance_key == page.instance.key]
    told = [place.is_about_reader for place in own or page.places]
    return any(told) if own else bool(told) and all(told)


def _comes_first(page: InstancePage, by: Actor) -> Iterator[str]:
    """Whom the reader asked to act on a step before it is his again, or to sign it with him."""
    for step in page.decisions:
        asked = [each for each in step.parts if each.asked_by == by.username and each.state in ("open", "waiting")]
        names = filters.listed(dict.fromkeys(each.who for each in asked))
        told = {"names": names, "step": step.name}
        if step.state != "open" or not asked:
            continue
        if asked[0].position == "before":
            yield _("Nothing to do now: “%(step)s” is yours to decide once it is signed by %(names)s.", **told)
        elif asked[0].position == "delegated":
            yield _("Nothing to do now: “%(step)s” is done for you by %(names)s and comes back to you after that.", **told)
        else:
            yield _("Nothing to do now: “%(step)s” is still to be signed by %(names)s.", **told)


def is_to_urge(page: InstancePage, operations: Sequence[Any]) -> bool:
    """Whether something is late, and whoever reads the page may urge it now."""
    return _is_late(page, storage.now()) and any(_may_urge(each) for each in operations)


def _asks(page: InstancePage, by: Actor) -> Iterator[bool]:
    yield bool(page.elsewhere) or any(place.reader for place in page.places)
    yield any(each.is_open and each.asked_username == by.username for each in page.beside.questions)
    yield any(each.may_decide for each in page.wishes)
    yield page.may_operate and bool(page.troubles)


def _is_late(page: InstancePage, now: datetime) -> bool:
    limits = [page.instance.due_at, *(place.due_at for place in page.places)]
    return any(each is not None and each < now for each in limits)


def _may_urge(operation: Any) -> bool:
    return operation.act.name == "urge" and not operation.again_at and not operation.barred
