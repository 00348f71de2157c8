"""A call that brings too much for a case hears how much it brought and how much is taken."""

from __future__ import annotations

import httpx

from tests import patience
from tests.engine import kit
from tests.web.api.conftest import PASSWORD, PLAIN


def test_a_start_with_too_many_variables_is_a_413_that_names_both_sizes(address, database, cast) -> None:
    task = kit.task("a", groups="流程管理员")
    kit.deploy(database, cast.owner, kit.diagram("bare", kit.start(), task, kit.end(), kit.chain("started", "a", "done")))
    sent = {"processDefinitionId": "bare", "variables": {"x": "y" * 3 * 1024 * 1024}}
    answer = httpx.post(
        f"{address}/v2/process-instances", json=sent, auth=("acme/owner", PASSWORD), timeout=patience.SECONDS, verify=PLAIN
    )
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert "3.0 MB" in answer.json()["detail"] and "2 MB" in answer.json()["detail"]
    assert kit.rows(database, kit.models.ProcessInstance) == []
