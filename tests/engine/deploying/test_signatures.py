"""Two people who confirm in one process may not share one confirmation: it would be somebody else's word."""

from __future__ import annotations

import pytest

from engine.deploying.deployment import DeploymentRefused
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit

BOX = {"type": "checkbox", "key": "signed", "label": "本人签字", "validate": {"required": True}}
FREE = {"type": "checkbox", "key": "signed", "label": "已通知"}
OWN = '<zeebe:ioMapping><zeebe:output source="=signed" target="{name}"/></zeebe:ioMapping>'


def signing(first: str = "", second: str = "") -> kit.Resource:
    """Two tasks with the form `signature`, with these output mappings."""
    one = kit.task("keeper", form="signature", inputs=OWN.format(name=first) if first else "")
    two = kit.task("witness", form="signature", inputs=OWN.format(name=second) if second else "")
    return kit.diagram("signing", kit.start(), one, two, kit.end(), kit.chain("started", "keeper", "witness", "done"))


@pytest.mark.parametrize(("first", "second"), [("", ""), ("signed", ""), ("both", "both")])
def test_a_shared_confirmation_is_refused_at_the_task_with_the_name_of_the_other(
    database: databases.Database, cast: Cast, first: str, second: str
) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        kit.deploy(database, cast.owner, kit.form("signature", BOX), signing(first, second))
    [problem] = [each for each in refused.value.problems if each.severity == "error"]
    assert problem.element_id == "witness" and "keeper" in str(problem)


def test_with_a_form_deployed_before_it_is_refused_too(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, kit.form("signature", BOX))
    with pytest.raises(DeploymentRefused):
        kit.deploy(database, cast.owner, signing())


@pytest.mark.parametrize(
    ("box", "first", "second"), [(BOX, "keeperSigned", "witnessSigned"), (BOX, "mine", ""), (FREE, "", "")]
)
def test_variables_of_their_own_and_boxes_that_nobody_must_tick_are_deployed(
    database: databases.Database, cast: Cast, box: dict[str, object], first: str, second: str
) -> None:
    kit.deploy(database, cast.owner, kit.form("signature", box), signing(first, second))


def test_an_end_says_how_the_case_ended_and_a_wrong_word_is_refused(database: databases.Database, cast: Cast) -> None:
    def ending(outcome: str) -> kit.Resource:
        said = f'<zeebe:properties><zeebe:property name="outcome" value="{outcome}"/></zeebe:properties>'
        return kit.diagram(
            "ending",
            kit.start(),
            kit.task("judge", groups="客服专员", kind="approve"),
            kit.node("endEvent", "kept", extension=said if outcome else ""),
            kit.chain("started", "judge", "kept"),
        )

    def ended(outcome: str) -> str | None:
        key = kit.begin(database, cast.clerk, "ending")
        kit.complete(database, cast.clerk2, key, "judge", outcome=outcome, opinion="x")
        return kit.instance(database, key).ended_as

    kit.deploy(database, cast.owner, ending("reject:不予销毁"))
    assert ended("approve") == "reject:不予销毁"
    kit.deploy(database, cast.owner, ending(""))
    assert (ended("approve"), ended("reject")) == (None, "reject")
    with pytest.raises(DeploymentRefused):
        kit.deploy(database, cast.owner, ending("refused"))
