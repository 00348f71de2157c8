"""Personal data of complainants: masked wherever more people read than deal with the case, and who saw them in full is noted."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from engine.cases import history
from engine.deploying.deployment import Resource
from engine.files import attachments
from engine.intake.by_mail import mail
from engine.people.actors import SYSTEM
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import messages, process_instances
from engine.verbs.sharing import copies
from tests.cast import Cast
from tests.engine import kit
from tests.web import complaints
from tests.web.pages import Browser, Page

SignIn = Callable[..., Browser]
NAME, NUMBER, ADDRESS, CITIZEN = "王小明", "13812341234", "wang@example.com", "11010519491231002X"
SECRETS = (NAME, NUMBER, ADDRESS, CITIZEN)
CONTENT = f"我是{NAME},电话{NUMBER}，身份证{CITIZEN}，合同HT-2026-0302"
FILED = {"content": CONTENT, "complainant": NAME, "contact": ADDRESS}
HEADER = '<zeebe:taskHeaders><zeebe:header key="register" value="投诉台账"/></zeebe:taskHeaders>'


def mapping(**inputs: str) -> str:
    given = "".join(f'<zeebe:input source="={text}" target="{name}"/>' for name, text in inputs.items())
    return f"<zeebe:ioMapping>{given}</zeebe:ioMapping>"


def resources() -> Iterable[Resource]:
    """Filed by message → told in a notice, entered in a register → investigated → a called process looks at it → end."""
    personal = {"properties": {"personal": True}}
    tell = mapping(to='["主管领导"]'.replace('"', "&quot;"), subject="complainant", body="content + contact")
    filed = [kit.text_field("content"), *(kit.text_field(each) | personal for each in ("complainant", "contact"))]
    yield kit.form("public_complaint", *filed)
    yield kit.form("finding", *(each | {"readonly": True} for each in filed), kit.text_field("solution"))
    yield kit.diagram(
        "review",
        kit.start(),
        kit.task("look", groups="部门负责人", form="finding"),
        kit.end(),
        kit.chain("started", "look", "done"),
        title_of_case='="复核:" + content',
        managers=["主管领导"],
    )
    yield kit.diagram(
        "complaint",
        kit.start(definition='<bpmn:messageEventDefinition messageRef="filed"/>'),
        kit.service("tell", "notices.send", inputs=tell),
        kit.service("enter", "registers.enter", inputs=mapping(entry="{投诉人: complainant, 内容: content}"), headers=HEADER),
        kit.task("investigate", groups="客服专员", form="finding", opinion="optional"),
        kit.call("check", "review", io=mapping(content="content")),
        kit.end(),
        kit.chain("started", "tell", "enter", "investigate", "check", "done"),
        beside=kit.message("filed", "complaint_filed"),
        managers=["主管领导"],
        register=[{"label": "内容", "value": "=content"}, {"label": "联系", "value": "=contact"}],
        summary=[{"label": "内容", "value": "=content"}, {"label": "开头", "value": "=substring(content, 1, 16)"}],
        title_of_case='="投诉:" + complainant + contact',
        number="TS-{date}-{seq:04}",
    )


@pytest.fixture
def case(database: databases.Database, cast: Cast, tmp_path: Path) -> int:
    """A complaint whose content names its writer in free text; its key."""
    database.surroundings["data"] = tmp_path
    kit.deploy(database, cast.owner, *resources())
    with database.transaction("acme") as session:
        return messages.correlate(session, SYSTEM("acme"), "complaint_filed", "", FILED, now=kit.NOW)


def is_silent(page: Page | str) -> bool:
    """Whether nothing that names the complainant stands on a page."""
    text = page if isinstance(page, str) else page.text
    return not [secret for secret in SECRETS if secret in text]


def cells(book: bytes) -> str:
    """What stands in a spreadsheet."""
    with zipfile.ZipFile(io.BytesIO(book)) as packed:
        return " ".join(packed.read(name).decode() for name in packed.namelist() if name.endswith(".xml"))


def noted(database: databases.Database) -> list[tuple[str, str]]:
    """Who saw personal data in full, and how."""
    events = [each for each in kit.rows(database, models.HistoryEvent) if each.kind == "unmasked"]
    return [(each.actor, each.data["how"]) for each in events]


@pytest.mark.parametrize(
    "address",
    [
        "/inbox",
        "/inbox/export",
        "/inbox/done",
        "/inbox/done/export",
        "/status/cases",
        "/registers/complaint",
        "/notices",
        "/cases/{case}",
    ],
)
def test_no_list_names_the_complainant(
    address: str, case: int, signed_in: SignIn, database: databases.Database, cast: Cast
) -> None:
    kit.complete(database, cast.clerk, case, "investigate", {"solution": f"已回复{NAME}"}, opinion=f"请致电{NUMBER}找{NAME}")
    kit.notices(database)
    seen = [signed_in(each).client.get(address.format(case=case)) for each in ("clerk", "head", "manager", "owner")]
    texts = [cells(each.data) if address.endswith("/export") else each.text for each in seen if each.status_code == 200]
    assert texts and all(map(is_silent, texts))
    if not address.startswith("/inbox"):
        assert any("王**" in text for text in texts)


def test_a_register_kept_for_ever_holds_no_personal_data_in_full(case: int, database: databases.Database) -> None:
    (entry,) = kit.rows(database, models.RegisterEntry)
    assert entry.data["投诉人"] == "王**" and is_silent(str(entry.data))


def test_case_numbers_and_contracts_stay_readable_in_lists(case: int, signed_in: SignIn) -> None:
    shown = signed_in("manager").get("/status/cases").words()
    assert "TS-20260302-0001" in shown and "HT-2026-0302" in shown


def test_the_spreadsheet_of_a_register_is_masked(case: int, signed_in: SignIn) -> None:
    answer = signed_in("manager").client.get("/registers/complaint/export")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        text = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    assert "王**" in text and is_silent(text)


@pytest.mark.parametrize("address", ["/status/cases?q={}", "/registers/complaint?q={}", "/inbox?q={}"])
def test_searching_a_full_number_or_name_does_not_find_whose_it_is(address: str, case: int, signed_in: SignIn) -> None:
    browsers = [signed_in("manager"), signed_in("clerk")]
    for secret in SECRETS:
        for browser in browsers:
            found = browser.client.get(address.format(quote(secret))).text
            assert f"/cases/{case}" not in found and "TS-20260302-0001" not in found
    shown = [browser.client.get(address.format("TS-20260302")).text for browser in browsers]
    assert any("TS-20260302-0001" in each for each in shown)


def test_a_cut_text_does_not_show_the_greater_part_of_a_number(case: int, database: databases.Database) -> None:
    summary = {each["label"]: each["value"] for each in kit.instance(database, case).summary}
    assert NUMBER[:7] not in summary["开头"]


def test_a_called_case_masks_the_names_of_the_case_above_it(
    case: int, database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    kit.complete(database, cast.clerk, case, "investigate", {"solution": "加派夜班"})
    (child,) = kit.rows(database, models.ProcessInstance, parent_key=case)
    assert "王**" in child.title and is_silent(child.title)
    kit.complete(database, cast.head, child.key, "look", {"solution": f"{NAME}已接受"})
    child = kit.instance(database, child.key)
    assert child.state == "completed" and is_silent(child.title)
    assert is_silent(signed_in("manager").get(f"/cases/{child.key}"))


def test_whom_a_called_case_names_is_masked_in_its_opinions_on_the_page_above(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    personal = {"properties": {"personal": True}}
    visit = kit.task("visit", groups="客服专员", form="visit", opinion="optional")
    after = kit.task("after", groups="客服专员")
    inner = kit.diagram("inner", kit.start(), visit, after, kit.end(), kit.chain("started", "visit", "after", "done"))
    outer = kit.diagram(
        "outer",
        kit.start(),
        kit.call("inside", "inner"),
        kit.end(),
        kit.chain("started", "inside", "done"),
        managers=["主管领导"],
    )
    kit.deploy(database, cast.owner, kit.form("visit", kit.text_field("visited") | personal), inner, outer)
    key = kit.begin(database, cast.owner, "outer")
    (child,) = kit.rows(database, models.ProcessInstance, parent_key=key)
    kit.complete(database, cast.clerk, child.key, "visit", {"visited": NAME}, opinion=f"已走访{NAME}")
    manager = signed_in("manager")
    page = manager.get(f"/cases/{key}")
    assert "已走访王**" in page.text and is_silent(page)
    assert f"已走访{NAME}" in manager.post(f"/cases/{key}/unmask").text


def test_opinions_reasons_and_names_of_files_are_masked_until_somebody_looks(
    case: int, database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    kit.complete(database, cast.clerk, case, "investigate", {"solution": "好"}, opinion=f"已致电{NUMBER}，{NAME}同意")
    with database.transaction("acme") as session:
        stream = io.BytesIO(b"x")
        attachments.store(session, cast.manager, case, "", f"{NAME}的说明.txt", stream, now=kit.NOW)
        process_instances.cancel(session, cast.manager, case, f"{NAME}来电撤诉", now=kit.NOW)
    manager = signed_in("manager")
    page = manager.get(f"/cases/{case}")
    assert is_silent(page)
    for told in ("已致电138****1234，王**同意", "王**来电撤诉", "王**的说明.txt"):
        assert told in page.text
    page = manager.post(f"/cases/{case}/unmask")
    for told in (f"已致电{NUMBER}，{NAME}同意", f"{NAME}来电撤诉", f"{NAME}的说明.txt", CITIZEN):
        assert told in page.text


def test_each_look_is_noted_and_managers_see_who_looked(
    case: int, database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    clerk, manager = signed_in("clerk"), signed_in("manager")
    for _ in range(2):
        assert CITIZEN in clerk.post(f"/cases/{case}/unmask").text
    clerk.get(f"/cases/{case}/unmask")  # opened again it leads to the page, and shows nothing
    assert noted(database) == [("clerk", "page")] * 2
    told = manager.get(f"/cases/{case}").words(".timeline")
    assert told.count("查看了个人信息") == 2 and "陈办事" in told
    with database.reading() as session:
        assert not history.verify(session, case)


def test_outsiders_and_other_companies_see_nothing_and_nothing_is_noted(
    case: int, database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    with database.transaction("acme") as session:
        file = attachments.store(session, cast.clerk, case, "", "说明.txt", io.BytesIO(b"x"), now=kit.NOW).key
    for browser in (signed_in("outsider"), signed_in("stranger", "elsewhere")):
        browser.post(f"/cases/{case}/unmask", 404)
        browser.get(f"/cases/{case}", 404)
        browser.get(f"/attachments/{file}", 404)
    assert noted(database) == []


def test_who_deals_with_the_task_reads_everything_there_without_a_note(
    case: int, database: databases.Database, signed_in: SignIn
) -> None:
    page = signed_in("clerk").get(f"/tasks/{kit.open_task(database, case, 'investigate')}")
    assert NUMBER in page.text and NAME in page.text
    assert noted(database) == []


def test_downloading_a_file_of_a_masked_case_is_reading_it(
    case: int, database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    with database.transaction("acme") as session:
        file = attachments.store(session, cast.clerk, case, "", "说明.txt", io.BytesIO(NAME.encode()), now=kit.NOW).key
    manager, clerk = signed_in("manager"), signed_in("clerk")
    assert manager.client.get(f"/attachments/{file}").data.decode() == NAME
    assert clerk.client.get(f"/attachments/{file}").status_code == 200  # it is his task
    assert noted(database) == [("manager", "file")]
    assert "下载了附件" in manager.get(f"/cases/{case}").words(".timeline")
    kit.complete(database, cast.clerk, case, "investigate", {"solution": "好"})
    assert clerk.client.get(f"/attachments/{file}").status_code == 200
    assert noted(database) == [("manager", "file"), ("clerk", "file")]


def test_a_file_of_a_case_without_personal_data_leaves_no_note(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "打印机"})
    browser = signed_in("clerk")
    with database.transaction("acme") as session:
        file = attachments.store(session, cast.clerk, key, "", "说明.txt", io.BytesIO(b"x"), now=kit.NOW).key
    kit.complete(database, cast.clerk, key, "a", {"answer": "好"})
    assert browser.client.get(f"/attachments/{file}").status_code == 200
    assert noted(database) == [] and "unmask" not in browser.get(f"/cases/{key}").text


def test_what_was_set_without_any_form_is_masked_too(database: databases.Database, cast: Cast, signed_in: SignIn) -> None:
    """As e-mails and web hooks do it."""
    resource = kit.diagram(
        "plain",
        kit.start(definition='<bpmn:messageEventDefinition messageRef="filed"/>'),
        kit.task("a", groups="客服专员"),
        kit.end(),
        kit.chain("started", "a", "done"),
        beside=kit.message("filed", "plain_filed"),
        managers=["主管领导"],
        title_of_case='=complainant + ":" + subject',
        summary=[{"label": "联系", "value": "=contact"}],
    )
    kit.deploy(database, cast.owner, resource)
    values: dict[str, Any] = {**FILED, "subject": f"{NAME}的投诉 {NUMBER}"}
    with database.transaction("acme") as session:
        key = messages.correlate(session, SYSTEM("acme"), "plain_filed", "", values, now=kit.NOW)
    assert kit.instance(database, key).title == "王**:王**的投诉 138****1234"
    assert is_silent(signed_in("manager").get("/status/cases")) and is_silent(signed_in("manager").get(f"/cases/{key}"))


def test_an_e_mail_s_sender_is_masked_and_reading_the_original_is_noted(
    database: databases.Database, cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    database.surroundings["data"] = tmp_path
    kit.deploy(database, cast.owner, *complaints.resources())
    box = mail.Mailbox("localhost", "u", "complaint", "complaint_filed")
    raw = f"From: {NAME} <{ADDRESS}>\r\nSubject: {NAME}来信\r\nMessage-ID: <1@x>\r\n\r\n请回电{NUMBER}。".encode()
    with database.transaction("acme") as session:
        filing = mail.take(session, "acme", box, raw, now=kit.NOW)
    assert filing is not None and filing.instance_key is not None
    manager = signed_in("manager")
    for address in ("/status/cases", "/registers/complaint", f"/cases/{filing.instance_key}"):
        assert is_silent(manager.get(address))
    (original,) = kit.rows(database, models.Attachment, field="mail")
    assert manager.client.get(f"/attachments/{original.key}").data == raw
    assert noted(database) == [("manager", "file")]


def test_the_customer_reads_his_own_data_in_full(database: databases.Database, cast: Cast, app: Any) -> None:
    *forms, diagram = complaints.resources()
    public = {**complaints.PUBLIC, "shows": [{"label": "您的电话", "value": "=contact"}]}
    kit.deploy(
        database,
        cast.owner,
        *forms,
        kit.Resource(diagram.name, diagram.content, {**(diagram.settings or {}), "public": public}),
    )
    customer = complaints.Customer(app)
    number, secret = complaints.number_and_secret(customer.file(contact=NUMBER))
    assert NUMBER in customer.follow(number, secret).text


def test_showing_all_leads_to_a_page_that_can_be_loaded_again_and_is_masked_later(
    case: int, signed_in: SignIn, clock: Any, database: databases.Database
) -> None:
    clerk = signed_in("clerk")
    answer = clerk.client.post(f"/cases/{case}/unmask", data={"csrf_token": clerk.token()})
    assert (answer.status_code, answer.location) == (303, f"/cases/{case}")
    for _again in range(2):
        assert CITIZEN in clerk.get(f"/cases/{case}").text
    assert CITIZEN not in signed_in("manager").get(f"/cases/{case}").text
    clock.moment += timedelta(minutes=3)
    assert is_silent(clerk.get(f"/cases/{case}"))
    assert noted(database) == [("clerk", "page")]


def test_a_long_answer_is_shown_by_its_beginning_and_its_whole_is_masked_as_the_page_is(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    fields = kit.form("request", kit.text_field("subject"), kit.text_field("note"))
    start, task = kit.start(form="request"), kit.task("a", groups="客服专员")
    kit.deploy(database, cast.owner, fields, kit.diagram("long", start, task, kit.end(), kit.chain("started", "a", "done")))
    words = "很长的内容" * 10_000 + NUMBER
    key = kit.begin(database, cast.manager, "long", {"subject": "短", "note": words})
    manager = signed_in("manager")
    page = manager.get(f"/cases/{key}")
    assert len(page.text) < 60_000 and page.words(".answers").count("很长的内容") == 400
    (link,) = [each for each in page.links() if "/value?" in each]
    whole = manager.client.get(link)
    assert "attachment" in whole.headers["Content-Disposition"] and whole.mimetype == "text/plain"
    assert whole.text.count("很长的内容") == 10_000 and NUMBER not in whole.text and "138****" in whole.text
    for browser in (signed_in("outsider"), signed_in("stranger", "elsewhere")):
        assert browser.client.get(link).status_code == 404
    assert manager.client.get(f"/cases/{key}/value?name=nothing").status_code == 404
    assert NUMBER in signed_in("clerk").client.get(link).text


def test_numbers_that_somebody_writes_are_masked_in_notices_and_lists(
    case: int, signed_in: SignIn, database: databases.Database, cast: Cast
) -> None:
    with database.transaction("acme") as session:
        copies.copy_to(session, cast.manager, case, ["head"], f"请致电{NUMBER}", now=kit.NOW)
    kit.notices(database)
    for address in ("/notices", "/inbox/copies"):
        shown = signed_in("head").get(address).words("main")
        assert "请致电" in shown and NUMBER not in shown
