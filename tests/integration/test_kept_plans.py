"""A connection that plans once plans again as its tables grow."""

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from shared.db import kept_plans
from shared.db.engine import EVERY_DEALER, Database
from shared.db.prepared import Prepared

pytestmark = pytest.mark.database

_ASKED = Prepared("select number from grown where number < 0")
_NAME = text("select name from pg_prepared_statements where statement = 'select number from grown where number < 0'")
_RENEWED = [2, 6, 14, 30, 62, 126, 254, 510, 810, 1110]
"""The seconds: twice as far apart each time, at last 300."""
_GROW = text("insert into grown select generate_series(1, 5000)")


class _Time:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """The seconds that have passed."""
        return self.now


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> _Time:
    """The time by which plans grow old."""
    time = _Time()
    monkeypatch.setattr(kept_plans, "time", time)
    return time


@pytest.fixture
async def young(passing: _Time, database: Database) -> AsyncIterator[Database]:
    """A database with one connection, as worker and notifier have them, and a small table of its own."""
    address = database.engine.url.render_as_string(hide_password=False)
    one = Database(address, sees=EVERY_DEALER, pool_size=1, plan_once=True)
    async with one.look() as connection:
        await connection.execute(text("create temp table grown (number int)"))
    yield one
    await one.close()


async def _expected_rows(database: Database) -> int:
    """As many rows as the plan of the statement is made for."""
    async with database.transaction() as connection:
        await _ASKED.rows(connection)
        name = await connection.scalar(_NAME)
        plan = (await connection.execute(text(f'explain execute "{name}"'))).scalars().all()
    found = re.search(r"rows=(\d+)", plan[0])
    assert found
    return int(found[1])


async def test_plans_are_made_again_ever_more_rarely(young: Database, passing: _Time) -> None:
    expected, renewed = await _expected_rows(young), []
    for second in (at - before for at in _RENEWED for before in (1, 0)):
        passing.now = second
        async with young.look() as connection:
            await connection.execute(_GROW)
        before, expected = expected, await _expected_rows(young)
        if expected > before:
            renewed.append(second)
    assert renewed == _RENEWED
