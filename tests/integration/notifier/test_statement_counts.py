"""What many cost together: the statements of a tick and of a batch of records do not grow with their number."""

from datetime import timedelta

import pytest
from postoffice import PostOffice
from sqlalchemy import text
from statement_count import statements

from notifier.firing import BATCH
from shared.tables import sla_timer

pytestmark = pytest.mark.database

_COLUMNS = [column.name for column in sla_timer.c]
_NEW = {"timer_id": "'T-' || n", "subject_id": "'S-' || n", "case_id": "'S-' || n"}
_COPY = text(
    f"insert into sla_timer ({', '.join(_COLUMNS)})"
    f" select {', '.join(_NEW.get(name, name) for name in _COLUMNS)} from sla_timer, generate_series(1, :count) n"
    " where rule = 'T-02' and case_id not like 'S-%'"
)
_COPY_DUE = text(
    "insert into timer_due (dealer_id, timer_id, cycle, generation, threshold, fire_at)"
    " select dealer_id, timer_id, cycle, generation, 'breach', due_at + interval '1 second' from sla_timer"
    " where timer_id like 'T-%'"
)


async def clocks_due(office: PostOffice, count: int) -> None:
    """So many clocks of first acknowledgements, all due now, and nothing else due."""
    async with office.database.transaction() as connection:
        await connection.execute(text("delete from timer_due"))
        await connection.execute(text("delete from sla_timer where timer_id like 'T-%'"))
        await connection.execute(text("delete from sla_timer_event where timer_id like 'T-%'"))
        await connection.execute(_COPY, {"count": count})
        await connection.execute(_COPY_DUE)


async def test_a_tick_of_many_takes_as_many_statements_as_a_tick_of_one(office: PostOffice) -> None:
    await office.open()
    await office.meet(channels=[])
    await office.message()
    await office.route()
    office.clock.advance(timedelta(minutes=10, seconds=1))
    counts = []
    for number in (1, BATCH):
        await clocks_due(office, number)
        with statements(office.database) as sent:
            assert (await office.ticker.tick()).claimed == number
        counts.append(len(sent))
    assert max(counts) <= 8
