"""A complaint from registration to the result, by the people of the company, in the browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import People
from tests.browser.office import Place
from tests.browser.story import Story

pytestmark = pytest.mark.browser


def test_a_substantiated_complaint_is_remedied_after_the_customer_refused_once(office_on_both: Place, people: People) -> None:
    story = Story(office_on_both, people, "miniapp", "complaint_handling", "substantiated_complaint_is_remedied")
    _, number = story.start()
    story.do("investigate")
    story.do("propose_solution")
    story.do("negotiate_solution", customerAccepts="不接受", customerComment="要求更换带班员。")
    story.do("propose_solution", solution="夜间双岗，更换带班员。")
    story.do("negotiate_solution")
    story.do("draft_circular", 1)
    story.do("draft_submission")
    story.do("leader_approves")
    story.do("carry_out")
    story.do("execute_solution")
    story.do("track_execution")
    story.do("report_result")
