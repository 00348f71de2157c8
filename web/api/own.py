"""What pages offer beside operations: a reader's note, a link taken back, and the signature that one keeps."""

from __future__ import annotations

from typing import Any

from engine.queries.api import fields
from engine.verbs import signed_opinions
from engine.verbs.sharing import copies, linking
from web.account import auth
from web.api.access.blueprint import blueprint
from web.api.extensions import PREFIX
from web.api.shapes import schemas
from web.frame import storage

SIGNATURE = f"{PREFIX}/signature"


@blueprint.post(f"{PREFIX}/process-instances/<key>/remark")
@blueprint.input(schemas.Operation, arg_name="body")
def remark_on_copy(key: str, body: schemas.Operation) -> tuple[str, int]:
    """Say something to a case that one got a copy of."""
    with storage.transaction() as session:
        copies.remark(session, auth.current_actor(), fields.key(key), body.text, now=storage.now())
    return "", 204


@blueprint.delete(f"{PREFIX}/process-instances/<key>/links/<other>")
def unlink_process_instances(key: str, other: str) -> tuple[str, int]:
    """Take back a link between two cases that was made by hand."""
    with storage.transaction() as session:
        linking.unlink(session, auth.current_actor(), fields.key(key), fields.key(other), now=storage.now())
    return "", 204


@blueprint.get(SIGNATURE)
def get_signature() -> dict[str, Any] | tuple[str, int]:
    """The signature that one keeps; 204 where there is none."""
    with storage.reading() as session:
        found = signed_opinions.kept(session, auth.current_actor())
        return {"strokes": found.strokes, "drawnAt": found.drawn_at.isoformat()} if found else ("", 204)


@blueprint.put(SIGNATURE)
@blueprint.input(schemas.SignatureKept, arg_name="body")
def keep_signature(body: schemas.SignatureKept) -> tuple[str, int]:
    """Keep a signature in place of the one before, to be given with decisions."""
    with storage.transaction() as session:
        signed_opinions.keep_own(session, auth.current_actor(), body.strokes, now=storage.now())
    return "", 204


@blueprint.delete(SIGNATURE)
def forget_signature() -> tuple[str, int]:
    """Remove it; what was signed with it stays as it is."""
    with storage.transaction() as session:
        signed_opinions.forget_own(session, auth.current_actor())
    return "", 204
