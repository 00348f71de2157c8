"""What diagrams may ask in FEEL about people, time and records."""

import shutil
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from engine import feel
from engine.cases import look_ups as functions
from engine.people import actors, organisation, resolve
from engine.storage import database as databases
from engine.storage import keys, models
from engine.storage.models import loads
from tests import cast as casting
from tests import sample_case

SHANGHAI = ZoneInfo("Asia/Shanghai")


def asking(database, now):
    """Evaluates a FEEL text with the functions of company acme."""

    def evaluate(text: str, instance=None, **context):
        with database.reading("acme") as session:
            company = organisation.current(session, "acme")
            look_ups = functions.seen_from(session, company, instance, now=now)
            return feel.to_json(feel.evaluate(text, context, functions=look_ups, now=now))

    return evaluate


@pytest.fixture
def ask(database, cast, now):
    """Asks on each of the databases."""
    return asking(database, now)


@pytest.fixture(scope="module")
def company(sqlite_template, tmp_path_factory):
    """The cast once for all questions that only read."""
    path = tmp_path_factory.mktemp("functions") / "test.db"
    shutil.copy(sqlite_template, path)
    opened = databases.open(f"sqlite:///{path}")
    casting.assemble(opened)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('head of("service")', "head"),
        ('head of("客服部")', "head"),
        ('head of("works")', None),
        ('head of("nothing")', None),
        ("head of(null)", None),
        ('manager of("clerk")', "head"),
        ('manager of("clerk", 2)', "manager"),
        ('manager of("manager")', None),
        ('managers of("clerk")', ["head", "manager"]),
        ('managers of("clerk", 1)', ["head"]),
        ('members of("客服专员")', ["clerk", "clerk2"]),
        ('members of("客服部")', ["clerk", "clerk2", "head"]),
        ('members of("没有")', []),
        ('department of("clerk")', "service"),
        ('department of("nobody")', None),
        ('except(members of("客服专员"), "clerk")', ["clerk2"]),
        ('except(members of("客服专员"), ["clerk", "clerk2"])', []),
        ("except(null, null)", []),
        ('name of("clerk")', "陈办事"),
        ('name of(["clerk", "head"])', ["陈办事", "何负责"]),
        ('name of("gone")', "gone"),
        ("name of(null)", None),
        ('department name of("service")', "客服部"),
        ('handler of("any")', None),
        (
            'person options(members of("客服专员"))',
            [{"label": "陈办事", "value": "clerk"}, {"label": "程办事", "value": "clerk2"}],
        ),
        ("count(person options())", 6),
        ("department options()[1].value", "office"),
        ("record options()", []),
        ('record("12")', None),
        ('record("x")', None),
        ("record(null)", None),
        ('working days after(date("2026-02-12"), 5)', "2026-02-26"),
        ('working days after(@"2026-03-02", -1)', "2026-02-28"),
        ('is working day(date("2026-10-10"))', True),
        ('is working day(@"2026-10-07")', False),
        ("is working day(null)", None),
        ('working days between(@"2026-03-02", @"2026-03-09")', 5),
        ("working days between(null, null)", None),
        ("working days after(null, 1)", None),
    ],
)
def test_a_function_answers(company, now, text: str, value: object) -> None:
    assert asking(company, now)(text) == value


@pytest.mark.parametrize("name", functions.NAMES)
def test_a_function_is_read_as_one_name_where_a_diagram_calls_it(name: str) -> None:
    assert feel.compile(f"max(0, {name}(today(), promisedBy))").names - {name} == {"promisedBy"}


def test_a_setting_is_the_companys_own(company, now) -> None:
    with company.transaction() as session:
        session.execute(update(models.Company).where(models.Company.id == "acme").values(settings={"firstContactHours": 2}))
        organisation.changed(session, "acme")
    ask = asking(company, now)
    assert ask('setting("firstContactHours") * 2') == 4
    assert ask('setting("nothing")') is None and ask("setting(null)") is None


def test_working_hours_after_a_moment(company, now) -> None:
    ask = asking(company, now)
    found = ask('working hours after(date and time("2026-03-06T16:00:00@Asia/Shanghai"), 4)')
    assert datetime.fromisoformat(found.partition("@")[0]).replace(tzinfo=SHANGHAI) == datetime(2026, 3, 9, 11, tzinfo=SHANGHAI)
    assert ask("working hours after(null, 4)") is None


