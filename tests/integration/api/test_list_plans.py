"""A page of a list reads a few rows along the index of its order, however many tasks and cases there are."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from event_posting import DEALER
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from harness.statistics import planned_for_good
from journey_api.cases.documents import list_cases, place_of
from journey_api.cases.newest_cases import load_newest_cases
from journey_api.http.pagination import Page
from journey_api.http.query_parameters import Filters
from journey_api.tasks.queries import Order, Sort, list_role_tasks, list_tasks, tasks_query
from shared.db.engine import Database
from shared.vocabulary import OPEN_STATUSES

pytestmark = pytest.mark.database
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
PAGE = 50
OPEN, ENDED, CASES = 1_000, 4_000, 5_000
ROLE, OTHER = "service_advisor", "product_specialist"

_TASKS = text(
    "insert into task (task_id, dealer_id, customer_id, case_id, entry, kind, mode, matter, merge_key, priority,"
    " priority_rank, from_role, to_role, status, due_at, created_at, updated_at)"
    " select :prefix || n || dealer_id, dealer_id, 'C-' || n, 'K-' || :prefix || n, 'SA-07-02-a', 'deliver', 'person',"
    " 'm' || n, 'm' || n, (array['urgent', 'high', 'normal'])[n % 3 + 1], n % 3, 'sales_manager', :role, :status,"
    " case when :open and n % 2 = 0 then cast(:began as timestamptz) + n * interval '7 s' end,"
    " cast(:began as timestamptz) + n * interval '1 s', cast(:began as timestamptz) + n * interval '5 s'"
    " from dealer, generate_series(1, :many) as n"
)
_CASES = text(
    "insert into journey_case (dealer_id, case_id, customer_id, status, opened_at)"
    " select dealer_id, 'K-' || n, 'C-' || n % 500, case when n % 250 = 0 then 'open' else 'closed' end,"
    " cast(:began as timestamptz) + n / 2 * interval '1 s' from dealer, generate_series(1, :many) as n"
    " union all select dealer_id, 'R-' || n, null, 'reserved', null from dealer, generate_series(1, 500) as n"
)
_READ = text(
    "select coalesce(sum(seq_tup_read + idx_tup_fetch), 0) from pg_stat_xact_user_tables"
    " where relname in ('task', 'journey_case')"
)


@pytest.fixture
async def filled(dealers: None, database: Database, owner_database: Database) -> AsyncIterator[Database]:
    """Two dealers, each with thousands of tasks open in one role and more that have ended, and thousands of cases."""
    async with owner_database.transaction() as connection:
        for prefix, role, status, many in (
            ("A", ROLE, "accepted", OPEN),
            ("B", ROLE, "completed", ENDED),
            ("C", OTHER, "cancelled", ENDED),
        ):
            given = {"prefix": prefix, "role": role, "status": status, "many": many, "open": status == "accepted"}
            await connection.execute(_TASKS, given | {"began": BEGAN})
        await connection.execute(_CASES, {"began": BEGAN, "many": CASES})
        await connection.execute(text("analyze task, journey_case, dealer"))
    async with planned_for_good(database) as one:
        yield one


async def rows_read(connection: AsyncConnection) -> int:
    """How many tasks and cases the transaction has read so far."""
    return int(await connection.scalar(_READ) or 0)


TASK_FILTERS: tuple[Filters, ...] = (
    {},
    {"dealer_id": [DEALER]},
    {"role": [ROLE]},
    {"role": [OTHER], "dealer_id": [DEALER]},
    {"role": [ROLE, OTHER, ROLE]},
    {"role": [ROLE], "status": OPEN_STATUSES},
    {"dealer_id": [DEALER], "status": OPEN_STATUSES},
    {"dealer_id": [DEALER], "status": ["accepted"]},
    {"status": ["completed"]},
    {"status": ["accepted", "completed"], "role": [ROLE]},
)
PARTS = 2 * 2 * 2
"""What a list is at most put together from here: of each dealer and role what is open, and what has ended."""


@pytest.mark.parametrize("wanted", TASK_FILTERS, ids=str)
async def test_pages_of_tasks(filled: Database, wanted: Filters) -> None:
    async with filled.transaction() as connection:
        for sort in get_args(Sort):
            order, after, seen = Order(sort), None, set()
            query = tasks_query(wanted, order)
            for _ in range(3):
                before = await rows_read(connection)
                found = await list_tasks(connection, query, order, Page(PAGE, after), wanted)
                assert await rows_read(connection) - before <= PARTS * (PAGE + 1), sort
                assert len(found) == PAGE + 1, sort
                seen |= {task.task_id for task in found[:PAGE]}
                after = order.key(found[PAGE - 1])
            assert len(seen) == 3 * PAGE, sort


@pytest.mark.parametrize(
    ("wanted", "length"),
    [
        ({}, PAGE + 1),
        ({"status": ["open"]}, CASES // 250),
        ({"status": ["closed"]}, PAGE + 1),
        ({"status": ["open", "closed"]}, PAGE + 1),
        ({"customer_id": ["C-7"]}, CASES // 500),
    ],
)
async def test_pages_of_cases(filled: Database, wanted: Filters, length: int) -> None:
    async with filled.transaction(DEALER) as connection:
        after: list[Any] | None = None
        for _ in range(3):
            before = await rows_read(connection)
            found = await list_cases(connection, DEALER, wanted, Page(PAGE, after))
            assert await rows_read(connection) - before <= length
            assert len(found) == length
            after = list(place_of(found[PAGE - 1])) if length > PAGE else None


async def test_what_the_console_asks_for(filled: Database) -> None:
    """The tasks of a board, with what was completed of late, and the newest cases of customers."""
    lately = BEGAN + timedelta(seconds=5 * (ENDED - 9))
    async with filled.transaction(DEALER) as connection:
        before = await rows_read(connection)
        tasks = await list_role_tasks(connection, DEALER, ROLE, lately, 4 * PAGE)
        assert [len([task for task in tasks if task.is_open is open_]) for open_ in (True, False)] == [4 * PAGE, 10]
        assert await rows_read(connection) - before <= 4 * PAGE + 1 + 2 * 10
        before = await rows_read(connection)
        assert set(await load_newest_cases(connection, DEALER, ["C-7", "C-8"])) == {"C-7", "C-8"}
        assert await rows_read(connection) - before <= 2 * CASES // 500
