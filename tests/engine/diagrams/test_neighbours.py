"""An element without a name is told by its kind and the names beside it."""

from __future__ import annotations

from engine.deploying.checking import checks
from engine.diagrams import neighbours
from engine.problems import UnnamedElement
from tests.engine import kit


def test_the_nearest_names_on_both_sides_are_told_past_what_has_none() -> None:
    parts = (kit.start(), kit.node("exclusiveGateway", "g1"), kit.node("exclusiveGateway", "g2"), kit.task("b"), kit.end())
    content = kit.diagram("p", *parts, kit.chain("started", "g1", "g2", "b", "done")).content.replace(b'name="g', b'title="g')
    found = neighbours.of_unnamed(content)
    assert found["g1"] == found["g2"] == UnnamedElement("exclusiveGateway", ("started",), ("b",))
    assert str(found["g1"]) == "exclusive gateway without a name after “started” before “b”"
    assert neighbours.of_unnamed(b"<no diagram") == {}


def test_a_problem_of_an_element_without_a_name_says_where_it_stands() -> None:
    late = kit.node("intermediateCatchEvent", "e17", inner=kit.timer("timeDuration", "-1wd"))
    drawn = kit.diagram("p", kit.start(), late, kit.end(), kit.chain("started", "e17", "done"))
    nameless = checks.Resource(drawn.name, drawn.content.replace(b'name="e17"', b""), drawn.settings)
    of_it = [each for each in checks.check([nameless]) if each.element_id == "e17"]
    assert {each.place for each in of_it} == {"intermediate catch event without a name after “started” before “done” (e17)"}
    assert any("counts backwards" in str(each) for each in of_it)
    named = [each for each in checks.check([drawn]) if each.element_id == "e17"]
    assert {each.place for each in named} == {"e17 (e17)"}
