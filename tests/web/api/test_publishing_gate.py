"""What keeps a version from being published in the pages keeps it from being deployed over the API too."""

from __future__ import annotations

from typing import Any

import httpx

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web.api.conftest import PASSWORD, PLAIN

CHAIN = (kit.start(), kit.end(), kit.chain("started", "a", "done"))
OWNED: dict[str, Any] = {"may_start": ["*"], "owners": ["部门负责人"]}


def sent(address: str, username: str, step: str) -> httpx.Response:
    """Deploys the process `leave` with that step between its start and its end."""
    parts = {"resources": ("leave.bpmn", kit.diagram("leave", step, *CHAIN).content)}
    with httpx.Client(base_url=f"{address}/v2", auth=(f"acme/{username}", PASSWORD), verify=PLAIN) as caller:
        return caller.post("/deployments", files=parts, headers={"Accept-Language": "en"})


def deployed(database: databases.Database, cast: Cast, **settings: Any) -> None:
    kit.deploy(database, cast.owner, kit.diagram("leave", kit.task("a", groups="客服专员"), *CHAIN, **OWNED, **settings))


def versions(database: databases.Database) -> int:
    return len(kit.rows(database, models.ProcessDefinition, process_id="leave"))


def test_where_a_second_person_releases_nobody_deploys_alone(database: databases.Database, cast: Cast, address: str) -> None:
    deployed(database, cast, second_release=True)
    answer = sent(address, "owner", kit.task("a", groups="部门负责人"))
    assert answer.status_code == 403 and "second person releases" in answer.text
    assert versions(database) == 1
    assert sent(address, "owner", kit.task("a", groups="客服专员")).status_code == 200, "the same again changes nothing"


def test_owners_release_in_the_pages_and_administrators_alone_deploy_files(
    database: databases.Database, cast: Cast, address: str
) -> None:
    deployed(database, cast)
    for username in ("head", "clerk"):
        assert sent(address, username, kit.task("a", groups="部门负责人")).status_code == 403
    assert versions(database) == 1
    assert sent(address, "owner", kit.task("a", groups="部门负责人")).status_code == 200 and versions(database) == 2


def test_scenarios_that_do_not_prove_it_forbid_it_there_too(database: databases.Database, cast: Cast, address: str) -> None:
    deployed(database, cast, scenarios="forbid")
    answer = sent(address, "owner", kit.task("a", groups="部门负责人"))
    assert answer.status_code == 400 and "scenario" in answer.text
    assert versions(database) == 1


def test_files_bring_no_settings_by_which_more_people_see_the_cases(
    database: databases.Database, cast: Cast, address: str
) -> None:
    guarded = {"managers": ["客服专员"], "visible_to": ["客服专员"], "register": [{"label": "原因", "value": "=why"}]}
    deployed(database, cast, **guarded)
    wider = ("workflow.toml", b'managers = ["*"]')
    with httpx.Client(base_url=f"{address}/v2", auth=("acme/owner", PASSWORD), verify=PLAIN) as caller:
        assert caller.post("/deployments", files={"resources": wider}).status_code == 400
    assert sent(address, "owner", kit.task("a", groups="部门负责人")).status_code == 200
    newest = max(kit.rows(database, models.ProcessDefinition, process_id="leave"), key=lambda each: each.version)
    assert newest.version == 2
    assert {name: newest.settings[name] for name in guarded} == guarded
