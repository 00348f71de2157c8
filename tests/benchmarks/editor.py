"""The diagram editor in a real browser: how soon it is ready, how long an edit takes; that other pages carry none of it."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.figures import Figure
from tests.browser import diagrams_of_all_kinds as kinds
from tests.browser import install
from tests.browser.office import PASSWORD, Office

DIST = Path(__file__).resolve().parents[2] / "web" / "static" / "dist"
OTHERS = {"app.js": 24, "app.css": 20, "diagram.js": 64}  # kB, as they are sent
ELEMENTS, EDITS, LOADS = 500, 9, 5
READY = "[data-designer][data-ready=true]"
EDIT = """async (name) => {
    const field = document.querySelector("[data-panel] [data-place=name]");
    const begun = performance.now();
    field.value = name;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    return performance.now() - begun;
}"""


def measure() -> Iterator[Figure]:
    """Milliseconds of a browser on this machine; the median of several."""
    for name, bound in OTHERS.items():
        yield Figure(f"editor: {name} of other pages, compressed", _sent(name), "kB", bound=bound)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        office = Office("bench", f"sqlite:///{folder}/banjie.sqlite", Path(folder))
        office.furnish()
        office.open()
        browser = play.chromium.launch(executable_path=install.find(), args=["--no-sandbox"])
        try:
            yield from _of_page(browser.new_page(viewport={"width": 1440, "height": 900}), office.address)
        finally:
            browser.close()
            office.close()


def _sent(name: str) -> float:
    manifest = json.loads((DIST / "manifest.json").read_text())
    return len(gzip.compress((DIST / manifest[name]).read_bytes())) / 1_000


def _of_page(page: Page, address: str) -> Iterator[Figure]:
    page.set_default_timeout(120_000)
    page.goto(f"{address}/sign-in")
    page.select_option("#company", "miniapp")
    page.fill("#username", "xiao_ran")
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/inbox")
    page.goto(f"{address}/designer")
    page.check("input[name=template][value=leave]")
    page.fill("#new-name", "测量")
    page.fill("#new-id", "measured")
    page.locator("form.new-process button.primary").click()
    yield Figure("editor: a process of the templates is ready, warm", _ready(page), "ms", bound=1_500)
    yield Figure("editor: an edit", _edit(page, "record_leave"), "ms", bound=100)
    assert page.evaluate(kinds.PUT, kinds.many("measured", ELEMENTS)) == 200
    yield Figure(f"editor: {ELEMENTS} elements are ready, warm", _ready(page), "ms")
    yield Figure(f"editor: an edit at {ELEMENTS} elements", _edit(page, "step_1"), "ms", bound=100)


def _ready(page: Page) -> float:
    page.wait_for_selector(READY)
    found = []
    for _number in range(LOADS):
        page.reload(wait_until="commit")
        page.wait_for_selector(READY)
        found.append(page.evaluate("Number(document.querySelector('[data-designer]').dataset.readyAt)"))
    return sorted(found)[LOADS // 2]


def _edit(page: Page, id: str) -> float:
    page.locator(f".djs-element[data-element-id={id}] .djs-hit").first.click(force=True)
    found = [page.evaluate(EDIT, f"第 {number} 次") for number in range(EDITS)]
    return sorted(found)[EDITS // 2]
