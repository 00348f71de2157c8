"""The translations of a package: what is refused, what is told, and whose word counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine import errors
from engine.announcing import wording
from engine.definitions import definitions
from engine.definitions.languages import files, telling
from engine.deploying import deployment, exporting, shared_texts, templates
from engine.deploying.checking import checks
from engine.diagrams import lanes
from engine.reporting import fields
from engine.storage import database as databases
from engine.storage import keys, models
from tests.cast import COMPANY, Cast
from tests.engine import kit

FORM = kit.form(
    "request",
    {"type": "textfield", "key": "why", "label": "事由"},
    {"type": "text", "text": "还剩 {{days}} 天"},
    {"type": "radio", "key": "kind", "label": "类别", "values": [{"value": "事假", "label": "事假"}, "病假"]},
)
STEPS = (
    kit.start(form="request"),
    kit.task("look", groups="客服专员", outcomes="approve,more:请补材料"),
    kit.end(),
    kit.chain("started", "look", "done"),
)


def checked(english: dict[str, Any], language: str = "en") -> list[tuple[str, str]]:
    """What is found wrong with a process that says so in a language: severity and sentence."""
    resource = kit.diagram("leave", *STEPS, title="请假", texts={language: english})
    return [(each.severity, str(each)) for each in deployment.check([FORM, resource]) if "texts." in str(each)]


@pytest.mark.parametrize(
    ("english", "told"),
    [
        ({"事由": " "}, "empty translation"),
        ({"事由": "=reason"}, "must not begin with “=”"),
        ({"还剩 {{days}} 天": "days left"}, "the same {{…}}; {{days}}"),
        ({"还剩 {{days}} 天": "{{hours}} left"}, "{{days}}、{{hours}}"),
    ],
)
def test_a_translation_that_would_not_be_obeyed_is_refused(english: dict[str, str], told: str) -> None:
    ((severity, sentence),) = [each for each in checked(english) if each[0] == "error"]
    assert severity == "error" and told in sentence and "texts.en.toml" in sentence


@pytest.mark.parametrize(
    ("unsaid", "told"),
    [("事油", "did you mean “事由”?"), ("全无此话", "says nowhere “全无此话”, so its translation is not used")],
)
def test_a_translation_of_what_the_process_says_no_more_is_a_hint_and_keeps_nothing_from_being_published(
    unsaid: str, told: str, database: databases.Database, cast: Cast
) -> None:
    ((severity, sentence),) = [each for each in checked({unsaid: "x"}) if told in each[1]]
    assert severity == "warning" and "texts.en.toml" in sentence
    kit.deploy(database, cast.owner, FORM, kit.diagram("leave", *STEPS, title="请假", texts={"en": {unsaid: "x"}}))


def test_a_language_there_is_not_is_refused_with_the_nearest() -> None:
    assert checked({"事由": "Motif"}, "zh_Hant") == [
        ("error", "There is no language “zh_Hant” here: a file of texts is called texts.zh_Hans.toml.")
    ]
    with pytest.raises(errors.Invalid, match=r"texts\.en\.toml"):
        files.language_of("texts.eng.toml")


def test_what_has_no_translation_is_told_and_refuses_nothing() -> None:
    ((severity, sentence),) = checked({"事由": "Reason", "还剩 {{days}} 天": "{{days}} days left"})
    assert severity == "warning" and sentence.startswith("texts.en.toml: 6 texts have no translation")
    untranslated = kit.diagram("leave", *STEPS, title="请假")
    assert not [each for each in deployment.check([FORM, untranslated]) if "texts" in str(each)]


def test_a_reader_sees_the_translation_and_values_stay_what_they_are(database: databases.Database, cast: Cast) -> None:
    said = {"请假": "Leave", "类别": "Kind", "事假": "Personal", "病假": "Sick", "请补材料": "More papers, please"}
    kit.deploy(database, cast.owner, FORM, kit.diagram("leave", *STEPS, title="请假", texts={"en": said}))
    with database.reading(COMPANY) as session:
        assert definitions.latest(session, COMPANY, "leave").title == "请假"
        session.info[definitions.LANGUAGE] = "en"
        leave = definitions.latest(session, COMPANY, "leave")
        assert leave.title == "Leave" and leave.said("类别") == "Kind" and leave.said("未译") == "未译"
        assert [each.label for each in leave.tasks["look"].outcomes] == ["同意", "More papers, please"]
        kind = leave.forms["request"].schema["components"][2]
        assert kind["values"] == [{"value": "事假", "label": "Personal"}, {"value": "病假", "label": "Sick"}]
        session.info[definitions.LANGUAGE] = "zh_Hans"
        assert definitions.latest(session, COMPANY, "leave").title == "请假"


def test_the_company_s_texts_count_where_the_package_has_none_and_travel_in_their_own_file(
    database: databases.Database, cast: Cast, tmp_path: Path
) -> None:
    with database.transaction() as session:
        shared = {"texts": {"en": {"事由": "Reason", "类别": "Sort", "别处": "Elsewhere"}}}
        row = session.get_one(models.Company, COMPANY)
        row.settings, row.organisation_version = {**row.settings, **shared}, keys.new()
    kit.deploy(database, cast.owner, FORM, kit.diagram("leave", *STEPS, texts={"en": {"类别": "Kind"}}))
    with database.reading(COMPANY) as session:
        leave = definitions.latest(session, COMPANY, "leave")
        assert leave.texts == {"en": {"事由": "Reason", "类别": "Kind"}}
        made = exporting.export(session, COMPANY)
    assert made.files["workflows/acme/leave/texts.en.toml"].decode() == '"类别" = "Kind"\n'
    assert '"别处" = "Elsewhere"' in made.files["workflows/acme/texts.en.toml"].decode()
    assert b"texts" not in made.files["workflows/acme/company.toml"] + made.files["workflows/acme/leave/workflow.toml"]
    exporting.write(made, tmp_path)
    assert files.of_folder(tmp_path / "workflows/acme/leave") == {"en": {"类别": "Kind"}}


def test_a_text_of_the_company_that_nothing_says_is_refused_with_the_nearest() -> None:
    examined = checks.examine([FORM, kit.diagram("leave", *STEPS, title="请假")])
    settings = {"texts": {"en": {"事由": "Reason", "请假月报": "Leave by month"}}}
    shared_texts.require_said(examined, settings, ["请假月报"])
    with pytest.raises(errors.Invalid, match="no process, report, group or department says “请假月报”; did you mean “请假”"):
        shared_texts.require_said(examined, settings, [])


def test_a_package_that_is_taken_over_brings_what_its_set_says_for_all() -> None:
    root = Path(__file__).parents[3]
    sets = templates.Sets(root / "bpmn", root / "workflows")
    shared = files.of_folder(root / "workflows/event")["en"]
    own = files.of_folder(root / "workflows/event/complaint")["en"]
    (diagram,) = [each for each in templates.package(sets, ["event/complaint"]).resources if each.kind == "bpmn"]
    said = (diagram.settings_of("complaint") or {})["texts"]["en"]
    assert own.items() <= said.items() and said.keys() - own.keys() <= shared.keys()
    offer = next(each for each in templates.offers(sets) if each.set == "event").templates[0]
    assert offer.said(offer.title, "en") == said[offer.title] and offer.said(offer.title, "zh_Hans") == offer.title


def test_letters_and_reports_say_it_in_the_reader_s_language_under_the_names_of_the_files(
    database: databases.Database, cast: Cast
) -> None:
    register = [{"label": "类别", "value": "=kind", "type": "text"}]
    kit.deploy(database, cast.owner, FORM, kit.diagram("leave", *STEPS, register=register, texts={"en": {"类别": "Kind"}}))
    with database.reading(COMPANY) as session:
        leave = definitions.latest(session, COMPANY, "leave")
        about = wording.About(None, leave)
        assert (about.said("类别", "en"), about.said("类别", "zh_Hans")) == ("Kind", "类别")
        session.info[definitions.LANGUAGE] = "en"
        field = fields.known([definitions.latest(session, COMPANY, "leave")], "")["field:类别"]
        assert (field.label, field.said) == ("类别", "Kind")


def test_other_pools_their_messages_and_annotations_of_a_picture_are_texts_too() -> None:
    beside = """<bpmn:collaboration id="c"><bpmn:participant id="own" name="请假" processRef="leave"/>
        <bpmn:participant id="doctor" name="医院"/><bpmn:participant id="far" name="不相干"/>
        <bpmn:messageFlow id="m" name="病假条" sourceRef="doctor" targetRef="look"/>
        <bpmn:textAnnotation id="a"><bpmn:text>病假另附证明</bpmn:text></bpmn:textAnnotation></bpmn:collaboration>"""
    said = {"医院": "Hospital", "病假条": "Sick note", "病假另附证明": "With a certificate if sick"}
    resource = kit.diagram("leave", *STEPS, title="请假", beside=beside, texts={"en": said})
    told = [str(each) for each in deployment.check([FORM, resource]) if "texts." in str(each)]
    assert len(told) == 1 and "no translation" in told[0]  # nothing of them is unknown to the process
    picture = lanes.called(resource.content, {}, said).decode()
    assert all(f'name="{each}"' in picture for each in ("Hospital", "Sick note", "不相干"))
    assert "<bpmn:text>With a certificate if sick</bpmn:text>" in picture


@pytest.mark.parametrize(
    ("source", "x", "width"),
    [(100, "110", "56"), (150, "74", "56"), (120, "92", "56")],  # to the right of its source, to the left, on both sides
)
def test_a_label_gets_room_for_the_longest_word(source: int, x: str, width: str) -> None:
    drawn = f"""<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
        xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"><bpmndi:BPMNPlane>
        <bpmndi:BPMNEdge bpmnElement="f"><di:waypoint x="{source}" y="0"/><bpmndi:BPMNLabel>
        <dc:Bounds x="110" y="5" width="20" height="14"/></bpmndi:BPMNLabel></bpmndi:BPMNEdge></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"""
    content = kit.diagram("p", '<bpmn:sequenceFlow id="f" name="同意" sourceRef="a" targetRef="b"/>').content.decode()
    picture = lanes.called(
        content.replace("</bpmn:definitions>", drawn + "</bpmn:definitions>").encode(), {}, {"同意": "Approved"}
    )
    assert f'<dc:Bounds x="{x}" y="5" width="{width}" height="14"/>' in picture.decode()


def test_several_choices_in_one_value_of_a_summary_are_each_said() -> None:
    words = {"事假": "personal", "病假": "sick"}
    told = [telling.several(each, words) for each in ("事假、病假", "病假、婚假", "甲、乙", "病假")]
    assert told == ["personal, sick", "sick、婚假", "甲、乙", "sick"]
