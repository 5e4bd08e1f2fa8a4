"""Each index of the schema with what needs it: a key it guards, or a query of the product whose plan has it."""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from index_queries import GUARDS, QUERIES, Ask, ByFunction, ByValues, Statement
from sqlalchemy import Connection, Executable, event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from harness.emptied import empty
from harness.many_rows import fill
from harness.statement_count import statements
from shared.commands import idle_schedule
from shared.db.engine import EVERY_DEALER, Database
from shared.db.prepared import Prepared, driver_of

pytestmark = pytest.mark.database

_INDEXES = text(
    "select c.relname, i.indisunique from pg_index i join pg_class c on c.oid = i.indexrelid"
    " where c.relnamespace = 'public'::regnamespace and c.relname <> 'alembic_version_pkc'"
)

_SCANS = text("select pg_stat_get_xact_numscans(to_regclass(:index))")


@pytest.fixture(scope="module")
async def filled(owner_database: Database) -> AsyncIterator[Database]:
    """A database with thousands of rows in every table, as a service sees it."""
    async with owner_database.transaction() as connection:
        await empty(connection)
        await fill(connection)
    address = owner_database.engine.url.render_as_string(hide_password=False)
    one = Database(address, sees=EVERY_DEALER, pool_size=1)
    yield one
    await one.close()
    async with owner_database.transaction() as connection:
        await empty(connection)
        await connection.execute(text("analyze"))


async def test_every_index_is_named(owner_database: Database) -> None:
    async with owner_database.transaction() as connection:
        unique = {row.relname: row.indisunique for row in await connection.execute(_INDEXES)}
    assert sorted(unique.keys() - GUARDS.keys() - QUERIES.keys()) == [], "nobody names what needs them"
    assert sorted((GUARDS.keys() | QUERIES.keys()) - unique.keys()) == [], "there are no such indexes"
    assert [name for name in GUARDS if not unique[name]] == []


@pytest.mark.parametrize("index", QUERIES)
async def test_its_query_is_planned_with_it(filled: Database, index: str) -> None:
    query = QUERIES[index]
    async with filled.transaction() as connection:
        if isinstance(query, ByFunction):
            before = await connection.scalar(_SCANS, {"index": index})
            await query.ask(connection)
            assert await connection.scalar(_SCANS, {"index": index}) > before
            return
        if isinstance(query, ByValues):
            plans = await planned_for_values(connection, query.ask)
        else:
            plans = [await planned_for_good(connection, one) for one in await asked_by(filled, connection, query)]
    assert any(re.search(rf"\b{index}\b", one) for one in plans), "\n\n".join(plans)


async def asked_by(database: Database, connection: AsyncConnection, query: Statement | Ask) -> Sequence[str]:
    """What the query asks the database, as the driver has it."""
    if isinstance(query, str):
        return [query]
    if isinstance(query, Prepared | Executable):
        return [(query if isinstance(query, Prepared) else Prepared(query)).compile().query]
    with statements(database) as sent:
        await query(connection)
    return sent


async def planned_for_values(connection: AsyncConnection, ask: Ask) -> Sequence[str]:
    """The plans of what SQLAlchemy is asked, for the values that it is given."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Connection, _cursor: object, statement: str, values: Any, *_: object) -> None:
        asked.append((f"explain {statement}", values))

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    await ask(connection)
    event.remove(connection.sync_connection, "before_cursor_execute", note)
    raw = await driver_of(connection)
    return [lines(await raw.fetch(explained, *values)) for explained, values in asked]


async def planned_for_good(connection: AsyncConnection, statement: str) -> str:
    """The plan of a statement whatever its values, as worker and notifier have theirs."""
    raw = await driver_of(connection)
    count = max(map(int, re.findall(r"\$(\d+)", statement)), default=0)
    await raw.execute(f"set local plan_cache_mode = force_generic_plan; prepare asked as {statement}")
    rows = await raw.fetch("explain execute asked" + (f"({', '.join(['null'] * count)})" if count else ""))
    await raw.execute("deallocate asked")
    return lines(rows)


def lines(rows: Sequence[Any]) -> str:
    """A plan, a line a step."""
    return "\n".join(row[0] for row in rows)


async def test_cases_that_are_idle_earlier_are_found_by_key(filled: Database) -> None:
    """The table is not gone through, however much is due."""
    async with filled.transaction() as connection:
        plan = await planned_for_good(connection, idle_schedule.EARLIER.compile().query)
    assert "Seq Scan on timer_due" not in plan, plan
