"""Every kind of notice on every way, and in the page, each in the language that it is read in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from engine.announcing.kinds import AT_ONCE, KINDS
from engine.background.worker import Worker
from engine.basics import sayings
from engine.basics.sayings import LANGUAGES
from engine.deadlines import suspending
from engine.people import actors, preferences
from engine.queries import paging
from engine.queries.inbox import notices
from engine.storage import database as databases
from engine.storage.models import Consultation, Notice, UserTask
from engine.verbs.approvals import consulting, deputies
from engine.verbs.approvals.back import returns
from engine.verbs.sharing import comments, copies, following, urging
from tests import smtp_server
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world

DAY = timedelta(days=1)
SUBJECTS = {
    "new_work": ("新待办：a", "New task: a"),
    "offered": ("可领取的待办：b", "Offered task: b"),
    "due_soon": ("即将到期：a", "Due soon: a"),
    "overdue": ("已超期：a", "Overdue: a"),
    "returned": ("退回修改：a", "Returned: a"),
    "urged": ("催办：", "Please hurry: "),
    "copied": ("抄送：", "Copy: "),
    "mentioned": ("评论中提到您：", "You were mentioned: "),
    "asked": ("征询意见：", "A view asked for: "),
    "answered": ("已答复征询：", "Your question is answered: "),
    "result": ("结果：", "Result: "),
    "deputy": ("代理已开始：", "Standing in has begun: "),
    "incident": ("异常：", "Incident: "),
    "followed": ("关注的单据有进展：", "News of a case you follow: "),
    "told": ("已挂起：", "Held up: "),
}
IN_PAGE = {  # what the page says of it; new work and what is offered stand in the inbox
    "due_soon": ("即将到期：a", "Due soon: a"),
    "overdue": ("已超期：a", "Overdue: a"),
    "returned": ("被退回：a", "Sent back to you: a"),
    "urged": ("催办：", "Please hurry: "),
    "copied": ("抄送：", "A copy for you: "),
    "mentioned": ("Chen在单据中提到您：", "Chen mentioned you: "),
    "asked": ("征询意见：", "Asked for your view: "),
    "answered": ("已答复征询：", "Your question is answered: "),
    "result": ("已办结：", "Concluded: "),
    "deputy": ("代理已开始：", "Standing in has begun: "),
    "incident": ("异常：", "Incident: "),
    "followed": ("关注的单据有进展：", "News of a case you follow: "),
    "told": ("已挂起：", "Held up: "),
}


class Story:
    """A company where everything happens once; whatever is data in it is written in plain letters."""

    def __init__(self, database: databases.Database, cast: Cast) -> None:
        self.database, self.cast, self.now = database, world.reloaded(database, cast), kit.NOW
        approve = {"kind": "approve", "return": "any"}
        first = kit.task("a", assignee="clerk", due="4d", warn="2d", escalate="group:主管领导")
        steps = kit.start() + first + kit.task("b", groups="客服专员,部门负责人", **approve) + kit.end()
        settings = {"title_of_case": '="Purchase"', "managers": ["主管领导"]}
        kit.deploy(database, cast.owner, kit.diagram("p", steps, kit.chain("started", "a", "b", "done"), **settings))
        broken = kit.start() + kit.call("s", "nowhere") + kit.end()
        kit.deploy(database, cast.owner, kit.diagram("q", broken, kit.chain("started", "s", "done"), **settings))
        self.key = kit.begin(database, cast.manager, "p", now=self.now)

    def do(self, verb: Callable[..., object], by: actors.Actor, *given: object, **more: object) -> None:
        with self.database.transaction("acme") as session:
            verb(session, by, *given, **more, now=self.now)

    def work(self, at: datetime) -> None:
        self.now = at
        Worker(self.database, lambda: at).run_once()

    def task(self, step: str) -> int:
        return kit.open_task(self.database, self.key, step)

    def deputy(self) -> None:
        begins = self.now + timedelta(hours=1)
        self.do(deputies.set_up, self.cast.owner, "outsider", begins_at=begins, ends_at=begins + 30 * DAY)
        self.work(begins)

    def followed(self) -> None:
        self.do(following.follow, self.cast.owner, self.key)
        self.do(comments.add, self.cast.clerk, self.key, "Look")

    def answered(self) -> None:
        (question,) = kit.rows(self.database, Consultation)
        self.do(consulting.answer, self.cast.owner, question.key, "So")

    def told(self) -> None:
        self.do(suspending.suspend, self.cast.manager, self.key, "Wait")
        self.do(suspending.resume, self.cast.manager, self.key, "Go on")

    def due(self, moment: str) -> None:
        (row,) = [each for each in kit.rows(self.database, UserTask, element_id="a") if each.state == "open"]
        self.work(getattr(row, moment))

    def happen(self, kind: str) -> None:
        """Makes it that people have to be told of that."""
        cast, task = self.cast, self.task
        {
            "new_work": lambda: None,
            "urged": lambda: self.do(urging.urge, cast.manager, self.key, "Quick"),
            "copied": lambda: self.do(copies.copy_to, cast.clerk, self.key, ["clerk2"], "See"),
            "mentioned": lambda: self.do(comments.add, cast.clerk, self.key, "Look", mentioned=["head"]),
            "asked": lambda: self.do(consulting.consult, cast.clerk, task("a"), ["owner"], "How"),
            "answered": self.answered,
            "told": self.told,
            "followed": self.followed,
            "deputy": self.deputy,
            "offered": lambda: kit.complete(self.database, cast.clerk, self.key, "a", now=self.now),
            "returned": lambda: self.do(returns.return_task, cast.head, task("b"), "a", "No"),
            "due_soon": lambda: self.due("warn_at"),
            "overdue": lambda: self.due("due_at"),
            "incident": lambda: kit.begin(self.database, cast.clerk, "q", now=self.now),
            "result": self.conclude,
        }[kind]()

    def conclude(self) -> None:
        kit.complete(self.database, self.cast.clerk, self.key, "a", now=self.now)
        kit.complete(self.database, self.cast.head, self.key, "b", outcome="approve", now=self.now)


ORDER = (
    *("new_work", "urged", "copied", "mentioned", "asked", "answered", "told", "followed", "deputy"),
    *("offered", "returned", "due_soon", "overdue", "incident", "result"),
)


@pytest.mark.parametrize(
    ("database", "language"), [("sqlite", LANGUAGES[0]), ("postgresql", LANGUAGES[1])], indirect=["database"]
)
def test_each_kind_goes_by_each_way_and_speaks_the_language_of_who_reads_it(
    database: databases.Database, cast: Cast, post: smtp_server.Mailroom, receiver: world.Receiver, language: str
) -> None:
    here, people = database, cast
    world.prepare(here, people, **dict.fromkeys(("clerk", "clerk2", "head", "manager", "owner"), language))
    world.latin(here)
    world.rules(here, people, how=dict.fromkeys(KINDS, AT_ONCE), language=language, address="https://banjie.example/")
    world.mail(here, post.port)
    for kind in ("wecom", "dingtalk", "feishu"):
        world.channel(here, kind, url=receiver.url, secret="a secret of sixteen" if kind != "wecom" else "")
    world.channel(here, "hook", url=receiver.url, secret="a secret of sixteen")
    story, mine = Story(here, people), LANGUAGES.index(language)
    assert set(ORDER) == set(KINDS)
    for kind in ORDER:
        story.now += timedelta(minutes=1)
        post.letters.clear()
        receiver.posts.clear()
        story.happen(kind)
        world.go(here, story.now)
        world.go(here, story.now + timedelta(seconds=10))  # chats rest between two messages
        begins = SUBJECTS[kind][mine]
        letters = [(str(each["Subject"]), each.get_content()) for each in post.letters]
        assert any(subject.startswith(begins) or f"- {begins}" in body for subject, body in letters), (kind, letters)
        chats = [world.said(each) for each in receiver.posts if "webhook-id" not in each.headers]
        assert sum(begins in each for each in chats) == 3, (kind, chats)
        assert kind in [each.content["kind"] for each in receiver.posts if "webhook-id" in each.headers]
        if language == "en":
            foreign = [
                each for each in (*chats, *(f"{subject}\n{body}" for subject, body in letters)) if world.is_chinese(each)
            ]
            assert foreign == []
    rows = kit.rows(here, Notice)
    for kind, words in IN_PAGE.items():
        assert any(row.subject.startswith(words[mine]) for row in rows), (kind, [row.subject for row in rows])
    if language == "en":
        assert [row.subject + row.body for row in rows if world.is_chinese(row.subject + row.body)] == []


def test_a_language_that_somebody_chooses_in_the_page_holds_for_the_next_notice(here: databases.Database, people: Cast) -> None:
    story = Story(here, people)
    story.do(urging.urge, people.manager, story.key)
    with here.transaction("acme") as session:
        preferences.save(session, people.clerk, language="en")
    story.now += timedelta(hours=5)
    story.do(urging.urge, world.reloaded(here, people).manager, story.key)
    subjects = [each.subject for each in kit.rows(here, Notice, username="clerk")]
    assert [each.partition("Purchase")[0] for each in subjects] == ["催办：", "Please hurry: "]


@pytest.mark.parametrize(("language", "words"), [("zh_Hans", "催办："), ("en", "Please hurry: ")])
def test_notices_of_before_are_read_in_the_language_of_now(
    here: databases.Database, people: Cast, language: str, words: str
) -> None:
    story = Story(here, people)
    story.do(urging.urge, people.manager, story.key, "Quick")
    story.do(following.follow, people.owner, story.key)
    story.do(comments.add, people.manager, story.key, "Look")
    world.go(here)
    with here.reading() as session:
        session.info[sayings.READER] = language
        [urged] = notices.mine(session, people.clerk, paging.WantedPage()).rows
        [news] = notices.mine(session, people.owner, paging.WantedPage()).rows
    assert urged.subject.startswith(words) and "Quick" in urged.body
    assert news.subject.startswith(SUBJECTS["followed"][LANGUAGES.index(language)])