def test_arguments_of_another_kind_are_answered_with_null_or_a_refusal_of_ours(company, now) -> None:
    ask = asking(company, now)
    for text in (
        'working days after(@"2026-03-02", 1.5)',
        'working hours after("x", 1)',
        "is working day(5)",
        "except(5, 5)",
        "head of(5)",
        "manager of([1])",
        "members of({a: 1})",
        'manager of("clerk", "x")',
        "handler of(true)",
    ):
        ask(text)


@pytest.fixture
def instance(database, cast, now) -> models.ProcessInstance:
    """A case with a called case below it; the task `check` was completed twice above and once below."""
    with database.transaction("acme") as session:
        deployment = models.Deployment(company_id="acme", deployed_at=now, deployed_by=None)
        session.add(deployment)
        session.flush()
        definition = models.ProcessDefinition(
            company_id="acme",
            deployment_key=deployment.key,
            process_id="p",
            version=1,
            name="P",
            resource_name="p.bpmn",
            xml=b"",
            digest="",
            deployed_at=now,
        )
        session.add(definition)
        session.flush()
        root = keys.new()
        made = [_instance(definition, root, root, now), _instance(definition, keys.new(), root, now)]
        session.add_all(made)
        session.flush()
        for number, (owner, who) in enumerate([(0, "clerk"), (0, "clerk2"), (1, "head")]):
            done = models.UserTask(
                company_id="acme",
                instance_key=made[owner].key,
                definition_key=definition.key,
                process_id="p",
                element_id="check",
                name="核查",
                token=str(number),
                state="completed",
                created_at=now,
                completed_at=now + timedelta(hours=number),
                completed_by=who,
            )
            session.add(done)
            session.flush()
            session.add(sample_case.part(done, who))
    return made[0]


def _instance(definition, key: int, root: int, now) -> models.ProcessInstance:
    return models.ProcessInstance(
        key=key,
        company_id="acme",
        definition_key=definition.key,
        process_id="p",
        version=1,
        process_name="P",
        number=str(key),
        title="",
        started_at=now,
        root_key=root,
        initiator="clerk",
    )


def test_the_handler_is_who_did_the_task_last_in_this_case(ask, instance) -> None:
    assert ask('handler of("check")', instance=instance) == "clerk2"
    assert ask('handler of("other")', instance=instance) is None


def test_what_was_asked_for_becomes_the_reason_of_the_resolution(database, cast, now, instance) -> None:
    with database.reading("acme") as session:
        company = organisation.current(session, "acme")
        look_ups = functions.seen_from(session, company, instance, now=now)
        users = feel.evaluate('except(members of("客服专员"), initiator)', {"initiator": "clerk"}, functions=look_ups, now=now)
        found = resolve.resolve(company, users=users, trace=look_ups.trace)
    assert found.usernames == ("clerk2",)
    assert loads(found.reason) == {"code": "members_of", "values": {"group": "客服专员"}}


def test_whoever_is_asked_for_to_be_left_out_is_not_the_reason(database, cast, now, instance) -> None:
    with database.reading("acme") as session:
        company = organisation.current(session, "acme")
        look_ups = functions.seen_from(session, company, instance, now=now)
        users = feel.evaluate('except(members of("客服专员"), [handler of("check")])', {}, functions=look_ups, now=now)
        found = resolve.resolve(company, users=users, trace=look_ups.trace)
    assert found.usernames == ("clerk",)
    assert loads(found.reason) == {"code": "members_of", "values": {"group": "客服专员"}}


def test_the_person_in_front_of_a_form_is_told_and_nobody_where_there_is_none(database, cast, now) -> None:
    with database.reading("acme") as session:
        company = organisation.current(session, "acme")
        for by, told in ((cast.clerk, "clerk"), (actors.SYSTEM("acme"), None), (None, None)):
            look_ups = functions.seen_from(session, company, None, now=now, by=by)
            assert feel.evaluate("current person()", {}, functions=look_ups, now=now) == told


def test_every_function_of_the_list_is_there(database, cast, now) -> None:
    with database.reading("acme") as session:
        look_ups = functions.seen_from(session, organisation.current(session, "acme"), None, now=now)
    assert set(look_ups) == set(functions.NAMES)


def test_the_date_of_a_moment_is_the_companys(company, now) -> None:
    ask = asking(company, now)
    assert ask("is working day(m)", m=datetime(2026, 3, 6, 23, 0, tzinfo=ZoneInfo("UTC"))) is False  # Saturday in Shanghai
    assert ask("is working day(d)", d=date(2026, 3, 6)) is True
