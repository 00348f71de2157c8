"""Forms while they are filled in: fields that come and go, rows, computed values, files, drafts, errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import filling
from tests.browser.office import PASSWORD, Place
from tests.browser.people import People
from tests.browser.story import Story
from tests.browser.window import Window

pytestmark = pytest.mark.browser
Opened = Callable[..., Window]


@pytest.fixture
def complaint(sqlite_office: Place, people: People) -> Story:
    return Story(sqlite_office, people, "miniapp", "complaint_handling", "substantiated_complaint_is_remedied")


@pytest.fixture
def proposal(complaint: Story) -> Window:
    """The task whose form has a list, opened by the head of the brigade."""
    complaint.start()
    complaint.do("investigate")
    return complaint.open("he_qiang", "propose_solution")


def test_a_field_appears_and_goes_while_another_is_filled_in(complaint: Story) -> None:
    here = complaint.window("chen_jing").go("/start/complaint_handling")
    unit = here.page.locator('[name="unit"]')
    expect(unit).to_be_visible()
    here.page.locator('[name="anonymous"]').check()
    expect(unit).to_have_count(0)
    here.page.locator('[name="anonymous"]').uncheck()
    expect(unit).to_be_visible()


def test_enter_goes_on_to_the_next_field_and_sends_nothing(complaint: Story) -> None:
    page = complaint.window("chen_jing").go("/start/complaint_handling").page
    address = page.url
    page.locator('[name="channel"][value="电话"]').press("Enter")
    page.locator('[name="unit"]').fill("滨江商务中心")
    page.locator('[name="unit"]').press("Enter")
    expect(page.locator('[name="project"]')).to_be_focused()
    page.locator('[name="anonymous"]').press("Enter")
    expect(page.locator(".problems, [aria-invalid=true]")).to_have_count(0)
    assert page.url == address
    page.locator('button[name="outcome"], .outcomes button[type=submit], main button.primary').first.press("Enter")
    expect(page.locator(".problems").first).to_be_visible()  # a button is pressed by it as ever


def test_what_is_typed_while_the_form_is_redrawn_stays(complaint: Story) -> None:
    page = complaint.window("chen_jing").go("/start/complaint_handling").page
    slow = {"offline": False, "latency": 600, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    page.locator('[name="channel"][value="电话"]').check()
    page.locator('[name="unit"]').press_sequentially("滨江商务中心", delay=120)
    page.locator('[name="project"]').press_sequentially("一期", delay=120)
    with page.expect_response("**/live"):
        page.locator('[name="anonymous"]').focus()
    expect(page.locator('[name="unit"]')).to_have_value("滨江商务中心")
    expect(page.locator('[name="project"]')).to_have_value("一期")


def test_rows_are_added_and_removed_and_keep_what_was_typed(proposal: Window) -> None:
    page = proposal.page
    what = page.locator('[name^="measures["][name$=".what"]')
    begun = what.count()
    page.locator('button[name="measures#add"]').click()
    expect(what).to_have_count(begun + 1)
    page.locator(f'[name="measures[{begun}].what"]').fill("夜间双岗排班")
    page.locator('button[name="measures#add"]').click()  # straight from the field: its change and the new row come together
    expect(what).to_have_count(begun + 2)
    expect(page.locator(f'[name="measures[{begun}].what"]')).to_have_value("夜间双岗排班")
    page.locator('button[name="measures#remove"]').nth(begun + 1).click()
    expect(what).to_have_count(begun + 1)
    expect(page.locator(f'[name="measures[{begun}].what"]')).to_have_value("夜间双岗排班")


def test_rows_are_added_without_script_too(complaint: Story, people: People, proposal: Window) -> None:
    plain = people(complaint.office, "miniapp", "he_qiang", java_script_enabled=False)
    plain.page.goto(proposal.page.url)  # signed in with the cookies of the other window
    plain.page.locator('[name="solution"]').fill("夜间双岗")
    begun = plain.page.locator('[name^="measures["][name$=".what"]').count()
    plain.page.locator('button[name="measures#add"]').click()
    expect(plain.page.locator('[name^="measures["][name$=".what"]')).to_have_count(begun + 1)
    expect(plain.page.locator('[name="solution"]')).to_have_value("夜间双岗")


def test_errors_stand_at_their_fields_and_keep_what_was_typed_and_the_files(complaint: Story) -> None:
    here = complaint.window("chen_jing").go("/start/complaint_handling")
    fields = here.page.locator("#form-fields")
    fields.locator('[name="unit"]').fill("滨江商务中心")
    filling.upload(fields, "attachments", ["来信.pdf"])
    with here.expecting(422):
        here.press("提交")
    problems = here.page.locator(".problems")
    expect(problems).to_be_focused()
    problems.locator("a").first.click()
    expect(here.page.locator('[aria-invalid="true"]').first).to_be_visible()
    expect(fields.locator('[name="unit"]')).to_have_value("滨江商务中心")
    expect(fields.locator("[data-files]")).to_contain_text("来信.pdf")
    complaint.fill(here, complaint.told["start"]["form"])
    here.press("提交")
    expect(here.page.locator(".side .files", has_text="来信.pdf")).to_be_visible()


def test_a_refused_file_is_named_with_its_reason(complaint: Story) -> None:
    here = complaint.window("chen_jing").go("/start/complaint_handling")
    picker = here.page.locator('input[type=file][data-field="attachments"]')
    with here.expecting(422):
        picker.set_input_files([{"name": "空.pdf", "mimeType": "", "buffer": b""}])
        expect(here.page.locator("[data-files] .field-error").first).to_contain_text("空.pdf")
    drawn = str(here.page.locator("[data-live]").get_attribute("data-live"))
    for text in ("滨江商务中心", "滨江"):  # twice: the first drawing is there when the second is answered
        with here.page.expect_response(lambda answer: answer.url.endswith(drawn)):
            here.page.locator('[name="unit"]').fill(text)
            here.page.locator('[name="unit"]').press("Tab")
    expect(here.page.locator("[data-files] .field-error")).to_contain_text("空.pdf")


def test_a_file_that_is_too_large_is_not_sent_and_one_chosen_twice_is_told(complaint: Story, tmp_path: Path) -> None:
    here = complaint.window("chen_jing").go("/start/complaint_handling")
    picker, refused = here.page.locator('input[type=file][data-field="attachments"]'), "[data-files] .field-error"
    with (large := tmp_path / "录像.pdf").open("wb") as file:
        file.truncate(33 * 1024 * 1024)
    sent: list[str] = []
    here.page.on("request", lambda request: sent.append(request.url) if "attachments" in request.url else None)
    picker.set_input_files(large)
    expect(here.page.locator(refused)).to_contain_text("录像.pdf: 超过 31 MB")
    assert sent == []
    filling.upload(here.page.locator("form[data-files]"), "attachments", ["来信.pdf"])
    picker.set_input_files([{"name": "来信.pdf", "mimeType": "", "buffer": filling.content("来信.pdf")}])
    expect(here.page.locator(refused)).to_contain_text("列表中已有这份文件")
    expect(here.page.locator("[data-files] li:not(.field-error)")).to_have_count(1)
    picker.set_input_files([{"name": "来信.pdf", "mimeType": "", "buffer": filling.content("来信.pdf") + b"\n"}])
    expect(here.page.locator("[data-files] li:not(.field-error)")).to_have_count(2)
    expect(here.page.locator("[data-files] li:not(.field-error)").last).to_contain_text("来信 (2).pdf")


def test_a_draft_saved_by_itself_is_there_after_the_page_is_loaded_again(complaint: Story, proposal: Window) -> None:
    page = proposal.page
    page.locator('[name="solution"]').fill("尚未写完的方案")
    expect(page.locator("[data-saved]")).not_to_be_empty()
    proposal.go(page.url.removeprefix(complaint.office.address))
    expect(page.locator('[name="solution"]')).to_have_value("尚未写完的方案")


def test_another_window_that_saves_later_is_told_that_this_one_has_saved(complaint: Story, proposal: Window) -> None:
    page = proposal.page
    other = page.context.new_page()
    other.goto(page.url)
    with page.expect_response(lambda answer: answer.url.endswith("/draft")):
        page.locator('[name="solution"]').fill("先保存的窗口")
    other.locator('[name="solution"]').fill("后保存的窗口")
    expect(other.locator("[data-saved]")).to_contain_text("已在其他窗口暂存")
    expect(other.locator('[name="solution"]')).to_have_value("后保存的窗口")
    other.close()
    proposal.go(page.url.removeprefix(complaint.office.address))
    expect(page.locator('[name="solution"]')).to_have_value("先保存的窗口")


def test_a_start_form_begun_is_found_among_the_drafts(complaint: Story) -> None:
    here = complaint.window("wu_xiaomei").go("/start/complaint_handling")
    here.page.locator('[name="unit"]').fill("只写了单位")
    expect(here.page.locator("[data-saved]")).not_to_be_empty()
    here.go("/inbox/drafts").follow(here.page.locator("[data-row] a").first)
    expect(here.page.locator('[name="unit"]')).to_have_value("只写了单位")


def send(page: Page, name: str) -> None:
    """Presses a button whose sending fails, without looking at the page that comes."""
    page.get_by_role("button", name=name, exact=True).first.click()


def test_what_was_sent_while_the_network_was_away_stands_in_the_form_again(complaint: Story, proposal: Window) -> None:
    page = proposal.page
    address = page.url
    begun = page.locator('[name^="measures["][name$=".what"]').count()
    page.locator('button[name="measures#add"]').click()
    expect(page.locator(f'[name="measures[{begun}].what"]')).to_be_visible()
    page.context.set_offline(True)
    page.locator('[name="solution"]').fill("夜间双岗")
    page.locator(f'[name="measures[{begun}].what"]').fill("排班表上墙")
    send(page, "提交")
    expect(page.locator(".unsent")).to_contain_text("还没有送出")
    page.get_by_role("button", name="先不送出").click()
    page.context.set_offline(False)
    proposal.faults.clear()
    page.goto(f"{complaint.office.address}/inbox")
    proposal.follow(page.locator(f'[data-row] a[href^="{urlsplit(address).path}"]').first)
    expect(page.locator('[name="solution"]')).to_have_value("夜间双岗")
    expect(page.locator(f'[name="measures[{begun}].what"]')).to_have_value("排班表上墙")


def test_what_is_sent_from_a_start_form_and_a_dialog_without_network_goes_out_once_there_is_one(complaint: Story) -> None:
    here = complaint.window("zheng_hao").go("/start/accountability_approval")
    page = here.page
    hold(page, page.locator('[name="facts"]'), "擅自离岗四十分钟", "提交")
    with here.expecting(422):
        page.context.set_offline(False)
        expect(page.locator(".problems")).to_be_visible()  # it went out; other fields are missing
    expect(page.locator('[name="facts"]')).to_have_value("擅自离岗四十分钟")
    here.faults.clear()
    complaint.start()
    of_case = complaint.window("chen_jing").page
    of_case.locator(".page-head details.more > summary").click()
    of_case.locator('[data-dialog="cancel"]').first.click()
    hold(of_case, of_case.locator("dialog#cancel [name=reason]"), "客户已另行解决", "撤销申请", within="dialog#cancel")
    of_case.context.set_offline(False)
    expect(of_case.locator(".now")).to_contain_text("客户已另行解决")
    complaint.window("chen_jing").faults.clear()


def hold(page: Page, field: Locator, typed: str, button: str, within: str = "main") -> None:
    """Types and sends while the network is away: the page stays and says so."""
    page.context.set_offline(True)
    field.fill(typed)
    page.locator(within).get_by_role("button", name=button, exact=True).first.click()
    expect(page.locator(within).locator(".unsent")).to_contain_text("还没有送出")
    expect(field).to_have_value(typed)


def test_too_long_a_text_is_told_and_nothing_of_it_is_cut(proposal: Window) -> None:
    page = proposal.page
    solution = page.locator('[name="solution"]')
    solution.focus()
    page.keyboard.insert_text("整改" * 1010)
    expect(page.locator(".letters")).to_have_text("超出 20 字，最多 2,000 字。没有截断，请删减后再送出。")
    assert len(solution.input_value()) == 2020
    solution.fill("整改" * 1000)
    expect(page.locator(".letters")).to_have_text("已写 2,000 字，最多 2,000 字")


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in(complaint: Story, proposal: Window) -> None:
    page = proposal.page
    address = page.url
    page.locator('[name="solution"]').fill("夜间双岗")
    page.context.clear_cookies()
    send(page, "提交")
    expect(page.locator(".flash.warning", has_text="刚才填写的内容仍在")).to_be_visible()
    page.wait_for_load_state("load")  # its scripts keep what was typed
    proposal.faults.clear()
    page.locator("#company").select_option("miniapp")
    page.locator("#username").fill("he_qiang")
    page.locator("#password").fill(PASSWORD)
    proposal.follow(page.locator("button.primary"))
    expect(page).to_have_url(address)
    expect(page.locator('[name="solution"]')).to_have_value("夜间双岗")
    proposal.follow(page.locator("a", has_text=complaint.told["start"]["form"]["unit"]).first)
    page.goto(address)
    expect(page.locator('[name="solution"]')).to_have_value("夜间双岗")  # saved as a draft meanwhile


def test_what_was_typed_and_added_just_before_the_page_is_loaded_again_is_there(proposal: Window) -> None:
    page, solution = proposal.page, proposal.page.locator('[name="solution"]')
    what = page.locator('[name^="measures["][name$=".what"]')
    begun = what.count()
    with nothing_saved(page):
        page.locator('button[name="measures#add"]').click()
        expect(what).to_have_count(begun + 1)
        what.nth(begun).fill("夜间双岗排班")
        solution.fill("还没存的方案")
        page.reload()
        page.reload()  # at once again, before anything of it is saved
        expect(what.nth(begun)).to_have_value("夜间双岗排班")
        expect(solution).to_have_value("还没存的方案")
    solution.fill("后来写的方案")  # it is the same window still: what it saves is nobody else's
    expect(page.locator("[data-saved]")).to_contain_text("已保存")
    assert kept_here(page) == []
    page.reload()
    expect(solution).to_have_value("后来写的方案")
    expect(what.nth(begun)).to_have_value("夜间双岗排班")


def test_a_choice_made_just_before_a_start_form_is_loaded_again_is_there(complaint: Story) -> None:
    page = complaint.window("zheng_hao").go("/start/complaint_handling").page
    choice = page.locator('[name="channel"][value="电话"]')
    with nothing_saved(page):
        choice.check()
        page.reload()
        expect(choice).to_be_checked()
    expect(page.locator("[data-saved]")).to_contain_text("已保存")
    assert kept_here(page) == []


def test_what_was_typed_just_before_leaving_is_sent_from_the_next_page_and_nothing_of_it_stays(
    complaint: Story, proposal: Window
) -> None:
    page, address = proposal.page, proposal.page.url
    with nothing_saved(page):
        page.locator('[name="solution"]').fill("离开前写的")
        page.goto(f"{complaint.office.address}/inbox")
        assert kept_here(page) != []
    with page.expect_response("**/draft"):
        page.goto(f"{complaint.office.address}/notices")
    page.wait_for_function("!Object.keys(sessionStorage).some((key) => key.startsWith('typed:'))")
    page.goto(address)
    expect(page.locator('[name="solution"]')).to_have_value("离开前写的")


def test_what_was_left_goes_over_nothing_that_another_window_has_saved_since(proposal: Window) -> None:
    page = proposal.page
    other = page.context.new_page()
    other.goto(page.url)
    other.locator('[name="solution"]').fill("别处存的")
    expect(other.locator("[data-saved]")).to_contain_text("已保存")
    other.close()
    with nothing_saved(page):
        page.evaluate("void (window.setTimeout = () => 0)")  # it is left before it tries to save by itself
        page.locator('[name="solution"]').fill("离开前写的")
        page.reload()
        expect(page.locator('[name="solution"]')).to_have_value("别处存的")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.reload()  # what was left here is offered until somebody has chosen, where he was before
    expect(page.locator('[name="solution"]')).to_have_value("别处存的")
    expect(page.get_by_role("button", name="换成我在这里填的")).to_be_in_viewport()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.get_by_role("button", name="保持现在的内容")).to_be_in_viewport()
    page.get_by_role("button", name="换成我在这里填的").click()
    expect(page.locator('[name="solution"]')).to_have_value("离开前写的")
    expect(page.locator("[data-saved]")).to_contain_text("已保存")
    assert kept_here(page) == []


def test_what_was_typed_just_before_signing_out_is_saved_and_nothing_of_it_stays_in_the_tab(
    people: People, sqlite_office: Place, proposal: Window
) -> None:
    address = proposal.page.url
    here = people.alone(sqlite_office, "miniapp", "he_qiang")  # a session that may be ended
    page = here.page
    page.goto(address)
    page.locator('[name="solution"]').fill("退出前写的")
    page.locator("form[data-sign-out]").evaluate("form => form.requestSubmit()")
    expect(page).to_have_url(re.compile("/sign-in"))
    assert kept_here(page) == []
    here.sign_in("miniapp", "he_qiang")
    page.goto(address)
    expect(page.locator('[name="solution"]')).to_have_value("退出前写的")


def test_what_one_person_left_is_gone_when_somebody_else_signs_in(
    people: People, sqlite_office: Place, proposal: Window
) -> None:
    here, address = people.alone(sqlite_office, "miniapp", "he_qiang"), proposal.page.url  # a session that may be ended
    page = here.page
    page.goto(address)
    with nothing_saved(page):
        page.locator('[name="solution"]').fill("只给我自己看")
        page.evaluate("document.querySelector('form[action$=\"/sign-out\"]').requestSubmit()")
        page.wait_for_url("**/sign-in*")
        here.sign_in("miniapp", "zheng_hao")
        assert kept_here(page) == []
    with here.expecting(403, 404):
        page.goto(address)


@contextmanager
def nothing_saved(page: Page) -> Iterator[None]:
    """What the page sends to be saved does not arrive meanwhile, as where a page asked for at once is faster."""
    page.route("**/draft", lambda route: None)
    yield
    page.unroute("**/draft")


def kept_here(page: Page) -> list[str]:
    """What of forms is kept in this tab."""
    kept: list[str] = page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('typed:'))")
    return kept
