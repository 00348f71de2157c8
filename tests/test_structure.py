"""The house rules that a program can check; every exception is named here with its reason."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

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
MAX_MODULES = 12  # of one folder of engine/ and web/
MAX_ALIKE = 2  # classes of one name: one search leads to what is meant
VAGUE = "found"  # a name that says nothing about what it holds
OF_EACH_LAYER = {"UserTask"}  # BPMN's own word: the node, its row and its shape in the API
FORBIDDEN_SUFFIXES = ("Service", "Manager", "Helper", "Utils", "Handler")
STANDARD_NAMES = {"DecisionService"}  # DMN 1.5, clause 10.4
# "event" and "steel" are also plain words of the field and of English.
PLAIN_WORDS = {"event"}

# What tells how long something took or what time it is, and deadlines written as numbers.
CLOCKS = re.compile(
    r"\bimport time(it)?$|\bfrom time(it)? import|\b(perf_counter|monotonic|process_time|thread_time)\b|\btime\.time\(|\bdatetime\.now\("
    r"|\bdate\.today\(|\btimeout=[0-9]|\.(wait|join)\([0-9]|_(seconds|ms|timeout)\b *= *[0-9]"
    # intervals after which something is tried again, of one loop or of a process that the environment tells
    r"|[0-9], *stop\b|\bsched\b|\bTimer\([0-9]|_EVERY\W{1,5}[1-9][0-9]{0,2}\b",
    re.MULTILINE | re.IGNORECASE,
)
KNOW_THE_TIME = {
    "tests/browser/office.py": "a running product has the machine's clock; what comes due in days is reckoned from now",
    "tests/browser/story.py": "likewise",
    "tests/browser/test_every_operation.py": "likewise",
    "tests/browser/test_incidents.py": "likewise",
    "tests/browser/window.py": "a browser's own patience; it only ends what hangs",
    "tests/engine/files/test_files.py": "the age of a file is told by the file system",
    "tests/engine/storage/test_marks.py": "the key of a row tells when it was made",
    "tests/web/test_store_down.py": "a pool that waits for nobody",
    "tests/web/api/test_sdk.py": "the lease of a job, which nobody waits for",
}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def within(node: ast.AST) -> Iterator[ast.AST]:
    """All statements in it, however deep; no expression holds one, so none is looked through."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield child
            yield from within(child)


def offenders(paths: Iterable[Path], wrong: Callable[[Path], object]) -> dict[str, object]:
    """What is wrong with files, by their names; one test holds them all, as thousands of tests take longer than the rules."""
    return {name(path): found for path in paths if (found := wrong(path))}


def test_no_file_is_over_400_lines() -> None:
    lines = {name(path): len(path.read_text().splitlines()) for path in WRITTEN}
    assert {file: count for file, count in lines.items() if count > MAX_FILE_LINES} == {}


def test_a_folder_is_looked_through_in_a_minute() -> None:
    """What a room holds beyond that lies in folders by subject, each with a sentence in its `__init__`."""
    modules = Counter(name(path.parent) for path in CODE if path.name != "__init__.py")
    large = {folder for folder, count in modules.items() if count > MAX_MODULES}
    assert large == set()


def test_every_module_says_what_it_is_for() -> None:
    def is_silent(path: Path) -> bool:
        return bool(path.read_text().strip()) and not ast.get_docstring(tree(path))

    assert offenders(PYTHON, is_silent) == {}, "a module begins with a sentence on what it is for"


