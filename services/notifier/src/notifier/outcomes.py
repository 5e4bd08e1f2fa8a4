"""What follows when an attempt has ended: delivered, tried again, given up for the next channel."""

from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.attempts import Outcome, Ticket, attempt_statuses, end_attempt
from notifier.contacts import record_sent
from notifier.means import Means
from notifier.notifications import change_status, load_for_update
from notifier.obligations import obligation_of
from notifier.planning import move_on
from notifier.retry import REPEATS_OF_UNKNOWN, retry_at
from shared.database import lock_keys, record_key

_UNDER_WAY: Final = ("sending", "unknown")


async def record_outcome(
    connection: AsyncConnection, means: Means, ticket: Ticket, outcome: Outcome, now: datetime, real: datetime
) -> None:
    """Store how an attempt ended, and what follows; takes the customer's lock. A late or repeated word is ignored."""
    await lock_keys(connection, [record_key(ticket.dealer_id, ticket.customer_id)])
    row = await load_for_update(connection, ticket.notification_id)
    if row is None or row["status"] not in _UNDER_WAY or row["attempt_count"] != ticket.number:
        return
    if not await end_attempt(connection, ticket, outcome):
        return
    match outcome.status:
        case "accepted" | "delivered":
            await _succeed(connection, row, outcome, now)
        case "perm_failed":
            await give_up(connection, means, row, outcome.code, now, real)
        case "temp_failed":
            await _try_again(connection, means, row, outcome, now, real)
        case "unknown":
            await _repeat_once(connection, means, row, outcome, now, real)


async def give_up(
    connection: AsyncConnection, means: Means, row: RowMapping, code: str | None, now: datetime, real: datetime
) -> None:
    """The channel has failed for good: the next one is tried."""
    await change_status(connection, [row["notification_id"]], "failed", now, code=code, next_attempt_real_at=None)
    await move_on(connection, means, obligation_of(row), row["channel"], now, real)


async def _succeed(connection: AsyncConnection, row: RowMapping, outcome: Outcome, now: datetime) -> None:
    ids = [row["notification_id"]]
    (sent,) = await change_status(connection, ids, "sent", now, code=outcome.code, next_attempt_real_at=None)
    if outcome.status == "delivered":
        await change_status(connection, ids, "delivered", now)
    await record_sent(connection, sent, now)


async def _try_again(
    connection: AsyncConnection, means: Means, row: RowMapping, outcome: Outcome, now: datetime, real: datetime
) -> None:
    failures = len(await attempt_statuses(connection, row["notification_id"]))
    at = retry_at(failures, real, row["notification_id"], asked_for=outcome.after)
    if at is None:
        await give_up(connection, means, row, outcome.code, now, real)
        return
    await change_status(connection, [row["notification_id"]], "queued", now, code=outcome.code, next_attempt_real_at=at)


async def _repeat_once(
    connection: AsyncConnection, means: Means, row: RowMapping, outcome: Outcome, now: datetime, real: datetime
) -> None:
    """Nobody knows, and nobody can be asked: once more, and then the next channel."""
    statuses = await attempt_statuses(connection, row["notification_id"])
    repeat = statuses.count("unknown") <= REPEATS_OF_UNKNOWN
    at = retry_at(len(statuses) + 1, real, row["notification_id"]) if repeat else None
    await change_status(
        connection, [row["notification_id"]], "unknown", now, code=outcome.code, next_attempt_real_at=at
    )
    if at is None:
        await move_on(connection, means, obligation_of(row), row["channel"], now, real)
