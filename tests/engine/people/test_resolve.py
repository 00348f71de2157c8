"""Who must act: as the diagram says, without those who may not, and never nobody by silence."""

from collections.abc import Mapping

import pytest

from engine.people import resolve
from engine.people.organisation import Member, Organisation, Unit
from engine.storage.models import loads


def member(username: str, **changes) -> Member:
    return Member(username, username.title(), "service", None, "内部", False, False, None)._replace(**changes)


PEOPLE = {name: member(name) for name in ("ann", "bob", "cat")} | {
    "dis": member("dis", is_disabled=True),
    "adm": member("adm", is_administrator=True),
}
OFFICE = Organisation(
    "acme",
    "样例公司",
    "Asia/Shanghai",
    "cn",
    [],
    {},
    {},
    1,
    PEOPLE,
    {"service": Unit("service", "客服部", None, "ann")},
    {"客服专员": ("ann", "bob", "dis"), "空组": (), "停用组": ("dis",), "主管领导": ("cat",)},
)


def why(resolved: resolve.Resolved) -> Mapping:
    return loads(resolved.reason)


def test_a_task_without_an_assignment_goes_to_its_lane() -> None:
    found = resolve.resolve(OFFICE, lane="客服专员")
    assert (found.assignee, found.usernames, found.groups) == (None, (), ("客服专员",))
    assert resolve.words(found.reason, OFFICE) == ("a step of the group %(groups)s", {"groups": "客服专员"})


def test_an_assignee_is_alone() -> None:
    found = resolve.resolve(OFFICE, assignee="ann", lane="客服专员")
    assert (found.assignee, found.usernames, found.groups) == ("ann", ("ann",), ())


def test_candidates_are_kept_in_order_and_once() -> None:
    found = resolve.resolve(OFFICE, users=["cat", "ann", "cat"], groups="客服专员, 主管领导")
    assert found.assignee is None and found.usernames == ("cat", "ann") and found.groups == ("客服专员", "主管领导")


def test_several_assignees_become_candidates() -> None:
    found = resolve.resolve(OFFICE, assignee=["ann", "bob"])
    assert found.assignee is None and found.usernames == ("ann", "bob")


def test_disabled_unknown_and_excluded_people_are_dropped_and_noted() -> None:
    found = resolve.resolve(OFFICE, users=["ann", "bob", "dis", "ghost"], excluded={"bob"})
    assert found.usernames == ("ann",)
    assert why(found)["dropped"] == {"excluded": ["bob"], "disabled": ["dis"], "unknown": ["ghost"]}


def test_a_group_in_which_nobody_is_left_is_dropped() -> None:
    found = resolve.resolve(OFFICE, groups=["停用组", "空组", "没有这组", "主管领导"])
    assert found.groups == ("主管领导",)
    assert resolve.resolve(OFFICE, groups=["主管领导", "客服专员"], excluded={"cat"}).groups == ("客服专员",)


@pytest.mark.parametrize("wanted", [{"assignee": "dis"}, {"groups": "空组"}, {"lane": "停用组"}, {"users": ["ghost"]}, {}])
def test_when_nobody_is_left_the_administrators_act(wanted) -> None:
    found = resolve.resolve(OFFICE, **wanted)
    assert found.usernames == ("adm",) and not found.is_empty and why(found)["code"] == "administrators"


def test_the_diagram_may_name_who_acts_then() -> None:
    assert resolve.resolve(OFFICE, lane="空组", empty="group:主管领导").groups == ("主管领导",)
    assert resolve.resolve(OFFICE, lane="空组", empty="主管领导").groups == ("主管领导",)
    assert resolve.resolve(OFFICE, lane="空组", empty=["cat"]).usernames == ("cat",)
    found = resolve.resolve(OFFICE, lane="空组", empty="group:主管领导", excluded={"cat"})
    assert found.usernames == ("adm",)


def test_an_excluded_administrator_does_not_act_either_and_nothing_is_approved() -> None:
    found = resolve.resolve(OFFICE, lane="空组", excluded={"adm"})
    assert found.is_empty and why(found)["code"] == "nobody"


