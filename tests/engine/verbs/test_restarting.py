"""A case once more: a draft with what its start form holds by now, linked; a finished one opened again."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest

from engine import errors
from engine.background import verification
from engine.files import attachments
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import ending, process_instances, restarting
from engine.verbs.sharing import linking
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.test_beside_a_case import NOW, begin, do


def test_a_case_is_started_once_more_from_a_draft_and_linked(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    draft = do(database, restarting.copy, cast.clerk, key).key
    (row,) = kit.rows(database, models.StartDraft)
    assert (row.data, row.copied_from) == ({"subject": "x"}, key)
    again = do(database, process_instances.start, cast.clerk, "two_steps", {"subject": "改过"}, draft=draft)
    (link,) = kit.rows(database, models.CaseLink)
    assert (link.instance_key, link.other_key, link.kind) == (again.key, key, "copy")
    with pytest.raises(errors.NotFound):
        do(database, restarting.copy, cast.outsider, key)
    with pytest.raises(errors.Conflict, match="stays"):
        do(database, linking.unlink, cast.clerk, again.key, key)


def test_a_case_that_was_corrected_is_started_once_more_as_corrected_with_its_files(
    database: databases.Database, cast: Cast, tmp_path: Path
) -> None:
    files = {"type": "filepicker", "key": "papers", "label": "附件", "multiple": True, "validate": {"required": True}}
    form = kit.form("asked", kit.text_field("subject", required=True), files)
    mend = kit.task("mend", assignee="clerk", form="asked")
    flow = (
        kit.start(form="asked"),
        mend,
        kit.task("b", groups="部门负责人"),
        kit.end(),
        kit.chain("started", "mend", "b", "done"),
    )
    kit.deploy(database, cast.owner, form, kit.diagram("asking", *flow))

    def hand_in(name: str) -> str:
        with database.transaction("acme") as session:
            return str(attachments.store(session, cast.clerk, None, "papers", name, io.BytesIO(b"%PDF-1.7"), now=NOW).key)

    database.surroundings["data"] = tmp_path
    key = kit.begin(database, cast.clerk, "asking", {"subject": "甲", "papers": [hand_in("旧.pdf")]})
    papers = [hand_in("新.pdf")]
    kit.complete(database, cast.clerk, key, "mend", {"subject": "甲乙", "papers": papers})
    draft = do(database, restarting.copy, cast.clerk, key)
    [copied_file] = draft.data["papers"]
    assert (draft.data["subject"], copied_file["name"]) == ("甲乙", "新.pdf") and copied_file["key"] not in papers
    sent = {"subject": "甲乙", "papers": [copied_file["key"]]}
    again = do(database, process_instances.start, cast.clerk, "asking", sent, draft=draft.key)
    [row] = kit.rows(database, models.Attachment, instance_key=again.key)
    assert row.name == "新.pdf" and len(kit.rows(database, models.Attachment, instance_key=key)) == 2
    do(database, ending.terminate, cast.owner, key, "x")
    opened = do(database, restarting.reopen, cast.owner, key, "补充材料")
    [begun] = kit.rows(database, models.HistoryEvent, instance_key=opened.key, kind="started")
    assert begun.data["values"]["subject"] == "甲乙"
    [kept] = kit.rows(database, models.Attachment, instance_key=opened.key)
    assert kept.name == "新.pdf" and begun.data["values"]["papers"][0]["key"] == str(kept.key)
    with database.reading("acme") as session:
        assert [fault for _key, _number, fault in verification.cases(session) if fault] == []


def test_once_more_the_form_fills_in_anew_what_it_filled_in_itself(database: databases.Database, cast: Cast) -> None:
    received = {"type": "textfield", "key": "received", "label": "受理时间", "defaultValue": "=substring(string(now()), 1, 10)"}
    form = kit.form("intake", kit.text_field("subject"), received)
    flow = (kit.start(form="intake"), kit.task("a"), kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, form, kit.diagram("intake", *flow))
    key = kit.begin(database, cast.clerk, "intake", {"subject": "空调", "received": "2026-03-02"})
    draft = do(database, restarting.copy, cast.clerk, key, now=NOW + timedelta(days=3))
    assert draft.data == {"subject": "空调", "received": "2026-03-05"}


def test_a_finished_case_is_opened_again_as_a_linked_one(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    with pytest.raises(errors.Conflict, match="still running"):
        do(database, restarting.reopen, cast.owner, key, "补充材料")
    do(database, ending.terminate, cast.owner, key, "x")
    with pytest.raises(errors.Forbidden):
        do(database, restarting.reopen, cast.clerk, key, "x")
    again = do(database, restarting.reopen, cast.owner, key, "补充材料")
    assert (again.initiator, again.state) == ("clerk", "active") and again.number != kit.instance(database, key).number
    started = kit.rows(database, models.HistoryEvent, instance_key=again.key, kind="started")[0]
    assert (started.actor, started.data["reason"]) == ("owner", "补充材料")
    assert kit.rows(database, models.CaseLink)[0].kind == "reopened"
    with database.reading() as session:
        assert [fault for _key, _number, fault in verification.cases(session) if fault] == []


def test_a_case_is_open_again_only_once_at_a_time(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    do(database, ending.terminate, cast.owner, key, "x")
    again = do(database, restarting.reopen, cast.owner, key, "补充材料")
    with pytest.raises(errors.Conflict, match=f"open again already, as {again.number}"):
        do(database, restarting.reopen, cast.owner, key, "又一次")
    do(database, ending.terminate, cast.owner, again.key, "x")
    assert do(database, restarting.reopen, cast.owner, key, "再次").state == "active"
