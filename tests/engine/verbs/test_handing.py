"""Handing on, asking for a view, acts on many tasks, phrases, saved views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import true
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.rights import access
from engine.deadlines import extensions
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.cases import decisions
from engine.queries.inbox import my_cases, task_page
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import kept_forms, user_tasks
from engine.verbs.approvals import consulting, handing, signers
from engine.verbs.approvals.back import returns
from engine.verbs.organisation import leaving
from engine.verbs.sharing import phrases, saved_views
from tests.cast import Cast
from tests.engine import kit

NOW = kit.NOW


def do(database: databases.Database, verb: Any, by: Actor, *given: Any, **values: Any) -> Any:
    with database.transaction(by.company_id) as session:
        return verb(session, by, *given, **values)


def begin(database: databases.Database, cast: Cast, *, by: Actor | None = None, form: str = "", **properties: str) -> int:
    task = kit.task("look", form=form, **({"users": "head", "kind": "approve"} | properties))
    flow = (kit.start(), task, kit.end(), kit.chain("started", "look", "done"))
    fields = [kit.form("extra", kit.text_field("remark"), kit.text_field("must", required=True))] if form == "extra" else []
    confirmed = {"type": "checkbox", "key": "read", "label": "已阅", "validate": {"required": True}}
    fields += [kit.form("free", kit.text_field("remark"))] if form == "free" else []
    fields += [kit.form("confirmed", kit.text_field("remark"), confirmed)] if form == "confirmed" else []
    kit.deploy(database, cast.owner, *fields, kit.diagram("approval", *flow))
    return kit.begin(database, by or cast.clerk, "approval")


# Handing on


def test_the_holder_hands_on_and_keeps_it_among_what_he_has_handled(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    task = kit.open_task(database, key, "look")
    do(database, handing.transfer, cast.head, task, "manager", "出差", now=NOW)
    with database.reading("acme") as session:
        lines = my_cases.done(session, cast.head, my_cases.MyCasesFilters(), paging.WantedPage(), now=kit.NOW).rows
        assert [(line.instance_key, line.outcome) for line in lines] == [(key, None)]
        assert access.may_see(session, cast.head, session.get_one(models.ProcessInstance, key))
    with database.transaction("acme") as session, pytest.raises(errors.Conflict, match="handed this task on"):
        user_tasks.complete(session, cast.head, task, {}, outcome="approve", now=NOW)
    do(database, handing.transfer, cast.manager, task, "head", "还是您办", now=NOW)
    kit.complete(database, cast.head, key, "look", outcome="approve")
    mine = kit.rows(database, models.WorkItem, user_task_key=task, position="own")
    assert [(each.username, each.state, each.first_owner) for each in mine] == [("head", "done", "head")]
    told = [(each.actor, each.data["to"]) for each in kit.rows(database, models.HistoryEvent, kind="transferred")]
    assert told == [("head", "manager"), ("manager", "head")]


def test_what_was_saved_goes_along_with_a_task_but_the_opinion_stays_with_who_wrote_it(
    database: databases.Database, cast: Cast
) -> None:
    def draft(by: Actor) -> Any:
        with database.reading("acme") as session:
            page = task_page.task_page(session, by, task, now=NOW)
            return dict(page.draft or {}) if isinstance(page, task_page.TaskPage) else None

    task = kit.open_task(database, begin(database, cast, form="confirmed"), "look")
    typed = {"remark": "写到一半", "read": True, kept_forms.OPINION: "拟同意"}
    do(database, user_tasks.save_draft, cast.head, task, typed, now=NOW)
    do(database, handing.transfer, cast.head, task, "manager", "出差", now=NOW)
    assert draft(cast.manager) == {"remark": "写到一半", "read": None}, "everybody confirms for himself"
    do(database, user_tasks.save_draft, cast.manager, task, {"remark": "写完了", kept_forms.OPINION: ""}, now=NOW)
    do(database, handing.transfer, cast.manager, task, "head", "还是您办", now=NOW)
    assert draft(cast.head) == {"remark": "写完了", kept_forms.OPINION: "拟同意"}
    do(database, user_tasks.assign, cast.owner, task, "manager", "换人", now=NOW)
    assert draft(cast.manager) == {"remark": "写完了"}
    [told] = [each for each in kit.notices(database, kind="told") if each.username == "head"]
    assert "拟同意" in told.body


def test_what_a_delegate_filled_in_comes_back_without_his_tick_and_beside_the_opinion_begun(
    database: databases.Database, cast: Cast
) -> None:
    key = begin(database, cast, form="confirmed")
    task = kit.open_task(database, key, "look")
    do(database, user_tasks.save_draft, cast.head, task, {kept_forms.OPINION: "拟同意", "remark": "写了一半"}, now=NOW)
    do(database, signers.delegate, cast.head, task, "manager", "代填", now=NOW)
    with database.reading("acme") as session:
        begun = task_page.task_page(session, cast.manager, task, now=NOW)
        assert isinstance(begun, task_page.TaskPage) and begun.draft is not None
        assert begun.draft["remark"] == "写了一半" and kept_forms.OPINION not in begun.draft
    kit.complete(database, cast.manager, key, "look", {"remark": "代填的", "read": True}, outcome="approve")
    with database.reading("acme") as session:
        page = task_page.task_page(session, cast.head, task, now=NOW)
        assert isinstance(page, task_page.TaskPage)
        assert page.draft == {kept_forms.OPINION: "拟同意", "remark": "代填的", "read": None}


@pytest.mark.parametrize(
    ("to", "told"),
    [("clerk", "has started this case"), ("nobody", "no person"), ("head", "holds this task"), ("clerk2", "must keep out")],
)
def test_who_must_not_act_is_refused_by_name(database: databases.Database, cast: Cast, to: str, told: str) -> None:
    key = begin(database, cast, recused='="clerk2"')
    task = kit.open_task(database, key, "look")
    with pytest.raises(errors.Invalid, match=told) as refused:
        do(database, handing.transfer, cast.head, task, to, "x", now=NOW)
    assert "person" in refused.value.fields
    for by, refusal in ((cast.outsider, errors.NotFound), (cast.clerk, errors.Forbidden)):
        with pytest.raises(refusal):
            do(database, handing.transfer, by, task, "manager", "x", now=NOW)
    with pytest.raises(errors.Invalid):
        do(database, handing.transfer, cast.head, task, "manager", " ", now=NOW)


def test_line_13_handing_on_does_not_spoil_the_vote_count(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast, users="head,manager,owner", rule="all")
    task = kit.open_task(database, key, "look")
    do(database, handing.transfer, cast.head, task, "outsider", "x", now=NOW)
    with pytest.raises(errors.Invalid, match="has a part"):
        do(database, handing.transfer, cast.manager, task, "owner", "x", now=NOW)
    for by in (cast.manager, cast.owner):
        kit.complete(database, by, key, "look", outcome="approve")
    assert kit.instance(database, key).state == "active"
    kit.complete(database, cast.outsider, key, "look", outcome="approve")
    assert kit.instance(database, key).state == "completed"


OFF: dict[str, Callable[[Session, Actor, int], Any]] = {
    "transfer": lambda session, by, task: handing.transfer(session, by, task, "manager", "x", now=NOW),
    "consult": lambda session, by, task: consulting.consult(session, by, task, ["manager"], "如何?", now=NOW),
    "delegate": lambda session, by, task: signers.delegate(session, by, task, "manager", "x", now=NOW),
    "return": lambda session, by, task: returns.return_task(session, by, task, "started", "x", now=NOW),
    "extend": lambda session, by, task: extensions.ask(session, by, task, "2026-03-09T18:00", "x", now=NOW),
    **{
        f"add_{position}": lambda session, by, task, position=position: signers.add_signer(
            session, by, task, position, ["manager"], "x", now=NOW
        )
        for position in signers.POSITIONS
    },
}


def test_line_11_an_operation_switched_off_at_a_step_is_refused(database: databases.Database, cast: Cast) -> None:
    off = ",".join(f"{operation}:off" for operation in OFF)
    task = kit.open_task(database, begin(database, cast, buttons=off, due="1d"), "look")
    for act in OFF.values():
        with pytest.raises(errors.Forbidden, match="does not offer"):
            do(database, act, cast.head, task)


def test_line_11_a_signer_stays_where_taking_him_off_is_switched_off(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast, buttons="remove_signer:off")
    task = kit.open_task(database, key, "look")
    do(database, signers.add_signer, cast.head, task, "before", ["manager"], "x", now=NOW)
    [item] = kit.rows(database, models.WorkItem, user_task_key=task, username="manager")
    with pytest.raises(errors.Forbidden, match="does not offer"):
        do(database, signers.remove_signer, cast.head, task, item.key, "x", now=NOW)
    with database.reading("acme") as session:
        assert signers.removable(session, cast.head, kit.instance(database, key).root_key) == []


def test_line_11_the_diagram_names_an_operation(database: databases.Database, cast: Cast) -> None:
    task = kit.open_task(database, begin(database, cast, buttons="transfer:移交,consult:off,copy_to:off"), "look")
    with database.reading("acme") as session:
        page = task_page.task_page(session, cast.head, task, now=NOW)
    assert isinstance(page, task_page.TaskPage)
    labels = {each.name: each.label for each in page.operations}
    assert labels["transfer"] == "移交" and labels["comment"] == "" and not {"consult", "copy_to"} & labels.keys()


# Views asked for


def test_who_is_asked_reads_the_case_and_decides_nothing(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    task = kit.open_task(database, key, "look")
    assert do(database, consulting.consult, cast.head, task, ["manager"], "预算够吗?", now=NOW) == ["manager"]
    assert do(database, consulting.consult, cast.head, task, ["manager"], "预算够吗?", now=NOW) == []
    (row,) = kit.rows(database, models.Consultation)
    with database.reading("acme") as session:
        assert access.may_see(session, cast.manager, session.get_one(models.ProcessInstance, key))
    with pytest.raises(errors.Forbidden):
        do(database, user_tasks.complete, cast.manager, task, {}, outcome="approve", now=NOW)
    with pytest.raises(errors.NotFound):
        do(database, consulting.answer, cast.head, row.key, "x", now=NOW)
    do(database, consulting.answer, cast.manager, row.key, "够", now=NOW)
    with pytest.raises(errors.Conflict, match="already"):
        do(database, consulting.answer, cast.manager, row.key, "够", now=NOW)
    assert kit.instance(database, key).state == "active"
    do(database, consulting.consult, cast.head, task, ["owner"], "合规吗?", now=NOW)
    kit.complete(database, cast.head, key, "look", outcome="approve")
    with pytest.raises(errors.Conflict, match="何负责"):
        do(database, consulting.answer, cast.owner, kit.rows(database, models.Consultation, asked="owner")[0].key, "x", now=NOW)


def test_copies_go_out_when_the_diagram_says_so(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast, cc='=["group:主管领导", "owner"]')
    kit.complete(database, cast.head, key, "look", outcome="approve")
    found = {(each.username, each.sent_by, each.step) for each in kit.rows(database, models.CarbonCopy)}
    assert found == {("manager", None, "look"), ("owner", None, "look")}


# Phrases and views


def test_phrases_are_ones_own_and_the_company_s(database: databases.Database, cast: Cast) -> None:
    do(database, phrases.add, cast.clerk, " 同意,  请尽快办理 ")
    shared = do(database, phrases.add, cast.owner, "情况属实", for_all=True)
    with database.reading("acme") as session:
        assert [each.text for each in phrases.known(session, cast.clerk)] == ["同意, 请尽快办理", "情况属实"]
        assert [each.text for each in phrases.known(session, cast.head)] == ["情况属实"]
        assert phrases.known(session, cast.stranger) == []
    for text in ("", "x" * 201, "同意, 请尽快办理"):
        with pytest.raises(errors.Invalid):
            do(database, phrases.add, cast.clerk, text)
    with pytest.raises(errors.Forbidden):
        do(database, phrases.add, cast.clerk, "y", for_all=True)
    with pytest.raises(errors.Forbidden):
        do(database, phrases.remove, cast.clerk, shared.key)
    do(database, phrases.remove, cast.owner, shared.key)


def test_views_are_kept_replaced_and_shared(database: databases.Database, cast: Cast) -> None:
    do(database, saved_views.save, cast.clerk, "急件", {"due": "day", "evil": "x", "q": ""}, now=NOW)
    mine = do(database, saved_views.save, cast.clerk, "急件", {"due": "week"}, shared_with="客服专员", now=NOW)
    with database.reading("acme") as session:
        assert [(each.name, each.query) for each in saved_views.known(session, cast.clerk2)] == [("急件", {"due": "week"})]
        assert saved_views.known(session, cast.head) == [] == saved_views.known(session, cast.stranger)
    with pytest.raises(errors.Invalid):
        do(database, saved_views.save, cast.clerk, "x", {}, shared_with="主管领导", now=NOW)
    for by, refusal in ((cast.clerk2, errors.Forbidden), (cast.head, errors.NotFound)):
        with pytest.raises(refusal):
            do(database, saved_views.remove, by, mine.key)
    do(database, saved_views.remove, cast.clerk, mine.key)


def test_a_step_that_says_so_is_handed_only_to_those_it_was_offered_to(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast, users="", groups="客服专员", kind="handle", handed_to="candidates", by=cast.manager)
    task = kit.open_task(database, key, "look")
    do(database, user_tasks.claim, cast.clerk, task, now=NOW)
    for verb, by in ((handing.transfer, cast.clerk), (user_tasks.assign, cast.owner)):
        with pytest.raises(errors.Invalid, match="何负责"):
            do(database, verb, by, task, "head", "请代办", now=NOW)
    with pytest.raises(errors.Invalid) as refused:
        do(database, leaving.leave, cast.owner, "clerk", leaving.Plan("head"), now=NOW)
    assert "何负责 is not one of them" in str(refused.value.fields[f"task-{task}"][0])
    do(database, handing.transfer, cast.clerk, task, "clerk2", "出差", now=NOW)
    assert kit.rows(database, models.UserTask, key=task)[0].assignee == "clerk2"


def test_what_only_the_applicant_could_decide_goes_to_anybody_else(database: databases.Database, cast: Cast) -> None:
    task = kit.open_task(database, begin(database, cast, users="clerk", handed_to="candidates"), "look")
    with pytest.raises(errors.Invalid, match=r"陈办事 has started this case .* choose somebody else"):
        do(database, user_tasks.assign, cast.owner, task, "clerk", "只有他", now=NOW)
    do(database, user_tasks.assign, cast.owner, task, "manager", "请代为审批", now=NOW)
    assert kit.rows(database, models.UserTask, key=task)[0].assignee == "manager"


def test_who_could_not_act_is_not_handed_a_step_beside_his_own(database: databases.Database, cast: Cast) -> None:
    steps = (
        kit.start(),
        kit.node("parallelGateway", "both"),
        kit.task("one", users="clerk"),
        kit.task("two", users="clerk2", separate_from="one"),
        kit.node("parallelGateway", "again"),
        kit.end(),
        *(
            kit.flow(*pair)
            for pair in (("started", "both"), ("both", "one"), ("both", "two"), ("one", "again"), ("two", "again"))
        ),
        kit.flow("again", "done"),
    )
    kit.deploy(database, cast.owner, kit.diagram("pair", *steps))
    key = kit.begin(database, cast.manager, "pair")
    kit.complete(database, cast.clerk, key, "one")
    task = kit.open_task(database, key, "two")
    with pytest.raises(errors.Invalid, match="separation"):
        do(database, handing.transfer, cast.clerk2, task, "clerk", "请代办", now=NOW)
    with pytest.raises(errors.Invalid) as refused:
        do(database, leaving.leave, cast.owner, "clerk2", leaving.Plan("clerk"), now=NOW)
    told = str(refused.value.fields[f"task-{task}"][0])
    assert "“two” (" in told and "陈办事 must not act on this task (separation" in told


def test_what_was_only_handed_on_is_no_decision_of_several(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    do(database, handing.transfer, cast.head, kit.open_task(database, key, "look"), "manager", "出差", now=NOW)
    with database.reading("acme") as session:
        company = organisation.current(session, "acme")
        assert decisions.of_case(session, company, kit.instance(database, key).root_key, None, true()) == []