@pytest.mark.parametrize(
    ("empty", "excluded", "text"),
    [
        (None, {"bob"}, "meant for %(wanted)s, who is kept out of it, so it falls to the administrators"),
        ("cat", {"bob"}, "meant for %(wanted)s, who is kept out of it, so it falls to %(groups)s"),
        (None, {"bob", "adm"}, "meant for %(wanted)s, who is kept out of it"),
        ("incident", {"bob"}, "meant for %(wanted)s, who is kept out of it"),
    ],
)
def test_somebody_who_is_kept_out_was_found_all_the_same(empty: str | None, excluded: set[str], text: str) -> None:
    found = resolve.resolve(OFFICE, users=["bob"], empty=empty, excluded=excluded)
    told, values = resolve.words(found.reason, OFFICE)
    assert told == text and values["wanted"] == "Bob"


def test_the_reason_says_how_the_person_was_found() -> None:
    trace = [{"code": "head_of", "values": {"department": "客服部"}}]
    found = resolve.resolve(OFFICE, users=["ann"], trace=trace)
    assert resolve.words(found.reason, OFFICE) == ("head of %(department)s", {"department": "客服部"})
    empty = resolve.resolve(OFFICE, users=["ghost"], trace=trace)
    text, values = resolve.words(empty.reason, OFFICE)
    assert "administrators" in text and values == {"wanted": "ghost"}


@pytest.mark.parametrize("wanted", ["", '"wanted": ["—"]'])  # as it is written, as it was once
@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("administrators", "nobody was found, so it falls to the administrators"),
        ("empty", "nobody was found, so it falls to %(groups)s"),
        ("nobody", "nobody was found"),
    ],
)
def test_a_step_for_which_the_process_names_nobody_says_so_without_an_empty_bracket(code: str, text: str, wanted: str) -> None:
    assert resolve.words(f'{{"code": "{code}", "values": {{{wanted}}}}}', OFFICE)[0] == text
    assert '"wanted"' not in resolve.resolve(OFFICE).reason


def test_each_of_several_is_told_the_look_up_that_named_him() -> None:
    heads = [
        {"code": "head_of", "values": {"department": unit}, "people": [who]}
        for unit, who in (("运管部", "ann"), ("一大队", "bob"))
    ]
    several = resolve.resolve(OFFICE, users=["ann", "bob"], trace=heads)
    told = {name: resolve.words(several.reason_of(name), OFFICE)[1] for name in several.usernames}
    assert told == {"ann": {"department": "运管部"}, "bob": {"department": "一大队"}}
    both = [*heads, {"code": "in_both", "values": {}, "people": ["ann"]}]
    assert (
        resolve.words(resolve.resolve(OFFICE, users=["ann"], trace=both).reason_of("ann"), OFFICE)[0]
        == resolve.REASONS["in_both"]
    )


def test_people_in_a_reason_are_shown_by_name() -> None:
    trace = [{"code": "manager_of", "values": {"person": "bob"}}]
    assert resolve.words(resolve.resolve(OFFICE, users=["ann"], trace=trace).reason, OFFICE)[1] == {"person": "Bob"}


def test_a_step_in_a_reason_is_called_as_the_reader_calls_it() -> None:
    found = resolve.resolve(OFFICE, users=["ann"], trace=[{"code": "handler_of", "values": {"task": "清点存档"}}])
    assert resolve.words(found.reason, OFFICE, {"清点存档": "Count the files"}.__getitem__)[1] == {"task": "Count the files"}


@pytest.mark.parametrize("stored", ["", "x", "{}", "[]", '{"code": "no", "values": {}}', '{"code": "lane", "values": []}'])
def test_a_reason_that_cannot_be_read_is_empty(stored: str) -> None:
    assert resolve.words(stored, OFFICE) == ("", {})


def test_an_assignment_that_names_nobody_at_all_leaves_the_task_to_its_lane() -> None:
    trace = [{"code": "handler_of", "values": {"task": "check"}}]
    found = resolve.resolve(OFFICE, users=[], lane="客服专员", trace=trace)
    assert found.groups == ("客服专员",) and why(found)["code"] == "lane"
