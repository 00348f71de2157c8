"""A process's own texts for who reads in another language: every kind of page says them, and keeps what people entered."""

from __future__ import annotations

import io
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from lxml import html

from engine import runtime
from engine.basics import json_texts
from engine.definitions.languages import extraction
from engine.deploying import deployment
from engine.storage import database as databases
from engine.storage import keys, models
from engine.verbs.approvals import deputies
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.conftest import PROCESS
from tests.web.pages import Browser, Page

SignedIn = Callable[..., Browser]


def translated() -> tuple[dict[str, str], list[deployment.Resource]]:
    """The process of the tests of pages with a translation of each of its texts, which tells which one it is."""
    settings = tomllib.loads((PROCESS / "workflow.toml").read_text())
    files = {path.name: path.read_bytes() for path in sorted(PROCESS.iterdir()) if path.suffix in (".bpmn", ".form")}
    schemas = [json_texts.read(content) for name, content in files.items() if name.endswith(".form")]
    found = extraction.texts_of(runtime.parse(files["purchase.bpmn"]), [settings], schemas, lambda _id: None)
    numbered = ((f"Said {number}", each.text) for number, each in enumerate(found) if each.wants("en"))
    texts = {text: f'="{said}"' if text.startswith("=") else said for said, text in numbered}
    said = {**settings, "texts": {"en": texts}}
    resources = [deployment.Resource(name, files[name], said if name.endswith(".bpmn") else None) for name in files]
    return texts, resources


@pytest.fixture
def texts(database: databases.Database, cast: Cast, now: datetime) -> dict[str, str]:
    """The texts of the deployed process, by what they are in its files."""
    found, resources = translated()
    with database.transaction(COMPANY) as session:
        deployment.deploy(session, cast.owner, resources, now=now)
    return found


@pytest.fixture
def english(signed_in: SignedIn) -> SignedIn:
    """A browser in which somebody is signed in who reads English."""

    def opened(username: str) -> Browser:
        someone = signed_in(username)
        someone.client.post("/preferences", data={"language": "en"}, headers={"X-CSRFToken": someone.token()})
        return someone

    return opened


def left(page: Page, texts: dict[str, str]) -> set[str]:
    """The texts of the process that stand untranslated on a page; what is in a field somebody filled in is his."""
    shown = {" ".join(each.split()) for each in _shown(page.tree)}
    return {text for text in texts for each in shown if text == each or (len(text) > 2 and text in each)}


def _shown(tree: html.HtmlElement) -> Iterator[str]:
    for element in tree.iter():
        if isinstance(element.tag, str) and element.tag not in ("script", "style", "textarea"):
            yield element.text or ""
            yield from (element.get(name) or "" for name in ("aria-label", "title", "placeholder", "label", "data-title"))
        yield element.tail or ""


def test_every_page_speaks_english_where_the_package_does(
    english: SignedIn, purchase_of: Purchases, texts: dict[str, str], cast: Cast
) -> None:
    started = purchase_of.start()
    checked = purchase_of.start()
    approval = purchase_of.check(checked)
    done = purchase_of.start()
    purchase_of.check(done)
    purchase_of.approve(done)
    mine = purchase_of.claim(started, cast.clerk2)
    pages = {
        "clerk2": ["/inbox", f"/tasks/{mine}", f"/tasks/{mine}/preview", "/inbox/done", f"/cases/{checked}"],
        "clerk": [
            "/start",
            "/start/purchase",
            "/inbox/started",
            "/inbox/columns/open",
            f"/cases/{started}",
            f"/cases/{done}",
            f"/cases/{done}/story",
        ],
        "manager": ["/inbox", f"/tasks/{approval}", "/inbox/done"],
        "owner": [
            "/status",
            "/status/cases",
            "/status/tasks",
            "/status/processes/purchase",
            "/status/today",
            "/status/processes/purchase/done",
            "/status/processes/purchase/heat",
            "/status/deadlines",
            "/status/workload",
            "/status/rebalance",
            "/status/reports/new",
            "/status/operations/new",
            "/processes",
            "/processes/purchase",
        ],
    }
    wrong: dict[str, set[str]] = {}
    for username, addresses in pages.items():
        someone = english(username)
        for address in addresses:
            page = someone.get(address)
            if left(page, texts):
                wrong[address] = left(page, texts)
    assert not wrong
    assert texts["采购申请"] in english("clerk").get("/start").text
    drawn = english("clerk").client.get(f"/cases/{done}/diagram").text
    assert texts["核对库存"] in drawn and "核对库存" not in drawn and "客服专员" in drawn  # names of groups stay


