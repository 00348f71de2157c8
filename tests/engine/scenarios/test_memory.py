"""What `banjie check` remembers of walks: only what went as written, and only while nothing that decides it has changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from engine import cli, scenarios
from engine.commands import opening
from engine.scenarios.memory import SETTLED
from tests.engine import kit
from tests.engine.scenarios.company import NO, YES, write

RAN_BEFORE = kit.NOW - 2 * SETTLED


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """Stands for the engine's files; changed long before the walks."""
    folder = tmp_path / "engine"
    folder.mkdir()
    _write_long_ago(folder / "verbs.py", "as it was")
    return folder


@pytest.fixture
def check(root: Path, product: Path, tmp_path: Path) -> Callable[[], list[str]]:
    """Checks the company and gives the names of the scenarios that were played, in their order."""

    def played() -> list[str]:
        memory = scenarios.Memory(tmp_path / "var/walked.json", root, now=kit.NOW, product=product)
        walks: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            walk = scenarios.run.__globals__["_walk"]
            patch.setitem(
                scenarios.run.__globals__, "_walk", lambda stage, path: (walks.append(path.stem), walk(stage, path))[1]
            )
            report = scenarios.run(root, memory=memory)["acme"]
        assert memory.recalled == len(report.walks) - len(walks)
        return walks

    (tmp_path / "var").mkdir()
    write(root, "no", NO)
    write(root, "yes", YES)
    return played


def _write_long_ago(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (RAN_BEFORE.timestamp(), RAN_BEFORE.timestamp()))


def test_what_went_as_written_is_not_walked_again(check: Callable[[], list[str]]) -> None:
    assert check() == ["no", "yes"]
    assert check() == []


def test_what_is_told_does_not_depend_on_what_is_remembered(root: Path, product: Path, check: Callable[[], list[str]]) -> None:
    write(root, "wrong", NO + '[expect]\nstate = "active"\n')
    check()
    memory = scenarios.Memory(product.parent / "var/walked.json", root, now=kit.NOW, product=product)
    assert scenarios.run(root, memory=memory, processes=2) == scenarios.run(root)
    assert memory.recalled == 2


@pytest.mark.parametrize(
    ("file", "again"),
    [
        ("bpmn/acme/asking.bpmn", ["no", "yes"]),
        ("bpmn/shared/beside.dmn", ["no", "yes"]),
        ("workflows/acme/company.toml", ["no", "yes"]),
        ("workflows/acme/asking/workflow.toml", ["no", "yes"]),
        ("workflows/acme/asking/new.form", ["no", "yes"]),
        ("workflows/acme/asking/scenarios/yes.toml", ["yes"]),
        ("workflows/elsewhere/company.toml", []),
    ],
)
def test_what_decides_a_walk_has_it_walked_again(
    root: Path, check: Callable[[], list[str]], file: str, again: list[str]
) -> None:
    check()
    changed = root / file
    changed.parent.mkdir(parents=True, exist_ok=True)
    before = changed.read_text(encoding="utf-8") if changed.exists() else _new(changed)
    changed.write_text(before + "\n", encoding="utf-8")
    assert check() == again
    assert check() == []


def _new(path: Path) -> str:
    empty = '{"id": "new", "schemaVersion": 18, "type": "default", "components": []}'
    decision = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n"/>'
    return {".form": empty, ".dmn": decision}.get(path.suffix, "")


def test_a_changed_engine_has_everything_walked_again(product: Path, check: Callable[[], list[str]]) -> None:
    check()
    _write_long_ago(product / "verbs.py", "as it is")
    assert check() == ["no", "yes"]
    assert check() == []
    _write_long_ago(product / "more.py", "")
    assert check() == ["no", "yes"]


def test_an_engine_that_was_changed_a_moment_ago_may_not_be_the_one_that_runs(
    product: Path, check: Callable[[], list[str]]
) -> None:
    os.utime(product / "verbs.py", (kit.NOW.timestamp(), kit.NOW.timestamp()))
    assert check() == check() == ["no", "yes"]


def test_another_package_has_everything_walked_again(check: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    check()
    monkeypatch.setitem(scenarios.Memory.look_at.__globals__, "_installed", lambda: "another SQLAlchemy")
    assert check() == ["no", "yes"]


def test_a_walk_that_failed_is_never_remembered(root: Path, check: Callable[[], list[str]]) -> None:
    check()
    write(root, "no", NO + '[expect]\nstate = "active"\n')
    assert check() == check() == ["no"]
    write(root, "no", NO)
    assert check() == ["no"], "what was remembered of it before is forgotten"
    assert check() == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"workflows/acme/asking/scenarios/no.toml": {"digest": 1}}', "[" * 100_000])
def test_a_memory_that_cannot_be_read_is_none(tmp_path: Path, check: Callable[[], list[str]], text: str) -> None:
    check()
    (tmp_path / "var/walked.json").write_text(text, encoding="utf-8")
    assert check() == ["no", "yes"]


def test_a_memory_that_cannot_be_written_changes_nothing(tmp_path: Path, check: Callable[[], list[str]]) -> None:
    (tmp_path / "var").rmdir()
    assert check() == check() == ["no", "yes"]
    assert not (tmp_path / "var").exists(), "checking makes no folder"


def test_the_command_tells_what_it_did_not_walk_and_walks_all_when_asked(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, folder in (("ROOT", root), ("BPMN", root / "bpmn"), ("WORKFLOWS", root / "workflows")):
        monkeypatch.setattr(opening, name, folder)
    monkeypatch.setattr(opening, "clock", lambda: kit.NOW + timedelta(days=40_000))  # the engine's files are older
    monkeypatch.setenv("BANJIE_DATA", str(tmp_path / "var"))
    (tmp_path / "var").mkdir()
    write(root, "no", NO)
    write(root, "yes", YES)

    def told(*options: str) -> str:
        assert cli.main(["check", *options, str(root / "bpmn" / "acme")]) == 0
        return capsys.readouterr().out

    first, second, third = told(), told(), told("--all")
    walked = "acme/asking: 2 scenarios, 100% of the sequence flows taken\n"
    assert first == third and first.startswith(walked)
    assert second.startswith(walked) and "2 scenarios went as written before" in second
