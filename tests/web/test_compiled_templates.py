"""Compiled templates are kept beside their sources; a kept one is never shown for another text."""

from __future__ import annotations

import sys
from pathlib import Path

import flask
import pytest
from jinja2 import Environment, FileSystemLoader

from web.frame.http import compiled


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, flask.Flask]:
    """A folder with a template and an app that keeps compiled templates in it."""
    monkeypatch.setattr(compiled, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "page.html").write_text("one {{ 1 + 1 }}")
    return tmp_path, flask.Flask("templates", template_folder=str(tmp_path))


def _page(app: flask.Flask) -> str:
    return str(app.jinja_env.overlay(loader=FileSystemLoader(str(app.template_folder))).get_template("page.html").render())


def test_a_template_is_compiled_once_for_all_processes(
    shown: tuple[Path, flask.Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, app = shown
    compiled.install(app)
    assert _page(app) == "one 2" and len(list((folder / "kept").iterdir())) == 1
    monkeypatch.setattr(Environment, "compile", None)  # what is compiled now fails
    assert _page(app) == "one 2"


def test_a_changed_template_is_compiled_anew_and_one_that_cannot_be_kept_is_shown_all_the_same(
    shown: tuple[Path, flask.Flask],
) -> None:
    folder, app = shown
    compiled.install(app)
    _page(app)
    (folder / "page.html").write_text("two {{ 1 + 2 }}")
    assert _page(app) == "two 3"
    for kept in (folder / "kept").iterdir():
        kept.unlink()
    (folder / "kept").rmdir()
    (folder / "kept").write_text("no folder")
    (folder / "page.html").write_text("three")
    assert _page(app) == "three"
