"""What an attacker or an accident may put into the designer: answered in words, drawn as text, never an error page."""

from __future__ import annotations

import io
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

import flask
import pytest

from engine.designing.editing import decision_tables
from engine.storage import database as databases
from tests.browser import diagrams_of_all_kinds as kinds
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(12)
)
BOMB = f'{BOMB}]><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p" name="&m;"/></definitions>'
OUTSIDE = BOMB.replace("<!ENTITY a 'aaaaaaaaaa'>", '<!ENTITY a SYSTEM "file:///etc/passwd">').replace("&m;", "&a;")
DEEP = "<a>" * 5_000 + "</a>" * 5_000
LARGE = kinds.text("large").replace("各种元素", "大" * 3_500_000)
PAGES = ("", "/simple", "/problems", "/files", "/settings", "/texts", "/scenarios", "/release", "/saves", "/try")
NAME = "\"'><script>alert(1)</script>{{7*7}}%(name)s%s\u202e\U0001f600"


@pytest.fixture
def address(signed_in: SignedIn, database: databases.Database, cast: Cast) -> str:
    """The draft of a process that is published."""
    steps = (kit.start(form="request"), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, kit.form("request", kit.text_field("why")), kit.diagram("leave", *steps))
    return signed_in("owner").post("/designer/processes/leave").address


def put(browser: Browser, address: str, files: dict[str, str]) -> int:
    """Saves files as an editor does, on the newest save; the status of the answer."""
    revision = 1
    while True:
        sent = {"revision": revision, "files": files, "despite": ["why"]}
        answer = browser.client.put(address, json=sent, headers={"X-CSRFToken": browser.token()})
        if answer.status_code != 409:
            return answer.status_code
        revision = answer.json["revision"]


def upload(browser: Browser, name: str, content: str) -> tuple[int, str]:
    """Opens a file as a draft: the status of the answer, and the address of the draft."""
    fields = {"csrf_token": browser.token(), "file": (io.BytesIO(content.encode()), name)}
    answer = browser.client.post("/designer/packages", data=fields)
    return answer.status_code, answer.location or ""


def look(browser: Browser, address: str, pages: tuple[str, ...] = PAGES) -> str:
    """Opens pages of a draft; what is to be read on them. None fails, and none says what stands in the server's files."""
    read = []
    for page in pages:
        answer = browser.client.get(f"{address}{page}", follow_redirects=True)
        assert answer.status_code in (200, 404, 422), f"{page}: {answer.status_code}"
        assert "root:" not in answer.text and "<script>alert" not in answer.text, page
        read.append(answer.text)
    return "".join(read)


@pytest.mark.parametrize(
    "text", [BOMB, OUTSIDE, DEEP, "", "<", "{}"], ids=["bomb", "outside", "deep", "empty", "broken", "json"]
)
def test_a_diagram_that_cannot_be_read_is_a_draft_with_its_problem(signed_in: SignedIn, address: str, text: str) -> None:
    owner = signed_in("owner")
    assert put(owner, address, {"leave.bpmn": text}) == 200
    assert "改好后才能发布" in look(owner, address)
    assert owner.client.get(f"{address}/files/leave.bpmn").text == text, "its text is there to be taken away"
    status, opened = upload(owner, "leave.bpmn", text)
    assert status in (303, 422)
    if opened:
        look(owner, opened)


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, DEEP, "", "{}"], ids=["bomb", "outside", "deep", "empty", "json"])
def test_forms_and_decisions_that_cannot_be_read_are_told_in_their_editors(
    signed_in: SignedIn, address: str, text: str
) -> None:
    owner = signed_in("owner")
    nested = '{"components": [' * 500 + "]}" * 500
    assert put(owner, address, {"level.dmn": text, "request.form": nested if text == DEEP else text}) == 200
    assert "改好后才能发布" in look(owner, address)
    assert "level" in owner.get(f"{address}/simple").words(".simple-problems"), "what is of no card says where it stands"
    for page in (
        "decisions/level.dmn",
        "decisions/level.dmn/try",
        "forms/request.form",
        "forms/request.form/preview",
        "rights",
    ):
        assert owner.client.get(f"{address}/{page}").status_code in (200, 422), page


