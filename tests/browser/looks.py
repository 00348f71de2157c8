"""How a page looks to an auditor: axe-core in light and dark, no sideways scrolling; pictures of it on demand."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error, Page

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
COLOURS = ["color-contrast", "link-in-text-block"]  # the rules that another theme can break; all are asked in the light one
# What a rule finds is as grave as the rule itself; those that are never grave, a third of all, need not look.
RUN = """async ([rules, grave]) => {
    if (!globalThis.axe) return null;
    const others = axe._audit.rules.filter(rule => rule.impact && !grave.includes(rule.impact));
    const off = Object.fromEntries(others.map(rule => [rule.id, {enabled: false}]));
    const chosen = rules.length ? {runOnly: {type: "rule", values: rules}} : {rules: off};
    return (await axe.run(document, {resultTypes: ["violations"], preload: false, ...chosen})).violations
        .map(found => ({...found, nodes: found.nodes.map(node => `${node.target}: ${node.failureSummary}`)}));
}"""
SHOWN = """() => [document.documentElement.lang, [...document.querySelectorAll(
    "[data-form], body.public section[aria-labelledby], body.public .public-receipt"
)].map(each => each.dataset.form ?? each.getAttribute("aria-labelledby") ?? each.className)]"""
# Looked for by the page itself: what Playwright asks for again and again it evaluates as a text, which the policy forbids.
READY = """() => new Promise(done => {
    const look = () => document.documentElement && document.readyState === "complete" ? done() : setTimeout(look, 20);
    look();
})"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
OUT_OF_SIGHT = """() => [...document.querySelectorAll(".keep-bar .primary, .outcomes .primary")]
    .filter(each => each.checkVisibility() && each.getBoundingClientRect().bottom > innerHeight).map(each => each.textContent)"""
LEFT = "Execution context was destroyed"
PHONE = {"width": 390, "height": 844}


class Album:
    """What was looked at already, so that each template and each form is examined once per theme.

    `folder` takes the pictures, if there are to be any; in `examined` all test processes note what they looked at.
    """

    def __init__(self, folder: Path | None, examined: Path) -> None:
        self.folder = folder
        self.notes = examined
        self.examined: set[str] = set()

    def faults(self, page: Page) -> list[str]:
        """The grave faults of this page that axe-core finds; nothing for a template that was examined before."""
        language, form = shown(page)
        name = f"{template(page)} {language}"
        due = [(theme, key) for theme, key in (("light", f"{name} {form}"), ("dark", name)) if self._is_new(theme, key)]
        found: list[str] = []
        for theme, key in due:
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            rules = COLOURS if theme == "dark" else []
            found += [f"{page.url} ({theme}) {fault}" for fault in violations(page, rules)]
            self._photograph(page, f"{key} {theme}")
        if due:
            page.emulate_media(color_scheme="light")
        return found

    def _is_new(self, theme: str, key: str) -> bool:
        """Whether nobody has looked at it yet; then it is this process's to do."""
        name = hashlib.sha256(f"{theme} {key}".encode()).hexdigest()
        if name in self.examined:
            return False
        self.examined.add(name)
        try:
            (self.notes / name).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _photograph(self, page: Page, name: str) -> None:
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        usual = page.viewport_size
        is_phone = usual is not None and usual["width"] == PHONE["width"]
        title = re.sub(r"[^\w-]+", "-", name).strip("-")
        page.screenshot(path=self.folder / f"{title}{'-phone' if is_phone else ''}.png", full_page=True)
        if usual and not is_phone:
            page.set_viewport_size(PHONE)  # type: ignore[arg-type]
            page.screenshot(path=self.folder / f"{title}-phone.png", full_page=True)
            page.set_viewport_size(usual)


@functools.cache
def _with_axe() -> str:
    """`RUN` with axe-core itself: half a megabyte, which is sent only to a page that is examined."""
    return RUN.replace("return null;", f"{{ {AXE.read_text()} }}")


def violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """The serious and critical findings of axe-core by these rules, or all, one line each."""
    given = [list(rules), list(GRAVE)]
    told = asked(page, RUN, given)
    if told is None:
        told = asked(page, _with_axe(), given)
    return [
        f"{found['impact']}: {found['help']}: {'; '.join(found['nodes'][:3])}" for found in told if found["impact"] in GRAVE
    ]


def on_phone(page: Page) -> list[str]:
    """What is wrong with a page on a phone in the dark: colours, and what one would have to push sideways or search for."""
    usual = page.viewport_size
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="dark")
    found = [f"{page.url} (phone, dark) {fault}" for fault in violations(page, COLOURS)]
    if (over := asked(page, SIDEWAYS)) > 0:
        found.append(f"{page.url} (phone) is {over} pixels too wide")
    found += [f"{page.url} (phone): one has to scroll for the button {each}" for each in asked(page, OUT_OF_SIGHT)]
    page.emulate_media(color_scheme="light")
    if usual is not None:
        page.set_viewport_size(usual)
    return found


def asked(page: Page, script: str, given: object = None) -> Any:
    """What a script gives on a page; a page that is left meanwhile is asked for the next one."""
    while True:
        try:
            page.evaluate(READY)  # between two pages there is a document without a root
            return page.evaluate(script, given)
        except Error as error:
            if LEFT not in str(error):
                raise
            page.wait_for_load_state("load")


def template(page: Page) -> str:
    """The address without keys and query: pages of the same template have the same."""
    return re.sub(r"\d{6,}", "N", urlsplit(page.url).path)


def shown(page: Page) -> tuple[str, str]:
    """The language of the page; and the id of the form drawn on it, if there is one, and which parts a public page has just now."""
    language, names = asked(page, SHOWN)
    return language, " ".join(re.sub(r"-?\d+", "", name) for name in names)