def test_no_function_is_over_50_lines() -> None:
    def long(path: Path) -> list[str]:
        return [node.name for node in functions(tree(path)) if (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION_LINES]

    assert offenders(CODE, long) == {}


def test_imports_stand_at_the_top() -> None:
    def inner(path: Path) -> list[str]:
        return [
            f"{function.name}:{node.lineno}"
            for function in functions(tree(path))
            for node in within(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]

    assert offenders(CODE, inner) == {}


def test_only_the_database_module_commits() -> None:
    others = [path for path in CODE if name(path) != "engine/storage/database.py" and "/migrations/" not in name(path)]
    assert offenders(others, lambda path: re.search(r"\.(commit|rollback)\(\)", path.read_text())) == {}


def test_only_the_runtime_knows_spiffworkflow() -> None:
    others = [path for path in CODE if not name(path).startswith("engine/runtime/")]
    imported = re.compile(r"^\s*(from|import) +SpiffWorkflow", re.MULTILINE)
    assert offenders(others, lambda path: imported.search(path.read_text())) == {}


def test_no_company_is_named_in_the_code() -> None:
    named = re.compile("|".join(rf"\b{company}\b" for company in COMPANIES if company not in PLAIN_WORDS))
    assert offenders(CODE, lambda path: named.findall(path.read_text())) == {}


def test_classes_are_named_after_things_of_the_field() -> None:
    def wrong(path: Path) -> list[str]:
        classes = [node.name for node in within(tree(path)) if isinstance(node, ast.ClassDef)]
        return [cls for cls in classes if cls.endswith(FORBIDDEN_SUFFIXES) and cls not in STANDARD_NAMES]

    assert offenders(CODE, wrong) == {}


def test_a_class_is_found_by_its_name() -> None:
    classes = (each.name for path in CODE for each in tree(path).body if isinstance(each, ast.ClassDef))
    often = {each for each, count in Counter(classes).items() if count > MAX_ALIKE and not each.startswith("_")}
    assert often - OF_EACH_LAYER == set()


def test_a_function_is_not_called_of_alone() -> None:
    assert [
        name(path) for path in CODE if any(isinstance(each, ast.FunctionDef) and each.name == "of" for each in tree(path).body)
    ] == []


def test_what_was_found_is_called_what_it_is() -> None:
    """A search for a thing leads to the lines that handle it; `found` was the name of three thousand of them."""

    def vague(path: Path) -> list[int]:
        names = (each for each in ast.walk(tree(path)) if isinstance(each, ast.Name | ast.arg))
        return [each.lineno for each in names if VAGUE in (getattr(each, "id", ""), getattr(each, "arg", ""))]

    assert offenders(CODE, vague) == {}


def test_nothing_sleeps_or_is_left_half_done() -> None:
    others = [path for path in PYTHON if path != Path(__file__)]
    half_done = re.compile(r"time\.sleep\(|\bTODO\b|\bFIXME\b|\bXXX\b|pytest\.mark\.(skip|xfail)\(")
    assert offenders(others, lambda path: half_done.findall(path.read_text())) == {}


def test_no_test_looks_at_the_clock_or_waits_with_a_deadline_of_its_own() -> None:
    """A busy machine is no fault: durations are figures of `banjie bench`, growth is counted in steps or statements."""
    tests = {name(path): path for path in PYTHON if name(path).startswith("tests/") and path != Path(__file__)}
    found = {
        file for file, path in tests.items() if not file.startswith("tests/benchmarks/") and CLOCKS.search(path.read_text())
    }
    assert found - set(KNOW_THE_TIME) == set(), "count steps or statements, or wait as long as tests.patience says"
    assert set(KNOW_THE_TIME) - found == set(), "no exception any more"


def test_no_pattern_has_a_possessive_group() -> None:
    """`(…)*+` matches wrongly in Python before 3.11.5, as Debian 12 has it; the atomic `(?>(…)*)` does not."""
    assert (
        offenders(CODE, lambda path: re.findall(r"""(?:re\.compile\(|^ +)(?:rf|r)["'].*\)[*+?]\+.*""", path.read_text(), re.M))
        == {}
    )


def test_templates_hold_no_inline_script_or_style() -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|javascript:")
    assert offenders(TEMPLATES, lambda path: inline.search(path.read_text())) == {}


def test_no_path_of_a_machine_and_no_registry_is_written_down() -> None:
    texts = [path for path in FILES if path.suffix not in (".png", ".woff2") and path != Path(__file__)]
    machine = re.compile(r'(^|[^A-Za-z0-9_./-])/(work|root|home)/|"resolved": *"http|--(extra-)?index-url')
    assert offenders(texts, lambda path: machine.search(path.read_text(errors="replace"))) == {}


def test_the_top_level_folders_are_those_of_the_design() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in FILES if len(path.relative_to(ROOT).parts) > 1}
    assert folders <= {".ci", "bpmn", "docs", "engine", "tests", "translations", "web", "workflows"}


def test_diagrams_and_workflows_hold_no_python() -> None:
    assert not [name(path) for path in PYTHON if path.relative_to(ROOT).parts[0] in ("bpmn", "workflows")]


def functions(module: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in within(module) if isinstance(node, ast.FunctionDef))


def test_the_pins_name_all_that_is_needed() -> None:
    """They are installed without resolving: what one of them needs and nobody pinned would be missing."""
    found = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


def rooms_of_the_contract() -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each.get("containers") == ["engine"])
    return [room for layer in layers for room in layer.split(" | ")]


