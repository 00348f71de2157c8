"""What the tests of deployment share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.commands.office import Place


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)
