"""A case that saved a customer record shows what was filled into it to nobody more than the record itself would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select, update

from engine import errors
from engine.announcing import making
from engine.cases import history, incident_rows
from engine.cases.lines import cells
from engine.definitions import settings
from engine.people import actors
from engine.queries.api import api_reads, api_variables, case_history, search
from engine.queries.cases import instance_page
from engine.queries.paging import WantedPage
from engine.queries.records import register_list
from engine.reporting import answering, question
from engine.storage import database as databases
from engine.storage import keys, models
from engine.storage.vault import Vault
from engine.verbs.running import restarting
from engine.verbs.sharing import comments
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
SAVE = (
    '<zeebe:ioMapping><zeebe:input source="={name: customer, secrecy: &quot;绝密&quot;, content: {plan: plan, known_to: '
    '[&quot;部门负责人&quot;]}}" target="record"/></zeebe:ioMapping>'
)
SECRET = "明年并购对手"
RIGHTS = {"readers": ["主管领导"], "keepers": ["部门负责人", "客服专员"], "saved_by": ["filing"], "circle": "known_to"}


@pytest.fixture
def case(app: object, database: databases.Database, cast: Cast, now: datetime) -> int:
    """A case whose secret file is saved, 绝密 and known to 部门负责人 alone; a task of clerk2's is still open."""
    database.surroundings["vault"] = Vault("a secret of tests")
    company = models.Company
    with database.transaction() as session:
        version = company.organisation_version + 1
        values = {"settings": {"records": RIGHTS}, "organisation_version": version}
        session.execute(update(company).where(company.id == COMPANY).values(**values))
        for name in ("head", "manager"):
            session.execute(update(models.Person).where(models.Person.username == name).values(clearance="绝密"))
    form = kit.form("file", kit.text_field("customer"), kit.text_field("plan"))
    save, check = kit.service("save", "records.save", inputs=SAVE), kit.task("check", users="clerk2")
    steps = (kit.start(form="file"), save, check, kit.end(), kit.chain("started", "save", "check", "done"))
    register = [
        {"label": "计划", "value": "=plan"},
        {"label": "金额", "value": "=number(string length(plan))", "type": "number"},
    ]
    seen_by = {"managers": ["主管领导", "部门负责人"], "visible_to": ["客服专员"], "register": register}
    kit.deploy(database, cast.owner, form, kit.diagram("filing", *steps, **seen_by))
    return kit.begin(database, cast.clerk, "filing", {"customer": "青禾置业", "plan": SECRET}, now=now)


@pytest.mark.parametrize("name", ["manager", "owner"])
def test_who_may_not_read_the_record_reads_it_in_no_case_either(
    signed_in: SignedIn, case: int, database: databases.Database, now: datetime, name: str
) -> None:
    someone = signed_in(name)
    page = someone.get(f"/cases/{case}")
    assert SECRET not in page.text and "只向可查阅该档案的人显示" in page.words("main")
    assert SECRET not in someone.get(f"/cases/{case}/story").text
    for path in (f"/cases/{case}/value?name=plan", f"/status/operations/cases/{case}/set_variable?name=plan"):
        assert SECRET not in someone.client.get(path).text
    with database.reading(COMPANY) as session:
        by, instance = actors.load(session, COMPANY, name), session.get_one(models.ProcessInstance, case)
        assert api_variables.variables_of(session, by, instance, now=now) == []


def test_whoever_may_see_the_case_reads_what_the_record_does_not_keep_secret_from_him(
    signed_in: SignedIn, case: int, database: databases.Database
) -> None:
    """A manager of the process sees no catalogue; the level alone decides, as nobody is named who may know the record."""
    closed = signed_in("owner").get(f"/cases/{case}").words("main")
    assert SECRET not in closed
    with database.transaction() as session:
        company = models.Company
        open_to_all = {"records": {**RIGHTS, "circle": ""}}
        version = company.organisation_version + 1
        session.execute(update(company).where(company.id == COMPANY).values(settings=open_to_all, organisation_version=version))
        session.execute(update(models.Person).where(models.Person.username == "owner").values(clearance="绝密"))
    assert SECRET in signed_in("owner").get(f"/cases/{case}").text
    signed_in("owner").get("/records", status=403)


