"""A dealer's live clocks brought to other policies: by command only, an edit reaches none by itself (timers 5.1.9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.engine import lock_keys, record_key
from shared.db.schema import sla_timer
from shared.sla.engine.policy_migration import migrate_timer
from shared.sla.policy.policy import Policies
from shared.sla.store.timers import LIVE, read_timers
from shared.sla.store.unit_of_work import write_changes
from shared.sla.types import Timer, TimerTransition

_READ_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Migration:
    """A live timer before and after."""

    before: Timer
    moved: TimerTransition

    @property
    def after(self) -> Timer:
        """The timer under the other policy."""
        return self.moved.timer


async def find_migrations(
    connection: AsyncConnection, dealer_id: str, policies: Policies, now: datetime, *, after: str = "", limit: int
) -> list[Migration]:
    """The first live clocks after an id that would start otherwise under `policies`, by id; nothing is written.

    Fewer than `limit` are all there are. A clock that is overdue keeps its policy. Raises CalendarExhausted for a clock
    that could never be due.
    """
    found: list[Migration] = []
    while len(found) < limit:
        timers = await _next_live(connection, dealer_id, after)
        found += _migrations(timers, policies, now)
        if len(timers) < _READ_AT_ONCE:
            break
        after = timers[-1].timer_id
    return found[:limit]


async def apply_migrations(
    connection: AsyncConnection, found: Sequence[Migration], policies: Policies, now: datetime
) -> list[Migration]:
    """Migrate these clocks as they are under the locks of their customers, which it takes; answers those it moved."""
    if not found:
        return []
    migrations = _migrations(await _hold(connection, [one.before for one in found]), policies, now)
    changed = [one.after for one in migrations]
    cases = [(timer.dealer_id, timer.case_id) for timer in changed if timer.case_id]
    tasks = [(timer.dealer_id, timer.task_id) for timer in changed if timer.task_id and not timer.case_id]
    await write_changes(connection, [one.moved for one in migrations], now, cases=cases, tasks=tasks)
    return migrations


def _migrations(timers: Sequence[Timer], policies: Policies, now: datetime) -> list[Migration]:
    moves = ((timer, migrate_timer(timer, policies, now)) for timer in timers)
    return [Migration(timer, moved) for timer, moved in moves if moved is not None]


async def _next_live(connection: AsyncConnection, dealer_id: str, after: str) -> list[Timer]:
    query = select(sla_timer).where(sla_timer.c.dealer_id == dealer_id, LIVE, sla_timer.c.timer_id > after)
    return await read_timers(connection, query.order_by(sla_timer.c.timer_id).limit(_READ_AT_ONCE))


async def _hold(connection: AsyncConnection, timers: Sequence[Timer]) -> list[Timer]:
    """The timers as they are once nobody else can change them."""
    await lock_keys(connection, [record_key(timer.dealer_id, timer.customer_id) for timer in timers])
    still = select(sla_timer).where(sla_timer.c.timer_id.in_([timer.timer_id for timer in timers]), LIVE)
    return await read_timers(connection, still.order_by(sla_timer.c.timer_id).with_for_update())
