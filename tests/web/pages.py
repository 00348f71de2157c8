"""A browser for tests: it signs in, sends forms with their token, and checks every page it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import flask
from flask_wtf.csrf import generate_csrf
from lxml import html
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from engine.people import actors
from web.account import auth
from web.frame import storage

PASSWORD = "banjie-demo"
CONTROLS = "//input[not(@type='hidden')] | //select | //textarea"


class Page:
    """One page as the browser got it."""

    def __init__(self, response: TestResponse) -> None:
        self.status = response.status_code
        self.address = response.request.path
        self.text = response.text
        self.tree = html.document_fromstring(response.text or "<html></html>")

    def words(self, place: str = "body") -> str:
        """What is to be read in the elements (a tag, or ".class", or "@role=value"), with single spaces."""
        if place.startswith("."):
            path = f"//*[contains(concat(' ', normalize-space(@class), ' '), ' {place[1:]} ')]"
        else:
            path = f"//*[{place}]" if place.startswith("@") else f"//{place}"
        return " ".join(" ".join(element.text_content().split()) for element in self.tree.xpath(path))

    def links(self) -> list[str]:
        """All addresses of this site that the page links to."""
        return [href for href in self.tree.xpath("//a/@href") if href.startswith("/")]

    def form(self, action: str) -> dict[str, str]:
        """The fields of the form that goes to the address, with their values."""
        found = next(form for form in self.tree.forms if (form.action or "").split("?")[0] == action)
        return {name: value or "" for name, value in found.form_values()}


class Browser:
    """Goes through the pages as one person."""

    def __init__(self, app: flask.Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self._page: Page | None = None
        self._token = ""

    @property
    def page(self) -> Page:
        """The last page that was shown; where there was none yet, that of signing in or the inbox."""
        return self._page or self.get("/sign-in")

    def let_in(self, username: str, company: str = "acme") -> Browser:
        """As `sign_in`, without its pages: the session begins as a right password begins it."""
        with self.app.test_request_context("/sign-in", method="POST", environ_base=self.client.environ_base):
            with storage.surroundings().database.reading() as session:
                actor = actors.load(session, company, username, now=storage.now())
            assert actor is not None, f"{username} of {company} may not sign in"
            answer = auth.let_in(actor, None)
            self._token = generate_csrf()  # as any page of the session would hold it
            self.app.session_interface.save_session(self.app, flask.session, answer)  # type: ignore[arg-type]
        for header in answer.headers.getlist("Set-Cookie"):
            for name, cookie in SimpleCookie(header).items():
                self.client.set_cookie(name, cookie.value)
        if answer.location != "/inbox":  # to a second factor
            self.get(answer.location)
        return self

    def sign_in(self, username: str, company: str = "acme", password: str = PASSWORD) -> Browser:
        self.get("/sign-in")
        self.post("/sign-in", company=company, username=username, password=password)
        return self

    def get(self, address: str, status: int = 200) -> Page:
        """Opens a page, follows redirects, and checks what every page must hold."""
        return self._shown(self.client.get(address, follow_redirects=True), status)

    def post(self, address: str, status: int = 200, **fields: Any) -> Page:
        """Sends a form with the token of this session."""
        return self.send(address, fields, status)

    def send(self, address: str, fields: Mapping[str, Any], status: int = 200) -> Page:
        """As `post`, for fields whose names are no Python names."""
        data = {"csrf_token": self.token(), **fields}
        return self._shown(self.client.post(address, data=data, follow_redirects=True), status)

    def token(self) -> str:
        """The CSRF token of the session or of the last page that had one; before the first, that of the page for signing in."""
        if not self._token:
            self.get("/sign-in")
        return self._token

    def _shown(self, response: TestResponse, status: int) -> Page:
        assert response.status_code == status, f"{response.request.path}: {response.status_code} {response.text[:2000]}"
        page = self._page = Page(response)
        self._token = next(iter(page.tree.xpath("//input[@name='csrf_token']/@value")), self._token)
        if response.mimetype == "text/html" and "<html" in response.text:
            faults = list(faults_of(page, self.app))
            assert not faults, f"{page.address}: {faults}"
        return page


def faults_of(page: Page, app: flask.Flask) -> Iterator[str]:
    """What is wrong with a page that any page must have right."""
    tree = page.tree
    if not (tree.findtext(".//title") or "").strip():
        yield "no title"
    if len(tree.xpath("//h1")) != 1:
        yield f"{len(tree.xpath('//h1'))} main headings"
    if not tree.get("lang"):
        yield "no language"
    yield from (f"id {id!r} twice" for id, count in Counter(tree.xpath("//@id")).items() if count > 1)
    yield from (f"no label for {html.tostring(control)!r}" for control in tree.xpath(CONTROLS) if not _is_labelled(control))
    yield from (
        f"nothing to read on {html.tostring(each)!r}" for each in tree.xpath("//button | //a[@href]") if not _is_named(each)
    )
    yield from (
        f"inline script: {html.tostring(each)!r}" for each in tree.xpath("//script[not(@src)] | //*[@style] | //*[@onclick]")
    )
    for form in tree.forms:
        yield from _form_faults(form, app)
    yield from (f"link to nowhere: {href}" for href in page.links() if not _leads_somewhere(app, href, "GET"))


def _form_faults(form: Any, app: flask.Flask) -> Iterator[str]:
    actions = [form.action or "", *form.xpath(".//@formaction")]
    for action in actions:
        if not _leads_somewhere(app, action, form.method):
            yield f"form to nowhere: {form.method} {action}"
    if form.method == "POST" and not form.xpath(".//input[@name='csrf_token']"):
        yield f"no token in the form to {form.action}"


def _is_labelled(control: Any) -> bool:
    if control.get("aria-label") or control.xpath("ancestor::label"):
        return True
    return bool(control.get("id") and control.getroottree().xpath("//label[@for=$id]", id=control.get("id")))


def _is_named(element: Any) -> bool:
    return bool(element.get("aria-label") or element.text_content().strip())


def _leads_somewhere(app: flask.Flask, address: str, method: str) -> bool:
    try:
        app.url_map.bind("localhost").match(urlsplit(address).path, method=method)
    except HTTPException as error:
        return error.code is not None and error.code < 400
    return True
