"""Every page of organisation, rights, notices, sign-in and passwords as an auditor sees it: in light and dark, on desk and phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import looks
from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.window import Window

pytestmark = pytest.mark.browser
ADMINISTRATOR = ("miniapp", "xiao_ran")
ROUTES = Path(__file__).parent.parent / "web" / "routes.txt"
AREAS = re.compile(r"/(organisation|notices|deputies|password|second-factor|signature|reassignment|phrases|sign-in)\b")
FILLED_IN = "() => Object.fromEntries(new FormData(document.querySelector('main form')))"
LINKS = ("a[href]", "all => all.map(each => each.getAttribute('href').split('?')[0])")
NO_PAGES = {  # parts of pages, files, and addresses that only a provider or a letter leads to
    *(
        "/organisation/find",
        "/organisation/values/find",
        "/organisation/files/export",
        "/organisation/files/<int:key>",
        "/notices/count",
        "/sign-in/code",
    ),
    *("/sign-in/with/<company>/<id>", "/sign-in/with/<company>/<id>/back", "/sign-in/with/<company>/<id>/out"),
}
MADE = {  # what has to be there first: where it is entered, and with what; switched off, as others use this office too
    "/organisation/notices/channels/new/wecom": {"name": "群", "url": "https://chat.example/?key=k", "kinds": "new_work"},
    "/organisation/sign-in/new/ldap": {
        "id": "looks",
        "name": "目录",
        "server": "ldaps://directory.example",
        "base": "ou=people",
    },
}


def addresses(here: Window) -> Iterator[str]:
    """An address for each page: one that names something is found as a link of the pages before it."""
    wanted = [line.split()[1] for line in ROUTES.read_text().splitlines() if line.startswith("GET ")]
    here.go("/organisation").go(
        here.page.eval_on_selector("a[href^='/organisation?department=']", "each => each.pathname + each.search")
    )
    links = set[str](here.page.eval_on_selector_all(*LINKS))
    for route in [each for each in wanted if AREAS.match(each) and each not in NO_PAGES]:
        named = re.compile(re.sub(r"<[^>]+>", "[^/?#]+", route.replace("<path:name>", "[^?#]+")) + "$")
        found = route if "<" not in route else next((each for each in sorted(links) if named.match(each)), None)
        assert found is not None, f"no page before it links to {route}"
        yield found
        links |= set(here.page.eval_on_selector_all(*LINKS))


def test_no_page_has_a_grave_fault_in_light_or_dark_on_desk_or_phone(sqlite_office: Place, people: People) -> None:
    here = people(sqlite_office, *ADMINISTRATOR)
    for address, fields in MADE.items():
        here.go(address)
        sent = {**here.page.evaluate(FILLED_IN), **fields}
        answer = here.page.request.post(f"{sqlite_office.address}{address}", form=sent)
        assert answer.ok, re.sub(r"(?s)<[^>]+>|\s+", " ", answer.text())[-1500:]
    faults, looked = list[str](), 0
    for address in addresses(here):
        faults += looks.on_phone(here.go(address).page)
        looked += 1
    assert faults == [] and looked > 30
