"""Files of cases: taken from whoever may see the case, opened by nobody else."""

import io
import os
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import errors
from engine.background.worker import Worker
from engine.files import attachments, files
from engine.storage import models
from tests import sample_case

PDF = b"%PDF-1.7 content"


@pytest.fixture
def case(database, cast, now, tmp_path):
    database.surroundings["data"] = tmp_path
    with database.transaction("acme") as session:
        instance = sample_case.make(session, now)
    yield instance
    database.surroundings.pop("data", None)


def hand_in(database, by, now, *, case=None, name="合同.pdf", content=PDF) -> models.Attachment:
    with database.transaction(by.company_id) as session:
        return attachments.store(session, by, case.key if case else None, "contract", name, io.BytesIO(content), now=now)


def opened(database, by, key: int) -> bytes:
    with database.reading(by.company_id) as session:
        return attachments.open(session, by, key).path.read_bytes()


def test_a_file_of_a_case_is_opened_by_those_who_may_see_the_case(database, cast, case, now) -> None:
    row = hand_in(database, cast.outsider, now, case=case)
    assert (row.name, row.media_type, row.size, row.field) == ("合同.pdf", "application/pdf", len(PDF), "contract")
    for by in (cast.outsider, cast.manager, cast.owner):  # initiator, visible_to, administrator
        assert opened(database, by, row.key) == PDF


def test_others_are_told_that_there_is_no_such_file(database, cast, case, now) -> None:
    row = hand_in(database, cast.outsider, now, case=case)
    for by in (cast.clerk, cast.head, cast.stranger):
        with pytest.raises(errors.NotFound):
            opened(database, by, row.key)
    with pytest.raises(errors.NotFound):
        opened(database, cast.outsider, 4711)


def test_a_file_for_a_form_is_only_its_authors_until_it_is_sent(database, cast, case, now) -> None:
    row = hand_in(database, cast.clerk, now)
    assert opened(database, cast.clerk, row.key) == PDF
    for by in (cast.clerk2, cast.owner, cast.stranger):
        with pytest.raises(errors.NotFound):
            opened(database, by, row.key)


def test_nobody_adds_a_file_to_a_case_that_he_may_not_see_or_that_is_over(database, cast, case, now) -> None:
    for by in (cast.clerk, cast.stranger):
        with pytest.raises(errors.NotFound):
            hand_in(database, by, now, case=case)
    with database.transaction("acme") as session:
        session.get_one(models.ProcessInstance, case.key).state = "completed"
    with pytest.raises(errors.Conflict):
        hand_in(database, cast.outsider, now, case=case)


@pytest.mark.parametrize(("name", "content"), [("a.exe", b"MZ"), ("a.pdf", b"MZ"), ("a.pdf", b""), ("", PDF), ("../", PDF)])
def test_a_wrong_file_is_refused_and_leaves_no_row(database, cast, case, now, name, content) -> None:
    with pytest.raises(errors.Invalid):
        hand_in(database, cast.clerk, now, name=name, content=content)
    with database.reading() as session:
        assert session.execute(select(models.Attachment)).scalars().all() == []


def test_there_is_an_end_to_handing_in_files_for_nothing(database, cast, case, now, monkeypatch) -> None:
    monkeypatch.setattr(attachments, "MAX_LOOSE_FILES", 2)
    hand_in(database, cast.clerk, now)
    hand_in(database, cast.clerk, now)
    with pytest.raises(errors.Conflict):
        hand_in(database, cast.clerk, now)
    hand_in(database, cast.clerk2, now)


def test_a_form_may_name_ones_own_files_and_those_of_its_case(database, cast, case, now) -> None:
    mine, of_case, theirs = (
        hand_in(database, by, now, case=which).key
        for by, which in ((cast.clerk, None), (cast.outsider, case), (cast.clerk2, None))
    )
    with database.reading("acme") as session:
        find = attachments.usable(session, cast.clerk, session.get_one(models.ProcessInstance, case.key))
        assert find(str(mine)) == {"key": str(mine), "name": "合同.pdf", "size": len(PDF), "type": "application/pdf"}
        assert find(str(of_case)) is not None and attachments.usable(session, cast.clerk, None)(str(of_case)) is None
        assert [find(key) for key in (str(theirs), "4711", "", "x", "-1", "٣", "9" * 30, "9" * 19)] == [None] * 8
    with database.reading("elsewhere") as session:
        assert attachments.usable(session, cast.stranger, None)(str(mine)) is None


def test_the_engine_adds_files_of_its_own(database, cast, case, now) -> None:
    with database.transaction("acme") as session:
        row = attachments.make(
            session, session.get_one(models.ProcessInstance, case.key), "documents", "证明.pdf", PDF, now=now
        )
    assert row.uploaded_by is None and opened(database, cast.outsider, row.key) == PDF


def test_files_that_were_never_sent_are_swept_with_their_contents(database, cast, case, now) -> None:
    loose = hand_in(database, cast.clerk, now, content=b"%PDF-loose")
    kept = hand_in(database, cast.outsider, now, case=case)
    with database.transaction() as session:
        folder = files.folder_of(session)
        for row in (loose, kept):
            os.utime(folder.path(row.sha256), (now.timestamp(),) * 2)
        assert attachments.sweep(session, now=now + timedelta(days=3)) == 0
        assert attachments.sweep(session, now=now + timedelta(days=8)) == 1
    assert opened(database, cast.outsider, kept.key) == PDF
    with pytest.raises(errors.NotFound):
        opened(database, cast.clerk, loose.key)


def test_contents_are_erased_after_the_commit_and_the_names_stay(database, cast, case, now) -> None:
    row, shared = (
        hand_in(database, cast.outsider, now, case=case),
        hand_in(database, cast.outsider, now, case=case, content=b"%PDF-s"),
    )
    hand_in(database, cast.clerk, now, content=b"%PDF-s")
    with database.transaction("acme") as session:
        attachments.erase(session, "acme", [case.key], now=now)
    with pytest.raises(errors.NotFound):
        opened(database, cast.outsider, row.key)
    with database.reading() as session:
        folder = files.folder_of(session)
    assert folder.path(row.sha256).exists()  # until the job has run
    Worker(database, lambda: now).run_once()
    assert not folder.path(row.sha256).exists() and folder.path(shared.sha256).exists()
    with database.reading() as session:
        assert session.get_one(models.Attachment, row.key).name == "合同.pdf"


def test_without_a_folder_files_are_refused_in_words(database, cast, case, now) -> None:
    database.surroundings["data"] = None
    with pytest.raises(errors.Unavailable):
        hand_in(database, cast.clerk, now)
