"""`python -m handoff_local.database.migration_draft "why"` drafts a migration from the tables to head.

The difference is taken on a database of its own, made and thrown away.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

from handoff_local.database.migrate import alembic_config, head
from handoff_local.database.postgres import EmbeddedPostgres
from shared.process.settings import async_address


def draft(message: str) -> None:
    """Write the file; read it before it is committed, and keep expand and contract apart."""
    with tempfile.TemporaryDirectory(prefix="handoff-draft-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder))
        server.start()
        try:
            config = alembic_config(async_address(server.url()))
            command.upgrade(config, "head")
            command.revision(config, message, autogenerate=True, rev_id=number_after(head()))
        finally:
            server.stop()


def number_after(revision: str | None) -> str:
    """The number of the migration after this one: four digits, by which services know a later schema."""
    return f"{int(revision or 0) + 1:04}"


if __name__ == "__main__":
    draft(sys.argv[1])
