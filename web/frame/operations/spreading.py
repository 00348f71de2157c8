"""Words of spreading tasks evenly, and what the API says of a proposal."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from engine.queries.status import spreading
from engine.queries.status.spreading import Spread

STAYS = {
    spreading.NOBODY_ELSE: lazy_gettext("nobody else was offered this step"),
    spreading.AWAY_ALL: lazy_gettext("everybody else it was offered to is away"),
    spreading.EVEN: lazy_gettext("nobody else has clearly less"),
    spreading.STARTED: lazy_gettext("a draft of it is saved"),
    spreading.KEPT_OUT: lazy_gettext("whoever was chosen may not do it (any more)"),
}


def as_answer(spread: Spread) -> dict[str, Any]:
    """A proposal, with what it would change for each person, for the API."""
    return {
        "items": [
            {
                "userTaskKey": str(task.key),
                "holder": task.holder,
                "mayGoTo": list(task.may),
                "proposed": task.to or None,
                "stays": str(STAYS[task.stays]) if task.stays else None,
            }
            for task in spread.tasks
        ],
        "people": [
            {
                "username": each.username,
                "open": each.open,
                "openAfter": each.open_after,
                "overdue": each.overdue,
                "overdueAfter": each.overdue_after,
                "away": each.is_away,
            }
            for each in spread.people.values()
        ],
    }
