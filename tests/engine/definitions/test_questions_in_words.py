"""What a process asks its customer is read in his language, wherever the drawing words it."""

from __future__ import annotations

import pytest

from engine import runtime
from engine.definitions.languages import extraction, questions
from tests.engine import kit

SAID = {"我们的答复：": "Our answer: ", "您是否满意？": "Are you satisfied?", "满意": "Satisfied", "不满意": "Dissatisfied"}
ASKS = "={text: &quot;我们的答复：&quot; + reply + &quot;&#10;您是否满意？&quot;, yes: &quot;满意&quot;, no: &quot;不满意&quot;, rating: kind = &quot;服务&quot;}"
SCRIPT = kit.node("scriptTask", "ask", extension=f'<zeebe:script expression="{ASKS}" resultVariable="customer_question"/>')
OUTPUT = kit.node(
    "scriptTask",
    "ask",
    extension='<zeebe:script expression="=1" resultVariable="one"/>'
    f'<zeebe:ioMapping><zeebe:output source="{ASKS}" target="customer_question"/></zeebe:ioMapping>',
)
OTHER = kit.node("scriptTask", "ask", extension=f'<zeebe:script expression="{ASKS}" resultVariable="something"/>')


def texts_of(step: str) -> list[str]:
    """The texts of a process that takes this step."""
    resource = kit.diagram("p", kit.start(), step, kit.end(), kit.chain("started", "ask", "done"))
    programs = runtime.parse(resource.content)
    return [each.text for each in extraction.texts_of(programs, [], [], lambda _id: None)]


@pytest.mark.parametrize("step", [SCRIPT, OUTPUT])
def test_what_a_script_or_an_output_asks_the_customer_is_a_text_and_what_it_compares_is_none(step: str) -> None:
    assert [each for each in SAID if each not in texts_of(step)] == []
    assert "服务" not in texts_of(step)


def test_words_that_an_expression_puts_elsewhere_are_data() -> None:
    assert "满意" not in texts_of(OTHER)


def test_a_question_that_a_case_fills_in_is_read_line_by_line() -> None:
    asked = {"text": "我们的答复：明天换机\n您是否满意？", "yes": "满意", "rating": True}
    assert questions.said(asked, lambda text: SAID.get(text, text)) == {
        "text": "Our answer: 明天换机\nAre you satisfied?",
        "yes": "Satisfied",
        "rating": True,
    }
