"""While somebody's snapshot is held nothing is vacuumed: queues are looked at from where something may wait."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from handoff_worker.quality.judge import Judging
from harness.statistics import planned_for_good, read_so_far
from harness.stepped_services import SteppedServices
from shared.db import watermark
from shared.db.engine import Database
from shared.messaging.moments_due import Due, note_due
from shared.playbook.ruleset.loader import playbook

pytestmark = pytest.mark.database

MANY, FEW = 2_000, 50
READ = "select idx_tup_read from pg_stat_user_indexes where indexrelname = '{}'"
QUEUED = text(
    """
    insert into notification (notification_id, dealer_id, message, purpose, channel, status, dedupe_key,
                              created_at, updated_at, next_attempt_wall_clock_at)
    select 'N-' || n, :dealer, 'OFFERED', 'staff', 'email', 'queued', 'N-' || n, :real, :real, :real
      from generate_series(1, :many) n
    """
)
ENDED = text("update notification set status = 'failed', next_attempt_wall_clock_at = null")


@pytest.fixture
async def held(owner_database: Database) -> AsyncIterator[None]:
    """A transaction that could see everything that is deleted meanwhile."""
    async with owner_database.transaction() as connection:
        await connection.execute(text("select pg_current_xact_id()"))
        yield


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets so many seconds pass for watermarks."""
    passed = [0.0]
    monkeypatch.setattr(watermark, "monotonic", lambda: passed[0])

    def wait(seconds: float) -> None:
        passed[0] += seconds

    return wait


async def read_by(one: Database, index: str, look: Callable[[], Awaitable[object]]) -> int:
    """How many entries of an index a look reads."""
    query = text(READ.format(index))
    before = await read_so_far(one, query)
    await look()
    return await read_so_far(one, query) - before


async def test_cases_that_were_judged_long_ago_are_not_passed_again(
    services: SteppedServices, held: None, later: Callable[[float], None]
) -> None:
    await services.open_dealer()
    await note_many(services, MANY)
    await judge_all(Judging(services.database, playbook(), services.clock))
    await note_many(services, 1)
    async with planned_for_good(services.database) as one:
        judging = Judging(one, playbook(), services.clock)
        assert await read_by(one, "pk_moment_due", partial(judge_all, judging)) >= MANY
        for _ in range(2):
            later(31)
            await judging.judge_due()
        assert await read_by(one, "pk_moment_due", judging.judge_due) < FEW


async def test_what_is_due_is_taken_from_where_it_waits(services: SteppedServices, held: None) -> None:
    await services.open_dealer()
    await note_many(services, MANY)
    await judge_all(Judging(services.database, playbook(), services.clock))
    url = services.database.engine.url.render_as_string(hide_password=False)
    one = Database(url, pool_size=1, plan_once=True)
    try:
        judging = Judging(one, playbook(), services.clock)
        await judging.judge_due()
        await note_many(services, 1)
        scans = text("select seq_scan from pg_stat_user_tables where relname = 'moment_due'")
        before = await read_so_far(one, scans)
        assert await judging.judge_due() == 1
        assert await read_so_far(one, scans) == before
    finally:
        await one.close()


async def note_many(services: SteppedServices, count: int) -> None:
    """Cases of so many customers nobody knows are to be judged."""
    dues = [
        Due(dealer_id=services.dealer_id, customer_id=f"C-{n}", case_id=None, cause_kind="customer", cause_id="C")
        for n in range(count)
    ]
    async with services.database.transaction() as connection:
        await note_due(connection, dues)


async def judge_all(judging: Judging) -> None:
    """Judge until nothing is due."""
    while await judging.judge_due():
        pass


async def test_messages_that_were_sent_long_ago_are_not_passed_again(services: SteppedServices, held: None) -> None:
    await services.open_dealer()
    async with services.database.transaction() as connection:
        await connection.execute(QUEUED, {"dealer": services.dealer_id, "real": services.real(), "many": MANY})
        await connection.execute(ENDED)
    async with planned_for_good(services.database) as one:
        dispatcher = replace(services.dispatcher(), database=one)
        services.real.advance(timedelta(seconds=31))
        assert await read_by(one, "ix_notification_next", dispatcher.step) >= MANY
        assert await read_by(one, "ix_notification_next", dispatcher.step) < FEW
