"""Certificates: Chinese text that can be copied out again, nothing of the data read as markup, the same file twice."""

import dataclasses
import io
from types import SimpleNamespace

import pypdf
import pytest

from engine import errors, operations
from engine.deploying import deployment
from engine.files import attachments, documents
from engine.storage import models
from tests import sample_case
from tests.engine import kit

TITLE = '#read("/etc/passwd") *粗* $x$ <b> \\ 」'


def sample(items: int = 2, **changes) -> dict:
    rows = [
        {
            "number": n,
            "recordId": str(n),
            "title": f"青禾置业{n}号 {TITLE}",
            "secrecy": "秘密",
            "medium": "纸质",
            "copies": 2,
            "period": "2011–2018",
            "reason": "资料已过时",
        }
        for n in range(1, items + 1)
    ]
    return {
        "company": "映山红广告公司",
        "issued_at": "2026-03-16 15:20",
        "case": {
            "number": "XH-20260316-0002",
            "process": "销毁审批",
            "title": "",
            "initiator": "曹磊",
            "started_at": "2026-03-02 09:05",
        },
        "steps": [
            {
                "id": "a",
                "name": "总经理核准",
                "kind": "approve",
                "outcome": "approve",
                "opinion": "同意",
                "by": "郭伟",
                "at": "2026-03-05 16:42",
            }
        ],
        "data": {
            "method": "碎纸",
            "place": "档案室",
            "destroyed_at": "2026-03-16T14:30",
            "keeper": "莫言之",
            "witness": "钱芳",
            "items": rows,
            "kept": [{"record": "9", "number": "KH-2014-0021", "reason": "冻结"}],
            "count": items,
            **changes,
        },
    }


def text_of(pdf: bytes) -> tuple[str, int]:
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return "".join(page.extract_text() for page in reader.pages), len(reader.pages)


def test_a_certificate_says_who_what_how_and_before_whom(now) -> None:
    text, pages = text_of(documents.order("destruction_certificate", sample(), now=now).make())
    assert pages == 1
    for part in (
        "客户资料销毁证明",
        "映山红广告公司",
        "XH-20260316-0002",
        "青禾置业1号",
        "秘密",
        "碎纸",
        "莫言之",
        "钱芳",
        "郭伟",
        "KH-2014-0021",
        documents.order("destruction_certificate", sample(), now=now).digest,
    ):
        assert part in "".join(text.split()), part


def test_what_people_typed_is_printed_and_never_run(now) -> None:
    text, _pages = text_of(documents.order("destruction_certificate", sample(1), now=now).make())
    assert '#read("/etc/passwd")' in text.replace("\n", "") and "*粗*" in text and "root:" not in text


def test_eighty_items_run_over_several_pages_with_page_numbers(now) -> None:
    text, pages = text_of(documents.order("destruction_certificate", sample(80), now=now).make())
    assert pages > 3 and f"共 {pages} 页" in text and text.count("密级") == text.count("销毁原因") > 1


def test_a_certificate_with_hardly_any_data_is_made_too(now) -> None:
    bare = {
        "company": "x",
        "issued_at": "",
        "case": {"number": "1", "initiator": "", "started_at": ""},
        "steps": [],
        "data": {},
    }
    for data in (bare, bare | {"data": {"items": [{}], "kept": None, "count": None, "destroyed_at": None, "keeper": None}}):
        assert documents.order("destruction_certificate", data, now=now).make().startswith(b"%PDF-")


def test_the_same_data_give_the_same_file(now) -> None:
    one, other = (documents.order("destruction_certificate", sample(), now=now).make() for _ in range(2))
    assert one == other


def test_a_template_that_does_not_come_to_an_end_is_ended(now, monkeypatch) -> None:
    monkeypatch.setattr(documents, "MAX_SECONDS", 0.01)
    with pytest.raises(errors.Invalid):
        documents.order("destruction_certificate", sample(), now=now).make().make()


@pytest.mark.parametrize("template", ["", "nothing", "../documents", "/etc/passwd", "destruction_certificate.typ", "A"])
def test_a_template_that_there_is_not_is_refused(template: str, now) -> None:
    with pytest.raises(errors.Invalid):
        documents.order(template, {}, now=now).make()


