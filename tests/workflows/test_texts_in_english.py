"""Whoever reads in English meets no Chinese words of a shipped process, and short ones where there is little room."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine import decisions, runtime
from engine.definitions import terms
from engine.definitions.languages import extraction, files, titles
from engine.deploying import folders
from engine.deploying.company_files import companies
from engine.diagrams import lanes, measure
from tests.workflows.standing import ROOT
from web.frame import words

COMPANIES = sorted(path.name for path in (ROOT / "workflows").iterdir())
HAN = re.compile(r"[\u3400-\u9fff]")
LONGEST = {"button": 24, "step": 64}  # letters; instructions, which are sentences, may be longer


@dataclass(frozen=True)
class Package:
    """A process with its texts and what they are in English."""

    process_id: str
    texts: list[extraction.Text]
    english: Mapping[str, str]

    def lacking(self) -> list[extraction.Text]:
        """Its texts that nobody translated."""
        return extraction.missing(self.texts, self.english, "en")

    def said_of(self, *kinds: str) -> Iterator[tuple[str, str, str]]:
        """Kind, text and English of all that stands in places of these kinds."""
        for each in self.texts:
            if each.text in self.english:
                yield from ((place.kind, each.text, self.english[each.text]) for place in each.places if place.kind in kinds)


@dataclass(frozen=True)
class Company:
    """All packages of a company, and its files of English texts as they stand."""

    packages: list[Package]
    files: list[str]


@pytest.fixture(scope="module", params=COMPANIES)
def company(request: pytest.FixtureRequest) -> Company:
    """A shipped company's texts, read once."""
    name: str = request.param
    return Company(list(packages(name)), [path.read_text(encoding="utf-8") for path in written(name)])


def test_every_text_of_a_shipped_process_is_said_in_english(company: Company) -> None:
    lacking = {each.process_id: [text.text for text in each.lacking()] for each in company.packages}
    assert {process_id: texts for process_id, texts in lacking.items() if texts} == {}


def test_english_texts_hold_no_chinese(company: Company) -> None:
    said = [text for file in company.files for text in files.read(file, files.name("en")).values()]
    assert [text for text in said if HAN.search(bare(text))] == []


def test_english_buttons_and_names_of_steps_are_short(company: Company) -> None:
    said = ((kind, english) for each in company.packages for kind, text, english in each.said_of("button", "step"))
    assert (
        sorted({(kind, english) for kind, english in said if len(english) > LONGEST[kind] and not english.endswith(".")}) == []
    )


def test_english_instructions_are_parted_from_their_clause_like_the_chinese_ones(company: Company) -> None:
    for each in company.packages:
        for _kind, text, english in each.said_of("step"):
            assert parted(english) == parted(text), english


def packages(company: str) -> Iterator[Package]:
    """Each process of the company: its texts, and what they are in English, its own words first."""
    home = ROOT / "workflows" / company
    shared = files.of_folder(home).get("en", {})
    schemas = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in home.glob("*/*.form")}
    resources = folders.read(ROOT / "bpmn", ROOT / "workflows", company)
    decided = extraction.of_models(decisions.parse(each.content) for each in resources if each.kind == "dmn")
    for resource in resources:
        for program in runtime.parse(resource.content) if resource.kind == "bpmn" else ():
            settings = resource.settings_of(program.process_id) or {}
            own = files.of_folder(home / program.process_id).get("en", {})
            texts = extraction.texts_of([program], [settings], shown(program, settings, schemas), decided)
            yield Package(program.process_id, texts, shared | own)


def shown(program: runtime.Program, settings: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[Any]:
    """The forms that the process shows."""
    named = {each.form_id for each in program.elements.values()} | set(terms.form_ids(settings))
    return [schemas[each] for each in sorted(filter(None, named)) if each in schemas]


def written(company: str) -> list[Path]:
    """The company's files of English texts."""
    return sorted((ROOT / "workflows" / company).rglob(files.name("en")))


def bare(text: str) -> str:
    """A text without what {{…}} reckons in it, and an expression without what it asks for, where it must stay what it is."""
    for word in titles.texts(text):
        text = text.replace(word, "") if word != text else text
    return re.sub(r"\{\{.*?\}\}", "", text)


def parted(text: str) -> tuple[bool, bool, bool]:
    """Whether a step's text asks something, whether it stands on a clause, and whether it says that it stands on none."""
    asks, basis = words.grounds(text)
    return bool(asks), bool(basis), basis == words.USUAL_WAY


@pytest.mark.parametrize("name", COMPANIES)
def test_every_group_and_department_is_called_something_in_english(name: str) -> None:
    folder = ROOT / "workflows" / name
    said = files.of_folder(folder).get("en", {})
    assert [
        each for each in sorted(companies.load(folder / "company.toml").names) if HAN.search(each) and each not in said
    ] == []


@pytest.mark.parametrize("name", COMPANIES)
def test_no_name_covers_anything_in_a_shipped_diagram_that_is_read_in_english(name: str) -> None:
    words = {text: said for path in written(name) for text, said in files.read(path.read_text(), files.name("en")).items()}
    drawings = [(path, lanes.shown(path.read_bytes(), {}, words)) for path in sorted((ROOT / "bpmn" / name).glob("*.bpmn"))]
    covered = (measure.LABELS, measure.LABEL_ON_NODE, measure.LABEL_ON_FLOW)
    found = [(path.name, each) for path, drawn in drawings for each in measure.problems(etree.fromstring(drawn))]
    assert [(file, each.element_name) for file, each in found if each.message in covered] == []
