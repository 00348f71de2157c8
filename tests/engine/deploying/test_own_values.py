"""The company's own values in company.toml: in words, one by one beside what pages changed, read by some process."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from engine import errors
from engine.commands import deploying, opening
from engine.deploying import exporting, folders, value_doubts
from engine.deploying.checking import checks
from engine.deploying.company_files import companies, own_values
from engine.people.organisation import Organisation
from engine.storage import database as databases
from engine.storage import models
from tests.engine import kit

FILE = """
id = "values"
name = "数值公司"
administrators = ["mo_fan"]
[settings]
answerDays = 3
planDays = 5
[about]
answerDays = "受理后几个工作日答复（第3条）"
[[person]]
username = "mo_fan"
name = "莫凡"
"""


def load(folder: Path, text: str = FILE) -> companies.CompanyDefinition:
    path = folder / "company.toml"
    path.write_text(text, encoding="utf-8")
    return companies.load(path)


def apply(database: databases.Database, folder: Path, now: datetime, text: str = FILE, **named: Any) -> companies.Applied:
    with database.transaction() as session:
        return companies.apply(session, load(folder, text), now=now, **named)


def stored(database: databases.Database, column: str = "settings") -> dict[str, Any]:
    with database.reading() as session:
        return dict(session.execute(select(getattr(models.Company, column)).where(models.Company.id == "values")).scalar_one())


def changed_by_a_page(database: databases.Database, **values: Any) -> None:
    with database.transaction() as session:
        settings = {**stored(database), **values}
        session.execute(update(models.Company).where(models.Company.id == "values").values(settings=settings))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (
            "answerDay = { least = 1 }",
            "[settings.bounds] tells of answerDay, but there is no setting answerDay, did you mean answerDays?",
        ),
        ("answerDays = { least = 4 }", "answerDays stands outside of its [settings.bounds]"),
        ("answerDays = { leest = 1 }", "unknown setting leest in settings.bounds, did you mean least?"),
        ('answerDays = { least = "1" }', "settings.bounds: least is a whole number"),
        ("answerDays = 4", "settings.bounds: answerDays is a table"),
    ],
)
def test_bounds_of_values_are_held_to_what_there_is(tmp_path: Path, line: str, fault: str) -> None:
    with pytest.raises(errors.Refusal) as refused:
        load(tmp_path, FILE.replace("[about]", f"[settings.bounds]\n{line}\n[about]"))
    assert fault in str(refused.value)


def test_one_value_changed_by_a_page_keeps_no_other_from_following_the_file(
    database: databases.Database, tmp_path: Path, now: datetime
) -> None:
    apply(database, tmp_path, now)
    changed_by_a_page(database, answerDays=4, notices={"language": "en"})
    newer = FILE.replace("planDays = 5", "planDays = 6\nsolveDays = 7").replace("answerDays = 3", "answerDays = 2", 1)
    (told,) = apply(database, tmp_path, now, newer).differences
    assert str(told) == "company values: settings.answerDays, settings.notices differ in the database; left as it is"
    assert stored(database) == {"answerDays": 4, "planDays": 6, "solveDays": 7, "notices": {"language": "en"}}
    assert not apply(database, tmp_path, now, newer).changed
    with database.reading() as session:
        assert own_values.of_file(session, "values") == {"answerDays": 3, "planDays": 6, "solveDays": 7}
    apply(database, tmp_path, now, newer, replace=True)
    assert stored(database) == {"answerDays": 2, "planDays": 6, "solveDays": 7}
    apply(database, tmp_path, now, newer.replace("solveDays = 7\n", ""))
    assert stored(database) == {"answerDays": 2, "planDays": 6}


@pytest.mark.parametrize("source", ["", "here"])
def test_what_a_folder_said_before_values_were_compared_one_by_one_still_counts(
    database: databases.Database, tmp_path: Path, now: datetime, source: str
) -> None:
    apply(database, tmp_path, now, source=source)
    with database.transaction() as session:
        for entry in session.execute(select(models.FolderEntry).where(models.FolderEntry.kind.startswith("company"))).scalars():
            plain = {name: value for name, value in entry.said.items() if "." not in name}
            entry.said = {**plain, "settings": {"answerDays": 3, "planDays": 5}}
    assert not apply(database, tmp_path, now, source=source).differences
    changed_by_a_page(database, answerDays=4)
    newer = FILE.replace("planDays = 5", "planDays = 6")
    (told,) = apply(database, tmp_path, now, newer, source=source).differences
    assert told.fields == ("settings.answerDays",) and stored(database) == {"answerDays": 4, "planDays": 6}


def test_the_words_of_values_are_exported_and_come_back(database: databases.Database, tmp_path: Path, now: datetime) -> None:
    apply(database, tmp_path, now)
    assert stored(database, "about") == {"answerDays": "受理后几个工作日答复（第3条）"}
    with database.reading() as session:
        made = exporting.export(session, "values").files["workflows/values/company.toml"].decode()
    assert '[about]\nanswerDays = "受理后几个工作日答复（第3条）"' in made
    assert load(tmp_path, made).about == load(tmp_path).about
    assert not apply(database, tmp_path, now, made).differences


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ('answerDay = "答复"', "there is no setting answerDay, did you mean answerDays?"),
        ("planDays = 5", "planDays is not a text"),
        ('planDays = " "', "planDays is not a text"),
        ('notices = "通知"', "there is no setting notices"),
    ],
)
def test_words_of_no_value_are_refused(tmp_path: Path, about: str, told: str) -> None:
    with pytest.raises(errors.Invalid, match=told.replace("?", "\\?")):
        load(tmp_path, FILE.replace("[about]", f"[about]\n{about}"))


def test_values_that_nothing_reads_or_nothing_tells_of_are_told() -> None:
    drawn = kit.diagram(
        "p", kit.start(), kit.task("a", groups="g", due='=setting("aDue")'), kit.end(), kit.chain("started", "a", "done")
    )
    table = b'<dmn><text>setting(if large then "largeDays" else "ordinaryDays")</text></dmn>'
    examined = checks.examine([drawn])
    examined.resources.append(checks.Resource("t.dmn", table))
    settings = {"aDue": "1wd", "largeDays": 1, "ordinaryDays": 2, "lost": 3, "records": {}, "texts": {}}
    told = list(value_doubts.doubts(examined, settings, {"largeDays": "大", "ordinaryDays": "小"}))
    assert told == [value_doubts.UNREAD % "lost", value_doubts.UNSAID % "lost"]


def test_a_deadline_that_is_no_length_of_time_is_refused_at_its_step() -> None:
    drawn = kit.diagram(
        "p", kit.start(), kit.task("a", groups="g", due='=setting("aDue")'), kit.end(), kit.chain("started", "a", "done")
    )
    for value, is_fine in (("1wd", True), ("soon", False), (3, False), ("-1wd", False), ("R/PT1H", False)):
        company = Organisation("c", "c", "Asia/Shanghai", "cn", [], {"aDue": value}, {}, 1, {}, {}, {"g": ("p",)})
        problems = [each for each in checks.check([drawn], checks.Known(company=company)) if "aDue" in str(each)]
        assert (problems == []) is is_fine, value


@pytest.mark.parametrize("company", opening.companies())
def test_every_value_of_the_shipped_companies_is_read_and_told_in_words(company: str) -> None:
    definition = deploying.own(company).definition
    examined = checks.examine(folders.read(opening.BPMN, opening.WORKFLOWS, company))
    assert list(value_doubts.doubts(examined, definition.settings, definition.about)) == []
    english = definition.settings["texts"]["en"]
    assert [each for each in definition.about.values() if each not in english] == []
