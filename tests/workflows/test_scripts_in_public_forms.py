"""A script in any field of the companies' public forms is text on every page that shows it, to customers and to staff."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from engine import forms
from engine.definitions import definitions
from engine.intake import filing
from engine.storage import database as databases
from engine.storage import models
from tests.web.complaints import number_and_secret
from tests.web.pages import Browser
from tests.workflows import standing
from tests.workflows.standing import ROOT, Standing

SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
COMPANIES = [
    path.parent.parent.name for path in sorted((ROOT / "workflows").glob("*/*/workflow.toml")) if "[public]" in path.read_text()
]


def hostile(components: Iterable[forms.Component]) -> Iterable[tuple[str, Any]]:
    """A script for every field that people type into, the first choice for the others."""
    for component in components:
        yield from hostile(component.children)
        if component.type in ("textfield", "textarea"):
            asked = component.raw.get("validate") or {}
            is_number = asked.get("validationType") == "phone"
            yield str(component.raw["key"]), "13800001234" if is_number else SCRIPT[: int(asked.get("maxLength") or 1000)]
        elif component.type in ("radio", "select") and component.raw.get("values"):
            yield str(component.raw["key"]), component.raw["values"][0]["value"]


def is_harmless(browser: Browser, address: str) -> None:
    page = browser.get(address)
    assert not page.tree.xpath("//script[not(@src)] | //img[@src='x'] | //*[@onerror]"), address
    assert "<script>alert" not in page.text and "<img src=x" not in page.text, address


@pytest.mark.parametrize("company", COMPANIES)
def test_a_script_in_every_field_stays_text_everywhere(company: str, database: databases.Database, folder: Path) -> None:
    stood = Standing(standing.prepared(database, folder), company)
    app = standing.pages(database, folder, lambda: stood.now)
    with database.reading(company) as session:
        (definition,) = filing.offers(session, company)
        _definition, _public, form = filing.page(session, company, definition.process_id)
    customer, address = Browser(app), f"/p/{company}/{definition.process_id}"
    filled = dict(hostile(form.components))
    receipt = customer.get(address).form(address)["receipt"]
    number, secret = number_and_secret(customer.send(address, {"receipt": receipt, **filled}))
    assert number, customer.page and customer.page.words(".field-error")
    customer.post(f"/p/{company}/follow", number=number, secret=secret)
    is_harmless(customer, f"/p/{company}/follow")
    (case,) = stood.rows(models.ProcessInstance, number=number)
    for username, pages in readers(company, definition, case.key):
        staff = Browser(app).let_in(username, company)
        for page in pages:
            is_harmless(staff, page)
        staff.client.post(f"/cases/{case.key}/unmask", data={"csrf_token": staff.token()})
        is_harmless(staff, f"/cases/{case.key}")


def readers(company: str, definition: definitions.Definition, case: int) -> Iterable[tuple[str, list[str]]]:
    """A manager and the administrator, with the pages on which they meet the case."""
    groups = {each["name"]: each["members"] for each in _told(company)["group"]}
    manager = groups[definition.settings.managers[0]][0]
    lists = [f"/cases/{case}", "/status/cases", f"/registers/{definition.process_id}", "/inbox", "/notices"]
    yield from ((username, lists) for username in dict.fromkeys((manager, _told(company)["administrators"][0])))


def _told(company: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "workflows" / company / "company.toml").read_text())
