"""Copies that a diagram sends where a case ends (`cc` of an end event): to whom, of which case, and to whom never."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

import pytest

from engine.deploying import deployment
from engine.queries import paging
from engine.queries.inbox import my_cases, told
from engine.storage import database as databases
from engine.storage import models
from tests import cast as casting
from tests.cast import COMPANY, Cast
from tests.engine import kit


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


@pytest.fixture
def cast(database: databases.Database) -> Cast:
    return casting.assemble(database)


def end(id: str, cc: str) -> str:
    return kit.node(
        "endEvent", id, extension=f'<zeebe:properties><zeebe:property name="cc" value={quoteattr(cc)}/></zeebe:properties>'
    )


def readers(database: databases.Database, case: int) -> dict[str, str]:
    """Who has a copy of the case, and from which step."""
    return {row.username: row.step for row in kit.rows(database, models.CarbonCopy, instance_key=case)}


def test_the_end_that_is_reached_sends_its_copies(database: databases.Database, cast: Cast) -> None:
    choice = kit.node("exclusiveGateway", "choice", attributes=' default="to_no"')
    ends = end("yes", "主管领导, clerk2"), end("no", '=[watcher, "nobody at all"]')
    flows = (
        kit.chain("started", "a", "choice"),
        kit.flow("choice", "yes", '=answer = "yes"'),
        '<bpmn:sequenceFlow id="to_no" sourceRef="choice" targetRef="no"/>',
    )
    content = kit.start(form="f"), kit.task("a", users="clerk", form="g"), choice, *ends, *flows
    forms = kit.form("f", kit.text_field("watcher")), kit.form("g", kit.text_field("answer"))
    kit.deploy(database, cast.owner, kit.diagram("p", *content, may_start=["*"]), *forms)
    agreed, refused = (kit.begin(database, cast.clerk, "p", {"watcher": "head"}) for _ in range(2))
    assert readers(database, agreed) == {}
    kit.complete(database, cast.clerk, agreed, "a", {"answer": "yes"})
    kit.complete(database, cast.clerk, refused, "a", {"answer": "no"})
    assert readers(database, agreed) == {"manager": "yes", "clerk2": "yes"}
    assert readers(database, refused) == {"head": "no"}
    with database.reading(COMPANY) as session:
        line = told.copies(session, cast.manager, my_cases.MyCasesFilters(), paging.WantedPage(), now=kit.NOW).rows[0]
    assert (line.text, line.state, line.is_open) == ("yes", "completed", True)
    assert [row.username for row in kit.notices(database, kind="copied")].count("manager") == 1


def test_the_person_whom_a_step_keeps_away_gets_none(database: databases.Database, cast: Cast) -> None:
    task = kit.task("a", users="clerk", recused="=about")
    content = kit.start(form="f"), task, end("done", "主管领导, clerk2"), kit.chain("started", "a", "done")
    kit.deploy(database, cast.owner, kit.diagram("p", *content, may_start=["*"]), kit.form("f", kit.text_field("about")))
    case = kit.begin(database, cast.clerk, "p", {"about": "manager"})
    kit.complete(database, cast.clerk, case, "a", {})
    assert readers(database, case) == {"clerk2": "done"}


def test_a_called_case_sends_copies_of_the_case_at_the_top(database: databases.Database, cast: Cast) -> None:
    below = kit.diagram("below", kit.start(), end("done", "clerk2"), kit.chain("started", "done"), may_start=[])
    above = kit.diagram(
        "above", kit.start(), kit.call("c", "below"), kit.end(), kit.chain("started", "c", "done"), may_start=["*"]
    )
    kit.deploy(database, cast.owner, below, above)
    assert readers(database, kit.begin(database, cast.clerk, "above")) == {"clerk2": "done"}


def test_a_name_that_the_company_does_not_have_is_refused(database: databases.Database, cast: Cast) -> None:
    with pytest.raises(deployment.DeploymentRefused) as refused:
        kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), end("done", "客服专圆"), kit.chain("started", "done")))
    assert [str(each) for each in refused.value.problems] == [
        "There is no group and no person “客服专圆”. Did you mean “客服专员”?"
    ]
