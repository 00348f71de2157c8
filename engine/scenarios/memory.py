"""What `banjie check` remembers: a walk that went as written is not played again while nothing that decides it has changed."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import platform
import sqlite3
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

from engine.deploying import folders
from engine.scenarios.report import Walk

PRODUCT = Path(__file__).resolve().parent.parent
SCENARIOS = "scenarios"
# The engine that runs was read a moment before its files are looked at: what was changed so lately may not be what runs.
SETTLED = timedelta(seconds=20)


class Memory:
    """Walks that went as written, in the file `path`, each with a digest of all that decided how it went.

    That is: the engine's files, Python, SQLite and every installed package by its version, the company's diagrams,
    decisions, forms and settings, those that companies share, and the scenario itself. A walk that failed is never kept.
    A file that cannot be read or written is as good as none, and no folder is made for it: everything is walked. `root` holds bpmn/ and workflows/;
    `now` is the moment, aware; `recalled` counts the walks that were not played.
    """

    def __init__(self, path: Path, root: Path, *, now: datetime, product: Path = PRODUCT) -> None:
        self._path, self._root, self._now, self._product = path, root, now, product
        self.recalled = 0
        self._kept = _read(path)
        self._companies: dict[str, str] = {}
        self._digests: dict[Path, str] = {}

    def look_at(self, companies: Iterable[str]) -> None:
        """Takes note of the files of these companies; to be called before they are deployed."""
        engine = _digest_of([_installed(), *_digests(_sources(self._product))])
        for company in companies:
            inside = [self._root / "bpmn" / company, self._root / "bpmn" / folders.SHARED, self._root / "workflows" / company]
            files = (path for folder in inside for path in folder.rglob("*") if path.parent.name != SCENARIOS)
            self._companies[company] = _digest_of([engine, *_digests(files)])

    def recall(self, company: str, path: Path) -> Walk | None:
        """The walk of this scenario, when it would go as it did; a company must have been looked at."""
        digest = self._digests[path] = _digest_of([self._companies[company], *_digests([path])])
        known = self._kept.get(self._name(path), {})
        if known.get("digest") != digest:
            return None
        self.recalled += 1
        return Walk(company, path.parent.parent.name, path, known["title"], None, frozenset(map(tuple, known["taken"])))

    def keep(self, walks: Iterable[Walk]) -> None:
        """Remembers those that went as written and forgets the others."""
        if self._is_changing():
            return
        for walk in walks:
            self._kept.pop(self._name(walk.path), None)
            if walk.failure is None:
                entry = {"digest": self._digests[walk.path], "title": walk.title, "taken": sorted(walk.taken)}
                self._kept[self._name(walk.path)] = entry
        self._write()

    def _is_changing(self) -> bool:
        return max(path.stat().st_mtime for path in _sources(self._product)) > (self._now - SETTLED).timestamp()

    def _write(self) -> None:
        there = {name: entry for name, entry in self._kept.items() if (self._root / name).is_file()}
        with contextlib.suppress(OSError):
            fresh = self._path.with_suffix(f".{os.getpid()}.new")  # of this process: others may check at the same time
            fresh.write_text(json.dumps(there, ensure_ascii=False, indent=0, sort_keys=True), encoding="utf-8")
            fresh.replace(self._path)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


@functools.cache
def _installed() -> str:
    packages = sorted(f"{each.name} {each.version}" for each in metadata.distributions())
    return _digest_of([sys.version, platform.platform(), sqlite3.sqlite_version, *packages])


def _sources(product: Path) -> list[Path]:
    return [path for path in product.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def _digests(paths: Iterable[Path]) -> list[str]:
    return [f"{path} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in sorted(paths) if path.is_file()]


def _digest_of(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        remembered = json.loads(path.read_text(encoding="utf-8"))
        return {name: entry for name, entry in remembered.items() if entry.keys() == {"digest", "title", "taken"}}
    except (OSError, ValueError, RecursionError, AttributeError):
        return {}