def test_a_file_of_ten_megabytes_is_refused_and_nothing_is_kept_of_it(signed_in: SignedIn, address: str) -> None:
    owner = signed_in("owner")
    before = owner.client.get(f"{address}/files/leave.bpmn").text
    assert put(owner, address, {"leave.bpmn": LARGE}) in (413, 422)
    assert upload(owner, "large.bpmn", LARGE)[0] in (413, 422)
    assert owner.client.get(f"{address}/files/leave.bpmn").text == before


def test_five_thousand_elements_are_drawn_checked_and_listed(signed_in: SignedIn, address: str) -> None:
    owner = signed_in("owner")
    assert put(owner, address, {"leave.bpmn": kinds.many("leave", 5_000)}) == 200
    assert "改好后才能发布" in look(owner, address, ("", "/simple", "/problems"))


MISSHAPEN = (
    {"register": "no"},
    {"number": [1]},
    {"public": [1]},
    {"summary": [1]},
    {"may_start": {"a": 1}},
    {"due": {"x": 1}},
    {"texts": "x"},
    {"texts": {"en": [1]}},
    {"texts": {"en": {"why": 1}}},
    {"title": None},
)


@pytest.mark.parametrize("settings", MISSHAPEN, ids=str)
def test_settings_that_no_page_could_show_are_refused(signed_in: SignedIn, address: str, settings: dict[str, object]) -> None:
    owner = signed_in("owner")
    sent = {"revision": 1, "files": {}, "settings": {"leave": settings}}
    answer = owner.client.put(address, json=sent, headers={"X-CSRFToken": owner.token()})
    assert answer.status_code == 422 and next(iter(settings)) in answer.text
    look(owner, address)


def test_names_of_any_kind_are_written_as_they_are(signed_in: SignedIn, address: str) -> None:
    owner = signed_in("owner")
    settings = {"outcomes": "approve,own:<script>alert(2)</script>", "kind": "approve", "instructions": NAME}
    steps = (kit.start(form="request"), kit.task("a", groups=escape(NAME), **settings), kit.end("done"))
    text = kit.diagram("leave", *steps, kit.chain("started", "a", "done")).content.decode()
    text = text.replace('name="a"', f"name={quoteattr(NAME)}")
    form = kit.form("request", {**kit.text_field("why"), "label": NAME}).content.decode()
    table = decision_tables.begun("level", NAME)
    assert put(owner, address, {"leave.bpmn": text, "request.form": form, "level.dmn": table}) == 200
    assert "{{7*7}}" in look(owner, address)
    owner.get(f"{address}/decisions/level.dmn")
    owner.get(f"{address}/forms/request.form")


FIELDS = {
    "revision": "1",
    "to": "1",
    "kind": "form",
    "id": "request",
    "title": "x",
    "text": "x",
    "element": "a",
    "comment": "1",
}
IN_ADDRESSES = {"process_id": "leave", "card": "a"}
NAMES = {"forms": "request.form", "decisions": "level.dmn", "files": "leave.bpmn"}


def routes(app: flask.Flask, key: str) -> list[tuple[str, str]]:
    """Method and address of all that can be asked of a draft and of its process in the designer."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/designer/"):
            name = next((name for place, name in NAMES.items() if f"/{place}/<" in rule.rule), "x")
            given = {each: {"key": key, "name": name}.get(each) or IN_ADDRESSES[each] for each in rule.arguments}
            with app.test_request_context():
                address = flask.url_for(rule.endpoint, **given)
            found += [(method, address) for method in sorted(rule.methods or ()) if method in ("GET", "POST", "PUT")]
    return found


@pytest.mark.parametrize("username", ["clerk", "stranger"])
def test_every_route_of_a_draft_is_closed_to_who_does_not_draw_it(
    app: flask.Flask, signed_in: SignedIn, address: str, username: str
) -> None:
    asked = routes(app, address.rpartition("/")[2])
    browser = signed_in(username, "elsewhere" if username == "stranger" else "acme")
    assert len(asked) > 50
    token, statuses = browser.token(), {}
    for method, path in asked:
        sent: dict[str, object] = {"data": {**FIELDS, "csrf_token": token}}
        if method == "PUT":
            sent = {"json": {"revision": 1, "files": {}}}
        if path.endswith("/packages"):
            sent = {"data": {"csrf_token": token, "file": (io.BytesIO(kinds.text("leave").encode()), "leave.bpmn")}}
        answer = browser.client.open(path, method=method, headers={"X-CSRFToken": token}, **({} if method == "GET" else sent))
        statuses[method, path] = answer.status_code
    assert {each: status for each, status in statuses.items() if status not in (403, 404)} == {}
