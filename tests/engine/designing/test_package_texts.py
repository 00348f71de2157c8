"""What a draft says in another language: all processes that stand in its diagram, each with the translations of what it says."""

from __future__ import annotations

from engine.designing.editing import package_texts
from engine.designing.packages import Package
from engine.people import organisation
from engine.storage import database as databases
from tests.cast import COMPANY, Cast
from tests.engine import kit


def named(process_id: str, step: str) -> str:
    task = kit.task("a", groups="客服专员", form=f"{process_id}_form").replace('name="a"', f'name="{step}"')
    return kit.diagram(process_id, kit.start(), task, kit.end(), kit.chain("started", "a", "done")).content.decode()


def test_a_process_that_is_called_within_the_package_is_translated_with_it(database: databases.Database, cast: Cast) -> None:
    inner = named("inner", "核对明细").partition("<bpmn:process")[2].replace('"a"', '"b"').replace('"started"', '"s"')
    outer = named("outer", "审批").replace("</bpmn:definitions>", f"<bpmn:process{inner}")
    fields = [kit.form(f"{each}_form", {**kit.text_field("n"), "label": f"单价 {each}"}) for each in ("outer", "inner")]
    files = {"outer.bpmn": outer, **{each.name.rpartition("/")[2]: each.content.decode() for each in fields}}
    package = Package(files, {"outer": {"title": "采购"}})
    with database.reading(COMPANY) as session:
        company = organisation.current(session, COMPANY)
    texts = {"采购": "Purchase", "审批": "Approve", "核对明细": "Check the items", "单价 inner": "Price"}
    settings = package_texts.kept(package, "outer", "en", texts)
    assert settings["outer"]["texts"] == {"en": {"采购": "Purchase", "审批": "Approve"}}
    assert settings["inner"]["texts"] == {"en": {"核对明细": "Check the items", "单价 inner": "Price"}}
    found = package_texts.of_draft(Package(files, settings), "outer", "en", company)
    assert {line.text.text: line.said for line in found.lines if line.said} == texts and not found.stale
    assert [line.text.text for line in found.lines if line.is_missing] == ["流程 outer", "单价 outer", "流程 inner"]
