"""The public pages: filing without signing in, following with number and secret, and what strangers are not told."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import flask
import pytest
from sqlalchemy import select, update

from engine.cases import cases, history, no_return
from engine.definitions import definitions
from engine.queries.inbox import task_page
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web import complaints
from tests.web.complaints import Customer, number_and_secret
from tests.web.conftest import Clock
from tests.web.pages import Browser

PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def packed(*names: str) -> bytes:
    """A ZIP that holds files of these names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return content.getvalue()


@pytest.fixture
def customer(app: flask.Flask, database: databases.Database, cast: Cast) -> Customer:
    kit.deploy(database, cast.owner, *complaints.resources())
    return Customer(app)


def only_case(database: databases.Database) -> models.ProcessInstance:
    (case,) = kit.rows(database, models.ProcessInstance)
    return case


def test_a_customer_files_a_complaint_and_follows_it_to_the_end(
    customer: Customer, database: databases.Database, cast: Cast
) -> None:
    assert "投诉与建议" in customer.get("/p/acme").words()
    number, secret = number_and_secret(customer.file())
    assert number and secret
    page = customer.follow(number, secret)
    assert "正在调查" in page.words(".now") and "2026" in page.words(".public-promise")

    kit.complete(database, cast.clerk, only_case(database).key, "investigate", {"solution": "加派夜班", "loss": 120})
    page = customer.get("/p/acme/follow")
    assert "您是否接受方案" in page.words(".public-question") and "加派夜班" in page.words()
    question = page.form("/p/acme/follow/answer")["question"]
    page = customer.post("/p/acme/follow/answer", question=question, accepted="yes", comment="好")
    assert only_case(database).state == "completed" and "您已答复，本件办结。" in page.words(".public-promise")
    own = page.words(".own")
    assert own.startswith("您已答复：接受") and own.endswith("好") and page.words(".public-steps").count("您已答复") == 1
    assert not page.tree.xpath("//*[@class='withdraw']")  # it is over
    (said,) = kit.rows(database, models.HistoryEvent, kind="answered")
    assert said.data["values"]["accepted"] is True and said.data["values"]["comment"] == "好"
    with database.reading() as session:
        assert history.verify(session, only_case(database).key) == []

    customer.post("/p/acme/follow/rating", stars="4", comment="处理及时")
    assert customer.page and "4" in customer.page.words(".public-intro")
    (filing,) = kit.rows(database, models.Filing)
    assert filing.rating == {"stars": 4, "comment": "处理及时"}
    assert (only_case(database).register or {})["rating"] == 4
    customer.post("/p/acme/follow/rating", 409, stars="1")
    assert not kit.rows(database, models.Notice, subject=f"客户评价不满意：{only_case(database).number}")


def test_who_manages_the_process_hears_that_the_customer_of_a_case_that_is_over_is_not_content(
    customer: Customer, database: databases.Database, cast: Cast, signed_in: Callable[..., Browser]
) -> None:
    customer.follow(*number_and_secret(customer.file()))
    kit.complete(database, cast.clerk, only_case(database).key, "investigate", {"solution": "加派夜班"})
    page = customer.get("/p/acme/follow")
    customer.post(
        "/p/acme/follow/answer", question=page.form("/p/acme/follow/answer")["question"], accepted="yes", comment="好"
    )
    customer.post("/p/acme/follow/rating", stars="2", comment="没人来看过")
    manager = signed_in("manager")
    told = manager.get("/notices").words(".notices")
    assert "客户评价不满意" in told and only_case(database).number in told and "没人来看过" in told
    shown = manager.get(f"/cases/{only_case(database).key}").words("main")
    assert "客户已评价 · 2 分（满分 5 分）" in shown and "没人来看过" in shown


