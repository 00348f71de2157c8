"""The page of a release: the whole change before whoever publishes it, a second person, a version that overtook the draft."""

from __future__ import annotations

from collections.abc import Callable

from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
STEPS = (kit.start(form="request"), kit.task("a", groups="客服专员", form="look"), kit.end(), kit.chain("started", "a", "done"))
HEADS = ["部门负责人"]


def published(database: databases.Database, cast: Cast, field: str, **settings: object) -> None:
    """A version of a process with two forms that the heads own."""
    forms = (kit.form("request", kit.text_field(field)), kit.form("look", kit.text_field("note")))
    kit.deploy(database, cast.owner, *forms, kit.diagram("leave", *STEPS, owners=HEADS, managers=["主管领导"], **settings))


def draft(browser: Browser) -> str:
    return browser.post("/designer/processes/leave").address


def test_a_second_person_releases_with_the_whole_change_before_him(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    published(database, cast, "why", second_release=True)
    head, owner = signed_in("head"), signed_in("owner")
    address = draft(head)
    head.send(f"{address}/rights", {"revision": "1", "look.form/why": "read", "look.form/note": "required"})
    page = head.get(f"{address}/release")
    assert "why" in page.words(".changes") and "申请发布" in page.words("main")
    revision = page.form(f"{address}/ask")["revision"]
    head.post(f"{address}/publish", revision=revision, status=403)
    head.post(f"{address}/ask", revision=revision)
    assert "何负责 申请发布" in owner.get("/designer").words("main")
    assert "何负责 申请发布" in owner.get(f"{address}/release").words("main")
    head.send(f"{address}/rights", {"revision": revision, "look.form/why": "edit", "look.form/note": "required"})
    page = owner.post(f"{address}/publish", revision=revision, status=409)
    assert "何负责" in page.words("@role='alert'") and "note" in page.words(".changes"), "the change as it is now stands there"
    revision = page.form(f"{address}/ask")["revision"]
    head.post(f"{address}/ask", revision=revision)
    assert "第 2 版" in owner.post(f"{address}/publish", revision=revision).words("body")
    assert "发布了第 2 版" in owner.get("/processes/leave").words("main")


def test_a_draft_that_a_newer_version_overtook_takes_its_changes_over(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    published(database, cast, "why")
    head = signed_in("head")
    address = draft(head)
    head.send(f"{address}/rights", {"revision": "1", "look.form/note": "required"})
    published(database, cast, "cause")
    for editor in ("", "/simple", "/forms/look.form"):
        assert "基于第 1 版，现行第 2 版" in head.get(f"{address}{editor}").words("header")
    page = head.get(f"{address}/release")
    told = page.words("@role='alert'")
    assert "欧流程发布了第 2 版" in told and "会撤销那一版的改动" in told and "并入第 2 版的改动" in told
    sent = page.form(f"{address}/catch-up")
    page = head.post(f"{address}/catch-up", revision=sent["revision"])
    assert "已并入" in page.words(".flash") and page.words("@role='alert'") == ""
    assert "note" in page.words(".changes") and "cause" not in page.words(".changes")
    head.post(f"{address}/catch-up", revision="1", status=409)
    signed_in("clerk").post(f"{address}/catch-up", revision="3", status=404)


def test_who_comes_back_to_a_draft_that_is_published_is_led_to_the_process(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    published(database, cast, "why")
    head, owner = signed_in("head"), signed_in("owner")
    address = draft(head)
    head.send(f"{address}/rights", {"revision": "1", "look.form/note": "required"})
    head.post(f"{address}/publish", revision=head.get(f"{address}/release").form(f"{address}/publish")["revision"])
    for someone in (head, owner):
        someone.client.environ_base["HTTP_ACCEPT"] = "text/html"
        for page in ("", "/simple", "/release"):
            shown = someone.get(address + page)
            assert shown.address == "/processes/leave" and "何负责已发布这份草稿" in shown.words(".flash")
