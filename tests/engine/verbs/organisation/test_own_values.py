"""The company's own values: changed by administrators, in words, for running cases too; nothing unseen is overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from engine import errors
from engine.calendar import durations
from engine.definitions.values import company_values, lengths, value_uses, value_words
from engine.deploying import deployment
from engine.people import actors, organisation
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.organisation import own_values, roles
from engine.verbs.organisation.own_values import Wanted
from tests.cast import COMPANY, Cast
from tests.engine import kit

VALUES = {
    "askDue": "2wd",
    "answerDays": 3,
    "share": Decimal("0.8"),
    "takesNote": True,
    "copies": ["客服专员"],
    "checkDays": [7, 30],
    "customers": ["长河物流"],
    "address": "解放路2号",
    "unread": 1,
    "records": {"keepers": ["客服专员"]},
}
TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="级别" namespace="n">
<decision id="level" name="级别"><variable name="level"/>
<literalExpression><text>if 5 &gt; setting("answerDays") then "急" else "缓"</text></literalExpression></decision></definitions>"""
PAID = kit.task("pay", groups="部门负责人", due='=string(setting("answerDays")) + "wd"', cc='=setting("copies")')


def asks(process_id: str = "asks") -> Any:
    """start → ask (a limit of the company's) → noted, or not, as the company says → pay → end."""
    return kit.diagram(
        process_id,
        kit.start(),
        kit.task("ask", groups="客服专员", due='=setting("askDue")'),
        kit.node("exclusiveGateway", "either", attributes=' default="either_pay"'),
        kit.task("note", groups="主管领导"),
        PAID,
        kit.end(),
        kit.chain("started", "ask", "either"),
        kit.flow("either", "note", '=setting("takesNote") = true'),
        kit.flow("either", "pay"),
        kit.chain("note", "pay", "done"),
    )


def give(database: databases.Database) -> None:
    """The company's values, one of them with words of its own."""
    with database.transaction() as session:
        row = models.Company
        about = {"answerDays": "回复后几个工作日付款（第3条）"}
        session.execute(update(row).where(row.id == COMPANY).values(settings=VALUES, about=about))
        organisation.changed(session, COMPANY)


@pytest.fixture
def company(database: databases.Database, cast: Cast) -> databases.Database:
    give(database)
    kit.deploy(database, cast.owner, asks())
    return database


def save(
    database: databases.Database, by: Actor, wanted: Mapping[str, Any], *, was: Mapping[str, Any] = VALUES, **named: Any
) -> list[str]:
    with database.transaction(COMPANY) as session:
        given = {name: Wanted(was.get(name), value) for name, value in wanted.items()}
        return [each.name for each in own_values.save(session, by, given, now=kit.NOW, **named)]


def again(database: databases.Database, username: str) -> Actor:
    """As the next request of his knows him and the company."""
    with database.reading(COMPANY) as session:
        found = actors.load(session, COMPANY, username)
    assert found is not None
    return found


def values(database: databases.Database) -> dict[str, Any]:
    with database.reading(COMPANY) as session:
        return dict(session.execute(select(models.Company.settings).where(models.Company.id == COMPANY)).scalar_one())


def known(database: databases.Database) -> dict[str, value_uses.CompanyValue]:
    with database.reading(COMPANY) as session:
        return {each.name: each for each in value_uses.of_company(session, organisation.current(session, COMPANY))}