def test_what_is_asked_speaks_the_language_of_the_page(customer: Customer, database: databases.Database, cast: Cast) -> None:
    customer.follow(*number_and_secret(customer.file()))
    kit.complete(database, cast.clerk, only_case(database).key, "investigate", {"solution": "加派夜班"})
    assert "您的答复" in customer.get("/p/acme/follow").words(".public-question")
    customer.post("/preferences", language="en", back="/p/acme/follow")
    asked = customer.get("/p/acme/follow").words(".public-question")
    assert "Your answer" in asked and "No, I do not accept" in asked and "您的答复" not in asked


def test_an_answer_stands_in_the_words_of_its_own_form(
    customer: Customer, database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = [{"label": "满意", "value": "yes"}, {"label": "仍不满意", "value": "no"}]
    own = kit.form("own_answer", {"type": "radio", "key": "accepted", "label": "结果", "values": options})
    asked = {"customer_answer": {"text": "结果如何？", "form": "own_answer"}}
    monkeypatch.setitem(complaints.PUBLIC, "questions", asked)
    kit.deploy(database, cast.owner, own, *complaints.resources())
    customer.follow(*number_and_secret(customer.file()))
    kit.complete(database, cast.clerk, only_case(database).key, "investigate", {"solution": "加派夜班"})
    question = customer.get("/p/acme/follow").form("/p/acme/follow/answer")["question"]
    page = customer.post("/p/acme/follow/answer", question=question, accepted="no")
    assert page.words(".own").startswith("您已答复：仍不满意")


def test_a_no_says_why_in_the_language_of_the_page(customer: Customer, database: databases.Database, cast: Cast) -> None:
    """As whoever asks him by telephone must write it down; what he chose is not lost. Who had that task open reads his answer."""
    customer.follow(*number_and_secret(customer.file()))
    case = only_case(database).key
    kit.complete(database, cast.clerk, case, "investigate", {"solution": "加派夜班"})
    asking = kit.open_task(database, case, "ask_customer")
    page = customer.get("/p/acme/follow")
    assert "答复“不接受”的，请在这里说明原因" in page.words()
    question = page.form("/p/acme/follow/answer")["question"]
    refused = customer.post("/p/acme/follow/answer", 422, question=question, accepted="no").form("/p/acme/follow/answer")
    assert refused["accepted"] == "no"
    assert "夜里" in customer.post("/p/acme/follow/answer", question=question, accepted="no", comment="夜里还是没人").words()
    with database.reading("acme") as session:
        refusal = task_page.overtaken(session, cast.clerk, asking)
    assert refusal is not None and refusal.values["words"].read("zh_Hans") == "不接受：夜里还是没人"


def test_an_answer_given_twice_or_by_telephone_meanwhile_is_told(
    customer: Customer, database: databases.Database, cast: Cast
) -> None:
    customer.follow(*number_and_secret(customer.file()))
    case = only_case(database).key
    kit.complete(database, cast.clerk, case, "investigate", {"solution": "加派夜班"})
    question = customer.get("/p/acme/follow").form("/p/acme/follow/answer")["question"]
    customer.post("/p/acme/follow/answer", 422, question=question)
    kit.complete(database, cast.clerk, case, "ask_customer")
    customer.post("/p/acme/follow/answer", 409, question=question, accepted="yes")


def test_the_same_form_sent_twice_gives_the_same_number_and_secret(customer: Customer, database: databases.Database) -> None:
    receipt = customer.receipt()
    first, second = (number_and_secret(customer.file(receipt=receipt)) for _ in range(2))
    assert first == second and first[1]
    assert only_case(database).number == first[0]


def test_a_form_sent_again_with_something_else_says_so_and_files_another_when_sent_once_more(
    customer: Customer, database: databases.Database
) -> None:
    """Nor is it lost what was handed in with it since; the very same again, with its file, gives the same number."""
    receipt = customer.receipt()

    def handed_in(name: str) -> str:
        address, headers = f"/p/acme/complaint/files?receipt={receipt}", {"X-CSRFToken": customer.token()}
        sent = {"field": "attachments", "file": (io.BytesIO(PICTURE + name.encode()), name)}
        answer = customer.client.post(address, headers=headers, data=sent)
        return str((answer.json or {})["key"])

    first = handed_in("a.png")
    (number, secret), again = (number_and_secret(customer.file(receipt=receipt, attachments=first)) for _ in range(2))
    assert again == (number, secret)
    page = customer.file(409, receipt=receipt, content="夜里也没有人", attachments=handed_in("b.png"))
    assert number in page.words(".problems") and "夜里也没有人" in page.text and "b.png" in page.text
    form = page.form("/p/acme/complaint")
    second = number_and_secret(customer.file(receipt=form["receipt"], content="夜里也没有人", attachments=form["attachments"]))
    assert second[0] != number and second[1]
    assert len(kit.rows(database, models.ProcessInstance)) == 2
    assert {file.instance_key is None for file in kit.rows(database, models.Attachment)} == {False}


def test_the_same_content_within_ten_minutes_gives_the_number_but_not_the_secret(
    customer: Customer, database: databases.Database, clock: Clock
) -> None:
    number, _secret = number_and_secret(customer.file())
    assert number_and_secret(customer.file()) == (number, "")
    clock.moment += timedelta(minutes=11)
    assert number_and_secret(customer.file())[0] != number


def test_a_wrong_secret_tells_nothing_and_is_limited(customer: Customer, app: flask.Flask, clock: Clock) -> None:
    number, secret = number_and_secret(customer.file())
    wrong = customer.follow(number, "AAAA-AAAA-AAAA", 403).words("main")
    unknown = customer.follow("TS-20991231-0001", secret, 403).words("main")
    assert wrong.replace(number, "") == unknown.replace("TS-20991231-0001", "")
    for _ in range(8):
        customer.follow(number, "AAAA-AAAA-AAAA", 403)
    customer.follow(number, secret, 429)
    clock.moment += timedelta(minutes=15)
    assert "正在调查" in customer.follow(number, secret.lower().replace("-", " ")).words()


def test_the_secret_is_nowhere_in_the_database(customer: Customer, database: databases.Database) -> None:
    _number, secret = number_and_secret(customer.file())
    (filing,) = kit.rows(database, models.Filing)
    assert secret not in repr(vars(filing)) and secret.replace("-", "") not in repr(vars(filing))
    (case,) = kit.rows(database, models.ProcessInstance)
    with database.reading() as session:
        tokens = session.execute(
            select(models.ProcessInstance.tokens).where(models.ProcessInstance.key == case.key)
        ).scalar_one()
    assert secret not in repr(tokens)


def test_a_script_in_any_field_is_only_text(customer: Customer, database: databases.Database, cast: Cast) -> None:
    script = "<script>alert(1)</script>"
    customer.follow(*number_and_secret(customer.file(content=script, complainant=script)))
    kit.complete(database, cast.clerk, only_case(database).key, "investigate", {"solution": script})
    assert "&lt;script&gt;" in customer.get("/p/acme/follow").text
    assert "<script>alert" not in customer.page.text if customer.page else False


def test_a_flood_is_stopped_and_nothing_of_it_is_kept(customer: Customer, database: databases.Database) -> None:
    for count in range(10):
        customer.file(content=f"第 {count} 件")
    page = customer.file(429, content="又一件")
    assert "又一件" in page.words(".kept") and "待办" not in page.words(".trouble"), (
        "nothing typed is lost, and he has no inbox"
    )
    assert len(kit.rows(database, models.ProcessInstance)) == 10


def test_a_program_that_fills_every_field_files_nothing(customer: Customer, database: databases.Database) -> None:
    customer.file(403, website="http://spam.example")
    assert not kit.rows(database, models.ProcessInstance)


def test_a_missing_field_is_told_and_everything_typed_stays(customer: Customer, database: databases.Database) -> None:
    page = customer.file(422, content="")
    assert page.form("/p/acme/complaint")["complainant"] == "王小明"
    assert page.tree.xpath("//*[@id='content'][@aria-invalid]")
    assert not kit.rows(database, models.ProcessInstance)


def test_attachments_go_with_the_case(customer: Customer, database: databases.Database, cast: Cast) -> None:
    customer.file(**{"attachments#file": (io.BytesIO(PICTURE), "门岗.png")})
    (file,) = kit.rows(database, models.Attachment)
    assert file.instance_key == only_case(database).key and file.name == "门岗.png" and file.media_type == "image/png"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("照片.png", b"MZ\x90\0" + b"\0" * 60),
        ("账单.pdf", PICTURE),
        ("木马.exe", b"MZ"),
        ("页面.html", b"<html>"),
        ("怪.xyz", b"abc"),
        ("大.pdf", b"%PDF-" + b"0" * (10 * 1024 * 1024)),
        ("合同.docx", packed("META-INF/MANIFEST.MF", "Main.class")),
        ("账单.xlsx", packed("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")),
        ("照片.zip", packed("照片/1.jpg", "照片/看我.EXE")),
        ("很多.zip", packed(*(f"{number}.txt" for number in range(2001)))),
        ("坏.zip", b"PK\x03\x04" + b"\0" * 60),
        ("录像.mp4", b"\x1aE\xdf\xa3" + b"\0" * 60),
    ],
)
def test_oversized_and_disguised_files_are_refused_at_their_field(
    customer: Customer, database: databases.Database, name: str, content: bytes
) -> None:
    page = customer.file(422, **{"attachments#file": (io.BytesIO(content), name)})
    assert page.words(".field-error") and page.form("/p/acme/complaint")["content"] == complaints.FILED["content"]
    assert not kit.rows(database, models.Attachment) and not kit.rows(database, models.ProcessInstance)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("合同.docx", packed("[Content_Types].xml", "word/document.xml")),
        ("照片.zip", packed("照片/1.jpg")),
        ("照片.heic", b"\0\0\0\x18ftypheic" + b"\0" * 60),
        ("录像.mp4", b"\0\0\0\x18ftypisom" + b"\0" * 60),
        ("录音.amr", b"#!AMR\n" + b"\0" * 60),
    ],
)
def test_what_a_telephone_or_an_office_makes_is_taken(
    customer: Customer, database: databases.Database, name: str, content: bytes
) -> None:
    customer.file(**{"attachments#file": (io.BytesIO(content), name)})
    assert [file.name for file in kit.rows(database, models.Attachment)] == [name]