def test_a_case_that_was_sent_back_or_moved_says_so_in_english(
    english: SignedIn, purchase_of: Purchases, texts: dict[str, str], cast: Cast
) -> None:
    case = purchase_of.start()
    purchase_of.check(case)
    purchase_of.approve(case, "return", "x")
    told = english("clerk2").get(f"/tasks/{purchase_of.task(case)}")
    assert texts["审批采购"] in told.words(".strip")
    owner = english("owner")
    options = owner.get(f"/cases/{case}/jump").tree.xpath("//option")
    value = next(each.get("value") for each in options if each.get("value"))
    owner.post(f"/cases/{case}/jump", target=value, reason="x")
    owner.post(f"/cases/{case}/jump", target=value, seen=value, reason="x")
    pages = [told, english("clerk2").get("/inbox"), owner.get(f"/cases/{case}")]
    assert [left(page, texts) for page in pages] == [set(), set(), set()]


def test_what_is_stored_stays_as_it_was_entered_and_faults_name_the_field_in_english(
    english: SignedIn, purchase_of: Purchases, texts: dict[str, str], cast: Cast
) -> None:
    key = purchase_of.claim(purchase_of.start(), cast.clerk2)
    page = english("clerk2").post(f"/tasks/{key}/complete", status=422, in_stock="many", outcome="submit")
    assert texts["库存数量"] in page.words("@role='alert'") and not left(page, texts)
    english("clerk2").post(f"/tasks/{key}/complete", in_stock="0", outcome="submit")
    assert purchase_of.row(key).name == "核对库存" and purchase_of.row(key).state == "completed"


def test_who_reads_chinese_sees_the_process_as_it_was_drawn(
    signed_in: SignedIn, purchase_of: Purchases, texts: dict[str, str], cast: Cast
) -> None:
    page = signed_in("clerk2").get(f"/tasks/{purchase_of.claim(purchase_of.start(), cast.clerk2)}")
    assert {"库存数量", "核对库存"} <= left(page, texts) and "Said" not in page.text


@pytest.fixture
def purchase_of(texts: dict[str, str], database: databases.Database, cast: Cast, now: datetime) -> Purchases:
    """Purchases by the translated process."""
    return Purchases(database, cast, now)


def test_an_owner_translates_in_the_draft_and_the_texts_travel_with_the_package(
    signed_in: SignedIn, english: SignedIn, purchase: None
) -> None:
    owner = signed_in("owner")
    address = owner.post("/designer/processes/purchase").address
    form = owner.get(f"{address}/texts").form(f"{address}/texts")
    sent = {"revision": form["revision"], "language": "en", "text": ["采购申请", "库存数量", "一次申请只写一种物品。"]}
    wrong = owner.send(f"{address}/texts", {**sent, "said": ["Purchase", "=stock", "One item each."]}, 422)
    assert "=stock" in wrong.text and "库存数量" in wrong.words(".field-error")
    page = owner.send(f"{address}/texts", {**sent, "said": ["Purchase", "In stock", "One item each."]})
    assert "In stock" in page.text and "没有译文" in page.words("main")
    assert "“采购申请”的译文" in owner.get(f"{address}/release").words(".changes")

    content = owner.client.get(f"{address}/package").data
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert tomllib.loads(package.read("purchase/texts.en.toml").decode()) == {
            "采购申请": "Purchase",
            "库存数量": "In stock",
            "一次申请只写一种物品。": "One item each.",
        }
        assert "texts" not in tomllib.loads(package.read("purchase/workflow.toml").decode())
    owner.send(f"{address}/texts", {**sent, "revision": "2", "said": ["", "", ""]})
    assert "In stock" not in owner.get(f"{address}/texts").text
    owner.send("/designer/packages", {"file": (io.BytesIO(content), "purchase.zip")})
    revision = owner.get(f"{address}/release").form(f"{address}/publish")["revision"]
    owner.post(f"{address}/publish", revision=revision)
    assert "Purchase" in english("clerk").get("/start").words("main")


def test_a_text_that_changed_leads_to_its_translation(signed_in: SignedIn, texts: dict[str, str]) -> None:
    owner = signed_in("owner")
    address = owner.post("/designer/processes/purchase").address
    fields = owner.get(f"{address}/settings").form(f"{address}/settings")
    owner.send(f"{address}/settings", {**fields, "description": "申请购买办公用品，如期送到。"})
    page = owner.get(f"{address}/release")
    assert "已不再有" in page.words(".designer-problems") and "先改正" not in page.words(".reason")
    [way, *_others] = page.tree.xpath("//li[@class='warning']/a[text()='翻译']/@href")
    assert "保存" in owner.get(way).words(".hint")
    assert not owner.get(f"{address}/try").words(".designer-problems"), "a translation that is left over stops no trial"
    revision = page.form(f"{address}/publish")["revision"]
    assert "已发布为第 2 版" in owner.post(f"{address}/publish", revision=revision).text


