"""Whether every upload that a case refers to is there, and is what was handed in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.files.files import folder_of
from engine.storage.models import Attachment


def faults(session: Session) -> Iterator[str]:
    """One sentence for each content that is gone, or is not what its digest says; its cases' files are named."""
    uploads, row = folder_of(session), Attachment
    wanted = select(row.sha256, func.min(row.company_id), func.min(row.name)).where(row.sha256 != "").group_by(row.sha256)
    for sha256, company, name in session.execute(wanted.order_by(row.sha256)).yield_per(1000):
        if not uploads.holds(sha256):
            yield f"upload {sha256} (“{name}” of {company}) is gone"
            continue
        with uploads.where(sha256).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                yield f"upload {sha256} (“{name}” of {company}) was changed"