def test_a_file_sent_ahead_is_used_by_its_own_form_only(
    customer: Customer, database: databases.Database, tmp_path: Path
) -> None:
    receipt = customer.receipt()
    answer = customer.client.post(
        f"/p/acme/complaint/files?receipt={receipt}",
        headers={"X-CSRFToken": customer.token()},
        data={"field": "attachments", "file": (io.BytesIO(PICTURE), "a.png")},
    )
    assert answer.status_code == 201 and answer.json
    customer.file(422, attachments=answer.json["key"])
    customer.file(receipt=receipt, attachments=answer.json["key"])
    (file,) = kit.rows(database, models.Attachment)
    assert file.instance_key == only_case(database).key


def test_without_the_secret_nothing_of_a_case_is_reached(customer: Customer, app: flask.Flask) -> None:
    number, _secret = number_and_secret(customer.file())
    stranger = Customer(app)
    assert number not in stranger.get("/p/acme/follow").words()
    stranger.post("/p/acme/follow/answer", 404, question="1", accepted="yes")
    stranger.post("/p/acme/follow/rating", 404, stars="1")


def test_what_is_followed_with_one_company_is_unknown_to_the_other(
    customer: Customer, database: databases.Database, cast: Cast
) -> None:
    number, secret = number_and_secret(customer.file())
    customer.follow(number, secret)
    customer.get("/p/elsewhere/follow", 404)
    customer.get("/p/elsewhere/complaint", 404)
    customer.get("/p/nobody", 404)