MAP = (ROOT / "docs/architecture.md").read_text()
DRAWING, _, AFTER = MAP.partition("```mermaid\n")[2].partition("```")
ROOMS = AFTER[AFTER.index("|---|") : AFTER.index("\n\n", AFTER.index("|---|"))].splitlines()[1:]


def test_the_map_shows_the_rooms_that_the_contract_orders() -> None:
    listed = [name for row in ROOMS for name in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert sorted(listed) == sorted(rooms_of_the_contract())
    assert set(listed) <= set(re.findall(r"\w+", DRAWING))
    folders = {path.name for path in (ROOT / "engine").iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert folders <= set(listed)


def test_every_arrow_of_the_map_points_down() -> None:
    order = {room: place for place, room in enumerate(["web", *rooms_of_the_contract()])}
    arrows = re.findall(r"^ *(\w+)(?:\[.*?\])? --> (.*)$", DRAWING, re.MULTILINE)
    pairs = [(source, target) for source, targets in arrows for target in targets.split(" & ")]
    assert len(pairs) >= len({source for source, _ in arrows}) > 20
    assert [pair for pair in pairs if order[pair[0]] >= order[pair[1]]] == []


def test_the_map_names_modules_where_they_are() -> None:
    """Those of a room within it, others anywhere; and what it calls a function beside a module stands in that."""
    there = [name(path) for path in FILES]

    def stands(file: str, within: Iterable[str] = ("",)) -> bool:
        return any(f"/{path}".endswith(f"/{file}") and path.startswith(tuple(within)) for path in there)

    of_rooms = [(re.findall(r"`(\w+)`", row.split("|")[1]), row.split("|", 2)[2]) for row in ROOMS]
    lost = {
        file for rooms, told in of_rooms for file in named_modules(told) if not stands(file, [f"engine/{r}" for r in rooms])
    }
    assert lost == set()
    assert {file for file in named_modules(MAP) if not stands(file)} == set()
    called = re.findall(r"`([\w/]+\.py)` `(\w+)`", MAP)
    defined = {each: (ROOT / "engine" / each if stands(f"engine/{each}") else ROOT / each).read_text() for each, _ in called}
    assert len(called) > 10
    assert [pair for pair in called if not re.search(rf"^ *(def|class) {pair[1]}\b", defined[pair[0]], re.MULTILINE)] == []


def named_modules(told: str) -> list[str]:
    return re.findall(r"`((?:\w+/)*\w+\.(?:py|html|js))`", told)


def test_each_folder_of_the_engines_tests_is_named_like_the_room_that_it_tests() -> None:
    parts = [path.relative_to(ROOT).parts for path in PYTHON if path.name.startswith("test_")]
    folders = {given[2] for given in parts if given[:2] == ("tests", "engine") and len(given) > 3}
    assert folders - set(rooms_of_the_contract()) == set()
