"""A story told by a scenario file, walked in the browser: who does which task with what."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree
from playwright.sync_api import expect

from tests.browser import filling
from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.window import PATIENCE_MS, Window

ROOT = Path(__file__).resolve().parent.parent.parent
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DONE = ".flash.success"
CASES = "/status/cases"
NEWEST = "/inbox?sort=arrival"
CUSTOMER = {("miniapp", "complaint_handling"): "unit", ("steel", "complaint"): "customer"}  # whose complaints are counted

ON_TOP = """shown => {
    shown.scrollIntoView({ block: "center" });
    const box = shown.getBoundingClientRect();
    return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === shown;
}"""

_STORIES = itertools.count(1)


def apart(customer: str) -> str:
    """A customer that no other story of the office is about."""
    return f"{customer}·{next(_STORIES)}"


# The address of the newest task of a name that is not older than a key (keys grow with time), in the list as it is now.
COME = """async ([name, since, patience]) => {
    let page = document;
    for (const end = Date.now() + patience; ; await new Promise(next => setTimeout(next, 400))) {
        for (const row of page.querySelectorAll("[data-row]")) {
            const link = row.querySelector("a"), key = link.pathname.split("/").at(-1);
            if (row.textContent.includes(name) && BigInt(key) >= BigInt(since)) return link.pathname + link.search;
        }
        if (Date.now() > end) return null;
        page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    }
}"""


class Story:
    """The people and values of a scenario, at one office; its dates are moved so that its first day is today."""

    def __init__(self, office: Place, people: People, company: str, process_id: str, scenario: str) -> None:
        text = (ROOT / "workflows" / company / process_id / "scenarios" / f"{scenario}.toml").read_text()
        self.told = tomllib.loads(text)
        self.company, self.process_id = company, process_id
        self.shift = datetime.now(UTC) - self.told["now"]
        self.names = _names(company)
        self.office, self.people = office, people
        self.inbox = NEWEST
        self._customers: dict[str, str] = {}

    def keep_to(self, number: str) -> None:
        """From now on only tasks of this case are taken up, where others have the same ones."""
        self.inbox = f"{NEWEST}&q={number}"

    def window(self, username: str) -> Window:
        """The window of one of the company's people."""
        return self.people(self.office, self.company, username)

    def start(self, **changes: Any) -> str:
        """Starts the process as the scenario's first person; returns the number of the case."""
        told = self.told["start"]
        here = self.window(told["by"])
        here.go("/start").follow(here.page.locator(f'a[href="/start/{self.process_id}"]'))
        self.fill(here, {**told["form"], **changes})
        here.press("提交")
        expect(here.page).to_have_url(re.compile(r"/cases/\d+$"))
        return here.page.locator(".page-head .under > span").first.inner_text()

    def do(
        self,
        task: str,
        nth: int = 0,
        *,
        outcome: str = "",
        opinion: str = "",
        told: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> Window:
        """Does a task as the scenario's person with the scenario's values (of its nth time), some of them changed."""
        step = self.step(task, nth)
        here = self.open(step["by"], task)
        self.fill(here, {**(told or step.get("form", {})), **changes})
        if "return" in step and not outcome:
            return self._send_back(here, **step["return"])
        said = opinion or step.get("opinion", "")
        if said:
            here.page.locator("#opinion").fill(said)
        return self.send(here, outcome or step.get("outcome", "submit"))

    def _send_back(self, here: Window, to: str, reason: str) -> Window:
        """Sends the case back to a step of the scenario, in the first of the ways that are offered."""
        here.follow(here.page.locator(".outcomes a.button", has_text="退回修改").first)
        here.page.locator("#target").select_option(
            here.page.locator(f'#target option[value^="{to}"]').first.get_attribute("value")
        )
        here.page.locator("#reason").fill(reason)
        return here.press("退回修改")

    def step(self, task: str, nth: int = 0) -> dict[str, Any]:
        """What the scenario tells of a task; a task that it leaves out is done by whoever did the start."""
        steps = [step for step in self.told["step"] if step.get("task") == task and "refused" not in step]
        found: dict[str, Any] = steps[nth] if steps else {"by": self.told["start"]["by"]}
        return found

    def number_of(self, username: str, task: str, *, since: int | None = None) -> str:
        """The number of the case that the newest such task belongs to; `since` 0 takes one that was there before the test."""
        here = self.to_task(self.window(username).go(self.inbox), task, since)
        return here.page.locator(".page-head .under > .quiet").first.inner_text()

    def open(self, username: str, task: str) -> Window:
        """Opens a task from the inbox, where the worker may bring it a moment later; claims it if it waits for a group."""
        here = self.window(username).go(self.inbox)
        self.to_task(here, task)
        claim = here.page.locator(".outcomes button[formaction$='/claim']")
        return here.follow(claim) if claim.count() else here

    def look_at_status(self, username: str, number: str) -> Window:
        """A manager goes from the status of all processes over the one process and its cases to the case."""
        here = self.window(username).go("/status")
        here.follow(here.page.locator(f'[data-row] a[href$="/{self.process_id}"]').first)
        count = here.page.locator(".node-count").first
        expect(count).to_be_visible()
        for theme in ("dark", "light"):  # the drawing that is turned dark must not cover it
            here.page.emulate_media(color_scheme=theme)
            assert count.evaluate(ON_TOP), theme
        return self.look_at_case(username, number)

    def look_at_case(self, username: str, number: str) -> Window:
        """Finds a case by its number and opens it."""
        here = self.window(username).go(f"{CASES}?q={number}")
        return here.follow(here.page.locator("[data-row] a").first)

    def see_token(self, here: Window, task: str) -> None:
        """The case's diagram is drawn, and marks the flow node where the case is."""
        here.page.locator("#diagram").scroll_into_view_if_needed()
        expect(here.page.locator(f'[data-element-id="{task}"].at-token')).to_be_visible()

    def to_task(self, here: Window, task: str, since: int | None = None) -> Window:
        """From the inbox to the newest such task, once the worker has brought it: one of this test, where the case is not known."""
        if since is None:
            since = self.people.since if self.inbox == NEWEST else 0
        address = here.page.evaluate(COME, [self.names[task], str(since), PATIENCE_MS])
        assert address, f"{task} does not come to {here.page.url}"
        return here.go(address)

    def fill(self, here: Window, values: Mapping[str, Any]) -> None:
        """Fills in the form that is open, with customers of this story alone: how often one complained decides the way."""
        field = CUSTOMER.get((self.company, self.process_id), "")
        named = {field: self.customer(values[field])} if isinstance(values.get(field), str) else {}
        filling.fill(here.page.locator("#form-fields"), {**values, **named}, self.shift)

    def customer(self, name: str) -> str:
        """The name under which this story tells of a customer."""
        return self._customers.setdefault(name, apart(name))

    def send(self, here: Window, outcome: str) -> Window:
        """Presses the button of an outcome and sees that it is done."""
        here.page.locator("[data-saved]").first.wait_for(state="attached")
        here.follow(here.page.locator(f'button[name="outcome"][value="{outcome}"]'))
        expect(here.page.locator(DONE)).to_be_visible()
        return here


def _names(company: str) -> dict[str, str]:
    """The names of all flow nodes of a company's diagrams, by their ids."""
    found = {}
    for path in (ROOT / "bpmn" / company).glob("*.bpmn"):
        for element in etree.parse(path).iter():
            if isinstance(element.tag, str) and element.tag.startswith(BPMN) and element.get("name"):
                found[element.get("id")] = str(element.get("name"))
    return found
