"""What readiness says of a database that is there."""

import pytest
from sqlalchemy import text

from shared.db.engine import Database
from shared.process.health import OK, SCHEMA_HEAD, database_checks
from shared.process.settings import async_address


@pytest.mark.database
async def test_the_database_is_checked_in_the_services_own_role(database: Database, migrated: str) -> None:
    checks = database_checks(database)
    assert [await checks["database"](), await checks["schema"]()] == [OK, OK]
    owner = Database(async_address(migrated), role=None, pool_size=1)

    async def stands_at(version: str) -> None:
        async with owner.transaction() as connection:
            await connection.execute(text("update alembic_version set version_num = :version"), {"version": version})

    try:
        await stands_at("0000")
        assert await checks["schema"]() == f"at 0000, needs {SCHEMA_HEAD}"
        await stands_at("9999")
        assert await checks["schema"]() == OK, "an upgrade under way: the old service goes on"
    finally:
        await stands_at(SCHEMA_HEAD)
        await owner.close()
