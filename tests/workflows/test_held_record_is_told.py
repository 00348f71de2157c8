"""Who proposes to destroy a record that is held reads so at its row, and where he sends it all the same, on the case that ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.storage import database as databases
from tests.web.pages import Browser
from tests.workflows import standing


@pytest.fixture
def company(database: databases.Database, folder: Path) -> standing.Standing:
    return standing.Standing(standing.prepared(database, folder), "advertising")


@pytest.fixture
def case(company: standing.Standing) -> int:
    """One that proposes a record that is held."""
    return company.walk("record_destruction", "held_record_is_not_eligible")


@pytest.fixture
def proposer(company: standing.Standing, folder: Path, case: int) -> Browser:
    return Browser(standing.pages(company.database, folder, lambda: company.now)).let_in("pan_ting", "advertising")


def test_a_case_that_ended_at_once_says_why_and_offers_to_start_once_more(proposer: Browser, case: int) -> None:
    head = proposer.get(f"/cases/{case}").words(".now")
    assert "不予销毁：清单中有不能销毁的资料" in head and "冻结：诉讼保全" in head, head
    assert "重新发起" in head, head


def test_the_row_of_a_held_record_says_why_it_cannot_be_destroyed(proposer: Browser, case: int) -> None:
    draft = proposer.post(f"/cases/{case}/start_again").words("main")
    assert "这件档案现在不能销毁：冻结：诉讼保全" in draft, draft
