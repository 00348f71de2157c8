"""What of a report leaves its page (spreadsheet, paper, letter) holds the page's rows, for any rights."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import replace
from decimal import Decimal
from typing import Any

import flask
import flask_babel
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import errors
from engine.files import sheets
from engine.queries import paging
from engine.queries.status import choosable
from engine.reporting import attaching, behind, fields, letters, question
from engine.reporting.answering import AnswerLine
from engine.reporting.question import Question
from engine.storage import database as databases
from engine.storage import models
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.engine.queries.test_managers_view import rights
from tests.web.conftest import Clock
from web.frame.files import exports
from web.status.reporting import report_answers, report_papers, report_tables, report_words

ASKED = {"processes": ["managed", "followed"], "period": "all"}


@pytest.fixture
def two_processes(database: databases.Database, cast: Cast, clock: Clock) -> None:
    """Two cases of each, one of them with its first step done."""
    kit.deploy(database, cast.owner, *kit.two_steps("managed", managers=["客服专员"]))
    kit.deploy(database, cast.owner, *kit.two_steps("followed", visible_to=["主管领导"]))
    for name in ("managed", "followed"):
        for by in (cast.owner, cast.outsider):
            case = kit.begin(database, by, name, {"subject": "纸"}, now=clock.moment)
        kit.complete(database, cast.clerk, case, "a", {"answer": "好"}, now=clock.moment)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(given=rights, of=st.sampled_from(["cases", "steps"]), group=st.sampled_from(["process", "state"]))
def test_page_spreadsheet_paper_and_letter_hold_the_same_rows_each_as_many_as_its_list(
    app: flask.Flask, database: databases.Database, cast: Cast, two_processes: None, given: Any, of: str, group: str
) -> None:
    """Who may see nothing gets no file either."""
    by, wanted = replace(cast.outsider, **given), question.read({**ASKED, "of": of, "group": [group]})
    row = models.Report(key=1, company_id=COMPANY, name="月报", known={}, question=wanted.stored)
    with database.reading(COMPANY) as session, app.test_request_context():
        try:
            asked = report_answers.asking(session, by, row, wanted)
        except errors.NotFound:
            assert not choosable.processes(session, by)
            return
        found = report_answers.ready(session, by, row, asked)
        file = exports.table("月报", *report_tables.sheet(found, asked.fields))
        head, *sheet = sheets.read(b"".join(file.response))
        listed = [len(behind.lines(asked, line.keys, paging.WantedPage(size=500)).rows) for line in found.lines]
        assert [int(each[-1]) for each in sheet[:-1]] == listed
        on_page = report_tables.table(found, asked.fields)
        assert [[*line.names, *(cell.words for cell in line.cells)] for line in on_page.rows] == sheet[:-1]
        letter = base64.b64decode(attaching.sheet("月报", asked, found, "zh_Hans").content)
        paper = json.loads(report_papers.ordered(session, by, row, asked, found).text)
        assert sheets.read(letter) == [paper["heads"], *paper["rows"], paper["total"]] == [head, *sheet]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(given=rights, of=st.sampled_from(["cases", "steps"]), group=st.permutations(["process", "state"]))
def test_a_crossed_table_on_paper_holds_each_pair_of_the_spreadsheet_and_nothing_else(
    app: flask.Flask, database: databases.Database, cast: Cast, two_processes: None, given: Any, of: str, group: list[str]
) -> None:
    by, wanted = replace(cast.outsider, **given), question.read({**ASKED, "of": of, "group": group})
    row = models.Report(key=1, company_id=COMPANY, name="月报", known={}, question=wanted.stored)
    with database.reading(COMPANY) as session, app.test_request_context():
        try:
            asked = report_answers.asking(session, by, row, wanted)
        except errors.NotFound:
            return  # who sees nothing; the test before this one looks that there is nothing to see
        found = report_answers.ready(session, by, row, asked)
        _head, *pairs, total = sheets.read(b"".join(exports.table("月报", *report_tables.sheet(found, asked.fields)).response))
        on_page, paper = (
            report_tables.table(found, asked.fields),
            json.loads(report_papers.ordered(session, by, row, asked, found).text),
        )
        assert on_page.is_crossed == bool(pairs)
        if not pairs:
            return
        assert paper["rows"] == [[*line.names, *(cell.words for cell in line.cells)] for line in on_page.rows]
        crossed = {
            (line[0], head): int(cell)
            for line in paper["rows"]
            for head, cell in zip(paper["heads"][1:], line[1:], strict=True)
        }
        assert {pair: count for pair, count in crossed.items() if count} == {(down, over): int(n) for down, over, n in pairs}
        assert sum(crossed.values()) == int(total[-1])
        for line in found.lines:
            listed = len(behind.lines(asked, line.keys, paging.WantedPage(size=500)).rows)
            assert crossed[report_words.named(line, 0, wanted), report_words.named(line, 1, wanted)] == listed


def test_spreadsheets_say_the_unit_of_each_column_and_show_shares_as_per_cent(
    app: flask.Flask, database: databases.Database, cast: Cast, two_processes: None
) -> None:
    measures = ["count", "share", "duration.median"]
    wanted = question.read({**ASKED, "period": "this_year", "group": ["process"], "measures": measures, "compare": "last_year"})
    row = models.Report(key=1, company_id=COMPANY, name="月报", known={}, question=wanted.stored)
    with database.reading(COMPANY) as session, app.test_request_context():
        asked = report_answers.asking(session, cast.owner, row, wanted)
        found = report_answers.ready(session, cast.owner, row, asked)
        page = b"".join(exports.table("月报", *report_tables.sheet(found, asked.fields)).response)
        letter = base64.b64decode(attaching.sheet("月报", asked, found, "zh_Hans").content)
    for file in (page, letter):
        timed = [each for each in sheets.read(file)[0] if "用时" in each]
        assert len(timed) == 2 and all("（小时）" in each for each in timed), "the figures of the year before too"
        with zipfile.ZipFile(io.BytesIO(file)) as parts:
            assert 'formatCode="0.0%"' in parts.read("xl/styles.xml").decode()


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_a_letter_says_everything_as_the_page_does(app: flask.Flask, language: str) -> None:
    said = letters.SAID[language]
    with app.test_request_context(), flask_babel.force_locale(language):
        told = {f"field.{name}": report_words.field(name) for name in (*fields.STANDARD, *fields.OF_STEPS)}
        told |= {name: report_words.measure(name) for name in fields.PLAIN[1:]}
        told |= {each: report_words.measure("count", each) for each in ("cases", "steps")}
        told |= {each: report_words.measure(f"{each}:{{label}}") for each in fields.WORKED_OUT}
        by_state = Question(("x",), group=("state",))
        states = ("active", "open", "completed", "cancelled", "void", "terminated")
        told |= {each: report_words.named(AnswerLine((each,), (each,), ()), 0, by_state) for each in states}
        told |= {f"than_{each}": report_words.compared(Question(("x",), compare=each)) for each in ("before", "last_year")}
        assert {name: said[name] for name in told} == told
        for figure in (None, *map(Decimal, ("0", "59", "3661", "90061.25", "0.1234"))):
            for name in ("share", "duration.median", "sum:x"):
                assert letters.figure(name, figure, said) == report_words.figure(name, figure)
