"""The second wall: the database itself shows a row only to its dealer."""

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import ProgrammingError

from shared.db.engine import Database
from shared.db.schema import UNSCOPED_TABLES, metadata, staff

pytestmark = pytest.mark.database


async def _add_staff(database: Database, dealer_id: str, scope: str) -> None:
    async with database.transaction(scope) as connection:
        await connection.execute(
            insert(staff).values(
                dealer_id=dealer_id, staff_id="S-1", record={}, created_at=func.now(), updated_at=func.now()
            )
        )


async def test_a_transaction_sees_its_dealers_only(database: Database) -> None:
    for dealer_id in ("lisboa-01", "porto-01"):
        await _add_staff(database, dealer_id, dealer_id)
    for scope, seen in (("lisboa-01", {"lisboa-01"}), ("*", {"lisboa-01", "porto-01"}), ("", set())):
        async with database.transaction(scope) as connection:
            assert set((await connection.execute(select(staff.c.dealer_id))).scalars()) == seen


async def test_a_row_of_another_dealer_cannot_be_written(database: Database) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        await _add_staff(database, "porto-01", "lisboa-01")


async def test_every_table_of_a_dealer_is_behind_the_wall(database: Database) -> None:
    async with database.transaction() as connection:
        rows = await connection.execute(text("select relname from pg_class where relrowsecurity"))
        walled = set(rows.scalars())
    assert walled == set(metadata.tables) - UNSCOPED_TABLES


async def test_services_do_not_run_as_superuser(database: Database) -> None:
    async with database.transaction() as connection:
        query = text(
            "select current_user, (select rolsuper or rolbypassrls from pg_roles where rolname = current_user)"
        )
        assert (await connection.execute(query)).one() == ("handoff_app", False)