@pytest.mark.both_databases
def test_a_changed_value_counts_for_the_next_step_of_running_cases_and_what_was_set_stays(
    company: databases.Database, cast: Cast
) -> None:
    running, later = kit.begin(company, cast.clerk, "asks"), kit.begin(company, cast.clerk, "asks")
    (before,) = {each.due_at for each in kit.rows(company, models.UserTask)}
    with pytest.raises(own_values.Unsure) as asked:
        save(company, cast.owner, {"takesNote": False, "answerDays": 5, "askDue": "1wd"})
    assert asked.value.values["cases"] == 2 and values(company) == VALUES
    save(company, cast.owner, {"takesNote": False, "answerDays": 5, "askDue": "1wd"}, is_sure=True)
    assert {each.due_at for each in kit.rows(company, models.UserTask)} == {before}
    kit.complete(company, again(company, "clerk"), running, "ask")
    assert kit.open_elements(company, running) == ["pay"]
    (paid,) = kit.rows(company, models.UserTask, element_id="pay")
    assert paid.due_at.date().isoformat() == "2026-03-09"
    assert kit.open_elements(company, later) == ["ask"]
    kit.begin(company, again(company, "clerk"), "asks")
    assert {each.due_at.date().isoformat() for each in kit.rows(company, models.UserTask, element_id="ask")} == {
        "2026-03-03",
        "2026-03-04",
    }


@pytest.mark.both_databases
def test_who_saves_second_is_told_who_changed_what_and_overwrites_nothing(company: databases.Database, cast: Cast) -> None:
    save(company, cast.owner, {"answerDays": 4})
    with pytest.raises(errors.Overtaken) as refused:
        save(company, cast.owner, {"answerDays": 6, "address": "人民路1号"})
    (told,) = refused.value.fields["answerDays"]
    assert told.values == {"who": "欧流程", "before": "3", "after": "4"} and list(refused.value.fields) == ["answerDays"]
    assert values(company) == {**VALUES, "answerDays": 4}
    assert save(company, cast.owner, {"address": "人民路1号"}) == ["address"], "another value is nobody's concern"
    assert save(company, cast.owner, {"answerDays": 4}) == [], "both wanted the same"


def test_what_the_file_could_not_say_a_page_cannot_either(company: databases.Database, cast: Cast) -> None:
    wrong: dict[str, Any] = {
        "askDue": "2 moons",
        "answerDays": "drei",
        "share": Decimal("1.2"),
        "takesNote": 1,
        "copies": ["客服专圆"],
        "checkDays": [],
        "customers": [""],
        "address": "解放路\u200b2号",
        "unread": -1,
    }
    with pytest.raises(errors.Invalid) as refused:
        save(company, cast.owner, wrong, is_sure=True)
    assert refused.value.fields.keys() == wrong.keys() and values(company) == VALUES
    assert refused.value.fields["copies"][0].values["similar"] == "客服专员"
    for impossible in ("-1wd", "R/PT1H", "1wd;", "", 3):
        with pytest.raises(errors.Invalid):
            save(company, cast.owner, {"askDue": impossible})
    with company.transaction(COMPANY) as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk2").values(is_disabled=True))
        organisation.changed(session, COMPANY)
    with pytest.raises(errors.Invalid) as refused:
        save(company, cast.owner, {"copies": ["clerk2"]})
    assert refused.value.fields["copies"][0].text == company_values.LEFT
    with pytest.raises(errors.NotFound):
        save(company, cast.owner, {"records": {}})
    save(company, cast.owner, {"share": 1, "customers": [], "copies": ["outsider"]}, is_sure=True)
    assert {name: each.kind for name, each in known(company).items()}["share"] == company_values.SHARE


@pytest.mark.parametrize("days", [0, 1000, 99_999])
def test_a_number_of_days_may_be_what_a_limit_may_be(company: databases.Database, cast: Cast, days: int) -> None:
    with pytest.raises(errors.Invalid) as refused:
        save(company, cast.owner, {"answerDays": days})
    (told,) = refused.value.fields["answerDays"]
    assert str(told.values["length"]) == f"{days} working days"
    assert values(company) == VALUES
    save(company, cast.owner, {"answerDays": 999, "unread": days})


