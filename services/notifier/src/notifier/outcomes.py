"""What follows when an attempt has ended: delivered, tried again, given up for the next channel."""

from typing import Final

from sqlalchemy import RowMapping

from notifier.attempts import Outcome, Ticket, attempt_statuses, end_attempt
from notifier.contacts import record_sent
from notifier.desk import Desk
from notifier.notifications import change_status, load_for_update, queue_again
from notifier.obligations import obligation_of
from notifier.planning import move_on
from notifier.retry import REPEATS_OF_UNKNOWN, retry_at
from shared.database import lock_keys, record_key

_UNDER_WAY: Final = ("sending", "unknown")


async def record_outcome(desk: Desk, ticket: Ticket, outcome: Outcome) -> None:
    """Store how an attempt ended, and what follows; takes the customer's lock. A late or repeated word is ignored."""
    await lock_keys(desk.connection, [record_key(ticket.dealer_id, ticket.customer_id)])
    row = await load_for_update(desk, ticket.notification_id)
    if row is None or row["status"] not in _UNDER_WAY or row["attempt_count"] != ticket.number:
        return
    if not await end_attempt(desk, ticket, outcome):
        return
    match outcome.status:
        case "accepted" | "delivered":
            await _succeed(desk, row, outcome)
        case "perm_failed":
            await give_up(desk, row, outcome.code)
        case "temp_failed":
            await _try_again(desk, row, outcome)
        case "unknown":
            await _repeat_once(desk, row, outcome)


async def give_up(desk: Desk, row: RowMapping, code: str | None) -> None:
    """The channel has failed for good: the next one is tried."""
    await change_status(desk, [row["notification_id"]], "failed", code=code, next_attempt_real_at=None)
    await move_on(desk, obligation_of(row), row["channel"])


async def _succeed(desk: Desk, row: RowMapping, outcome: Outcome) -> None:
    ids = [row["notification_id"]]
    (sent,) = await change_status(desk, ids, "sent", code=outcome.code, next_attempt_real_at=None)
    if outcome.status == "delivered":
        await change_status(desk, ids, "delivered")
    await record_sent(desk, sent)


async def _try_again(desk: Desk, row: RowMapping, outcome: Outcome) -> None:
    failures = len(await attempt_statuses(desk, row["notification_id"]))
    at = retry_at(failures, desk.real, row["notification_id"], asked_for=outcome.after)
    if at is None:
        await give_up(desk, row, outcome.code)
        return
    await queue_again(desk, row["notification_id"], outcome.code, at)


async def _repeat_once(desk: Desk, row: RowMapping, outcome: Outcome) -> None:
    """Nobody knows, and nobody can be asked: once more, and then the next channel."""
    statuses = await attempt_statuses(desk, row["notification_id"])
    repeat = statuses.count("unknown") <= REPEATS_OF_UNKNOWN
    at = retry_at(len(statuses) + 1, desk.real, row["notification_id"]) if repeat else None
    await change_status(desk, [row["notification_id"]], "unknown", code=outcome.code, next_attempt_real_at=at)
    if at is None:
        await move_on(desk, obligation_of(row), row["channel"])
