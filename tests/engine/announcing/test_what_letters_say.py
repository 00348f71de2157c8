"""What stands in letters: who did it and for whom, the step and its limit on whose clock, and where they lead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import errors
from engine.announcing import configuring
from engine.announcing.kinds import NoticeWords
from engine.background.worker import Worker
from engine.calendar import clock
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage.models import Consultation, Notice, UserTask
from engine.verbs.approvals import consulting, deputies, handing, signers
from engine.verbs.approvals.back import returns
from engine.verbs.sharing import comments, urging
from tests import smtp_server
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world


def today(here: databases.Database, username: str) -> Actor:
    with here.reading() as session:
        found: Actor = world.today(session, username)
        return found


def due(here: databases.Database, task: int) -> str:
    with here.reading() as session:
        at = session.get_one(UserTask, task).due_at
        assert at is not None
        return clock.told(organisation.current(session, "acme"), at)


def bodies(post: smtp_server.Mailroom, reader: str) -> list[str]:
    return [f"{each['Subject']}\n{each.get_content()}" for each in post.letters if f"<{reader}@" in str(each["To"])]


def test_what_a_deputy_did_names_whom_he_stood_in_for_in_letters_too(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    with here.transaction("acme") as session:
        later = kit.NOW + timedelta(days=2)
        deputies.set_up(session, people.head, "manager", begins_at=kit.NOW, ends_at=later, now=kit.NOW)
    manager = today(here, "manager")
    world.mail(here, post.port, kinds=("returned", "result"))
    check = kit.task("审核", assignee="head", kind="approve", **{"return": "any"})
    steps = kit.start() + kit.task("填写", assignee="clerk") + check + kit.end()
    kit.deploy(here, people.owner, kit.diagram("p", steps, kit.chain("started", "填写", "审核", "done")))
    case = kit.begin(here, people.clerk, "p")
    kit.complete(here, people.clerk, case, "填写")
    with here.transaction("acme") as session:
        returns.return_task(session, manager, kit.open_task(here, case, "审核"), "填写", "金额不对", now=kit.NOW)
    world.go(here)
    kit.complete(here, people.clerk, case, "填写")
    kit.complete(here, manager, case, "审核", outcome="approve", opinion="同意")
    world.go(here)
    returned, result = bodies(post, "clerk")
    assert "毛经理 代 何负责把单据退回给您" in returned
    assert "毛经理 代 何负责：同意" in result
    (in_page, _result) = kit.rows(here, Notice, username="clerk")
    assert in_page.body.startswith("毛经理 代 何负责在“审核”")
    silent = kit.begin(here, people.clerk, "p")
    kit.complete(here, people.clerk, silent, "填写")
    kit.complete(here, manager, silent, "审核", outcome="approve")
    world.go(here)
    assert "办理人：毛经理 代 何负责" in bodies(post, "clerk")[-1], "who writes nothing is named too"


@pytest.mark.parametrize("operation", ["transfer", "delegate", "add_signer"])
def test_whom_a_deputy_asks_in_whose_name_reads_both(here: databases.Database, people: Cast, operation: str) -> None:
    with here.transaction("acme") as session:
        later = kit.NOW + timedelta(days=2)
        deputies.set_up(session, people.head, "manager", begins_at=kit.NOW, ends_at=later, now=kit.NOW)
    check = kit.task("审核", assignee="head", kind="approve")
    kit.deploy(here, people.owner, kit.diagram("p", kit.start(), check, kit.end(), kit.chain("started", "审核", "done")))
    task, manager = kit.open_task(here, kit.begin(here, people.clerk, "p"), "审核"), today(here, "manager")
    acts = {
        "transfer": lambda session: handing.transfer(session, manager, task, "clerk2", "出差", now=kit.NOW),
        "delegate": lambda session: signers.delegate(session, manager, task, "clerk2", "出差", now=kit.NOW),
        "add_signer": lambda session: signers.add_signer(session, manager, task, "after", ["clerk2"], "把关", now=kit.NOW),
    }
    with here.transaction("acme") as session:
        acts[operation](session)
    (told,) = kit.rows(here, Notice, username="clerk2")
    assert told.body.startswith("毛经理 代 何负责")


def test_letters_that_ask_for_something_lead_to_it_and_name_step_and_limit(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    world.mail(here, post.port, kinds=("urged", "mentioned", "asked", "answered"))
    steps = kit.start() + kit.task("填写", assignee="clerk", due="2d") + kit.end()
    kit.deploy(here, people.owner, kit.diagram("p", steps, kit.chain("started", "填写", "done"), managers=["主管领导"]))
    case = kit.begin(here, people.clerk, "p")
    task = kit.open_task(here, case, "填写")
    with here.transaction("acme") as session:
        urging.urge(session, people.manager, case, "快", now=kit.NOW)
        comments.add(session, people.manager, case, "请看", mentioned=["clerk", "clerk2"], now=kit.NOW)
        consulting.consult(session, people.clerk, task, ["head"], "怎么办", now=kit.NOW)
    world.go(here)
    (question,) = kit.rows(here, Consultation)
    limit = f"办结期限：{due(here, task)}"
    assert limit.endswith("(UTC+8)")
    letter = bodies(post, "clerk")[0]  # urged and mentioned at once: a list
    assert letter.count(f"https://banjie.example/tasks/{task}") == 2 and letter.count(limit) == 2 and "填写" in letter
    assert "毛经理请您尽快办理。 快" in letter and "毛经理在评论中提到您： 请看" in letter, (
        "who and why, as in a letter of its own"
    )
    assert f"打开：https://banjie.example/cases/{case}" in bodies(post, "clerk2")[0], "who has no task there reads the case"
    (asked,) = bodies(post, "head")
    assert f"打开：https://banjie.example/questions/{question.key}" in asked and "征询意见：填写" in asked
    assert "陈办事向您征询意见：" in asked and "答复" not in asked
    post.letters.clear()
    with here.transaction("acme") as session:
        consulting.answer(session, people.head, question.key, "照旧", now=kit.NOW)
    world.go(here)
    (answered,) = bodies(post, "clerk")
    assert "何负责答复了您的征询：" in answered and "照旧" in answered and f"/tasks/{task}" in answered and limit in answered


@pytest.mark.parametrize(("text", "named"), [("{name!r}", "{name!r}"), ("{due:>9}", "{due:>9}"), ("{nmae}", "{nmae}")])
def test_what_a_template_cannot_hold_is_named_as_it_stands_there(text: str, named: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        configuring.check_words(NoticeWords("x", f"ok {{name}} {text}"))
    (fault,) = (refused.value.fields or {})["body"]
    assert named in str(fault)


def test_the_deadline_of_a_whole_case_is_told_as_that_and_not_as_a_step(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    world.mail(here, post.port, kinds=("due_soon", "overdue"))
    steps = (kit.start(), kit.task("a", assignee="clerk"), kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(here, people.owner, kit.diagram("p", *steps, title="请假", due="2d", warn="1d", managers=["主管领导"]))
    case = kit.instance(here, kit.begin(here, people.clerk, "p"))
    assert case.warn_at is not None and case.due_at is not None
    for at, soon, late in ((case.warn_at, "整单即将到期", "应在"), (case.due_at, "整单已超期", "已超期")):
        Worker(here, lambda at=at: at).run_once()
        world.go(here, at)
        letter, told = bodies(post, "manager")[-1], kit.rows(here, Notice, username="manager")[-1]
        assert soon in letter and "环节" not in letter and "整张单据的办结期限" in letter and "请假" in letter
        assert late in told.body and "环节" not in told.body and told.subject.endswith(f"请假（{case.number}）")
