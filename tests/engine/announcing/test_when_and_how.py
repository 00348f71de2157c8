"""When notices leave and in what words: at once, daily, never, quiet hours, languages, secrecy, the company's own words."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine import errors
from engine.announcing import configuring, settings, timing, wording
from engine.announcing.kinds import KINDS, PLACES, NoticeWords
from engine.announcing.timing import ReachChoice
from engine.basics.sayings import LANGUAGES
from engine.calendar.working import Calendar
from engine.cases import notices
from engine.people import organisation
from engine.storage import database as databases
from engine.verbs.approvals import deputies
from tests import smtp_server
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
def calendar(here: databases.Database, people: Cast) -> Calendar:
    with here.reading() as session:
        return Calendar.of(session, organisation.current(session, "acme"))


@pytest.mark.parametrize(
    ("choice", "now", "due"),
    [
        (ReachChoice({"new_work": "at_once"}), local(2, 9), local(2, 9)),
        (ReachChoice({"new_work": "daily"}), local(2, 8), local(2, 8, 30)),
        (ReachChoice({"new_work": "daily"}), local(2, 9), local(3, 8, 30)),
        (ReachChoice({"new_work": "daily"}), local(6, 9), local(9, 8, 30)),  # Friday to Monday
        (ReachChoice({"new_work": "daily"}), local(13, 20, month=2), local(14, 8, 30, month=2)),  # a make-up workday
        (ReachChoice({"new_work": "daily"}), local(14, 20, month=2), local(24, 8, 30, month=2)),  # Spring Festival
        (ReachChoice({"new_work": "never"}), local(2, 9), None),
        (ReachChoice({}, time(22), time(7)), local(2, 23), local(3, 7)),
        (ReachChoice({}, time(22), time(7)), local(3, 6, 59), local(3, 7)),
        (ReachChoice({}, time(22), time(7)), local(3, 7), local(3, 7)),
        (ReachChoice({}, time(12), time(13)), local(3, 12, 30), local(3, 13)),
        (ReachChoice({"new_work": "daily"}, time(8), time(9)), local(2, 7), local(2, 9)),
    ],
)
def test_a_notice_leaves_when_the_person_wants_it(
    calendar: Calendar, choice: ReachChoice, now: datetime, due: datetime | None
) -> None:
    assert timing.due_at(settings.read({}), choice, "new_work", calendar, now) == due


@pytest.mark.parametrize(
    ("company", "chosen", "is_obligatory", "quiet", "now", "due"),
    [
        ("daily", "never", False, (time(8), time(9)), local(2, 7), None),
        ("daily", "never", True, (time(8), time(9)), local(2, 7), local(2, 9)),
        ("never", "never", True, (time(22), time(7)), local(2, 23), local(3, 7)),
        ("never", "daily", False, (time(8), time(9)), local(2, 7), local(2, 9)),
        ("at_once", "daily", True, (time(22), time(7)), local(2, 23), local(3, 8, 30)),
        ("daily", "at_once", True, (time(22), time(7)), local(6, 23), local(7, 7)),  # quiet hours end on Saturdays, too
        ("never", "", False, (time(22), time(7)), local(2, 12), None),
    ],
)
def test_never_daily_obligatory_and_quiet_hours_go_together(
    calendar: Calendar,
    company: str,
    chosen: str,
    is_obligatory: bool,
    quiet: tuple[time, time],
    now: datetime,
    due: datetime | None,
) -> None:
    rules = settings.read({"notices": {"how": {"new_work": company}, "obligatory": ["new_work"] if is_obligatory else []}})
    choice = ReachChoice({"new_work": chosen} if chosen else {}, *quiet)
    assert timing.due_at(rules, choice, "new_work", calendar, now) == due


def test_what_the_company_makes_obligatory_nobody_switches_off(here: databases.Database, people: Cast) -> None:
    world.rules(here, people, obligatory=["new_work"])
    with here.transaction("acme") as session:
        with pytest.raises(errors.Invalid) as refused:
            configuring.choose(session, people.head, {"new_work": "never"}, "", "", now=kit.NOW)
        assert set(refused.value.fields or {}) == {"new_work"}
        configuring.choose(session, people.head, {"new_work": "daily", "copied": "never"}, "22:00", "07:00", now=kit.NOW)
    own = settings.read({"notices": {"obligatory": ["copied"]}})
    assert timing.how(own, ReachChoice({"copied": "never"}), "copied") == "daily"  # chosen before it was made obligatory


def test_a_days_notices_come_as_one_letter_in_the_morning(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    world.mail(here, post.port)
    with here.transaction("acme") as session:
        configuring.choose(session, people.head, {"new_work": "daily"}, "", "", now=kit.NOW)
    steps = kit.start() + kit.task("审核", assignee="head") + kit.end()
    kit.deploy(here, people.owner, kit.diagram("p", steps, kit.chain("started", "审核", "done")))
    keys = [kit.begin(here, people.clerk, "p") for _ in range(3)]
    world.go(here)
    assert post.letters == []
    kit.complete(here, people.head, keys[0], "审核")
    world.go(here, kit.NOW + timedelta(days=1))
    to_head = [each for each in post.letters if "head" in each["To"]]
    (letter,) = to_head
    assert letter["Subject"] == "2条通知：“新待办：审核 · 流程 p”等" and letter["Date"].endswith("+0800")
    assert "20260302-0002" in letter.get_content() and "20260302-0003" in letter.get_content()  # which is which
    assert letter.get_content().count("https://banjie.example/tasks/") == 2  # what was done by then is not told


def test_what_waits_follows_who_changes_his_mind_and_the_company_s_hour(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    def choose(how: str, quiet_from: str = "", quiet_until: str = "") -> None:
        with here.transaction("acme") as session:
            configuring.choose(session, people.head, {"new_work": how}, quiet_from, quiet_until, now=kit.NOW)

    def waits() -> list[tuple[str, datetime]]:
        return [(each.state, each.due_at) for each in world.outgoing(here, username="head")]

    world.mail(here, post.port, kinds=("new_work",))
    choose("at_once", "00:00", "23:59")
    steps = kit.start() + kit.task("审核", assignee="head") + kit.end()
    kit.deploy(here, people.owner, kit.diagram("p", steps, kit.chain("started", "审核", "done")))
    kit.begin(here, people.clerk, "p")
    world.go(here)
    [(state, due)] = waits()
    assert state == "waiting" and due > kit.NOW
    choose("daily")
    [(_state, daily)] = waits()
    world.rules(here, people, digest_at="17:59")
    assert waits() != [("waiting", daily)] and post.letters == []
    choose("at_once")
    world.go(here)
    assert len(post.letters) == 1
    choose("daily")
    assert [each.state for each in world.outgoing(here, username="head")] == ["sent"], "what has left stays as it is"


def test_a_letter_to_a_deputy_says_whom_he_stands_in_for(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    with here.transaction("acme") as session:
        later = kit.NOW + timedelta(days=2)
        deputies.set_up(session, people.head, "manager", begins_at=kit.NOW, ends_at=later, now=kit.NOW)
    world.mail(here, post.port, kinds=("new_work",))
    steps = kit.start() + kit.task("审核", assignee="head") + kit.end()
    kit.deploy(here, people.owner, kit.diagram("p", steps, kit.chain("started", "审核", "done")))
    kit.begin(here, people.clerk, "p")
    world.go(here)
    told = {str(each["To"]).split("@")[0].split("<")[-1]: str(each["Subject"]) for each in post.letters}
    assert "代何负责" in told["manager"] and "代" not in told["head"]


def test_a_notice_of_no_case_says_nothing_of_one(here: databases.Database, people: Cast, post: smtp_server.Mailroom) -> None:
    world.mail(here, post.port)
    with here.transaction("acme") as session:
        company = organisation.current(session, "acme")
        notices.send(session, company, ["head"], "明天盘点", "请带上钥匙。", now=kit.NOW)
        begins = kit.NOW + timedelta(hours=1)
        deputies.set_up(session, people.manager, "clerk2", begins_at=begins, ends_at=begins + timedelta(days=3), now=kit.NOW)
    world.go(here)
    told, deputy = sorted(post.letters, key=lambda each: "head" not in str(each["To"]))
    assert told["Subject"] == "明天盘点"
    assert told.get_content().split() == [
        "何负责，您好：",
        "明天盘点",
        "请带上钥匙。",
        "打开：https://banjie.example/notices",
        "样例公司",
    ]
    assert "（）" not in deputy.get_content() and deputy["Subject"] == "请您代理：毛经理"
    assert deputy.get_content().count("毛经理") == 1 and "期间由您代理办理全部待办" in deputy.get_content()


def test_a_line_of_a_case_is_left_out_where_there_is_none_unless_it_says_all() -> None:
    given = dict.fromkeys(PLACES, "") | {"title": "明天盘点", "said": "请带钥匙", "company": "样例公司"}
    assert (
        wording.filled(NoticeWords("{title}", "单据：{title}（{number}）\n{said}\n{company}"), given).body
        == "请带钥匙\n样例公司"
    )
    assert (
        wording.filled(NoticeWords("{title}", "请看：{title} {number}\n{company}"), given).body == "请看：明天盘点 \n样例公司"
    )


def test_a_secret_title_stays_inside(here: databases.Database, people: Cast, post: smtp_server.Mailroom) -> None:
    world.mail(here, post.port)
    steps = kit.start() + kit.task("审核", users="head,manager") + kit.end()
    flows = kit.chain("started", "审核", "done")
    kit.deploy(here, people.owner, kit.diagram("p", steps, flows, secrecy="机密", title_of_case='="收购" + "大洋公司"'))
    kit.begin(here, people.clerk, "p")
    world.go(here)
    assert len(post.letters) == 2
    for letter in post.letters:
        assert "收购" not in letter["Subject"] + letter.get_content()
        assert "（涉密，请登录查看）" in letter["Subject"]
    world.rules(here, people, titles_up_to="机密")
    kit.begin(here, people.clerk, "p")
    world.go(here)
    assert all("收购" not in letter["Subject"] for letter in post.letters)  # nobody here is cleared for it


def test_numbers_of_people_are_covered_and_a_title_cannot_forge_a_header(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    world.mail(here, post.port)
    steps = kit.start(form="f") + kit.task("审核", assignee="head") + kit.end()
    flows = kit.chain("started", "审核", "done")
    process = kit.diagram("p", steps, flows, title_of_case="=subject")
    kit.deploy(here, people.owner, kit.form("f", kit.text_field("subject")), process)
    kit.begin(here, people.clerk, "p", {"subject": "请联系 13912345678 {link} Bcc: a@b.example"})
    world.go(here)
    (letter,) = post.letters
    assert "13912345678" not in letter["Subject"] + letter.get_content()
    assert letter["Bcc"] is None
    assert "{link}" in letter["Subject"]  # what people typed is no template


def test_the_companys_own_words_replace_ours_in_their_language(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    world.mail(here, post.port)
    with here.transaction("acme") as session:
        by = world.today(session, "owner")
        configuring.save_words(
            session, by, "zh_Hans", "new_work", NoticeWords("请办：{title}", "{name}：\n{said}\n{link}"), now=kit.NOW
        )
    steps = kit.start() + kit.task("审核", assignee="head") + kit.end()
    kit.deploy(here, people.owner, kit.diagram("p", steps, kit.chain("started", "审核", "done")))
    key = kit.begin(here, people.clerk, "p")
    world.go(here)
    (letter,) = post.letters
    assert letter["Subject"] == "请办：流程 p"
    link = f"https://banjie.example/tasks/{kit.open_task(here, key, '审核')}"
    assert letter.get_content().splitlines() == ["何负责：", link]  # a line without anything in it is left out


@pytest.mark.parametrize(
    ("subject", "body", "field"),
    [
        ("", "x", "subject"),
        ("{titel}", "x", "subject"),
        ("a\nb", "x", "subject"),
        ("x", "{title:>99999999}", "body"),
        ("x", "{title!r}", "body"),
        ("x", "{name.__class__}", "body"),
        ("x", "{", "body"),
        ("x", "x" * 4001, "body"),
    ],
)
def test_words_that_cannot_be_filled_in_are_refused_at_their_field(subject: str, body: str, field: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        configuring.check_words(NoticeWords(subject, body))
    assert set(refused.value.fields or {}) == {field}


@pytest.mark.parametrize(
    "table",
    [
        {"adress": "https://x"},
        {"address": "javascript:alert(1)"},
        {"digest_at": "25:00"},
        {"titles_up_to": "内部的"},
        {"how": {"new_wrok": "daily"}},
        {"how": {"new_work": "weekly"}},
        {"obligatory": ["newwork"]},
        {"templates": {"fr": {}}},
        {"templates": {"en": {"new_work": {"subject": "x"}}}},
        {"templates": {"en": {"new_work": {"subject": "{x}", "body": "x"}}}},
    ],
)
def test_a_wrong_table_of_a_company_file_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(errors.Invalid):
        settings.check({"notices": table})


def test_every_kind_has_words_in_both_languages_that_hold_only_known_names() -> None:
    for kind in KINDS.values():
        assert set(kind.words) == set(LANGUAGES)
        for words in kind.words.values():
            configuring.check_words(words)
            filled = wording.filled(words, dict.fromkeys(PLACES, "x"))
            assert "{" not in filled.subject + filled.body


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("", True),
        ("https://banjie.example.com", True),
        ("http://10.0.0.5:8080/banjie/", True),
        ("https://[::1]:8443", True),
        ("http://a b/", False),
        ("https://user:pw@evil.example/", False),
        ("http://127.0.0.1:8681/?next=", False),
        ("https://banjie.example/#x", False),
        ("ftp://banjie.example", False),
        ("https://", False),
    ],
)
def test_links_begin_with_an_address_and_nothing_else(address: str, is_one: bool) -> None:
    assert settings.is_address(address) is is_one
