"""What people type into a form stays words where a form's text shows it, and no picture is fetched from elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from engine import feel, forms
from tests.engine import kit
from web.frame import forms as pages

HOSTILE = [
    "[click](https://evil.example)",
    "<https://evil.example>",
    "![x](https://evil.example/a.png)",
    "[a]: https://evil.example\n[a]",
    "\\[click](https://evil.example)",
    "# heading\n- point\n> quote\n    code",
    "<script>alert(1)</script>",
    "**bold** `code` &lt;",
    "1. first\n2. second",
]


def drawn(text: str, **variables: Any) -> Any:
    schema = {"id": "f", "type": "default", "components": [{"type": "text", "text": text}]}
    form = forms.load(schema)
    scope = forms.FormScope({name: feel.from_json(value) for name, value in variables.items()}, {}, kit.NOW)
    (((node,),),) = (forms.view(form, {}, scope).lines,)
    return html.fragment_fromstring(pages.markdown(node.value), create_parent="div")


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_in_a_text_is_shown_letter_for_letter_and_never_is_markup(value: str) -> None:
    tree = drawn("**申请人** {{who}}", who=value)
    assert {each.tag for each in tree.iter()} <= {"div", "p", "strong", "br"} and len(tree.xpath("//strong")) == 1
    assert tree.text_content().split() == ["申请人", *value.split()]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_text_that_is_an_expression_has_no_links(value: str) -> None:
    assert not drawn('="**申请人** " + who', who=value).xpath("//a | //img | //script")
    assert drawn('="**申请人** " + who', who="王").xpath("//strong")


def test_the_authors_own_link_stays_one() -> None:
    assert drawn("[制度](/rules) {{who}}", who="王").xpath("//a/@href") == ["/rules"]


@pytest.mark.parametrize(
    "source", ["javascript:alert(1)", "https://evil.example/a.png", "//evil.example/a", "/\\evil.example/a", "data:text/html,x", "x.png"]
)  # fmt: skip
def test_a_foreign_picture_is_refused_at_deployment_and_not_drawn(source: str) -> None:
    schema = {"id": "f", "type": "default", "components": [{"type": "image", "id": "logo", "source": source}]}
    assert [each.element_id for each in forms.problems(schema)] == ["logo"]
    schema["components"] = [{"type": "image", "id": "logo", "source": "=address"}]
    assert forms.problems(schema) == []
    ((node,),) = forms.view(forms.load(schema), {}, forms.FormScope({"address": source}, {}, kit.NOW)).lines
    assert node.value is None


@pytest.mark.parametrize("source", ["/assets/icon.svg", "data:image/png;base64,iVBORw0KGgo="])
def test_a_picture_of_this_site_is_drawn(source: str) -> None:
    schema = {"id": "f", "type": "default", "components": [{"type": "image", "id": "logo", "source": source}]}
    assert forms.problems(schema) == []
    ((node,),) = forms.view(forms.load(schema), {}, forms.FormScope({}, {}, kit.NOW)).lines
    assert node.value == source


def test_what_is_no_file_is_not_linked_to() -> None:
    assert forms.file_values(
        [{"key": "12", "name": "a", "size": 1}, {"key": "x", "name": "a", "size": 1}, "12", {"key": 12}]
    ) == [{"key": "12", "name": "a", "size": 1}]
    assert forms.file_values("12") == []
