"""Reads what process owners keep in folders: bpmn/<company>, bpmn/shared and workflows/<company>/<process>."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine import errors
from engine.basics import toml_texts
from engine.definitions.languages import files
from engine.deploying.checking.checks import Resource

SHARED = "shared"
SCENARIOS = "scenarios"  # the folder of a process' scenarios, beside its settings
_PROCESS = re.compile(r"<(?:\w+:)?process\s[^>]*?\bid=[\"']([A-Za-z_][\w.-]*)[\"']")


def companies(bpmn: Path) -> list[str]:
    """The ids of the companies that have a folder of diagrams."""
    return sorted(
        path.name for path in bpmn.iterdir() if path.is_dir() and path.name != SHARED and not path.name.startswith(".")
    )


def read(bpmn: Path, workflows: Path, company: str) -> list[Resource]:
    """Everything to deploy for a company: its diagrams and decisions, the shared ones, the forms and settings beside.

    A process's settings are the workflow.toml of the folder named like it, else like its file; its scenarios lie in that
    folder. Raises Invalid naming the file.
    """
    resources = [_diagram(path, workflows / company) for folder in (bpmn / company, bpmn / SHARED) for path in _files(folder)]
    forms = sorted((workflows / company).glob("*/*.form"))
    return resources + [Resource(_name(path), path.read_bytes()) for path in forms]


def process_ids(content: bytes) -> set[str]:
    """The ids of the processes that a diagram holds, without reading it as a diagram."""
    return set(_PROCESS.findall(content.decode(errors="replace")))


def read_files(paths: list[Path], workflows: Path, company: str) -> list[Resource]:
    """Single files named on the command line, diagrams with their settings."""
    return [_diagram(path, workflows / company) for path in paths]


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if path.suffix in (".bpmn", ".dmn"))


def _diagram(path: Path, workflows: Path) -> Resource:
    content = path.read_bytes()
    if path.suffix != ".bpmn":
        return Resource(_name(path), content)
    own = {folder: _settings(workflows, folder) for folder in {path.stem, *process_ids(content)}}
    folders_with_settings = {folder: settings for folder, settings in own.items() if settings is not None}
    scenarios = {folder: texts for folder in process_ids(content) if (texts := _scenarios(workflows, folder))}
    return Resource(_name(path), content, folders_with_settings.pop(path.stem, None), folders_with_settings, scenarios)


def _scenarios(workflows: Path, folder: str) -> dict[str, str]:
    return {path.stem: _text(path) for path in sorted((workflows / folder / SCENARIOS).glob("*.toml"))}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise errors.Invalid("%(file)s cannot be read: %(detail)s", file=_name(path), detail=str(error)) from error


def _settings(workflows: Path, folder: str) -> dict[str, Any] | None:
    path, said = workflows / folder / "workflow.toml", files.of_folder(workflows / folder)
    if not path.is_file() and not said:
        return None
    return files.joined(toml(path) if path.is_file() else {}, said)


def toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dict. Raises Invalid naming the file."""
    try:
        return toml_texts.read(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise errors.Invalid("%(file)s cannot be read: %(detail)s", file=_name(path), detail=str(error)) from error


def _name(path: Path) -> str:
    """The file with its folder, as people speak of it."""
    return "/".join(path.parts[-2:])
