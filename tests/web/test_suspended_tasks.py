"""A task of a suspended case: why nobody may act on it, and nothing offered that would be refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.cast import Cast
from tests.web.cases import Purchases
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]


@pytest.mark.parametrize("is_claimed", [False, True])
def test_a_task_of_a_suspended_case_says_so_and_offers_nothing_that_is_refused(
    signed_in: SignedIn, purchases: Purchases, is_claimed: bool
) -> None:
    case = purchases.start()
    task = purchases.claim(case, purchases.cast.clerk2) if is_claimed else purchases.task(case)
    someone, owner = signed_in("clerk2"), signed_in("owner")
    owner.post(f"/cases/{case}/suspend", reason="等预算")
    for address in (f"/tasks/{task}", f"/tasks/{task}/preview"):
        page = someone.get(address)
        assert "等预算" in page.words(".held-up") and "恢复之前" in page.words(".held-up")
        assert page.words(".until").startswith(
            "现在不用办"
        ) and "时限已停止计算：恢复之前谁都不能办理，恢复后时限顺延。 由流程管理人员恢复。" in page.words(".held-up")
        sending = page.tree.xpath("//main//button/text() | //main//button/@formaction | //main//form/@action")
        assert not [each for each in sending if "认领" in each or each.endswith(("/claim", "/draft"))]
        assert not page.tree.xpath("//button[@name='outcome'] | //input[@name='in_stock'] | //*[contains(@class, 'primary')]")
        assert "认领后" not in page.words()
    line = someone.get("/inbox")
    assert "已挂起" in line.words(".one") and not line.tree.xpath("//li//button[contains(@formaction, '/claim')]")
    assert someone.get("/tasks/next").address == "/inbox"
    ready = purchases.task(purchases.start(after=timedelta(hours=1)))
    assert someone.get("/tasks/next").address == f"/tasks/{ready}"
    assert not someone.get(f"/tasks/{task}").tree.xpath("//a[contains(@href, '/resume')]")


def test_who_may_resume_a_case_does_so_from_its_task(signed_in: SignedIn, purchases: Purchases, cast: Cast) -> None:
    case = purchases.start()
    task = purchases.task(case)
    purchases.hand_on(task, "owner")
    owner = signed_in("owner")
    owner.post(f"/cases/{case}/suspend", reason="等预算")
    assert owner.get(f"/tasks/{task}").tree.xpath(f"//*[contains(@class, 'held-up')]//a[@href='/cases/{case}/resume']")
    for address in (f"/tasks/{task}", f"/cases/{case}"):
        told = owner.get(address).words(".held-up")
        assert "您于今天 09:00 挂起此单，理由是“等预算”" in told and "您是流程管理人员，可随时恢复" in told, address


def test_what_the_step_would_offer_is_refused_with_the_reason_by_its_dialog(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    task = purchases.claim(case, purchases.cast.clerk2)
    signed_in("owner").post(f"/cases/{case}/suspend", reason="等预算")
    assert "等预算" in signed_in("clerk2").get(f"/tasks/{task}/transfer", status=409).words(".trouble")
