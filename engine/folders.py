"""Reads what process owners keep in folders: bpmn/<company>, bpmn/shared and workflows/<company>/<process>."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine import errors
from engine.deployment_checks import Resource

SHARED = "shared"


def companies(bpmn: Path) -> list[str]:
    """The ids of the companies that have a folder of diagrams."""
    return sorted(path.name for path in bpmn.iterdir() if path.is_dir() and path.name != SHARED and not path.name.startswith("."))


def read(bpmn: Path, workflows: Path, company: str) -> list[Resource]:
    """Everything to deploy for a company: its diagrams and decisions, the shared ones, the forms and settings beside.

    A diagram's settings are the workflow.toml of the folder named like its file. Raises Invalid naming the file.
    """
    resources = [_diagram(path, workflows / company) for folder in (bpmn / company, bpmn / SHARED) for path in _files(folder)]
    forms = sorted((workflows / company).glob("*/*.form"))
    return resources + [Resource(_name(path), path.read_bytes()) for path in forms]


def read_files(paths: list[Path], workflows: Path, company: str) -> list[Resource]:
    """Single files named on the command line, diagrams with their settings."""
    return [_diagram(path, workflows / company) for path in paths]


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if path.suffix in (".bpmn", ".dmn"))


def _diagram(path: Path, workflows: Path) -> Resource:
    settings = workflows / path.stem / "workflow.toml"
    given = toml(settings) if path.suffix == ".bpmn" and settings.is_file() else None
    return Resource(_name(path), path.read_bytes(), given)


def toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dict. Raises Invalid naming the file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise errors.Invalid("%(file)s cannot be read: %(detail)s", file=_name(path), detail=str(error)) from error


def _name(path: Path) -> str:
    """The file with its folder, as people speak of it."""
    return "/".join(path.parts[-2:])
