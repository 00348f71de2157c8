"""Long lists of choices are searched on the server: by what stands there, and by pinyin initials."""

import pytest

from engine import errors, forms
from engine.basics.letters import pinyin

PEOPLE = [
    {"label": name, "value": f"p{index}"}
    for index, name in enumerate(["欧阳修", "重庆分公司", *(f"员工{n}" for n in range(80))])
]


def node(text: str = "", chosen: object = None, kind: str = "select", values: list = PEOPLE) -> forms.ViewNode:
    form = forms.load({"id": "f", "components": [{"type": kind, "key": "who", "label": "人员", "values": values}]})
    return forms.view(form, {"who": chosen}, forms.FormScope(), searches={"who": text}).lines[0][0]


def labels(*arguments: object, **options: object) -> list[str]:
    return [option.label for option in node(*arguments, **options).options]


@pytest.mark.parametrize(("text", "found"), [("欧阳", "欧阳修"), ("oyx", "欧阳修"), ("OYX", "欧阳修"), ("cqfgs", "重庆分公司")])
def test_a_choice_is_found_by_name_and_by_pinyin_initials(text: str, found: str) -> None:
    assert labels(text) == [found]


def test_a_list_that_is_not_shown_whole_says_so() -> None:
    assert len(labels()) == 50 and node().offer.is_cut
    assert labels("员工79") == ["员工79"] and not node("员工79").offer.is_cut


def test_a_short_list_is_shown_whole_without_a_search() -> None:
    short = node(values=PEOPLE[:15])
    assert len(short.options) == 15 and not short.offer.is_long and not short.offer.is_cut


@pytest.mark.parametrize("kind", ["select", "taglist", "checklist", "radio"])
def test_what_is_chosen_is_always_shown(kind: str) -> None:
    chosen = "p81" if kind in ("select", "radio") else ["p81"]
    assert "员工79" in labels("欧阳", chosen, kind) and "员工79" in labels("", chosen, kind)


def test_a_choice_that_is_not_shown_is_accepted_and_one_that_is_not_there_is_not() -> None:
    form = forms.load({"id": "f", "components": [{"type": "select", "key": "who", "label": "人员", "values": PEOPLE}]})
    assert forms.validate(form, {"who": "p81"}, {}) == {"who": "p81"}
    with pytest.raises(errors.Invalid):
        forms.validate(form, {"who": "p82"}, {})


def test_what_is_typed_to_search_is_no_value_of_the_form() -> None:
    form = forms.load({"id": "f", "components": [{"type": "select", "key": "who", "label": "人员", "values": PEOPLE}]})
    pairs = [("who", "p1"), ("who#search", " oyx "), ("who#find", "1")]
    assert forms.decode(form, pairs) == {"who": "p1"}
    assert forms.searches(pairs) == {"who": "oyx"} and forms.is_finding(pairs) and not forms.actions(pairs)


@pytest.mark.parametrize(
    ("text", "letters"), [("长河物流", "chwl"), ("HT-2026 青禾", "ht2026qh"), ("", ""), ("Ärger", "ärger")]
)
def test_initials_are_letters_and_digits_only(text: str, letters: str) -> None:
    assert pinyin.initials(text) == letters
