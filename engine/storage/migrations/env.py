"""What Alembic runs: the steps on the connection that `upgrade` (or a developer's autogenerate) hands over."""

from alembic import context
from sqlalchemy import Connection

from engine import environment
from engine.storage import database, models


def run(connection: Connection) -> None:
    """Runs the steps on an open connection, in its transaction."""
    context.configure(
        connection=connection,
        target_metadata=models.metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="models.",
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with database.connect(environment.from_environment().database_url).engine.begin() as opened:
        run(opened)