def test_a_process_without_public_page_is_not_there(customer: Customer, database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    customer.get("/p/acme/two_steps", 404)
    customer.send("/p/acme/two_steps", {"subject": "x"}, 404)


def test_past_its_point_of_no_return_a_case_is_not_withdrawn(customer: Customer, database: databases.Database) -> None:
    customer.follow(*number_and_secret(customer.file()))
    case = only_case(database)
    with database.transaction() as session:
        locked = cases.lock(session, case.key)
        [step, *_] = definitions.by_key(session, locked.definition_key).program.elements.values()
        no_return.bind(session, locked, step, actor=None, now=case.started_at)
    page = customer.get("/p/acme/follow")
    assert not page.tree.xpath("//*[@class='withdraw']")
    customer.post("/p/acme/follow/withdrawal", 409, reason="不投诉了")
    assert only_case(database).state == "active"


def test_a_customer_withdraws_with_a_reason_and_only_once(
    customer: Customer, app: flask.Flask, database: databases.Database, cast: Cast, signed_in: Callable[..., Browser]
) -> None:
    customer.follow(*number_and_secret(customer.file()))
    key = kit.open_task(database, only_case(database).key, "investigate")
    with database.transaction(COMPANY) as session:
        user_tasks.claim(session, cast.clerk, key, now=kit.NOW)
    page = customer.post("/p/acme/follow/withdrawal", 422, reason=" ")
    assert "撤回的原因" in page.words("@role='alert'") and only_case(database).state == "active"
    Customer(app).post("/p/acme/follow/withdrawal", 404, reason="别人的")
    page = customer.post("/p/acme/follow/withdrawal", reason="现场经理已致歉")
    case = only_case(database)
    assert case.state == "completed" and case.end_event == "withdrawal_noted"
    (told,) = kit.rows(database, models.HistoryEvent, kind="withdrawn")
    assert told.data["values"]["withdrawalReason"] == "现场经理已致歉" and told.data["values"]["withdrawnBy"] == "网页"
    assert not page.tree.xpath("//*[@class='withdraw']") and "您已撤回" in page.words(".public-promise")
    assert page.words(".own").startswith("您已撤回") and page.words(".own").endswith("现场经理已致歉")
    assert "已办结" not in page.words(".public-steps")
    late = signed_in("clerk").post(f"/tasks/{key}/complete", status=409, solution="写到一半", outcome="submit")
    assert "客户已于 3月2日 09:00 撤回" in late.words("main") and "写到一半" in late.words("main")
    assert not kit.open_elements(database, case.key)
    customer.post("/p/acme/follow/withdrawal", 409, reason="再撤一次")


def test_who_has_just_filed_follows_it_at_once_and_copies_what_he_was_shown(customer: Customer) -> None:
    page = customer.file()
    number, secret = number_and_secret(page)
    (copied,) = page.tree.xpath("//button/@data-copy")
    assert number in copied and secret in copied
    assert number in customer.get("/p/acme/follow").words(".public-number")


@pytest.mark.parametrize(("said", "words"), [("reject:不予受理", "未予同意"), ("withdrawn:已撤诉", "已撤回"), (None, "已办结")])
def test_without_words_of_its_own_the_page_tells_how_it_ended_but_not_what_is_for_the_staff(
    customer: Customer, database: databases.Database, said: str | None, words: str
) -> None:
    customer.follow(*number_and_secret(customer.file()))
    with database.transaction() as session:
        session.execute(update(models.ProcessInstance).values(state="completed", end_event="done", ended_as=said))
    told = customer.get("/p/acme/follow").words(".public-promise")
    assert words in told and "受理" not in told and "撤诉" not in told


def test_leaving_forgets_the_case(customer: Customer) -> None:
    customer.follow(*number_and_secret(customer.file()))
    customer.post("/p/acme/follow/leave")
    assert "正在调查" not in customer.get("/p/acme/follow").words()


def test_the_page_speaks_english_too(customer: Customer) -> None:
    customer.post("/preferences", language="en", back="/p/acme/follow")
    assert customer.page and "Access code" in customer.page.words()
    assert COMPANY == "acme"
