"""The scenario runner: what goes as written passes, what does not is told, untaken flows are listed."""

from __future__ import annotations

import os
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from engine import cli, scenarios
from engine.commands import opening
from tests.engine.scenarios.company import COMPANY, NO, YES, write


def test_all_flows_taken_and_everything_as_written_is_fine(root: Path) -> None:
    write(root, "yes", YES)
    write(root, "no", '[start.expect]\ndue = {ask = "2026-02-14"}\n[[step]]\ntask = "ask"\nby = "clerk"\noutcome = "no"\n')
    report = scenarios.run(root)["acme"]
    assert [walk.failure for walk in report.walks] == [None, None]
    assert report.is_fine and report.covered == {"asking": 1.0}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[expect]\nopen = ["nothing"]', "open are ['ask'], not ['nothing']"),
        ('[expect]\nstate = "completed"', "the case is active"),
        ('[[step]]\ntask = "other"\nby = "clerk"', "no task other is open"),
        ('[[step]]\ntask = "ask"\nby = "nobody"\noutcome = "no"', "nobody"),
        ('[[step]]\ntask = "ask"\nby = "clerk"\noutcome = "maybe"', "maybe"),
        ('[[step]]\ntask = "ask"\nby = "clerk"\noutcome = "no"\nrefused = "Conflict"', "should have been refused"),
        ('[[step]]\nby = "clerk"', "nothing to do"),
        ("[expect]\nregisters = {x = 1}\nnotices = {clerk = 2}\nvariables = {a = 1}", "lines in x: 0, not 1"),
        ('[expect]\ncopies = ["clerk"]', "copies went to [], not ['clerk']"),
        ("[expect]\nwhatever = 1", "unknown expectation"),
        ('[expect]\ndue = {ask = "2026-02-13"}', "ask is due on 2026-02-14"),
        ('[expect]\ndue = {ask = "2026-02-14 17:59"}', "ask is due on 2026-02-14 18:00"),
        ('[expect]\ndue = {other = "2026-02-14"}', "other is due on None"),
    ],
)
def test_what_went_otherwise_is_told(root: Path, text: str, told: str) -> None:
    write(root, "one", text)
    report = scenarios.run(root, "acme")["acme"]
    [walk] = report.failures
    assert told in (walk.failure or "")
    assert not report.is_fine


def test_working_days_pass_by_the_calendar_of_the_process(root: Path) -> None:
    """Nobody works at the Spring Festival but the process's people: the day after 14 February is the 16th, not the 24th."""
    week = 'weekdays = ["mon", "tue", "wed", "thu", "fri", "sat"]\nholidays = "none"\nhours = ["09:00-18:00"]\n'
    company = root / "workflows/acme/company.toml"
    company.write_text(f'{COMPANY}[[working_calendar]]\nname = "客服"\n{week}', encoding="utf-8")
    settings = root / "workflows/acme/asking/workflow.toml"
    settings.write_text('may_start = ["*"]\ncalendar = "客服"\n', encoding="utf-8")
    steps = ("until = 2026-02-14T10:00:00Z", 'advance = "1wd"', "until = 2026-02-16T10:00:00Z")
    write(root, "days", "".join(f"[[step]]\n{each}\n" for each in steps))
    [walk] = scenarios.run(root, "acme")["acme"].walks
    assert walk.failure is None


def test_untaken_flows_and_broken_files_are_listed(root: Path) -> None:
    write(root, "no", NO)
    (root / "workflows/acme/asking/scenarios/broken.toml").write_text("now = ", encoding="utf-8")
    report = scenarios.run(root)["acme"]
    assert report.uncovered == {"asking": ["fork_wait", "wait_done"]}
    assert [walk.path.stem for walk in report.failures] == ["broken"]
    assert scenarios.run(root, "acme", name="no")["acme"].failures == []


def test_several_processes_tell_the_same_as_one(root: Path) -> None:
    write(root, "yes", YES)
    write(root, "no", NO)
    write(root, "refused", YES.replace('refused = "Forbidden"', 'refused = "NotFound"'))
    assert scenarios.run(root, processes=3) == scenarios.run(root)


def test_a_diagram_that_cannot_be_deployed_is_a_problem_of_the_report(root: Path) -> None:
    (root / "bpmn/acme/asking.bpmn").write_bytes(b"<nothing")
    report = scenarios.run(root)["acme"]
    assert report.problems and not report.is_fine


def test_a_badly_drawn_diagram_is_a_warning_and_of_a_shipped_company_no_success(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, folder in (("ROOT", root), ("BPMN", root / "bpmn"), ("WORKFLOWS", root / "workflows")):
        monkeypatch.setattr(opening, name, folder)
    write(root, "yes", YES)
    write(root, "no", NO)
    di, company = "http://www.omg.org/spec/BPMN/20100524/DI", root / "workflows/acme/company.toml"
    file = root / "bpmn/acme/asking.bpmn"
    shape = f'<d:BPMNDiagram xmlns:d="{di}"><d:BPMNPlane><d:BPMNShape bpmnElement="ask">'
    shape += '<c:Bounds xmlns:c="http://www.omg.org/spec/DD/20100524/DC" x="0" y="0" width="100" height="80"/>'
    head, end, tail = file.read_text(encoding="utf-8").rpartition("</")
    file.write_text(f"{head}{shape}</d:BPMNShape></d:BPMNPlane></d:BPMNDiagram>{end}{tail}", encoding="utf-8")
    assert cli.main(["check"]) == 0
    assert "warning: acme/asking.bpmn fork: It has no place in the drawing." in capsys.readouterr().out
    company.write_text(COMPANY.replace('name = "样例"', 'name = "样例"\ndemo = true'), encoding="utf-8")
    assert cli.main(["check"]) == 1
    told = capsys.readouterr()
    assert "error: acme/asking.bpmn fork: It has no place in the drawing." in told.out and "To be mended: acme" in told.err


def test_a_company_whose_flows_are_not_all_taken_is_no_success(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, folder in (("ROOT", root), ("BPMN", root / "bpmn"), ("WORKFLOWS", root / "workflows")):
        monkeypatch.setattr(opening, name, folder)
    write(root, "no", NO)
    assert cli.main(["check", str(root / "bpmn" / "acme")]) == 1
    told = capsys.readouterr()
    assert "60%" in told.out + told.err and "fork_wait" in told.out + told.err
    write(root, "yes", YES)
    assert cli.main(["check", str(root / "bpmn" / "acme")]) == 0
    assert "100%" in capsys.readouterr().out


def test_a_walk_whose_process_dies_is_told_and_not_waited_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        write(root, name, NO)
    monkeypatch.setitem(scenarios.run.__globals__, "_walk", lambda _stage, _path: os._exit(1))
    with pytest.raises(BrokenProcessPool):
        scenarios.run(root, processes=2)