def test_a_draft_is_called_on_its_pages_as_in_the_list_of_drafts(english: SignedIn, texts: dict[str, str]) -> None:
    owner = english("owner")
    address = owner.post("/designer/processes/purchase").address
    for page in ("", "/simple", "/settings", "/texts", "/release", "/scenarios", "/saves"):
        assert texts["采购申请"] in owner.get(f"{address}{page}").words("h1"), page


def test_who_draws_in_english_is_offered_what_stands_in_the_files(english: SignedIn, texts: dict[str, str]) -> None:
    owner = english("owner")
    page = owner.get(owner.post("/designer/processes/purchase").address + "/settings")
    offered = page.tree.xpath("//datalist//option/@value")
    assert "行政" in offered and texts["行政"] not in offered


def test_what_is_told_after_sending_and_in_notices_is_english_too(
    english: SignedIn, purchase_of: Purchases, texts: dict[str, str], cast: Cast
) -> None:
    case = purchase_of.start()
    clerk = english("clerk2")
    key = purchase_of.claim(case, cast.clerk2)
    page = clerk.post(f"/tasks/{key}/complete", in_stock="0", outcome="submit")
    assert (
        "Done. Next: " in page.words(".flash") and "（" not in page.words(".flash").split("Said")[1] and not left(page, texts)
    )
    manager, approval = english("manager"), purchase_of.task(case)
    manager.post(f"/tasks/{approval}/complete", outcome="return", opinion="x")
    kit.notices(purchase_of.database)
    told = clerk.get("/notices")
    assert texts["核对库存"] in told.words("main") and not left(told, texts)


def test_a_question_a_way_back_and_what_came_too_late_are_told_in_english(
    english: SignedIn, purchase_of: Purchases, texts: dict[str, str], cast: Cast
) -> None:
    case = purchase_of.start()
    key = purchase_of.claim(case, cast.clerk)
    purchase_of.hand_on(key, "clerk2")
    late = english("clerk").post(f"/tasks/{key}/complete", status=409, in_stock="7", outcome="submit")
    assert texts["核对库存"] in late.words(".kept") and texts["库存数量"] in late.words(".kept") and not left(late, texts)
    english("clerk2").post(f"/tasks/{key}/consult", people="outsider", text="?")
    asked = english("outsider")
    (address,) = {each for each in asked.get("/inbox/asked").links() if each.startswith("/questions/")}
    assert texts["核对库存"] in asked.get(address).words("h1") and not left(asked.get(address), texts)
    purchase_of.check(case)
    approval, manager = purchase_of.task(case), english("manager")
    manager.post(f"/tasks/{approval}/complete", outcome="approve")
    story = manager.get(f"/cases/{case}/story")
    assert "Submit" in story.words() or "Approve" in story.words()
    assert "“提交”" not in story.text and "“同意”" not in story.text


WAYS = {
    "类型": "Kind",
    "专线": "Leased line",
    "编号只写数字。": "Digits only.",
    "资料齐全吗？": "Complete?",
    "是": "Yes",
    "流程 ways": "Ways",
}


def test_what_forms_say_of_values_and_people_is_english(
    english: SignedIn, database: databases.Database, cast: Cast, now: datetime
) -> None:
    kind = {"type": "select", "key": "kind", "label": "类型", "values": [{"label": "专线", "value": "专线"}]}
    shown = {"type": "textfield", "key": "kind", "label": "类型", "readonly": True}
    code = kit.text_field("code", pattern="^[0-9]+$") | {"patternErrorMessage": "编号只写数字。"}
    whom = {"type": "select", "key": "whom", "label": "whom", "valuesExpression": "=person options()"}
    flow = kit.flow("资料齐全吗？", "do", "=code = null").replace('_do"', '_do" name="是"', 1)
    drawn = kit.diagram(
        "ways",
        kit.start(form="asked"),
        kit.task("fill", users="clerk2", form="filling"),
        kit.node("exclusiveGateway", "资料齐全吗？", attributes=' default="资料齐全吗？_else"'),
        kit.task("do", users="=whom"),
        kit.task("else", users="clerk"),
        kit.end(),
        kit.chain("started", "fill", "资料齐全吗？", "else", "done"),
        flow,
        kit.chain("do", "done"),
        texts={"en": WAYS},
    )
    kit.deploy(database, cast.owner, kit.form("asked", kind), kit.form("filling", shown, code, whom), drawn)
    with database.transaction(COMPANY) as session:
        deputies.set_up(session, cast.clerk, "head", begins_at=now, ends_at=now + timedelta(days=7), now=now)
    case = kit.begin(database, cast.outsider, "ways", {"kind": "专线"})
    task = kit.open_task(database, case, "fill")
    page = english("clerk2").get(f"/tasks/{task}")
    assert "Leased line" in page.words(".form") and "(away, deputy: " in page.words("select")
    assert "if “Complete” is “Yes”" in english("outsider").get(f"/cases/{case}").words()
    refused = english("clerk2").post(f"/tasks/{task}/complete", status=422, kind="专线", code="x", outcome="submit")
    assert "Digits only." in refused.words(".field-error") and "Digits only." in refused.words("@role='alert'")
    assert left(refused, WAYS) == set()