@pytest.mark.parametrize("name", ["head", "clerk2"])
def test_the_circle_and_who_has_the_task_read_the_case(
    signed_in: SignedIn, case: int, database: databases.Database, now: datetime, name: str
) -> None:
    assert SECRET in signed_in(name).get(f"/cases/{case}").text
    with database.reading(COMPANY) as session:
        by, instance = actors.load(session, COMPANY, name), session.get_one(models.ProcessInstance, case)
        assert SECRET in str(api_variables.variables_of(session, by, instance, now=now))


def test_what_a_person_wrote_or_decided_upon_himself_stays_his_to_read_and_nothing_else(
    signed_in: SignedIn, case: int, database: databases.Database, cast: Cast, now: datetime
) -> None:
    """clerk began it, clerk2 does the step and is then outside: each reads his own words on page, paper, API and in the history."""
    with database.transaction(COMPANY) as session:
        comments.add(session, cast.clerk2, case, f"旁注{SECRET}", now=now)
    kit.complete(database, cast.clerk2, case, "check", opinion="同意入档")
    clerk, clerk2 = signed_in("clerk"), signed_in("clerk2")
    page = clerk.get(f"/cases/{case}")
    assert SECRET in page.words(".known") and "您本人" in page.words("main")
    assert "同意入档" not in page.text and f"旁注{SECRET}" not in page.text
    other = clerk2.get(f"/cases/{case}")
    assert "同意入档" in other.text and f"旁注{SECRET}" in other.text and not other.tree.xpath("//*[@class='known-step']")
    assert SECRET in clerk.get(f"/cases/{case}/value?name=plan").text
    assert SECRET not in clerk2.client.get(f"/cases/{case}/value?name=plan").text
    for name, is_told in (("clerk", True), ("clerk2", False), ("manager", False)):
        with database.reading(COMPANY) as session:
            by, instance = actors.load(session, COMPANY, name), session.get_one(models.ProcessInstance, case)
            assert (SECRET in str(api_variables.variables_of(session, by, instance, now=now))) is is_told
            shown = instance_page.instance_page(session, by, case, now=now)  # of which papers are made too
            assert (SECRET in str(shown.answers)) is is_told
    assert SECRET not in clerk.client.get("/registers/filing").text  # what a process made of it is not his


def test_what_no_record_holds_yet_stays_as_it_is(
    signed_in: SignedIn, case: int, database: databases.Database, cast: Cast
) -> None:
    with database.transaction() as session:
        session.execute(update(models.RecordVersion).values(instance_key=None))
    assert SECRET in signed_in("clerk").get(f"/cases/{case}").text


def test_a_case_opened_again_from_a_closed_one_is_closed_too(
    signed_in: SignedIn, case: int, database: databases.Database, cast: Cast, now: datetime
) -> None:
    kit.complete(database, cast.clerk2, case, "check")
    with database.transaction(COMPANY) as session:
        again = restarting.reopen(session, actors.load(session, COMPANY, "head"), case, "再核一次", now=now).key
    assert SECRET not in signed_in("manager").get(f"/cases/{again}").text
    assert SECRET in signed_in("head").get(f"/cases/{again}").text


def _stop(database: databases.Database, case: int) -> None:
    """The case stops, and the words of that quote what was filled in."""
    with database.transaction(COMPANY) as session:
        instance = session.get_one(models.ProcessInstance, case)
        refusal = errors.Refusal("It failed: %(detail)s", detail=SECRET)
        incident_rows.add(
            session, COMPANY, "job", refusal, now=kit.NOW, instance=instance, element_id="check", element_name="check"
        )
        history.flush(session)


def test_what_a_stopped_case_quotes_is_told_to_nobody_else_on_pages_by_the_api_and_in_notices(
    signed_in: SignedIn, case: int, database: databases.Database, now: datetime
) -> None:
    _stop(database, case)
    places = (
        "/status/incidents",
        "/status/incidents?process=filing",
        "/status/operations/causes",
        "/status/today",
        f"/cases/{case}",
    )
    for name, is_told in (("manager", False), ("head", True)):
        someone = signed_in(name)
        pages = {path: someone.client.get(path).text for path in places}
        assert [path for path, text in pages.items() if SECRET in text and not is_told] == []
        assert SECRET in pages["/status/incidents"] or not is_told
        with database.reading(COMPANY) as session:
            by = actors.load(session, COMPANY, name)
            found = api_reads.incidents(session, by, search.Query(), now=now).rows
            assert [SECRET in str(each.values) for each in found] == [is_told]
    while making.make_due(database, now=now):
        pass
    told = {row.username: SECRET in f"{row.subject} {row.body} {row.facts}" for row in kit.rows(database, models.Notice)}
    assert told["head"] and not told["manager"]
    left = {row.username: SECRET in str(row.facts) for row in kit.rows(database, models.Outgoing)}
    assert left.get("head", True) and not left.get("manager", False)


