"""The task page: claiming, filling in, saving, completing, and what others see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import flask
import pytest

from engine.forms.checking import checks
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.engine.execution.test_comebacks import checked
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]


def test_a_group_s_task_is_claimed_on_its_page_and_only_then_filled_in(signed_in: SignedIn, purchases: Purchases) -> None:
    key = purchases.task(purchases.start())
    someone = signed_in("clerk2")
    before = someone.get(f"/tasks/{key}")
    assert not before.tree.xpath("//input[@name='in_stock']") and "客服专员" in before.words(".outcomes")
    after = someone.post(f"/tasks/{key}/claim")
    assert after.address == f"/tasks/{key}" and after.tree.xpath("//input[@name='in_stock']")


def test_completing_hands_the_case_on_and_opens_the_next_task(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    first, second = purchases.claim(purchases.start(), cast.clerk2), purchases.claim(purchases.start(), cast.clerk2)
    page = signed_in("clerk2").post(f"/tasks/{first}/complete", in_stock="0", outcome="submit")
    assert page.address == f"/tasks/{second}"
    assert purchases.row(first).completed_by == "clerk2"


def test_who_has_another_step_of_the_case_open_is_told_of_it_and_led_there(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    both = kit.task("线路申请", users="clerk"), kit.task("地址分配", users="clerk"), kit.task("later", users="manager")
    fork, join = kit.node("parallelGateway", "fork"), kit.node("parallelGateway", "join")
    flows = kit.chain("started", "fork", "线路申请", "join", "later", "done"), kit.chain("fork", "地址分配", "join")
    kit.deploy(database, cast.owner, kit.diagram("twice", kit.start(), fork, *both, join, kit.end(), *flows))
    case = kit.begin(database, cast.outsider, "twice")
    kit.begin(database, cast.outsider, "twice")
    line, address = (kit.open_task(database, case, each) for each in ("线路申请", "地址分配"))
    page = signed_in("clerk").post(f"/tasks/{line}/complete", outcome="submit")
    assert page.address == f"/tasks/{address}" and "本单的“地址分配”也待您办理" in page.words(".flash")
    page = signed_in("clerk").post(f"/tasks/{address}/complete", outcome="submit")
    assert "下一步：later（毛经理）" in page.words(".flash")


def test_who_ends_a_case_is_told_how_it_ended(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    purchases.check(case)
    page = signed_in("manager").post(f"/tasks/{purchases.task(case)}/complete", outcome="reject", opinion="没有预算")
    assert "单据已结束" in page.words(".flash")


def test_who_prefers_the_inbox_gets_it_after_completing(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    key, _other = purchases.claim(purchases.start(), cast.clerk2), purchases.start()
    someone = signed_in("clerk2")
    page = someone.post(f"/tasks/{key}/complete", in_stock="0", outcome="submit", after_completing="inbox")
    assert page.address == "/inbox"
    assert (
        someone.get(f"/tasks/{purchases.claim(_other, cast.clerk2)}").form(f"/tasks/{purchases.task(_other)}/complete")[
            "after_completing"
        ]
        == "inbox"
    )


def test_a_wrong_form_says_so_at_its_field_and_loses_nothing_typed(
    signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    key = purchases.claim(purchases.start(), cast.clerk2)
    page = signed_in("clerk2").post(
        f"/tasks/{key}/complete", status=422, in_stock="many", stock_note="没有找到", outcome="submit"
    )
    assert "核对库存 剩" in page.words(".problems"), "until when stands where the page begins after a refusal"
    field = page.tree.xpath("//input[@name='in_stock']")[0]
    assert field.get("aria-invalid") == "true" and field.get("value") == "many"
    assert page.tree.get_element_by_id(field.get("aria-describedby").split()[0]).text_content()
    assert page.tree.xpath("//textarea[@name='stock_note']")[0].text_content() == "没有找到"
    assert "库存数量" in page.words("@role='alert'")
    assert purchases.row(key).state == "open"
    left = signed_in("clerk2").get(f"/tasks/{key}")  # who leaves the page and comes back
    assert left.tree.xpath("//textarea[@name='stock_note']")[0].text_content() == "没有找到"
    assert left.tree.xpath("//input[@name='in_stock']/@value") == ["many"]


def test_refusing_without_an_opinion_asks_for_it_and_keeps_the_task_open(
    signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    case = purchases.start()
    purchases.check(case)
    key = purchases.claim(case, cast.manager)
    page = signed_in("manager").post(f"/tasks/{key}/complete", status=422, outcome="reject", opinion=" ")
    assert page.tree.xpath("//textarea[@name='opinion']")[0].get("aria-invalid") == "true"
    assert purchases.row(key).state == "open"


def test_the_buttons_carry_the_labels_of_their_outcomes(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    case = purchases.start()
    purchases.check(case)
    key = purchases.claim(case, cast.manager)
    someone = signed_in("manager")
    assert [button.text_content() for button in someone.get(f"/tasks/{key}").tree.xpath("//button[@name='outcome']")] == [
        "同意",
        "退回修改",
        "不同意并结束",
    ]
    someone.post("/preferences", language="en")
    assert "Refuse and end" in someone.get(f"/tasks/{key}").words("button")


def test_the_approver_reads_what_was_filled_in_and_said_before(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    key = purchases.check(case)
    page = signed_in("manager").get(f"/tasks/{key}")
    assert "采购物品 打印纸" in page.words(".answers") and "华东办公" in page.words(".answers")
    assert "核对库存" in page.words(".timeline") and "程办事" in page.words(".timeline")


def test_a_task_says_how_long_it_may_take_still(signed_in: SignedIn, purchases: Purchases, clock: Clock) -> None:
    key = purchases.task(purchases.start())
    someone = signed_in("clerk2")
    assert "剩 2 天" in someone.get(f"/tasks/{key}").words(".light")
    clock.moment += timedelta(days=1, hours=2)
    assert "剩 22 小时" in someone.get(f"/tasks/{key}").words(".near")
    clock.moment += timedelta(days=2)
    assert "超期 1 天" in someone.get(f"/tasks/{key}").words(".late")


def test_a_half_filled_form_is_kept_and_shown_again(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    key = purchases.claim(purchases.start(), cast.clerk2)
    signed_in("clerk2").post(f"/tasks/{key}/draft", stock_note="找了一半", opinion="再看看")
    page = signed_in("clerk2").get(f"/tasks/{key}")
    assert page.tree.xpath("//textarea[@name='stock_note']")[0].text_content() == "找了一半"


def test_two_windows_do_not_overwrite_each_other_silently(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    key = purchases.claim(purchases.start(), cast.clerk)
    here = signed_in("clerk")

    def window() -> dict[str, str]:
        tree = here.get(f"/tasks/{key}").tree
        return {name: tree.xpath(f"//input[@name='{name}']/@value")[0] for name in ("window", "window_saw")}

    one, other = window(), window()
    here.post(f"/tasks/{key}/draft", stock_note="第一个窗口", **one)
    here.post(f"/tasks/{key}/draft", stock_note="第一个窗口又存", **one)
    page = here.post(f"/tasks/{key}/draft", status=409, stock_note="第二个窗口", **other)
    assert "其他窗口" in page.words("@role='alert'") and "第二个窗口" in page.text
    assert "第一个窗口又存" in here.get(f"/tasks/{key}").text, "not overwritten yet"
    again = {name: page.tree.xpath(f"//input[@name='{name}']/@value")[0] for name in other}
    here.post(f"/tasks/{key}/draft", stock_note="第二个窗口", **again)
    assert "第二个窗口" in here.get(f"/tasks/{key}").text
    late = {"X-CSRFToken": here.token(), "X-Autosave": "1"}
    answer = here.client.post(f"/tasks/{key}/draft", data={"stock_note": "x", **one}, headers=late)
    assert answer.status_code == 409 and "其他窗口" in answer.get_json()["saved"]
    page = here.post(f"/tasks/{key}/complete", status=409, in_stock="7", stock_note="第一个窗口又填", outcome="submit", **one)
    assert "其他窗口" in page.words("@role='alert'") and "第一个窗口又填" in page.text
    assert purchases.row(key).state == "open" and "第二个窗口" in here.get(f"/tasks/{key}").text
    again = {name: page.tree.xpath(f"//input[@name='{name}']/@value")[0] for name in other}
    here.post(f"/tasks/{key}/complete", in_stock="7", stock_note="第一个窗口又填", outcome="submit", **again)
    assert purchases.row(key).state == "completed"


def test_saving_by_itself_answers_with_a_word_only(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    key = purchases.claim(purchases.start(), cast.clerk2)
    someone = signed_in("clerk2")
    answer = someone.client.post(
        f"/tasks/{key}/draft", data={"stock_note": "x"}, headers={"X-CSRFToken": someone.token(), "X-Autosave": "1"}
    )
    assert answer.get_json()["saved"].startswith("已保存 "), "with its moment, which stays true however long the page is open"


def test_giving_back_puts_the_task_into_the_group_s_list_again(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    key = purchases.claim(purchases.start(), cast.clerk2)
    signed_in("clerk2").post(f"/tasks/{key}/unclaim")
    assert "打印纸" in signed_in("clerk").get("/inbox").words(".list")


def test_somebody_who_was_too_late_is_told_who_was_faster(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    case = purchases.start(by=cast.clerk)
    key = purchases.claim(case, cast.clerk)
    page = signed_in("clerk2").post(f"/tasks/{key}/claim", status=409)
    assert "陈办事" in page.words("main")


def test_a_double_submit_completes_once(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    key = purchases.claim(purchases.start(), cast.clerk2)
    someone = signed_in("clerk2")
    someone.post(f"/tasks/{key}/complete", in_stock="0", outcome="submit")
    someone.post(f"/tasks/{key}/complete", status=409, in_stock="9", outcome="submit")
    assert purchases.row(key).completed_by == "clerk2"


def test_a_task_that_is_over_leads_to_its_case(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    case = purchases.start()
    key = purchases.task(case)
    purchases.check(case)
    page = signed_in("clerk2").get(f"/tasks/{key}")
    assert page.address == f"/cases/{case}" and page.tree.xpath("//*[contains(@class, 'flash')]")


def test_a_manager_of_the_process_sees_the_case_instead_of_another_s_task(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    assert signed_in("owner").get(f"/tasks/{purchases.task(case)}").address == f"/cases/{case}"


@pytest.mark.parametrize("verb", ["claim", "unclaim", "complete", "draft", "live"])
def test_for_an_outsider_and_for_a_stranger_there_is_no_such_task(signed_in: SignedIn, purchases: Purchases, verb: str) -> None:
    key = purchases.task(purchases.start())
    for someone in (signed_in("outsider"), signed_in("stranger", "elsewhere")):
        someone.get(f"/tasks/{key}", status=404)
        someone.post(f"/tasks/{key}/{verb}", status=404)
    assert purchases.row(key).state == "open"


def test_the_initiator_knows_the_case_but_may_not_approve_it(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    key = purchases.check(case)
    signed_in("clerk").post(f"/tasks/{key}/complete", status=403, outcome="approve")
    assert purchases.row(key).state == "open"


def test_an_outcome_that_the_task_does_not_offer_is_refused(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    case = purchases.start()
    purchases.check(case)
    key = purchases.claim(case, cast.manager)
    signed_in("manager").post(f"/tasks/{key}/complete", status=422, outcome="anything")
    assert purchases.row(key).state == "open"


def test_a_window_out_of_step_is_told_what_happened_meanwhile(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    task = purchases.claim(case, purchases.cast.clerk2)
    mine, owner, address = signed_in("clerk2"), signed_in("owner"), f"/tasks/{task}/standing"
    assert address in mine.get(f"/tasks/{task}").text
    assert mine.client.get(address).status_code == 204
    signed_in("outsider").get(address, status=404)
    owner.post(f"/cases/{case}/suspend", reason="等预算")
    assert "等预算" in mine.get(address).words(".flash")
    owner.post(f"/cases/{case}/resume")
    assert mine.client.get(address).status_code == 204
    mine.post(f"/tasks/{task}/complete", in_stock="1", outcome="submit")
    assert "您已于 3月2日 09:00 办结这项待办" in mine.get(address).words(".flash")
    assert "已由程办事" in signed_in("clerk").get(address).words(".flash").replace(" ", "")
    assert "已被他人处理" in signed_in("clerk").post(f"/tasks/{task}/claim", status=409).words(".trouble")
    mine.post("/sign-out")
    assert mine.client.get(address, headers={"HX-Request": "true"}).status_code == 204


def test_a_task_offered_to_several_by_name_tells_who_else_may_be_faster(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    flow = (kit.start(), kit.task("look", users="clerk,clerk2,manager"), kit.end(), kit.chain("started", "look", "done"))
    kit.deploy(database, cast.owner, kit.diagram("several", *flow))
    task = kit.open_task(database, kit.begin(database, cast.outsider, "several"), "look")
    told = signed_in("clerk").get(f"/tasks/{task}").words(".ask")
    assert "程办事、毛经理" in told and "陈办事" not in told
    signed_in("clerk").post(f"/tasks/{task}/claim")
    assert "程办事" not in signed_in("clerk").get(f"/tasks/{task}").words(".ask")


def test_who_brings_about_that_a_case_goes_back_by_itself_is_told_so_and_why(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    kit.deploy(database, cast.owner, *checked())
    case = kit.begin(database, cast.clerk, "checked", {"subject": "x"})
    kit.complete(database, cast.clerk, case, "draft", {"subject": "x"})
    kit.complete(database, cast.head, case, "check", outcome="approve")
    task = kit.open_task(database, case, "count")
    page = signed_in("clerk2").post(f"/tasks/{task}/complete", count="2", outcome="submit", after_completing="inbox")
    assert "已自动退回“check”（何负责）：complete：没到齐" in page.words(".flash")
    back = kit.open_task(database, case, "check")
    head = signed_in("head")
    assert "自动退回" in head.get("/inbox").words(".one") and "没到齐" in head.get("/inbox").words(".one")
    strip = head.get(f"/tasks/{back}").words(".strip")
    assert strip.startswith("complete：没到齐（没有说明原因），请重做") and "不清楚怎么改的，先问程办事。" in strip
    assert "程办事办完“count”后自动退回" in strip, "what was decided leads; that nobody chose to send it back comes after"


def test_a_question_says_until_when_it_is_wanted_without_calling_the_reader_late(
    signed_in: SignedIn, purchases: Purchases, clock: Clock
) -> None:
    task = purchases.claim(purchases.start(), purchases.cast.clerk2)
    signed_in("clerk2").post(f"/tasks/{task}/consult", people="outsider", text="型号合适吗?")
    [question] = kit.rows(purchases.database, models.Consultation)
    outsider, address = signed_in("outsider"), f"/questions/{question.key}"
    assert "请在程办事的时限前答复" in outsider.get(address).words(".under")
    assert "请在程办事的时限前答复" in outsider.get("/inbox/asked").words(".items")
    clock.moment += timedelta(days=9)
    late = outsider.get(address)
    assert "请立即答复 程办事的时限已过：" in late.words(".under") and not late.tree.xpath("//*[contains(@class, 'late')]")


def test_who_approves_reads_first_what_the_process_lays_before_him_and_everything_once(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    request = kit.form("request", kit.text_field("order"), kit.text_field("proposal"))
    shown = kit.form("shown", {**kit.text_field("proposal"), "readonly": True})
    bare = kit.form("bare", kit.text_field("remark"))
    steps = [kit.task(id, users="head", kind="approve", form=id) for id in ("shown", "bare")]
    drawn = (kit.start(form="request"), *steps, kit.end(), kit.chain("started", "shown", "bare", "done"))
    kit.deploy(
        database,
        cast.owner,
        request,
        shown,
        bare,
        kit.diagram("agreed", *drawn, summary=[{"label": "订单", "value": "=order"}]),
    )
    case = kit.begin(database, cast.clerk, "agreed", {"order": "DD-7", "proposal": "换货"})
    head = signed_in("head")
    page = head.get(f"/tasks/{kit.open_task(database, case, 'shown')}")
    assert ["换货" in each.text_content() for each in page.tree.xpath("//*[@class='sheet-form']")] == [True, False]
    assert page.words("main").count("DD-7") == 1, "among the answers, and so not beside them"
    kit.complete(database, cast.head, case, "shown", outcome="approve")
    page = head.get(f"/tasks/{kit.open_task(database, case, 'bare')}")
    assert ["换货" in each.text_content() for each in page.tree.xpath("//*[@class='sheet-form']")] == [True, False]


def test_who_was_urged_reads_it_on_top_of_his_task(signed_in: SignedIn, purchases: Purchases, clock: Clock) -> None:
    case = purchases.start()
    key = purchases.claim(case, purchases.cast.clerk2)
    signed_in("clerk").post(f"/cases/{case}/urge", text="客户在等")
    page = signed_in("clerk2").get(f"/tasks/{key}")
    assert page.words(".also") == "催办：陈办事 今天 09:00：“客户在等”" and "催办" not in page.words(".strip")
    assert page.words(".until") == "请在 3月4日 09:00 前办完 剩 2 天", "it leads, and no urge stands beside it"
    purchases.now = clock.moment = clock.moment + timedelta(hours=1)
    purchases.check(case)
    page = signed_in("manager").get(f"/tasks/{purchases.task(case)}")
    assert "客户在等" not in page.words(".also"), "the step before was meant"


def test_fields_that_lie_below_what_a_form_shows_are_named_on_top_and_led_to(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    told = [{**kit.text_field(f"told{n}"), "readonly": True} for n in range(6)]
    asked = [kit.text_field("measure", required=True), kit.text_field("remark"), kit.text_field("owner", required=True)]
    steps = [kit.task(id, users="head", form=id) for id in ("long", "short")]
    drawn = (kit.start(), *steps, kit.end(), kit.chain("started", "long", "short", "done"))
    kit.deploy(database, cast.owner, kit.form("long", *told, *asked), kit.form("short", *asked), kit.diagram("fills", *drawn))
    case = kit.begin(database, cast.clerk, "fills")
    page = signed_in("head").get(f"/tasks/{kit.open_task(database, case, 'long')}")
    assert "下面要填：“measure”、“owner”" in page.words(".ask")
    [link] = page.tree.xpath("//*[@class='ask']//a/@href")
    assert page.tree.xpath(f"//*[@id='{link[1:]}']//input[@name='measure']")
    kit.complete(database, cast.head, case, "long", {"measure": "x", "owner": "y"})
    page = signed_in("head").get(f"/tasks/{kit.open_task(database, case, 'short')}")
    assert "下面要填" not in page.words(".ask"), "it begins with them"


def test_fields_to_fill_in_are_named_as_they_are_written(app: flask.Flask) -> None:
    with app.test_request_context():
        told = flask.render_template_string("{{ ['a&b']|listed }}{{ [_('“%(name)s”', name='O&M')]|listed }}")
    assert told == "a&amp;b“O&amp;M”"


def test_no_field_of_a_form_can_be_called_as_one_of_the_page_s_own(
    signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    task = signed_in("clerk2").get(f"/tasks/{purchases.claim(purchases.start(), cast.clerk2)}")
    start = signed_in("clerk2").get("/start/purchase")
    names = {
        field.get("name")
        for page in (task, start)
        for field in page.tree.xpath("//form[@data-autosave]//*[@name][not(ancestor::*[@id='form-fields'])]")
    }
    assert {"outcome", "window", "csrf_token"} <= names <= checks.OF_THE_PAGE