def test_what_people_typed_is_told_as_they_typed_it_also_where_a_form_offers_that_word(
    english: SignedIn, database: databases.Database, cast: Cast
) -> None:
    kind = {"type": "select", "key": "kind", "label": "类型", "values": [{"label": "专线", "value": "专线"}]}
    again = [{"type": "textfield", "key": name, "label": name, "readonly": True} for name in ("kind", "note")]
    columns = [{"label": "类型", "value": "=kind"}, {"label": "说明", "value": "=note"}]
    drawn = kit.diagram(
        "ways",
        kit.start(form="asked"),
        kit.task("fill", users="clerk2", form="filling"),
        kit.end(),
        kit.chain("started", "fill", "done"),
        texts={"en": WAYS | {"说明": "Note"}},
        title_of_case="=note",
        summary=columns,
        register=columns,
        visible_to=["*"],
    )
    forms = kit.form("asked", kind, kit.text_field("note")), kit.form("filling", *again)
    kit.deploy(database, cast.owner, *forms, drawn)
    case = kit.begin(database, cast.outsider, "ways", {"kind": "专线", "note": "专线"})
    task = kit.open_task(database, case, "fill")
    for who, address in (("clerk2", f"/tasks/{task}"), ("outsider", f"/cases/{case}"), ("owner", "/registers/ways")):
        page = english(who).get(address).words("main")
        assert "Leased line" in page and "专线" in page, (address, page)
    assert "专线" in english("clerk2").get("/inbox").words(".items")


def test_groups_and_departments_are_called_as_the_company_says_in_the_reader_s_language(
    english: SignedIn, signed_in: SignedIn, purchase_of: Purchases, database: databases.Database, cast: Cast
) -> None:
    with database.transaction() as session:
        row = session.get_one(models.Company, COMPANY)
        said = {"texts": {"en": {"客服专员": "Front desk", "客服部": "Service"}}}
        row.settings, row.organisation_version = {**row.settings, **said}, keys.new()
    case = purchase_of.start()
    task = purchase_of.task(case)
    pages = {"clerk2": ("/inbox", f"/tasks/{task}", f"/cases/{case}"), "owner": ("/status/tasks", "/status/workload")}
    for username, addresses in pages.items():
        for address in addresses:
            page = english(username).get(address).text
            assert "Front desk" in page and "客服专员" not in page, address
    assert "Service" in english("clerk2").get("/inbox").words("main")
    for address in ("/organisation/groups", "/organisation/people/clerk", "/organisation?department=service"):
        shown = english("owner").get(address).words("main")
        assert ("Front desk" if "department" not in address else "Service") in shown, address
        assert "客服专员" not in shown and "客服部" not in shown, address
    assert "客服专员" in signed_in("clerk").get(f"/cases/{case}").words("main")


def test_a_form_offers_and_shows_departments_in_the_reader_s_language(
    english: SignedIn, database: databases.Database, cast: Cast
) -> None:
    with database.transaction() as session:
        row = session.get_one(models.Company, COMPANY)
        row.settings, row.organisation_version = {**row.settings, "texts": {"en": {"客服部": "Service"}}}, keys.new()
    unit = {"type": "select", "key": "unit", "label": "unit", "valuesExpression": "=department options()"}
    name = {"type": "textfield", "key": "name", "label": "name", "readonly": True}
    form = kit.form("asked", unit, name)
    first = kit.form("first", kit.text_field("unit"), kit.text_field("name"))
    steps = (kit.start(form="first"), kit.task("fill", users="clerk2", form="asked"), kit.end())
    kit.deploy(database, cast.owner, kit.diagram("units", *steps, kit.chain("started", "fill", "done")), form, first)
    case = kit.begin(database, cast.clerk, "units", {"unit": "service", "name": "客服部"})
    page = english("clerk2").get(f"/tasks/{kit.open_task(database, case, 'fill')}")
    assert page.words(".form").count("Service") == 2 and "客服部" not in page.words(".form")
