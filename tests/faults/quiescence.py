"""When there is nothing left to do: every record consumed, every clock that was due fired, every message settled."""

import time
from collections.abc import Mapping

import asyncpg
from running_stack import RunningStack
from waiting import pause, until

from notifier.consumers.journey_events import PARTS_SIGNAL, READY_OCCURRENCE, STATUS_OCCURRENCE
from shared.channels.registry import reply_channels
from shared.vocabulary import EVENT_CHANNELS

POLL = 0.5
"""Seconds between two looks, which cost the database something."""


def _types(*names: str) -> str:
    return f"o.type like any(array{[f'handoff.{name}' for name in names]})"


_OWED = f"""
    exists (select from journey_event e
             where e.event_id = o.event_id and e.customer_id is not null and e.intent = 'live'
               and (e.data ->> 'channel' = any(array{[one for one in EVENT_CHANNELS if reply_channels(one)]})
                    or e.data::jsonb -> 'occurrences' ?| array{[STATUS_OCCURRENCE, READY_OCCURRENCE, PARTS_SIGNAL]}
                    or e.data::jsonb -> 'signals' ?| array{[READY_OCCURRENCE, PARTS_SIGNAL]}))
"""
"""The events of which the notifier tells the customer."""

CONSUMED: Mapping[str, str] = {
    "handoff-worker": _types("journey.step.v1", "task.accepted.v1", "task.completed.v1"),
    "handoff-worker-offers": _types("sla.breached.v1", "timer.due.v1"),
    "notifier": f"{_types('journey.step.v1')} and {_OWED} or "
    + _types(
        "contact.recorded.v1",
        "moment.tragic.v1",
        "promise.made.v1",
        "promise.moved.v1",
        "timer.due.v1",
        *(
            f"task.{act}.v1"
            for act in ("offered", "accepted", "acknowledged", "declined", "completed", "cancelled", "reassigned")
        ),
        *(f"sla.{act}.v1" for act in ("warning", "breached", "escalated")),
    )
    + f" or {_types('task.created.v1', 'task.waiting.v1', 'task.resumed.v1')}"
    " and json_array_length(o.payload -> 'followers') > 0",
    "feed": _types("task.%", "sla.%"),
}
"""What each consumer makes something of, as a condition on the outbox."""

_LEFT = """
    (select count(*) from outbox o
      where ({condition})
        and not exists (select 1 from inbox i
                         where i.consumer = '{consumer}' and i.source = o.source and i.id = o.record_id))
    as "{consumer}"
"""
_UNFINISHED = f"""
    select {",".join(_LEFT.format(consumer=name, condition=condition) for name, condition in CONSUMED.items())},
           (select count(*) from timer_due where fire_at < clock_timestamp() + interval '1 minute') as clocks,
           (select count(*) from moment_due) as moments,
           (select count(*) from notification
             where status in ('queued', 'sending') or (status = 'unknown' and next_attempt_wall_clock_at is not null)
                or (status = 'held' and scheduled_for < clock_timestamp() + interval '1 minute')) as messages
"""


async def unfinished(connection: asyncpg.Connection) -> dict[str, int]:
    """How much of each sort of work is left, all seen at one instant."""
    row = await connection.fetchrow(_UNFINISHED)
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
