"""How a page looks to an auditor: axe-core in light and dark, no sideways scrolling; pictures of it on demand."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
RUN = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .map(found => ({...found, nodes: found.nodes.map(node => `${node.target}: ${node.failureSummary}`)}))"""
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
        name = f"{template(page)} {page.locator('html').get_attribute('lang')}"
        due = [(theme, key) for theme, key in (("light", f"{name} {form(page)}"), ("dark", name)) if self._is_new(theme, key)]
        found: list[str] = []
        for theme, key in due:
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            found += [f"{page.url} ({theme}) {fault}" for fault in violations(page)]
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


def violations(page: Page) -> list[str]:
    """The serious and critical findings of axe-core, one line each."""
    page.evaluate(AXE.read_text())
    return [
        f"{found['impact']}: {found['help']}: {'; '.join(found['nodes'][:3])}"
        for found in page.evaluate(RUN)
        if found["impact"] in GRAVE
    ]


def template(page: Page) -> str:
    """The address without keys and query: pages of the same template have the same."""
    return re.sub(r"\d{6,}", "N", urlsplit(page.url).path)


def form(page: Page) -> str:
    """The id of the form drawn on the page, if there is one, and which parts a public page has just now."""
    drawn = page.locator("[data-form], body.public section[aria-labelledby], body.public .public-receipt")
    names = drawn.evaluate_all(
        "all => all.map(each => each.dataset.form ?? each.getAttribute('aria-labelledby') ?? each.className)"
    )
    return " ".join(re.sub(r"-?\d+", "", name) for name in names)
