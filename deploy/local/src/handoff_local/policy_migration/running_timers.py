"""Bringing a dealer's live clocks to the policies in force: by command only, for an edit reaches none by itself."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_local.policy_migration.renew_timer import migrate_timer
from shared.db.engine import Database, lock_keys, record_key
from shared.db.schema import sla_timer
from shared.sla.store.policies import load_policies
from shared.sla.store.timers import LIVE, timer_of
from shared.sla.store.unit_of_work import write_changes
from shared.sla.types import Timer, TimerTransition

_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Migration:
    """A live timer before and after."""

    before: Timer
    moved: TimerTransition

    @property
    def after(self) -> Timer:
        """The timer under the policy in force."""
        return self.moved.timer


async def migrate_clocks(database: Database, dealer_id: str, now: datetime, *, apply: bool) -> AsyncIterator[Migration]:
    """Every live clock of the dealer that would start otherwise today, by id; with `apply` it is migrated.

    A batch is a transaction under the locks of its customers. A clock that is overdue keeps its policy. Raises
    LookupError for an unknown dealer, CalendarExhausted for a clock that could never be due.
    """
    after = ""
    while True:
        async with database.transaction(dealer_id) as connection:
            found = await _next_live(connection, dealer_id, after)
            migrations = await _migrate(connection, dealer_id, found, now, apply=apply)
        for one in migrations:
            yield one
        if len(found) < _AT_ONCE:
            return
        after = found[-1].timer_id


async def _next_live(connection: AsyncConnection, dealer_id: str, after: str) -> list[Timer]:
    query = select(sla_timer).where(sla_timer.c.dealer_id == dealer_id, LIVE, sla_timer.c.timer_id > after)
    rows = await connection.execute(query.order_by(sla_timer.c.timer_id).limit(_AT_ONCE))
    return [timer_of(row) for row in rows.mappings()]


async def _migrate(
    connection: AsyncConnection, dealer_id: str, timers: Sequence[Timer], now: datetime, *, apply: bool
) -> list[Migration]:
    policies = (await load_policies(connection, [dealer_id]))[dealer_id]
    if apply:
        timers = await _held(connection, timers)
    migrations = [
        Migration(timer, moved) for timer in timers if (moved := migrate_timer(timer, policies, now)) is not None
    ]
    if apply and migrations:
        changed = [one.after for one in migrations]
        cases = [(timer.dealer_id, timer.case_id) for timer in changed if timer.case_id]
        tasks = [(timer.dealer_id, timer.task_id) for timer in changed if timer.task_id and not timer.case_id]
        await write_changes(connection, [one.moved for one in migrations], now, cases=cases, tasks=tasks)
    return migrations


async def _held(connection: AsyncConnection, timers: Sequence[Timer]) -> list[Timer]:
    """The timers as they are once nobody else can change them."""
    await lock_keys(connection, [record_key(timer.dealer_id, timer.customer_id) for timer in timers])
    still = select(sla_timer).where(sla_timer.c.timer_id.in_([timer.timer_id for timer in timers]), LIVE)
    rows = await connection.execute(still.order_by(sla_timer.c.timer_id).with_for_update())
    return [timer_of(row) for row in rows.mappings()]