def test_data_that_do_not_fit_the_template_are_refused_in_words(now) -> None:
    for data in ({}, sample(items=1) | {"data": {"items": 5}}, {"x": "长" * 2_000_001}):
        with pytest.raises(errors.Invalid):
            documents.order("destruction_certificate", data, now=now).make()


def test_the_operation_attaches_the_certificate_with_the_approvals_of_the_case(database, cast, now, tmp_path) -> None:
    database.surroundings["data"] = tmp_path
    with database.transaction("acme") as session:
        instance = sample_case.make(session, now)
        sample_case.done(session, instance, "总经理核准", "manager", kind="approve", outcome="approve", opinion="同意,予以销毁")
        context = operations.OperationContext(
            session, instance, SimpleNamespace(id="x", name="x"), {"template": "destruction_certificate"}, now, 7, cast.clerk
        )
        data = {"items": [{"title": "青禾"}], "count": 1, "keeper": "甲", "witness": "乙"}
        inputs, operation = {"data": data, "file_name": "销毁证明.pdf"}, operations.find("documents.render")
        made = operation.ordered(context, inputs).make()
        value = operation.run(dataclasses.replace(context, made=made), inputs)["document"]
    assert value["name"] == "销毁证明.pdf" and value["type"] == "application/pdf"
    with database.reading("acme") as session:
        opened = attachments.open(session, cast.outsider, int(value["key"]))
        text, _pages = text_of(opened.path.read_bytes())
        assert "毛经理" in text and "予以销毁" in text and "魏旁人" in text and "样例公司" in text
        assert session.get_one(models.Attachment, int(value["key"])).uploaded_by is None
    database.surroundings.pop("data")


def test_a_moment_of_the_machines_clock_will_do(now) -> None:
    assert (
        documents.order("destruction_certificate", sample(1), now=now.replace(microsecond=123456)).make().startswith(b"%PDF-")
    )


@pytest.mark.parametrize(
    ("template", "told"), [("destruction_certificat", "destruction_certificate"), ("", "complaint_record")]
)
def test_a_template_that_there_is_not_is_refused_at_deployment_with_the_nearest(template, told) -> None:
    headers = f'<zeebe:taskHeaders><zeebe:header key="template" value="{template}"/></zeebe:taskHeaders>'
    task = kit.service("make", "documents.render", headers=headers)
    found = deployment.check([kit.diagram("p", kit.start(), task, kit.end(), kit.chain("started", "make", "done"))])
    assert [each.element_id for each in found if each.severity == "error"] == ["make"] and told in str(found[0])


def test_a_paper_to_print_that_there_is_not_is_refused_at_deployment_with_the_nearest():
    given = {"paper": [{"template": "complaint_recrod", "title": "投诉登记表"}]}
    found = deployment.check([dataclasses.replace(each, settings=given) for each in kit.two_steps()])
    assert any("complaint_record" in str(each) and each.severity == "error" for each in found)


def words_of(company: str, now) -> str:
    """A certificate of that company as text, without white space; it is fit for archives."""
    pdf = documents.order("destruction_certificate", sample(1) | {"company": company}, now=now).make()
    assert b"pdfaid" in pdf
    return "".join(text_of(pdf)[0].split())


def test_rare_letters_of_names_are_printed_as_they_are(now) -> None:
    text = words_of("𠮷田㛃䶮𬭩商社 한글", now)
    assert "𠮷田㛃䶮𬭩商社한글" in text and "U+" not in text


def test_bullets_pasted_from_a_word_processor_are_printed_as_the_signs_they_stand_for(now) -> None:
    text = words_of("\uf0b7甲\uf0a7乙\uf0d8丙\uf0fc丁\uf06e戊", now)
    assert "•甲▪乙➢丙✓丁■戊" in text and "U+" not in text


def test_a_sign_that_no_font_has_is_printed_by_its_number_and_the_paper_says_so(now) -> None:
    text = words_of("田商社😀👩\u200d🔧有限公司\uf8ff", now)
    assert "田商社〔U+1F600〕〔U+1F469〕〔U+1F527〕有限公司〔U+F8FF〕" in text and "XH-20260316-0002" in text
    assert "字库中没有的字符以〔U+编码〕印出：U+1F469、U+1F527、U+1F600、U+F8FF。" in text
