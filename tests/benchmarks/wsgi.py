"""The application for measuring: ours, and beside it a bare view of eight comparable statements in one transaction."""

from __future__ import annotations

import secrets

import flask
from sqlalchemy import text
from werkzeug.wrappers import Response

from engine import environment
from web import create_app
from web.frame import storage

app = create_app(environment.from_environment())
TABLE = "CREATE TABLE IF NOT EXISTS bare (id text PRIMARY KEY, parent text, state text, data text)"
READS = ("SELECT key, name FROM person WHERE username = 'clerk'", "SELECT * FROM bare WHERE id = :id FOR UPDATE")
WRITES = (
    "INSERT INTO bare VALUES (:id, 'x', 'open', :data)",
    "UPDATE bare SET state = 'done' WHERE id = :id",
    "UPDATE bare SET data = :data WHERE id = :id",
    "INSERT INTO bare VALUES (:id || '-1', :id, 'open', :data)",
    "INSERT INTO bare VALUES (:id || '-2', :id, 'open', :data)",
    "INSERT INTO bare VALUES (:id || '-3', :id, 'open', :data)",
)

with app.app_context(), storage.surroundings().database.engine.begin() as prepared:
    prepared.execute(text(TABLE))


@app.post("/bare/<int:number>")
def bare(number: int) -> Response:
    """Eight statements, one commit, a redirect: what any view of this kind costs at least."""
    values = {"id": f"{number}-{secrets.token_hex(8)}", "data": "数" * 300}
    with storage.surroundings().database.engine.begin() as connection:
        for statement in (*READS, *WRITES):
            connection.execute(text(statement), values)
    return flask.redirect("/inbox")
