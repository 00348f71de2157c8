"""What somebody typed into a task that was done by a colleague or given to somebody else meanwhile: he finds it again, and nobody else."""

from __future__ import annotations

from collections.abc import Callable

from engine.storage import models
from tests.cast import COMPANY, Cast
from tests.web.cases import Purchases
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]


def gone(signed_in: SignedIn, purchases: Purchases) -> tuple[int, int, Browser]:
    """A case, its task, and who had that and sees the case no more, as it was given to somebody else."""
    case = purchases.start()
    key = purchases.task(case)
    purchases.hand_on(key, "outsider")
    someone = signed_in("outsider")
    purchases.hand_on(key, "clerk2")
    return case, key, someone


def test_who_is_overtaken_keeps_what_he_typed_and_sees_who_was_faster(
    signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    case = purchases.start()
    key = purchases.claim(case, cast.clerk)
    purchases.hand_on(key, "clerk2")
    someone = signed_in("clerk")
    page = someone.post(f"/tasks/{key}/complete", status=409, in_stock="7", stock_note="清点了两遍", outcome="submit")
    assert "欧流程 已将此任务改由 程办事 办理，不再由您办理。原因：" in page.words(
        "@role='alert'"
    ) and "清点了两遍" in page.words(".kept")
    assert "清点了两遍" in someone.get(f"/cases/{case}").words(".kept")
    assert "清点了两遍" not in signed_in("clerk2").get(f"/cases/{case}").text
    assert purchases.row(key).state == "open" and purchases.row(key).assignee == "clerk2"
    signed_in("clerk2").post(f"/tasks/{key}/forget", status=404)  # it is not his, and his own is under way
    someone.post(f"/tasks/{key}/forget")
    assert someone.get(f"/cases/{case}").words(".kept") == ""
    assert signed_in("clerk2").get(f"/tasks/{key}/complete").address == f"/tasks/{key}"  # loaded again


def test_an_autosave_that_comes_too_late_says_so_and_keeps_it(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    case = purchases.start()
    key = purchases.claim(case, cast.clerk)
    purchases.hand_on(key, "clerk2")
    someone = signed_in("clerk")
    headers = {"X-CSRFToken": someone.token(), "X-Autosave": "1"}
    answer = someone.client.post(f"/tasks/{key}/draft", data={"stock_note": "清点了两遍"}, headers=headers)
    assert "程办事" in answer.get_json()["saved"]
    assert "清点了两遍" in someone.get(f"/cases/{case}").words(".kept")


def test_whose_task_went_to_somebody_else_reads_where_and_still_has_what_he_typed(
    signed_in: SignedIn, purchases: Purchases
) -> None:
    case, key, someone = gone(signed_in, purchases)
    page = someone.post(f"/tasks/{key}/complete", status=409, in_stock="7", stock_note="清点了两遍", outcome="submit")
    assert "程办事" in page.words("@role='alert'") and "清点了两遍" in page.words(".kept")
    told = someone.get(f"/tasks/{key}/standing").words(".flash")
    assert "程办事" in told and "您填写的内容保留在“草稿”中" in told
    assert f"/cases/{case}" not in page.text
    for address in (f"/tasks/{key}", f"/cases/{case}"):
        someone.get(address, status=404)  # to keep one's own words gives no right to the case


def test_what_was_typed_into_a_task_given_to_somebody_else_is_found_again_among_the_drafts_by_its_author_alone(
    signed_in: SignedIn, purchases: Purchases
) -> None:
    case, key, someone = gone(signed_in, purchases)
    headers = {"X-CSRFToken": someone.token(), "X-Autosave": "1"}
    answer = someone.client.post(f"/tasks/{key}/draft", data={"stock_note": "清点了两遍"}, headers=headers)
    assert "保留在“草稿”中" in answer.get_json()["saved"]
    address, drafts = f"/tasks/{key}/kept", someone.get("/inbox/drafts")
    assert "草稿1" in drafts.words(".tabs") and drafts.tree.xpath(f"//main//a[@href='{address}']")
    page = someone.get(address)
    assert "清点了两遍" in page.words(".kept") and f"/cases/{case}" not in page.text
    for other in ("clerk2", "owner", "manager"):
        signed_in(other).get(address, status=404)
        assert address not in signed_in(other).get("/inbox/drafts").text
    someone.get(f"/cases/{case}", status=404)
    someone.post(f"/tasks/{key}/forget")
    someone.get(address, status=404)
    assert address not in someone.get("/inbox/drafts").text and purchases.copies(key) == []


def test_the_drafts_say_of_which_case_a_copy_is_unless_the_case_may_be_about_its_author(
    signed_in: SignedIn, purchases: Purchases
) -> None:
    case, key, someone = gone(signed_in, purchases)
    someone.post(f"/tasks/{key}/complete", status=409, in_stock="7", stock_note="清点了两遍", outcome="submit")
    with purchases.database.transaction(COMPANY) as session:
        row = session.get_one(models.ProcessInstance, case)
        title, number = row.title, row.number
    copies = someone.get("/inbox/drafts").words(".items")
    assert title in copies and number in copies
    with purchases.database.transaction(COMPANY) as session:
        session.get_one(models.UserTask, key).excluded = ["outsider"]
    copies = someone.get("/inbox/drafts").words(".items")
    assert "核对库存" in copies and number not in copies and title not in copies


def test_who_gets_the_case_back_finds_his_words_on_its_page(signed_in: SignedIn, purchases: Purchases) -> None:
    case, key, someone = gone(signed_in, purchases)
    someone.post(f"/tasks/{key}/complete", status=409, in_stock="7", stock_note="清点了两遍", outcome="submit")
    purchases.hand_on(key, "outsider")
    assert "清点了两遍" in someone.get(f"/cases/{case}").words(".kept")


def test_nobody_leaves_a_copy_in_a_case_he_may_not_know(signed_in: SignedIn, purchases: Purchases) -> None:
    key = purchases.task(purchases.start())
    signed_in("outsider").post(f"/tasks/{key}/complete", status=404, stock_note="x", outcome="submit")
    assert purchases.copies(key) == []
