"""How a diagram is drawn is measured: places, overlaps, crossings; the shipped ones are in order."""

from pathlib import Path

import pytest

from engine.diagrams import measure, xml

ROOT = Path(__file__).resolve().parent.parent.parent.parent
HEAD = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI"
 xmlns:c="http://www.omg.org/spec/DD/20100524/DC" xmlns:i="http://www.omg.org/spec/DD/20100524/DI"
 xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">"""
PROCESS = """<process id="p"><laneSet><lane id="sales" name="销售部"><flowNodeRef>ask</flowNodeRef></lane>
<lane id="stock" name="仓库"><flowNodeRef>pack</flowNodeRef></lane></laneSet>
<userTask id="ask" name="询问"/><userTask id="pack" name="装箱"/><exclusiveGateway id="fork" name="有货？"/>
<sequenceFlow id="one" sourceRef="ask" targetRef="fork"/><sequenceFlow id="two" sourceRef="fork" targetRef="pack"/></process>"""
PLACES = {"sales": (0, 0, 900, 200), "stock": (0, 200, 900, 200), "ask": (40, 60, 100, 80), "pack": (400, 260, 100, 80)}
PLACES |= {"fork": (200, 75, 50, 50)}
WAYS = {"one": [(140, 100), (200, 100)], "two": [(250, 100), (450, 100), (450, 260)]}


def told(process: str = PROCESS, places: dict | None = None, ways: dict | None = None) -> list[str]:
    """What is wrong with the drawing, some of whose places and ways are changed (None: left out)."""
    text = HEAD + process + "<d:BPMNDiagram><d:BPMNPlane>"
    for id, box in (PLACES | (places or {})).items():
        if box is not None:
            x, y, width, height = box
            bounds = f'<c:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'
            text += f'<d:BPMNShape bpmnElement="{id}">{bounds}</d:BPMNShape>'
    for id, points in (WAYS | (ways or {})).items():
        steps = "".join(f'<i:waypoint x="{x}" y="{y}"/>' for x, y in points)
        text += f'<d:BPMNEdge bpmnElement="{id}">{steps}</d:BPMNEdge>'
    root = xml.safe_parse((text + "</d:BPMNPlane></d:BPMNDiagram></definitions>").encode())
    found = measure.problems(root)
    assert all(problem.severity == "warning" for problem in found)
    return [f"{problem.element_id}: {problem}" for problem in found]


def test_a_drawing_in_order_and_a_file_without_one_have_nothing_told() -> None:
    assert told() == []
    assert measure.problems(xml.safe_parse((HEAD + PROCESS + "</definitions>").encode())) == []


def test_everything_has_its_place() -> None:
    assert told(places={"fork": None}) == ["fork: It has no place in the drawing."]
    assert told(places={"pack": (400, 120, 100, 80)}, ways={"two": [(250, 100), (350, 100), (350, 160), (400, 160)]}) == [
        "pack: It is drawn outside “仓库”."
    ]
    assert told(
        places={"fork": (200, -300, 50, 50)},
        ways={"one": [(140, 60), (140, -275), (200, -275)], "two": [(250, -275), (950, -275), (950, 300), (500, 300)]},
    ) == ["fork: It is drawn outside all lanes."]


@pytest.mark.parametrize("assigned", ['candidateGroups="仓库"', "candidateUsers='=members of(\"仓库\")'"])
def test_a_step_stands_in_the_lane_of_the_group_that_it_names(assigned: str) -> None:
    extension = f"<extensionElements><zeebe:assignmentDefinition {assigned}/></extensionElements>"
    process = PROCESS.replace('name="询问"/>', f'name="询问">{extension}</userTask>')
    assert told(process) == ["ask: “仓库” does it, but it is drawn in the lane “销售部”."]


def test_nothing_lies_on_something_else() -> None:
    assert told(places={"fork": (120, 75, 50, 50)}, ways={"one": [(140, 100), (120, 100)], "two": WAYS["two"]})[0] == (
        "ask: It is drawn on top of “有货？”."
    )
    assert "two: It runs through “询问”." in told(ways={"two": [(225, 75), (225, 65), (20, 65), (20, 300), (400, 300)]})


def test_names_cover_nothing() -> None:
    named = PROCESS.replace('id="two"', 'id="two" name="有"')
    assert "fork: Its name covers that of “有”." in told(named, ways={"two": [(250, 100), (150, 150), (300, 150), (450, 260)]})
    through = PROCESS.replace('name="有货？"', 'name="有没有货？"')
    assert "fork: Its name stands on the flow 询问 → 装箱." in told(
        through.replace("</process>", '<sequenceFlow id="three" sourceRef="ask" targetRef="pack"/></process>'),
        ways={"three": [(90, 140), (90, 150), (230, 130), (300, 130), (300, 300), (400, 300)]},
    )
    straight = told(named, ways={"two": [(250, 100), (400, 100)]})
    assert not [each for each in straight if each.startswith("two: Its name")]  # above the middle of its line, not at its end


def test_at_most_two_crossings_can_be_followed() -> None:
    flows = "".join(f'<sequenceFlow id="f{n}" sourceRef="a{n}" targetRef="b{n}"/>' for n in range(4))
    events = "".join(f'<task id="{end}{n}" name="{end}{n}"/>' for n in range(4) for end in "ab")
    process = f'<process id="p">{events}{flows}</process>'
    places = dict.fromkeys(PLACES) | {
        f"{end}{n}": (200 * n, row, 20, 20) for n in range(4) for end, row in (("a", 0), ("b", 500))
    }
    straight = {f"f{n}": [(200 * n + 10, 20), (200 * n + 10, 500)] for n in range(4)}
    ways = {id: [(0, 900), (1, 900)] for id in WAYS} | straight
    assert told(process, places, ways) == []
    across = ways | {"f0": [(10, 20), (10, 250), (390, 250), (390, 260), (10, 260), (10, 500)]}
    assert told(process, places, across) == []  # two crossings of one pair count as one
    long = ways | {"f0": [(10, 20), (10, 250), (790, 250), (790, 490), (10, 490), (10, 500)]}
    [crossed] = told(process, places, long)
    assert "3 times" in crossed and "a0 → b0 × a1 → b1" in crossed


@pytest.mark.parametrize("path", sorted(ROOT.glob("bpmn/*/*.bpmn")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_shipped_diagrams_are_well_drawn(path: Path) -> None:
    assert [str(problem) for problem in measure.problems(xml.safe_parse(path.read_bytes()))] == []
