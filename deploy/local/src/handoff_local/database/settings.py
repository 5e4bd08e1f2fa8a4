"""Settings of the migrate job."""

from shared.process.setting_types import PostgresUrl
from shared.process.settings import Settings, async_address


class MigrateSettings(Settings):
    """What the migrate job reads from `HANDOFF_*`: the database as its tables' owner sees it."""

    migrate_database_url: PostgresUrl = ""

    def migrate_address(self) -> str:
        """The address of the tables' owner, as SQLAlchemy wants it. Raises RuntimeError where there is none."""
        return async_address(self.migrate_database_url) if self.migrate_database_url else self.database_address()