def test_a_share_of_days_that_leaves_none_is_refused(company: databases.Database, cast: Cast) -> None:
    warned = '=string(floor(setting("answerDays") * setting("share"))) + "wd"'
    steps = (kit.start(), kit.task("a", groups="客服专员", due=warned), kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(company, cast.owner, kit.diagram("shared", *steps))
    for share in (0, Decimal("0.1")):
        with pytest.raises(errors.Invalid) as refused:
            save(company, cast.owner, {"share": share})
        (told,) = refused.value.fields["share"]
        assert told.text == company_values.MADE_WRONG
        assert str(told.values["length"]) == "0 working days"
    save(company, cast.owner, {"share": Decimal("0.1"), "answerDays": 10})
    with pytest.raises(errors.Invalid):
        save(company, cast.owner, {"answerDays": 9}, was={**VALUES, "answerDays": 10})


COUNTED = (
    '=working days after(today(), setting("{name}"))',
    '=working days after(today(), if today() = null then setting("{name}") else 3)',
    '=working days after(today(), setting(if today() = null then "{name}" else "unread"))',
    '=working hours after(now(), setting("{name}"))',
)


@pytest.mark.parametrize("text", COUNTED)
@pytest.mark.parametrize("number", [0, 99_999])
def test_a_number_of_days_counted_from_a_day_may_be_what_a_limit_may_be(
    company: databases.Database, cast: Cast, text: str, number: int
) -> None:
    promise = kit.node("scriptTask", "promise", extension=f"<zeebe:script expression={quoteattr(text)} resultVariable='by'/>")
    promise = promise.replace("{name}", "plain")
    with company.transaction() as session:
        given = {**VALUES, "plain": 5}
        session.execute(update(models.Company).where(models.Company.id == COMPANY).values(settings=given))
        organisation.changed(session, COMPANY)
    kit.deploy(
        company, cast.owner, kit.diagram("counts", kit.start(), promise, kit.end(), kit.chain("started", "promise", "done"))
    )
    with pytest.raises(errors.Invalid) as refused:
        save(company, cast.owner, {"plain": number}, was=given)
    (told,) = refused.value.fields["plain"]
    assert told.text == company_values.MADE_WRONG and str(told.values["length"]).startswith(f"{number} working ")
    save(company, cast.owner, {"plain": 999}, was=given)


@pytest.mark.parametrize(
    ("number", "told"), [(0, "longer than nothing"), (99_999, "at most 999 working days"), (Decimal("1.5"), "whole")]
)
def test_days_counted_in_a_diagram_are_held_to_the_same_at_deployment(
    company: databases.Database, cast: Cast, number: Any, told: str
) -> None:
    text = quoteattr('=working days after(today(), setting("plain"))')
    promise = kit.node("scriptTask", "promise", extension=f"<zeebe:script expression={text} resultVariable='by'/>")
    with company.transaction() as session:
        session.execute(update(models.Company).where(models.Company.id == COMPANY).values(settings={**VALUES, "plain": number}))
        organisation.changed(session, COMPANY)
    drawn = kit.diagram("counts", kit.start(), promise, kit.end(), kit.chain("started", "promise", "done"))
    with pytest.raises(deployment.DeploymentRefused) as refused:
        kit.deploy(company, cast.owner, drawn)
    assert "plain" in str(refused.value) and told in str(refused.value)


def test_only_administrators_change_values(company: databases.Database, cast: Cast) -> None:
    with company.transaction(COMPANY) as session:
        roles.grant(session, cast.owner, "manager", "organisation", "", now=kit.NOW)
    for by in (cast.clerk, again(company, "manager")):
        with pytest.raises(errors.Forbidden):
            save(company, by, {"answerDays": 4})
    assert values(company) == VALUES


def test_each_change_stands_in_the_log_with_old_and_new(company: databases.Database, cast: Cast) -> None:
    save(company, cast.owner, {"answerDays": 4, "copies": ["部门负责人"]})
    told = {each.subject: each.data for each in kit.rows(company, models.OrganisationEvent, kind=own_values.EVENT)}
    assert told["value:answerDays"] | {"name": ""} == {"name": "", "value_kind": "whole", "before": 3, "after": 4}
    assert told["value:answerDays"]["name"] == "回复后几个工作日付款（第3条）"
    assert told["value:copies"]["after"] == ["部门负责人"]


def test_each_value_has_words_a_kind_and_the_places_that_read_it(company: databases.Database) -> None:
    found = known(company)
    assert "records" not in found and {name: each.kind for name, each in found.items()} == {
        "askDue": "limit",
        "answerDays": "whole",
        "share": "share",
        "takesNote": "yes_no",
        "copies": "people",
        "checkDays": "numbers",
        "customers": "texts",
        "address": "text",
        "unread": "whole",
    }
    assert str(found["askDue"].words) == "Deadline of “ask”"
    assert found["answerDays"].words == "回复后几个工作日付款（第3条）"
    assert [each.place for each in found["takesNote"].uses] == ["either"]
    assert found["unread"].uses == ()


@pytest.mark.parametrize(("unit", "most"), lengths.MOST.items())
def test_a_limit_has_a_most_that_a_calendar_reaches_and_that_is_said(unit: str, most: int) -> None:
    assert lengths.fault(lengths.written(str(most), unit)) is None
    told = lengths.fault(lengths.written(str(most + 1), unit))
    assert told is not None and told.text == lengths.TOO_LONG and str(most) in str(told)


@given(text=st.from_regex(r"(\d{1,4}(wd|wh|d|h|min|w|m)|P\d{1,4}[YMWD]|PT\d{1,4}[HMS]|\d\.\d[wd]d)", fullmatch=True))
def test_a_length_of_time_that_is_entered_as_number_and_unit_lasts_as_long(text: str) -> None:
    length = lengths.parts(text)
    assert length is None or durations.parse(lengths.written(*length)) == durations.parse(text)


def test_forms_and_decisions_that_read_a_value_are_told_at_their_steps(database: databases.Database, cast: Cast) -> None:
    give(database)
    drawn = kit.diagram(
        "shown",
        kit.start(),
        kit.task("see", groups="客服专员", form="told"),
        kit.node("businessRuleTask", "decide", extension='<zeebe:calledDecision decisionId="level" resultVariable="level"/>'),
        kit.end(),
        kit.chain("started", "see", "decide", "done"),
        due='=setting("askDue")',
    )
    shown = kit.form("told", {"type": "text", "text": '{{setting("address")}}'})
    kit.deploy(database, cast.owner, shown, deployment.Resource("level.dmn", TABLE.encode()), drawn)
    told = {name: [(use.place, use.field) for use in each.uses] for name, each in known(database).items() if each.uses}
    assert told == {"askDue": [("", "due")], "address": [("see", "")], "answerDays": [("decide", "")]}
    assert str(known(database)["askDue"].words) == "Deadline of “流程 shown” as a whole"


@pytest.mark.both_databases
def test_of_many_who_save_at_the_same_moment_one_is_first_and_nobody_overwrites(
    company: databases.Database, cast: Cast
) -> None:
    def attempt(value: int) -> int | None:
        try:
            save(company, cast.owner, {"answerDays": value})
        except errors.Overtaken:
            return None
        return value

    with ThreadPoolExecutor(4) as pool:
        done = [value for value in pool.map(attempt, (11, 12, 13, 14)) if value is not None]
    assert done == [values(company)["answerDays"]]
    (event,) = kit.rows(company, models.OrganisationEvent, kind=own_values.EVENT)
    assert (event.data["before"], event.data["after"]) == (3, done[0])


ODD: list[Any] = [None, True, -1, 10**30, Decimal("NaN"), Decimal("Infinity"), float("nan"), "", "x" * 600, "P99999D", "9" * 9]
ODD += ["999999wd", [], [1], ["g"], [["g"]], [None], {"a": 1}, [{}], "\ud800", Decimal("0.5"), 3, "1wd"]


@pytest.mark.parametrize("kind", company_values.WRONG)
def test_whatever_a_value_is_it_is_judged_and_told(kind: str) -> None:
    company = organisation.Organisation("c", "c", "Asia/Shanghai", "cn", [], {}, {}, 1, {}, {}, {"g": ("p",)})
    for value in ODD:
        own = company_values.kind_of(value, (), company)
        assert own in company_values.WRONG and str(value_words.said(kind, value, company))
        assert company_values.fault(kind, value, company) is None or str(company_values.fault(kind, value, company))
