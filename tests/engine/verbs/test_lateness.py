"""What happens to a task that is overdue: reminders on working days, the superior told, handed over, sent back; never approved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.background.worker import Worker
from engine.definitions import declarations, task_settings
from engine.deploying.deployment import DeploymentRefused
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import kept_forms, user_tasks
from engine.verbs.organisation import departments
from tests.cast import COMPANY, Cast
from tests.engine import kit

FRIDAY = datetime(2026, 3, 6, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai


class Office:
    """A clerk's step and an approval of his head's, in time and overdue."""

    def __init__(self, database: databases.Database, cast: Cast) -> None:
        self.database, self.cast, self.now = database, cast, FRIDAY
        self.worker = Worker(database, lambda: self.now)

    def begin(self, assignee: str = "clerk", **settings: str) -> int:
        fill = kit.task("fill", assignee="clerk2")
        late = kit.task("late", assignee=assignee, due="1wh", **settings)
        steps = (kit.start(), fill, late, kit.end(), kit.chain("started", "fill", "late", "done"))
        kit.deploy(self.database, self.cast.owner, kit.diagram("p", *steps), now=self.now)
        case = kit.begin(self.database, self.cast.outsider, "p", now=self.now)
        kit.complete(self.database, self.cast.clerk2, case, "fill", now=self.now)
        return case

    def pass_to(self, moment: datetime) -> None:
        self.now = moment
        while self.worker.run_once():
            pass

    def rows(self, model: Any, **where: Any) -> list[Any]:
        with self.database.reading(COMPANY) as session:
            return list(session.execute(select(model).filter_by(**where).order_by(model.key)).scalars())

    def notices(self, username: str) -> list[str]:
        return [row.subject for row in kit.notices(self.database, username=username)]

    def holders(self) -> list[tuple[str | None, str | None]]:
        return [(row.username, row.group_name) for row in self.rows(models.WorkItem, state="open")]


@pytest.fixture
def office(database: databases.Database, cast: Cast) -> Office:
    return Office(database, cast)


def test_reminders_come_every_working_day_until_it_is_done(office: Office) -> None:
    case = office.begin(remind="1wd")
    office.pass_to(FRIDAY + timedelta(hours=2))
    assert office.notices("clerk") == []
    office.pass_to(FRIDAY + timedelta(days=2))  # Sunday
    assert office.notices("clerk") == []
    office.pass_to(FRIDAY + timedelta(days=3))  # Monday 09:00
    assert len(office.notices("clerk")) == 1 and "已超期" in office.notices("clerk")[0]
    office.pass_to(FRIDAY + timedelta(days=4))
    assert len(office.notices("clerk")) == 2
    kit.complete(office.database, office.cast.clerk, case, "late", now=office.now)
    office.pass_to(FRIDAY + timedelta(days=10))
    assert len(office.notices("clerk")) == 2


def test_reminders_keep_their_hours_however_late_the_worker_was(office: Office) -> None:
    office.begin(remind="P1D")  # due at 10:00
    for late in (timedelta(hours=4), timedelta(days=1, seconds=37), timedelta(days=2, hours=5)):
        office.pass_to(FRIDAY + timedelta(hours=1) + late)
    [next_time] = office.rows(models.Job, type="user_tasks.remind")
    assert len(office.notices("clerk")) == 2 and next_time.run_at == FRIDAY + timedelta(days=3, hours=1)


@pytest.mark.parametrize("remind", ["PT0S", "0wd", "2026-04-01", "R/P1D", "=due"])
def test_a_reminder_that_does_not_go_on_in_steps_is_refused(remind: str) -> None:
    [(_, values)] = task_settings.problems({"due": "1wd", "remind": remind})
    assert values == {"name": "remind", "value": remind}


@pytest.mark.parametrize("remind", ["PT0S", '=duration("P1D")'])
def test_a_version_of_before_whose_reminders_do_not_go_on_tells_once_that_it_is_late(
    office: Office, monkeypatch: pytest.MonkeyPatch, remind: str
) -> None:
    with monkeypatch.context() as before:
        before.setattr(declarations, "is_step", lambda _text: True)
        office.begin(remind=remind, escalate="部门负责人")
    office.pass_to(FRIDAY + timedelta(hours=2))
    office.pass_to(FRIDAY + timedelta(days=30))
    assert [len(office.notices(who)) for who in ("部门负责人", "head")] in ([1, 0], [0, 1])
    assert office.notices("clerk") == [] and office.rows(models.Job, type="user_tasks.remind") == []


def test_the_superior_is_told_and_the_task_stays(office: Office) -> None:
    office.begin(late="tell_superior")
    office.pass_to(FRIDAY + timedelta(hours=2))
    assert "下属逾期未办" in office.notices("head")[0] and office.holders() == [("clerk", None)]


@pytest.mark.parametrize("escalate", ["", "部门负责人"])
def test_who_leads_both_voters_hears_once_and_they_hear_it_at_once_too(office: Office, escalate: str) -> None:
    office.begin(
        late="tell_superior",
        assignee="",
        users="clerk,clerk2",
        rule="all",
        kind="approve",
        **({"escalate": escalate} if escalate else {}),
    )
    office.pass_to(FRIDAY + timedelta(hours=2))
    [told] = office.rows(models.Notice, username="head")
    assert escalate or "陈办事、" in told.body
    left = {row.username for row in office.rows(models.Outgoing, kind="overdue")}
    assert {"clerk", "clerk2"} <= left


def test_it_is_handed_to_the_superior(office: Office) -> None:
    case = office.begin(late="hand_to_superior")
    with office.database.transaction(COMPANY) as session:
        typed = {kept_forms.OPINION: "拟同意"}
        user_tasks.save_draft(session, office.cast.clerk, kit.open_task(office.database, case, "late"), typed, now=FRIDAY)
    office.pass_to(FRIDAY + timedelta(hours=2))
    [told] = [each for each in office.rows(models.Notice, username="clerk") if "待办已转给" in each.subject]
    assert "拟同意" in told.body, "what he had begun to say is his to keep"
    assert office.holders() == [("head", None)] and "逾期转您办理" in office.notices("head")[0]
    assert [each for each in office.notices("clerk") if "待办已转给何负责" in each], "who loses it is told as well"
    [told] = office.rows(models.HistoryEvent, kind="escalated")
    assert (told.data["before"], told.data["to"], told.actor) == ("clerk", "head", None)


def test_it_is_handed_to_whoever_is_the_superior_today(office: Office) -> None:
    for head in ("head", "manager"):
        office.begin(late="hand_to_superior")
        with office.database.transaction(COMPANY) as session:
            told = departments.DepartmentValues("客服部", "office", head)
            departments.alter(session, office.cast.owner, "service", told, now=office.now)
        office.pass_to(office.now + timedelta(hours=2))
        assert office.holders()[-1] == (head, None)


@pytest.mark.parametrize(("escalate", "holder"), [("group:部门负责人", (None, "部门负责人")), ("manager", ("manager", None))])
def test_line_18_what_is_late_is_handed_over_to_one_person_or_to_a_group(
    office: Office, escalate: str, holder: tuple[str, str]
) -> None:
    office.begin(late="hand_over", **({"escalate": escalate} if escalate else {}))
    office.pass_to(FRIDAY + timedelta(hours=2))
    assert office.holders() == [holder]


def test_it_goes_back_to_the_step_before_and_whoever_did_that_is_told(office: Office) -> None:
    case = office.begin(assignee="head", kind="approve", late="return", **{"return": "previous"})
    office.pass_to(FRIDAY + timedelta(hours=2))
    assert office.holders() == [("clerk2", None)]
    [again] = office.rows(models.UserTask, instance_key=case, state="open")
    assert again.element_id == "fill" and "逾期未办" in again.returned["reason"]
    assert [row.outcome for row in office.rows(models.UserTask, element_id="late")] == [None]
    assert any("被退回" in subject for subject in office.notices("clerk2"))


def test_nobody_who_may_not_have_it_gets_it_and_it_is_told_instead(office: Office) -> None:
    office.begin(assignee="head", kind="approve", late="hand_over", escalate="outsider")  # who has started the case
    office.pass_to(FRIDAY + timedelta(hours=2))
    assert office.holders() == [("head", None)] and "已超期" in office.notices("outsider")[0]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"late": "hand_over"}, "needs escalate"),
        ({"late": "return"}, "return needs return, which says how far"),
        ({"late": "approve"}, "late"),
        ({"late": "hand_to_superior", "kind": "approve", "rule": "all"}, "not handed over"),
    ],
)
def test_what_can_never_happen_is_refused_at_deployment(office: Office, settings: dict[str, str], told: str) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        office.begin(**settings)
    assert told in str(refused.value)
