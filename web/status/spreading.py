"""Spreading tasks evenly: which may be moved, a proposal, what it would change, and doing it."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.queries.inbox import batch_page
from engine.queries.status import choosable, open_tasks, spreading
from engine.queries.status.open_tasks import TaskFilters
from engine.verbs import rebalancing
from engine.verbs.rebalancing import Move
from web.account import auth
from web.frame import storage
from web.frame.operations import spreading as words

blueprint = flask.Blueprint("spreading", __name__)
PROPOSE = "propose"
KEY_DIGITS = 19  # shorter than that is a number that every database takes


@blueprint.get("/status/rebalance")
def show() -> str:
    """The open tasks that the person may move, and where each should go by the loads of today."""
    return _drawn(is_proposing=True)


@blueprint.post("/status/rebalance/preview")
def preview() -> str:
    """What the chosen moves would change for each person; or, asked for, a proposal for the chosen tasks."""
    return _drawn(is_proposing=flask.request.form.get("step") == PROPOSE)


@blueprint.post("/status/rebalance")
def move() -> Any:
    """Moves what was chosen, in one transaction; what became of each task stands on the page that follows."""
    sent = flask.request.form
    try:
        with storage.transaction() as session:
            by, moves = auth.current_actor(), _moves()
            row = rebalancing.rebalance(
                session, by, moves, sent.get("reason", ""), mark=sent.get("once", "")[:40], now=storage.now()
            )
            key = row.key
    except errors.Invalid as refusal:
        return _drawn(refusal=refusal), 422
    return flask.redirect(flask.url_for("batches.show", key=key))


def _drawn(*, is_proposing: bool = False, refusal: errors.Invalid | None = None) -> str:
    with storage.reading() as session:
        by, now, filters = auth.current_actor(), storage.now(), _filters()
        spread = spreading.movable(session, by, filters, now=now)
        if is_proposing:
            spread = spreading.proposed(spread, _chosen())
        seen = spreading.previewed(spread, spread.moves if is_proposing else _moves(), now=now)
        stays = {task.key: words.STAYS[task.stays] for task in seen.tasks if task.stays}
        company = open_tasks.company_of(session, by)
        around: dict[str, Any] = {
            "processes": choosable.managed(session, by),
            "departments": choosable.departments(session, by),
        }
        holder = company.name_of(filters.holder)
        around["spreads"] = batch_page.spreads(session, by, now=now)
    values = {"spread": seen, "stays": stays, "refusal": refusal, "chosen": _given(), "picked": _chosen(), "holder": holder}
    return flask.render_template(
        "status/rebalance.html", title=_("Spread tasks evenly"), most=rebalancing.MOST, **values, **around
    )


def _filters() -> TaskFilters:
    return TaskFilters(**_given())


def _given() -> dict[str, str]:
    return {name: flask.request.values.get(name, "") for name in ("process", "department", "holder", "state")}


def _chosen() -> set[int]:
    return {int(each) for each in flask.request.form.getlist("task") if _is_key(each)}


def _moves() -> list[Move]:
    """Each task for which somebody was picked, with whom its holder was when the page was drawn."""
    sent = flask.request.form
    picked = ((name.removeprefix("to-"), value) for name, value in sent.items() if name.startswith("to-") and value)
    return [Move(int(key), to, sent.get(f"holder-{key}")) for key, to in picked if _is_key(key)]


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < KEY_DIGITS
