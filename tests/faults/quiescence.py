"""When there is nothing left to do: every record consumed, every clock that was due fired, every message settled."""

import time
from collections.abc import Mapping

import asyncpg
from running_stack import RunningStack
from waiting import pause, until

POLL = 0.5
"""Seconds between two looks, which cost the database something."""

CONSUMED: Mapping[str, tuple[str, ...]] = {
    "handoff-worker": ("handoff.journey.step.v1", "handoff.task.accepted.v1", "handoff.task.completed.v1"),
    "handoff-worker-offers": ("handoff.sla.breached.v1", "handoff.timer.due.v1"),
    "notifier": (
        "handoff.journey.step.v1",
        "handoff.contact.recorded.v1",
        "handoff.moment.tragic.v1",
        "handoff.promise.made.v1",
        "handoff.promise.moved.v1",
        "handoff.timer.due.v1",
        *(
            f"handoff.task.{act}.v1"
            for act in ("offered", "accepted", "acknowledged", "declined", "completed", "cancelled", "reassigned")
        ),
        *(f"handoff.sla.{act}.v1" for act in ("warning", "breached", "escalated")),
    ),
    "feed": ("handoff.task.%", "handoff.sla.%"),
}
"""The types each consumer makes something of."""

_UNFINISHED = """
    select (select count(*) from outbox o where o.type like any($1::text[])
               and not exists (select 1 from inbox i
                                where i.consumer = 'handoff-worker' and i.source = o.source and i.id = o.record_id))
           as worker,
           (select count(*) from outbox o where o.type like any($2::text[])
               and not exists (select 1 from inbox i
                                where i.consumer = 'handoff-worker-offers' and i.source = o.source
                                  and i.id = o.record_id)) as offers,
           (select count(*) from outbox o where o.type like any($3::text[])
               and not exists (select 1 from inbox i
                                where i.consumer = 'notifier' and i.source = o.source and i.id = o.record_id))
           as notifier,
           (select count(*) from outbox o where o.type like any($4::text[])
               and not exists (select 1 from inbox i
                                where i.consumer = 'feed' and i.source = o.source and i.id = o.record_id)) as feed,
           (select count(*) from timer_due where fire_at < clock_timestamp() + interval '1 minute') as clocks,
           (select count(*) from notification
             where status in ('queued', 'sending') or (status = 'unknown' and next_attempt_wall_clock_at is not null)
                or (status = 'held' and scheduled_for < clock_timestamp() + interval '1 minute')) as messages
"""


async def unfinished(connection: asyncpg.Connection) -> dict[str, int]:
    """How much of each sort of work is left, all seen at one instant."""
    row = await connection.fetchrow(_UNFINISHED, *map(list, CONSUMED.values()))
    return dict(row)


async def until_quiet(stack: RunningStack, seconds: float) -> None:
    """Wait until nothing is left of anything; says what was left when it gives up."""
    left: dict[str, int] = {}

    async def quiet() -> bool:
        began = time.monotonic()
        left.update(await unfinished(connection))
        await pause(time.monotonic() - began)  # the longer a look takes, the less often it is taken
        return not any(left.values())

    async with stack.database() as connection:
        try:
            await until(quiet, seconds, "quiet", POLL)
        except AssertionError as error:
            raise AssertionError(f"{error}: {left}\n{stack.complaints()}") from None
