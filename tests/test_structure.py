"""The house rules that a program can check; every exception is named here with its reason."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LISTED = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
FILES = [ROOT / name for name in LISTED.stdout.splitlines() if (ROOT / name).is_file()]
PYTHON = [path for path in FILES if path.suffix == ".py"]
# A migration is written by a program, once, and never changed again.
WRITTEN = [path for path in PYTHON if "versions" not in path.relative_to(ROOT).parts]
CODE = [path for path in WRITTEN if path.relative_to(ROOT).parts[0] in ("engine", "web")]
TEMPLATES = [path for path in FILES if path.suffix == ".html"]
COMPANIES = sorted(path.parent.name for path in (ROOT / "workflows").glob("*/company.toml"))

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
FORBIDDEN_SUFFIXES = ("Service", "Manager", "Helper", "Utils", "Handler")
STANDARD_NAMES = {"DecisionService"}  # DMN 1.5, clause 10.4
# "event" and "steel" are also plain words of the field and of English.
PLAIN_WORDS = {"event"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@pytest.mark.parametrize("path", WRITTEN, ids=name)
def test_no_file_is_over_400_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_FILE_LINES


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    source = path.read_text()
    assert not source.strip() or ast.get_docstring(ast.parse(source)), "a module begins with a sentence on what it is for"


@pytest.mark.parametrize("path", CODE, ids=name)
def test_no_function_is_over_50_lines(path: Path) -> None:
    long = [node.name for node in functions(tree(path)) if (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION_LINES]
    assert not long


@pytest.mark.parametrize("path", CODE, ids=name)
def test_imports_stand_at_the_top(path: Path) -> None:
    inner = [
        f"{function.name}:{node.lineno}"
        for function in functions(tree(path))
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inner


@pytest.mark.parametrize("path", CODE, ids=name)
def test_only_the_database_module_commits(path: Path) -> None:
    if name(path) == "engine/storage/database.py" or "/migrations/" in name(path):
        return
    assert not re.search(r"\.(commit|rollback)\(\)", path.read_text())


@pytest.mark.parametrize("path", CODE, ids=name)
def test_only_the_runtime_knows_spiffworkflow(path: Path) -> None:
    if not name(path).startswith("engine/runtime/"):
        assert not re.search(r"^\s*(from|import) +SpiffWorkflow", path.read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", CODE, ids=name)
def test_no_company_is_named_in_the_code(path: Path) -> None:
    named = [company for company in COMPANIES if company not in PLAIN_WORDS and re.search(rf"\b{company}\b", path.read_text())]
    assert not named


@pytest.mark.parametrize("path", CODE, ids=name)
def test_classes_are_named_after_things_of_the_field(path: Path) -> None:
    classes = [node.name for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    assert not [cls for cls in classes if cls.endswith(FORBIDDEN_SUFFIXES) and cls not in STANDARD_NAMES]


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_nothing_sleeps_or_is_left_half_done(path: Path) -> None:
    if path == Path(__file__):
        return
    assert not re.search(r"time\.sleep\(|\bTODO\b|\bFIXME\b|\bXXX\b|pytest\.mark\.(skip|xfail)\(", path.read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_templates_hold_no_inline_script_or_style(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|javascript:", text)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_path_of_a_machine_and_no_registry_is_written_down(path: Path) -> None:
    if path.suffix in (".png", ".woff2") or path == Path(__file__):
        return
    text = path.read_text(errors="replace")
    assert not re.search(r'(^|[^A-Za-z0-9_./-])/(work|root|home)/|"resolved": *"http|--(extra-)?index-url', text)


def test_the_top_level_folders_are_those_of_the_design() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in FILES if len(path.relative_to(ROOT).parts) > 1}
    assert folders <= {".ci", "bpmn", "docs", "engine", "tests", "translations", "web", "workflows"}


def test_diagrams_and_workflows_hold_no_python() -> None:
    assert not [name(path) for path in PYTHON if path.relative_to(ROOT).parts[0] in ("bpmn", "workflows")]


def functions(module: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef))


def test_the_pins_name_all_that_is_needed() -> None:
    """They are installed without resolving: what one of them needs and nobody pinned would be missing."""
    found = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


def rooms_of_the_contract() -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each.get("containers") == ["engine"])
    return [room for layer in layers for room in layer.split(" | ")]


def test_the_map_shows_the_rooms_that_the_contract_orders() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    drawing, _, after = text.partition("```mermaid\n")[2].partition("```")
    table = after[after.index("|---|") : after.index("\n\n", after.index("|---|"))]
    listed = [name for row in table.splitlines()[1:] for name in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert sorted(listed) == sorted(rooms_of_the_contract())
    assert set(listed) <= set(re.findall(r"\w+", drawing))
    folders = {path.name for path in (ROOT / "engine").iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert folders <= set(listed)


def test_the_map_leads_to_files_that_are_there() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    rooms = "|".join(["engine", "web", "tests", *rooms_of_the_contract()])
    named = set(re.findall(rf"`((?:{rooms})/[\w/]+\.py)`", text))
    missing = [name for name in named if not (ROOT / name).is_file() and not (ROOT / "engine" / name).is_file()]
    assert named
    assert not missing
