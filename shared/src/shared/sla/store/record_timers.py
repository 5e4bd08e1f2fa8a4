"""Clocks whose subject is a record, a promise or an appointment: whoever changes the record moves them.

What is said of a case moves those of the case and its tasks only. Make a clock with `shared.sla.engine.timer.start`,
move it with the transitions there and in `given_dates`, and write what came of it here.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import sla_timer
from shared.sla.store.timers import LIVE, read_timers
from shared.sla.store.unit_of_work import write_changes
from shared.sla.types import CaseTimers, Subject, Timer, TimerChanges, TimerTransition

RECORDS: Final[frozenset[Subject]] = frozenset({"promise", "appointment"})


async def hold_record_timers(
    connection: AsyncConnection, subject: Subject, records: Collection[tuple[str, str]]
) -> list[Timer]:
    """The live clocks of these records (dealer, id), for this transaction to change: the tick passes over them.

    The caller holds the locks of their customers' record keys.
    """
    if not records:
        return []
    named = in_keys(sla_timer.c.dealer_id, sla_timer.c.subject_id)
    query = select(sla_timer).where(sla_timer.c.subject == subject, LIVE, named)
    held = query.order_by(sla_timer.c.timer_id).with_for_update()
    return await read_timers(connection, held, unnest_keys(records))


async def hold_all_timers(
    connection: AsyncConnection, subject: Subject, records: Collection[tuple[str, str]]
) -> list[Timer]:
    """Every clock these records have had, the live ones for this transaction to change, by cycle."""
    if not records:
        return []
    named = in_keys(sla_timer.c.dealer_id, sla_timer.c.subject_id)
    query = select(sla_timer).where(sla_timer.c.subject == subject, ~LIVE, named)
    ended = await read_timers(connection, query, unnest_keys(records))
    held = await hold_record_timers(connection, subject, records)
    return sorted([*ended, *held], key=lambda one: (one.subject_id, one.rule, one.cycle))


async def write_record_timers(
    connection: AsyncConnection,
    now: datetime,
    *,
    started: Sequence[TimerTransition] = (),
    moved: Sequence[TimerTransition] = (),
) -> None:
    """Write clocks that began and clocks that changed, with what is due of them; append `handoff.sla.*` records."""
    changes = TimerChanges(
        case_timers=CaseTimers(),
        created=_timers(started),
        changed=_timers(one for one in moved if one.events),
        events=tuple(chain.from_iterable(one.events for one in (*started, *moved))),
        due=tuple(chain.from_iterable(one.due for one in (*started, *moved) if one.events)),
    )
    await write_changes(connection, [changes], now, cases=(), tasks=())


def _timers(transitions: Iterable[TimerTransition]) -> tuple[Timer, ...]:
    return tuple(one.timer for one in transitions)
