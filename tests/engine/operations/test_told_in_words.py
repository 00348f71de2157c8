"""Notices that a diagram sends reach each reader in his language, by the translations of the case's own version."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

import pytest
from sqlalchemy import update

from engine.deploying import deployment
from engine.deploying.checking import checks
from engine.people import organisation
from engine.storage import database as databases
from engine.storage import models
from tests.cast import COMPANY, Cast
from tests.engine import kit

SUBJECT, BODY = '="已办结：" + what', '=who + "的" + what + "，共 " + string(number) + " 件。"'
ENGLISH = {SUBJECT: '="Done: " + what', BODY: '=string(number) + " of " + what + " for " + who + "."'}


def drawn(english: dict[str, str]) -> list[checks.Resource]:
    """A process that tells two people what it was about."""
    given = {"to": '=["clerk", "head"]', "subject": SUBJECT, "body": BODY}
    mapped = "".join(f"<zeebe:input source={quoteattr(source)} target={quoteattr(name)}/>" for name, source in given.items())
    tell = kit.service("tell", "notices.send", inputs=f"<zeebe:ioMapping>{mapped}</zeebe:ioMapping>")
    steps = (kit.start(form="asked"), tell, kit.end(), kit.chain("started", "tell", "done"))
    choice = {"type": "radio", "key": "what", "label": "1", "values": [{"value": "安装", "label": "安装"}]}
    number = {"type": "number", "key": "number", "label": "2"}
    return [kit.form("asked", choice, kit.text_field("who"), number), kit.diagram("p", *steps, texts={"en": english})]


def told(database: databases.Database, cast: Cast, english: dict[str, str], who: str = "长河物流") -> dict[str, str]:
    """What each was told, of whom only the head reads English: subject and body in one line."""
    with database.transaction(COMPANY) as session:
        session.execute(update(models.Person).where(models.Person.username == "head").values(language="en"))
        organisation.changed(session, COMPANY)
    kit.deploy(database, cast.owner, *drawn(english))
    kit.begin(database, cast.clerk, "p", {"what": "安装", "who": who, "number": 2})
    return {each.username: f"{each.subject} {each.body}" for each in kit.notices(database) if each.kind == "told"}


def test_each_reads_it_in_his_language_with_the_words_in_the_order_of_that_language(
    database: databases.Database, cast: Cast
) -> None:
    assert told(database, cast, ENGLISH) == {
        "clerk": "已办结：安装 长河物流的安装，共 2 件。",
        "head": "Done: 安装 2 of 安装 for 长河物流.",
    }


def test_a_day_that_it_names_is_said_as_the_reader_says_it(database: databases.Database, cast: Cast) -> None:
    read = told(database, cast, ENGLISH, who="2026-03-09 长河物流")
    assert "2026年3月9日 长河物流" in read["clerk"] and "9 Mar 2026 长河物流" in read["head"]


def test_choices_are_told_as_the_reader_knows_them_but_where_the_words_compare_them(
    database: databases.Database, cast: Cast
) -> None:
    english = {SUBJECT: ENGLISH[SUBJECT], "安装": "installation"}
    assert told(database, cast, english)["head"].startswith("Done: installation ")
    compared = {SUBJECT: '=if what = "安装" then "Installed" else "Done: " + what', "安装": "installation"}
    assert told(database, cast, compared)["head"].startswith("Installed ")


def test_what_nobody_translated_or_what_comes_to_nothing_stays_as_it_was_drawn(
    database: databases.Database, cast: Cast
) -> None:
    fails = {SUBJECT: ENGLISH[SUBJECT].replace("+", "-")}
    assert told(database, cast, fails)["head"] == "已办结：安装 长河物流的安装，共 2 件。"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ('="Done: " + waht', "asks for waht; did you mean what?"),
        ('="Done: " + total', "asks for total, which the text does not; it asks for what."),
        ("Done", "is an expression, so its translation must be one"),
    ],
)
def test_a_translation_that_asks_for_what_the_notice_does_not_know_is_refused(said: str, problem: str) -> None:
    (found,) = [each for each in deployment.check(drawn({SUBJECT: said})) if each.severity == "error"]
    assert problem in str(found)


def test_a_notice_that_nobody_translated_is_told() -> None:
    said = {"流程 p": "Process p", "安装": "installation", SUBJECT: ENGLISH[SUBJECT]}
    (found,) = [str(each) for each in deployment.check(drawn(said)) if "no translation" in str(each)]
    assert "one text has no translation" in found and BODY in found
