"""No step's output overwrites what another step asked under that name as something else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent.parent
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
Fields = dict[str, str]


def fields(components: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """The variables that a form fills in, each with its label."""
    for each in components:
        if each.get("path"):
            yield each["path"], each.get("label", "")
        elif each["type"] == "group":
            yield from fields(each["components"])
        elif each.get("key") and not each.get("readonly"):
            yield each["key"], each.get("label") or each.get("dateLabel") or ""


def forms(company: str) -> dict[str, Fields]:
    read = (json.loads(path.read_text(encoding="utf-8")) for path in ROOT.glob(f"workflows/{company}/*/*.form"))
    return {each["id"]: dict(fields(each["components"])) for each in read}


def written(process: ElementTree.Element, known: dict[str, Fields]) -> Iterator[tuple[str, str, str]]:
    """What each step with a form puts into the case: its id, the variable, and as what it was asked."""
    for step in process.iter():
        definition = step.find(f"{BPMN}extensionElements/{ZEEBE}formDefinition")
        asked = known.get(definition.get("formId", ""), {}) if definition is not None else {}
        outputs = step.findall(f"{BPMN}extensionElements/{ZEEBE}ioMapping/{ZEEBE}output")
        if not outputs:
            yield from ((step.get("id", ""), name, label) for name, label in asked.items())
        for output in outputs:
            source = output.get("source", "").removeprefix("=")
            if source in asked:
                yield step.get("id", ""), output.get("target", ""), asked[source]


def test_an_answer_that_is_renamed_takes_no_other_answers_name() -> None:
    wrong = []
    for path in sorted(ROOT.glob("bpmn/*/*.bpmn")):
        known = forms(path.parent.name)
        for process in ElementTree.parse(path).getroot().iter(f"{BPMN}process"):
            puts = list(written(process, known))
            renamed = [(step, name, label) for step, name, label in puts if known and label and is_renamed(process, step, name)]
            for step, name, label in renamed:
                others = {(at, as_what) for at, other, as_what in puts if other == name and at != step and as_what != label}
                wrong += [f"{path.stem} {name}: {step} 「{label}」, {at} 「{as_what}」" for at, as_what in sorted(others)]
    assert wrong == []


def is_renamed(process: ElementTree.Element, step: str, name: str) -> bool:
    """Whether the step's output gives its answer another name than the form has for it."""
    [element] = [each for each in process.iter() if each.get("id") == step]
    outputs = element.iterfind(f"{BPMN}extensionElements/{ZEEBE}ioMapping/{ZEEBE}output")
    return any(each.get("target") == name and each.get("source") != f"={name}" for each in outputs)
