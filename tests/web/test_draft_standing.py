"""What every view of a draft says at first sight: what it is, what it is for, and how the draft stands to what is in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser, Page

SignedIn = Callable[..., Browser]
STEPS = (kit.start(form="request"), kit.task("a", groups="客服专员", form="look"), kit.end(), kit.chain("started", "a", "done"))
VIEWS = ("", "/simple", "/forms/look.form", "/decisions/level.dmn")
SAME = "与现行第 1 版相同，没有要发布的改动"


def published(database: databases.Database, cast: Cast) -> None:
    forms = (kit.form("request", kit.text_field("why")), kit.form("look", kit.text_field("note")))
    kit.deploy(database, cast.owner, *forms, kit.diagram("leave", *STEPS, owners=["部门负责人"]))


def begun(browser: Browser) -> str:
    return browser.post("/designer/processes/leave").address


def opened(signed_in: SignedIn, database: databases.Database, cast: Cast) -> tuple[Browser, str]:
    """The owner of a published process, and the address of the draft that he has begun from it."""
    published(database, cast)
    owner = signed_in("owner")
    return owner, begun(owner)


def put(browser: Browser, address: str, revision: int, **labels: str) -> dict[str, Any]:
    """Saves the form of the step with these fields, by key and label, as its editor does: the answer."""
    components = [{**kit.text_field(key), "label": label} for key, label in labels.items()]
    text = kit.form("look", *components).content.decode()
    sent = {"revision": revision, "files": {"look.form": text}, "despite": ["note"]}
    answer = browser.client.put(address, json=sent, headers={"X-CSRFToken": browser.token()})
    assert answer.status_code == 200 and answer.json is not None
    return dict(answer.json)


def is_publishing_lit(page: Page) -> bool:
    """Whether the button that leads to publishing is the one to press."""
    (button,) = page.tree.xpath("//form[@data-publish]//button")
    return "primary" in button.get("class").split()


def test_a_draft_in_which_nothing_changed_says_so_and_lights_no_publishing(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    owner, address = opened(signed_in, database, cast)
    for view in VIEWS[:-1]:
        page = owner.get(address + view)
        assert SAME in page.words("header") and not is_publishing_lit(page), view
    page = owner.get(f"{address}/release")
    assert SAME in page.words("header") and "继续设计" in page.words("main")


def test_a_changed_draft_says_how_much_by_whom_and_lights_publishing(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    published(database, cast)
    head, owner = signed_in("head"), signed_in("owner")
    address = begun(owner)
    told = put(head, address, 1, note="看法", day="日期")
    assert "2 处改动还没有发布" in told["standing"] and 'data-due="true"' in told["standing"]
    owner.post(f"{address}/files", kind="dmn", id="level", title="批假层级")
    for view in VIEWS:
        page = owner.get(address + view)
        assert "3 处改动还没有发布" in page.words("header") and "欧流程" in page.words("header"), view
        assert is_publishing_lit(page), view
    owner.post(f"{address}/ask", revision="3")
    assert "欧流程 申请发布" in head.get(address).words("header")


def test_a_change_that_is_taken_back_leaves_nothing_to_publish(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    owner, address = opened(signed_in, database, cast)
    assert 'data-due="true"' in put(owner, address, 1, note="看法")["standing"]
    told = put(owner, address, 2, note="note")["standing"]
    assert SAME in told and 'data-due="false"' in told


def test_a_process_that_was_never_published_says_so(signed_in: SignedIn) -> None:
    owner = signed_in("owner")
    made = owner.post("/designer", name="请假申请", process_id="leave", template="leave")
    assert "还没有发布过，发布后才能发起" in made.words("header") and is_publishing_lit(made)


def test_a_draft_that_a_newer_version_overtook_lights_no_publishing(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    owner, address = opened(signed_in, database, cast)
    put(owner, address, 1, note="看法")
    forms = (kit.form("request", kit.text_field("cause")), kit.form("look", kit.text_field("note")))
    kit.deploy(database, cast.owner, *forms, kit.diagram("leave", *STEPS, owners=["部门负责人"]))
    page = owner.get(address)
    assert "现行第 2 版" in page.words("header") and not is_publishing_lit(page)


def test_a_diagram_that_cannot_be_read_is_saved_and_counts_as_a_change(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    owner, address = opened(signed_in, database, cast)
    sent = {"revision": 1, "files": {"leave.bpmn": "<broken"}}
    answer = owner.client.put(address, json=sent, headers={"X-CSRFToken": owner.token()})
    assert answer.status_code == 200 and "还没有发布" in answer.json["standing"]


def test_each_view_of_a_draft_says_what_it_is_and_what_it_is_for(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    owner, address = opened(signed_in, database, cast)
    owner.post(f"{address}/files", kind="dmn", id="level", title="批假层级")
    told = {view: owner.get(address + view).words("header") for view in VIEWS}
    assert "设计流程：流程 leave" in told[""] and "画出单据怎么走" in told[""]
    assert "设计流程：流程 leave" in told["/simple"] and "从上到下就是单据怎么走" in told["/simple"]
    assert "设计表单：" in told["/forms/look.form"] and "这里决定填写的人看到哪些栏目" in told["/forms/look.form"]
    assert "决策表：批假层级" in told["/decisions/level.dmn"] and "流程按此表自动判断" in told["/decisions/level.dmn"]
    for page, title in (
        ("files", "表单和决策"),
        ("release", "发布"),
        ("saves", "保存记录"),
        ("settings", "流程设置"),
        ("try", "试运行"),
    ):
        assert f"{title}：流程 leave" in owner.get(f"{address}/{page}").words("h1"), page
    preview = owner.get(f"{address}/forms/look.form").words("aside")
    assert "预览：填写的人将看到的样子" in preview and "不会保存" in preview


def test_a_decision_table_says_by_its_hit_policy_how_it_answers(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    owner, address = opened(signed_in, database, cast)
    owner.post(f"{address}/files", kind="dmn", id="level", title="批假层级")
    page = owner.get(f"{address}/decisions/level.dmn")
    told = {
        (each.get("data-policy"), each.get("data-aggregation")): each.get("data-gives")
        for each in page.tree.xpath("//*[@data-policy]")
    }
    assert told["FIRST", ""] == "从上到下，第一条符合的规则得出{outputs}，其后不再看。"
    assert len(told) == 11 and all("{outputs}" in each for each in told.values())
