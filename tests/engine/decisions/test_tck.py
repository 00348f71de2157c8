"""Conformance: the cases of the DMN Technology Compatibility Kit, counted by result node."""

from __future__ import annotations

import pytest

from tests.engine.decisions import tck

pytestmark = pytest.mark.skipif(
    not tck.ROOT.is_dir(),
    reason="The DMN Technology Compatibility Kit is not in ../shared/dmn-tck beside the project.",
)


def reports(level: int, capsys: pytest.CaptureFixture[str]) -> list[tck.Report]:
    made = [tck.run(folder) for folder in tck.folders(level)]
    with capsys.disabled():
        print(f"\nDMN TCK, compliance level {level}{'':25} passed failed skipped")
        for report in made:
            print(report.line())
        for report in made:
            for line in [*report.failures, *report.skipped]:
                print("  ", line[:300])
        print(f"{share(made):.2%} of {sum(report.total for report in made)} result nodes")
    return made


def share(made: list[tck.Report]) -> float:
    """Passed of all; what is skipped counts as not passed."""
    return sum(report.passed for report in made) / sum(report.total for report in made)


def test_level_2_passes_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert share(reports(2, capsys)) == 1


def test_level_3_passes_at_least_98_percent(capsys: pytest.CaptureFixture[str]) -> None:
    assert share(reports(3, capsys)) >= 0.98
