"""The operator gives the notice of a year to the command line, for all companies at once."""

import argparse
from datetime import date

import pytest

from engine import errors
from engine.calendar.working import Calendar
from engine.commands import calendar_days, opening
from engine.people import organisation

NOTICE = '{"days": [{"date": "2027-02-05", "isOffDay": true, "name": "春节"}, {"date": "2027-02-20", "isOffDay": false}]}'


def run(database, monkeypatch, path) -> int:
    monkeypatch.setattr(opening, "opened", lambda _settings: database)
    return calendar_days.take(argparse.Namespace(file=str(path), calendar="cn"), None)


def test_the_days_of_the_file_count_for_every_company(database, cast, now, tmp_path, monkeypatch, capsys) -> None:
    path = tmp_path / "2027.json"
    path.write_text(NOTICE, encoding="utf-8")
    assert run(database, monkeypatch, path) == 0
    assert "2027" in capsys.readouterr().out
    for company in ("acme", "elsewhere"):
        with database.reading() as session:
            calendar = Calendar.of(session, organisation.current(session, company))
            assert calendar.is_official(2027) and calendar.is_working_day(date(2027, 2, 20))


def test_a_file_that_is_missing_or_none_is_refused_by_name(database, cast, tmp_path, monkeypatch) -> None:
    with pytest.raises(errors.Invalid) as refused:
        run(database, monkeypatch, tmp_path / "gone.json")
    assert "gone.json" in str(refused.value)
    (tmp_path / "wrong.json").write_text("{}")
    with pytest.raises(errors.Invalid):
        run(database, monkeypatch, tmp_path / "wrong.json")
