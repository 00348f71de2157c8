"""Files are saved under the names that people gave, also by programs that know only plain letters; lists have addresses."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import html
from werkzeug.test import TestResponse

from tests.web.cases import Purchases
from tests.web.pages import Browser
from web.frame.files import naming

SignedIn = Callable[..., Browser]
TEMPLATES = Path(__file__).parents[2] / "web" / "templates"
MOST = 200  # letters of a field of a search, so that the longest of Chinese still makes an address that servers take


@pytest.mark.parametrize(
    ("name", "plain", "whole"),
    [
        ("审批单-TS-20260302-0001.pdf", "TS-20260302-0001.pdf", "审批单-TS-20260302-0001.pdf"),
        ("登记表.xlsx", "file.xlsx", "登记表.xlsx"),
        ("说明", "file", "说明"),
        ('a"b/c\r\n.pdf', "a_b_c.pdf", "a_b_c__.pdf"),
        ("report (1).pdf", "report_1.pdf", "report (1).pdf"),
    ],
)
def test_a_file_keeps_its_name_and_has_one_in_plain_letters_too(name: str, plain: str, whole: str) -> None:
    said = re.fullmatch(
        r"attachment; filename=\"([\x20-\x7e]+)\"; filename\*=UTF-8''([\w%.~-]+)", naming.disposition(name), re.A
    )
    assert said is not None and (said[1], unquote(said[2])) == (plain, whole)


def test_lists_and_pictures_are_saved_under_names_that_say_what_they_are(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    someone = signed_in("clerk2")
    for address, name in (
        ("/inbox/export", "待办-2"),
        ("/inbox/done/export", "已办-2"),
        (f"/cases/{case}/diagram", f"{case}.bpmn"),
    ):
        given = someone.client.get(address).headers["Content-Disposition"]
        assert unquote(given.partition("UTF-8''")[2]).startswith(name) and 'filename="."' not in given


def test_the_same_file_chosen_again_is_told_whatever_it_is_called(signed_in: SignedIn, purchases: Purchases) -> None:
    """Telephones call every photograph image.jpg, and the form numbers them: what is in it decides."""
    someone = signed_in("clerk2")

    def send(content: bytes, name: str, beside: list[str]) -> TestResponse:
        data = {"field": "photos", "file": (io.BytesIO(content), name), "beside": beside}
        return someone.client.post("/attachments", data=data, headers={"X-CSRFToken": someone.token()})

    first = send(b"one", "image.txt", [])
    second = send(b"two", "image (2).txt", [first.json["key"]])  # type: ignore[index]
    there = [each.json["key"] for each in (first, second) if each.json]
    again = send(b"one", "image (3).txt", there)
    assert [each.status_code for each in (first, second, again)] == [201, 201, 422]
    assert again.json == {"detail": "与列表中已有的“image.txt”是同一个文件，未重复添加。"}
    assert send(b"one", "image (3).txt", there[1:]).status_code == 201, "what was taken off may be chosen again"
    someone = signed_in("clerk")
    assert send(b"one", "x.txt", there).status_code == 201, "nobody learns what others handed in"


def test_nothing_can_be_searched_for_that_makes_an_address_too_long() -> None:
    unbounded = []
    for path in sorted(TEMPLATES.glob("**/*.html")):
        for form in re.findall(r'<form[^>]*method="get".*?</form>', path.read_text(), re.DOTALL):
            for field in re.findall(r"<input\b[^>]*>", form):
                kind = re.search(r'type="([\w-]+)"', field)
                given = html.fromstring(re.sub(r"\{[%{].*?[%}]\}", "", field)).get("maxlength")
                if (
                    (kind is None or kind[1] in ("text", "search"))
                    and not 0 < int(given or 0) <= MOST
                    and "input }}" not in field
                ):
                    unbounded.append((path.name, field))
    assert unbounded == []
