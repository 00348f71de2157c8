"""How many SQL statements and commits one plain completion takes on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from engine.people import actors
from tests import cast as casting
from tests.benchmarks import company
from tests.benchmarks.figures import Figure
from tests.engine import kit


def measure() -> Iterator[Figure]:
    """A completion as a request makes it: the person is loaded, the task completed, once committed."""
    database, cast = company.furnished()
    warm, measured = (kit.open_task(database, key, "a") for key in company.begin(database, cast, "plain", 2))
    _complete(database, warm)
    with company.Statements(database) as counted:
        _complete(database, measured)
    yield Figure("a plain completion: SQL statements", len(counted.texts), bound=8)
    yield Figure("a plain completion: commits", counted.commits, bound=1)


def _complete(database: company.databases.Database, task: int) -> None:
    with database.transaction(casting.COMPANY) as session:
        actor = actors.load(session, casting.COMPANY, "clerk")
        assert actor is not None
        kit.user_tasks.complete(session, actor, task, {"note": "好", "amount": 20}, now=company.clock())