def test_opinions_and_reasons_of_a_closed_case_are_read_by_nobody_else(
    signed_in: SignedIn, case: int, database: databases.Database, cast: Cast, now: datetime
) -> None:
    with database.transaction(COMPANY) as session:
        comments.add(session, cast.clerk, case, f"附言{SECRET}", now=now)
    kit.complete(database, cast.clerk2, case, "check", opinion=f"同意{SECRET}")
    for name, is_told in (("manager", False), ("owner", False), ("head", True)):
        someone = signed_in(name)
        assert (SECRET in someone.client.get(f"/cases/{case}").text) is is_told
        assert is_told or SECRET not in someone.client.get(f"/cases/{case}/story").text
        with database.reading(COMPANY) as session:
            by = actors.load(session, COMPANY, name)
            entries = case_history.history(session, by, case, WantedPage(), now=now).rows
            assert (SECRET in str(entries)) is is_told


def test_titles_and_searches_of_lists_tell_outsiders_its_process_and_number_alone(
    signed_in: SignedIn, case: int, database: databases.Database, cast: Cast, now: datetime
) -> None:
    """Here the title is what a clerk typed; lists of cases and tasks, today, incidents, the register and copies are asked."""
    with database.transaction(COMPANY) as session:
        row = models.ProcessInstance
        found_by = {"title": f"立档 {SECRET}", "words": row.number + f"\n立档 {SECRET}"}
        session.execute(update(row).where(row.key == case).values(summary=[{"label": "计划", "value": SECRET}], **found_by))
        number = session.get_one(row, case).number
        step = session.execute(select(models.UserTask.name).where(models.UserTask.instance_key == case)).scalars().first()
        copy = {"company_id": COMPANY, "instance_key": case, "username": "manager", "sent_by": "clerk", "sent_at": now}
        session.add(models.CarbonCopy(key=keys.new(), note="", **copy))
    _stop(database, case)
    places = ["/status/cases", "/status/tasks", "/status/today", "/status/incidents", "/registers/filing", f"/cases/{case}"]
    outsider, insider = signed_in("manager"), signed_in("head")
    for place in (*places, "/inbox/copies"):
        text = outsider.client.get(place).text
        assert SECRET not in text and number in text, place
        assert SECRET in insider.client.get(place).text or place == "/inbox/copies"
    for place in ("/status/cases", "/status/tasks", "/status/incidents", "/registers/filing", "/inbox/copies"):
        assert number not in outsider.get(f"{place}?q={SECRET}").words("main"), place
    assert number in outsider.get(f"/status/cases?q={number}").words("main")
    assert number in outsider.get(f"/status/tasks?q={step}").words("main")
    assert number not in outsider.get(f"/status/tasks?q={step} {SECRET}").words("main")
    assert number in insider.get(f"/status/cases?q={SECRET}").words("main")


def test_columns_of_its_register_and_figures_made_of_them_are_no_way_around(
    signed_in: SignedIn, case: int, database: databases.Database, now: datetime
) -> None:
    column = cells.column_id(settings.Column("计划", "=plan"))
    for name, is_told in (("manager", False), ("head", True)):
        someone = signed_in(name)
        assert (SECRET in someone.client.get("/registers/filing").text) is is_told
        with database.reading(COMPANY) as session:
            by = actors.load(session, COMPANY, name)
            narrowed = register_list.RegisterFilters(search=SECRET)
            listed = register_list.register(session, by, "filing", narrowed, WantedPage(), now=now)
            assert (listed.count, bool(listed.totals[1])) == ((1, True) if is_told else (0, False))
            whole = register_list.register(session, by, "filing", register_list.RegisterFilters(), WantedPage(), now=now)
            assert whole.count == 1 and bool(register_list.values(session, by, whole, column, now=now)) is is_told
            _head, lines = register_list.stream(session, by, "filing", register_list.RegisterFilters(), now=now)
            assert (SECRET in str(list(lines))) is is_told
            asked = question.read(
                {"of": "cases", "processes": ["filing"], "group": ["field:计划"], "measures": ["count", "sum:金额"]}
            )
            given = answering.answer(answering.asking(session, by, asked, now=now))
            assert (SECRET in str(given.lines)) is is_told and bool(given.total[1]) is is_told
