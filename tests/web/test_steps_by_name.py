"""What steps are called where operators and managers choose between them, and in the log of what they did."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import delete, update

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.operating import stuck
from tests.web.pages import Browser

SignIn = Callable[..., Browser]
STEPS = (("old", "核对发票"), ("new", "审批付款"))


def test_the_log_names_steps_that_the_newest_version_has_no_more_and_what_never_fitted_has_not_changed(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    """Two cases, one already past the step: it would not be moved and was not; the step keeps its name when it is drawn no more."""
    old, new = (kit.task(id, groups="客服专员").replace(f'name="{id}"', f'name="{name}"') for id, name in STEPS)
    kit.deploy(
        database, cast.owner, kit.diagram("p", kit.start(), old, new, kit.end(), kit.chain("started", "old", "new", "done"))
    )
    past = [kit.begin(database, cast.clerk, "p") for _ in range(2)][1]
    kit.complete(database, cast.clerk2, past, "old")
    owner = signed_in("owner")
    owner.post("/status/operations/new", operation="move", process="p", place="old", target="new", reason="改版")
    (operation,) = kit.rows(database, models.Operation)
    stuck.run(database)
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), new, kit.end(), kit.chain("started", "new", "done")))
    page = owner.get("/status/operations/new?process=p&operation=move")
    for name in ("element", "place"):  # of cases that still wait there
        assert "核对发票 (v1)" in page.tree.xpath(f"//select[@name='{name}']/option/text()")
    waiting = {"process": "p", "element": "old", "operation": "suspend", "reason": "等版本"}
    assert "涉及单据" in owner.post("/status/operations/new", **waiting).words("dl")
    owner.post(f"/status/operations/{operation.key}/carry-out")
    stuck.run(database)
    page = owner.get(f"/status/operations/{operation.key}")
    assert "核对发票" in page.words("dl") and "old" not in page.words("dl").split()
    assert page.words("table").count("办理完成") == 1 and "不可执行" in page.words("table")
    assert "单据已变化" not in page.words("table"), "it is as the rehearsal said"
    versions = owner.get("/status/operations/new?process=p&operation=skip").tree.xpath("//select[@name='version']/option")
    assert [each.get("value") for each in versions] == ["", "2", "1"] and "2 件在办" in versions[2].text_content()
    other = owner.get("/status/operations/new?process=p&version=7").tree.xpath("//select[@name='version']/option[@selected]")
    assert [each.get("value") for each in other] == ["7"], "what was asked for is not silently left out"
    with database.transaction() as session:  # as when all its cases were removed
        session.execute(delete(models.OperationCase))
        session.execute(update(models.Operation).values(filter={"process": "p", "element": "nowhere"}))
    page = owner.get(f"/status/operations/{operation.key}")
    assert "核对发票" in page.words("dl") and "已不存在的环节" in page.words("dl") and "nowhere" not in page.words("dl")


def test_a_long_list_of_steps_to_move_to_stands_in_groups_that_say_where_the_case_has_been(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    names = [f"step{each}" for each in range(16)]
    steps = "".join(kit.task(each, groups="客服专员") for each in names[2:4])
    within = kit.start("begun") + steps + kit.end("over") + kit.chain("begun", *names[2:4], "over")
    inner = kit.node("subProcess", "送货", inner=within)
    tasks = [kit.task(each, groups="客服专员") for each in (*names[:2], *names[4:])]
    chain = kit.chain("started", *names[:2], "送货", *names[4:], "done")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), *tasks, inner, kit.end(), chain))
    case = kit.begin(database, cast.clerk, "p")
    kit.complete(database, cast.clerk2, case, "step0")
    owner = signed_in("owner")
    for page in (owner.get(f"/status/operations/cases/{case}/move"), owner.get(f"/cases/{case}/jump")):
        groups = page.tree.xpath("//fieldset[@id='target']//div[@role='group']")
        lines = {each.get("aria-label"): each.xpath(".//label/span/text()") for each in groups}
        ahead = [*names[4:], "送货"]
        expected = {"已走过": ["step0"], "正停在": ["step1"], "还没走到": ahead, "还没走到 · 送货": names[2:4]}
        assert lines == expected
        assert page.tree.xpath("//fieldset[@id='target']//input[@type='search']/@aria-label")
        assert page.tree.xpath("//fieldset[@id='target']//label[span='step4']/@data-letters")
    of_many = owner.get("/status/operations/new?process=p&operation=move")
    assert of_many.tree.xpath("//select[@name='place']/optgroup/@label") == ["送货"]
    assert of_many.tree.xpath("//fieldset[@id='target']//div[@role='group']/@aria-label") == ["送货"]


def test_two_steps_of_one_name_are_told_apart_wherever_a_case_is_moved(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    """Whoever moves a case chooses between them: the wrong branch is not seen once they are called alike."""
    one, two = (kit.task(id, groups="客服专员").replace(f'name="{id}"', 'name="核对"') for id in ("old", "new"))
    chain = kit.chain("started", "old", "new", "done")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), one, two, kit.end(), chain))
    case, owner = kit.begin(database, cast.clerk, "p"), signed_in("owner")
    pages = [owner.get(f"/status/operations/new?process=p&operation={act}") for act in ("move", "skip")]
    pages += [owner.get(f"/cases/{case}/jump")]
    for page in pages:
        for select in page.tree.xpath("//select[.//option[contains(text(), '核对')]]"):
            said = [each.text_content().strip() for each in select.xpath(".//option")]
            assert len(set(said)) == len(said) and any("核对 (2)" in each for each in said), page.address
    assert "核对 (1)" in owner.get(f"/status/operations/cases/{case}").words("table")
    (target,) = pages[-1].tree.xpath("//option[contains(text(), '到“核对 (2)”')]/@value")
    assert "核对 (2)" in owner.post(f"/cases/{case}/jump", 200, target=target, reason="改").words(".foreseen")
