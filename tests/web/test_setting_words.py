"""What is told of settings names them as the pages do, in both languages: no key, no word of a file, nothing in backticks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import flask
import pytest

from engine.deploying.checking import checks
from engine.problems import Problem
from tests.engine import kit
from tests.web.test_translations import ROOT, chinese
from web.designer.wording import panel, placing, setting_words
from web.frame import i18n

CHECKS = ("engine/deploying/checking", "engine/runtime/checking", "engine/forms/checking", "engine/definitions")
KEYS = {*panel.LABELS, *setting_words.LABELS, *panel.WORDS, *(value for _name, value in panel.WORDS_OF)} - {"true", "false"}
PLACEHOLDER = re.compile(r"%\(\w+\)s")
ENGLISH_KEYS = re.compile(r"\b(veto|escalate|incident|weights|separate_from|opinion_on|picked_\w+)\b")
WORD = re.compile(r"[A-Za-z_]+")
# of the texts of workflow.toml and of forms, which only their files can hold wrongly, and of the file's own names
OF_FILES = re.compile(r"\[policy\]|label、value|title、form|template 和 title|total|form-js|用户的属性|summary 至多")


def told(folder: str) -> Iterator[str]:
    """The texts that the checks of a folder may tell: every constant that is translated, but what settings mean."""
    known = chinese()
    for path in sorted((ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        declared = {each for call in ast.walk(tree) if _is_declaration(call) for each in ast.walk(call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node not in declared and _is_sentence(node.value) and node.value in known:
                yield node.value


def _is_sentence(value: object) -> bool:
    """What a setting may be, for the tables of the documentation, begins small."""
    return isinstance(value, str) and not value[:1].islower()


def _is_declaration(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "declared"


@pytest.mark.parametrize("folder", CHECKS)
def test_no_text_of_a_check_holds_a_key_that_has_a_label(folder: str) -> None:
    known = chinese()
    for text in told(folder):
        said = PLACEHOLDER.sub("", known[text])
        assert "`" not in text and "`" not in said, text
        if not OF_FILES.search(said):
            assert {each for each in WORD.findall(said) if each in KEYS} == set(), said
        assert not ENGLISH_KEYS.search(PLACEHOLDER.sub("", text)), text


def of(**properties: str) -> list[Problem]:
    task = kit.task("a", groups="客服专员", **properties)
    return checks.check([kit.diagram("p", kit.start(), task, kit.end(), kit.chain("started", "a", "done"))])


CONTRADICTIONS = (
    ({"kind": "approve", "rule": "veto"}, "“几人办理”为“过半数同意，且有人可一票否决”时，与“一票否决人”须一起填写"),
    ({"kind": "approve", "weights": "a:2"}, "“"),
    ({"remind": "1d"}, "须与“时限”一起填写"),
    ({"due": "1d", "late": "hand_over"}, "需要用"),
    ({"opinion": "none", "opinion_on": "approve", "kind": "approve"}, "矛盾"),
    ({"picks": "several"}, "才有作用"),
    ({"separate_from": "nowhere"}, "不是用户任务"),
)


@pytest.mark.parametrize(("properties", "words"), CONTRADICTIONS)
def test_a_contradiction_of_settings_is_told_by_what_the_panel_calls_them(
    app: flask.Flask, properties: dict[str, str], words: str
) -> None:
    (problem,) = (each for each in of(**properties) if each.severity == "error")
    for language, keys in (("zh", KEYS), ("en", {each for each in KEYS if "_" in each} | {"veto", "escalate", "warn"})):
        with app.test_request_context(headers={"Accept-Language": language}):
            (placed,) = placing.placed(1, {}, [problem], "")
            text = i18n.worded(placed.problem.refusal)
        assert {each for each in WORD.findall(text) if each in keys and each != "nowhere"} == set(), text
        assert language == "en" or words in text, text


def test_a_variable_is_called_as_its_field_and_an_outcome_as_its_button(app: flask.Flask) -> None:
    days = {**kit.text_field("days"), "label": "天数"}
    gate = kit.node("exclusiveGateway", "g", attributes=' default="g_done"')
    flows = (kit.chain("started", "a", "g", "done"), kit.flow("g", "b", '=outcome = "aprove"'), kit.flow("b", "done"))
    task = kit.task("a", groups="客服专员", kind="approve", outcomes="approve,reject")
    later = kit.task("b", groups="客服专员", form="ask")
    diagram = kit.diagram("p", kit.start(), task, gate, later, kit.end(), *flows, may_start=["*"])
    resources = [diagram, kit.form("ask", days)]
    found = checks.check(resources)
    files = {each.name: each.content.decode() for each in resources}
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        texts = [i18n.worded(each.problem.refusal) for each in placing.placed(1, files, found, "")]
    assert any("同意" in each and "aprove" in each and "approve" not in each for each in texts), texts


BROKEN = (
    b"",
    b"text",
    b"<a><b></a>",
    b"<a>",
    b'<a b="1" b="2"/>',
    b"<a b=1/>",
    b"<a>&x;</a>",
    b"<x:a/>",
    b"<a>\x01</a>",
    b"<a \xff/>",
)


@pytest.mark.parametrize("content", BROKEN)
def test_a_file_that_is_no_xml_is_told_in_the_readers_language(app: flask.Flask, content: bytes) -> None:
    (problem,) = checks.check([checks.Resource("p.bpmn", content)])
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        text = i18n.worded(problem.refusal)
    assert {each for each in WORD.findall(text) if len(each) > 1} <= {"XML"}, text
