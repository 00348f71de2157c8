"""What a company.toml says of intake is checked when it is read, not when the first complaint comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import errors
from engine.deploying.company_files import companies
from engine.intake import setup

BOX = {"host": "imap.example", "user": "u", "process": "complaint", "message": "complaint_filed"}
REPLY = {"host": "smtp.example", "sender": "tousu@acme.example", "address": "https://banjie.example"}


def test_a_mailbox_is_read_with_how_letters_are_answered() -> None:
    assert setup.mailbox({}) is None and setup.hooks({}) == {}
    assert setup.mailbox({"intake": {"mail": BOX}}) == setup.Mailbox(**BOX)
    found = setup.mailbox({"intake": {"mail": {**BOX, "reply": REPLY}}})
    assert found is not None and found.reply == setup.Post(**REPLY)


@pytest.mark.parametrize(
    "intake",
    [
        {"mails": BOX},
        {"mail": {"hosts": "x"}},
        {"mail": {**BOX, "reply": {**REPLY, "security": "ssl"}}},
        {"mail": {**BOX, "reply": {**REPLY, "address": "banjie"}}},
        {"mail": {**BOX, "reply": {"host": "x"}}},
        {"hooks": {"wechat": {"process": "complaint"}}},
        {"hooks": {"wechat": {"process": "complaint", "message": "m", "variables": {"content": "=payload. +"}}}},
        {"hooks": {"wechat": {"process": "complaint", "message": "m", "variables": {"content": 1}}}},
        {"hooks": {"wechat": {"process": "complaint", "message": "m", "variables": {"content": "=payloda.content"}}}},
        {"hooks": {"wechat": {"process": "complaint", "message": "m", "variables": {"content": '=head of("A")'}}}},
        {"hooks": ["wechat"]},
    ],
)
def test_wrong_settings_are_refused_by_their_place(intake: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(errors.Invalid, match="intake"):
        setup.check({"intake": intake})


def test_a_company_file_with_wrong_intake_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "company.toml"
    path.write_text('id = "acme"\nname = "样例"\n[settings.intake.mail]\nhost = "x"\n')
    with pytest.raises(errors.Invalid, match=r"company\.toml.*intake"):
        companies.load(path)
