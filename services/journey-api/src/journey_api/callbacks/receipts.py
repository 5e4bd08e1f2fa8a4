"""Statements of providers kept as receipts, which the notifier applies in their order."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.callbacks.bounce_reports import MailReport
from journey_api.callbacks.caller_lookup import spellings
from journey_api.callbacks.provider_events import Statement
from shared.channels.email import EMAIL
from shared.clock import real_now
from shared.db.schema import dealer, notification, notification_attempt, receipt
from shared.ids import new_id
from shared.messaging.postgres.pg_notify import RECEIPTS, notify
from shared.people.addresses import address_hash, region_of
from shared.people.suppressions import STOPPED_CODE, Reason, suppress

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Attempted:
    """An attempt of ours, whom it went to and where."""

    attempt_id: str
    notification_id: str
    dealer_id: str
    customer_id: str | None
    channel: str
    address: str | None


async def keep_statement(
    connection: AsyncConnection, channels: Collection[str], statement: Statement, now: datetime
) -> bool:
    """Keep what a provider of these channels says of an attempt; False, and logged, where we made no such attempt.

    One that is faster than the answer to our request may know the message by the provider's id alone: it is kept for
    whatever is under way to that number, and counts as soon as the answer names it.
    """
    attempted = await _find(connection, channels, statement.attempt_id, statement.reference)
    if attempted is None and (waiting := await _under_way(connection, channels, statement)):
        for one in waiting:
            await _keep(connection, one, statement.status, statement.code)
        return True
    if attempted is None:
        _log.warning("receipt_of_unknown_attempt", reference=statement.reference, status=statement.status)
        return False
    await _keep(connection, attempted, statement.status, statement.code)
    if statement.code == STOPPED_CODE:
        await _close(connection, attempted, "stop", now)
    return True


async def keep_report(connection: AsyncConnection, report: MailReport, now: datetime) -> bool:
    """Keep what a mail report says, and close an address that there is not or that wants no more; else as above."""
    attempted = await _find(connection, (EMAIL.name,), report.attempt_id, None)
    if attempted is None:
        _log.warning("report_of_unknown_attempt", meaning=report.meaning)
        return False
    if report.meaning != "complaint":
        status = "perm_failed" if report.meaning == "failed" else "delivered"
        await _keep(connection, attempted, status, report.code)
    if report.closes_address:
        await _close(connection, attempted, "complaint" if report.meaning == "complaint" else "bounce", now)
    return True


async def _find(
    connection: AsyncConnection, channels: Collection[str], attempt_id: str | None, reference: str | None
) -> Attempted | None:
    """By our own id where the provider has it, else by the provider's."""
    attempts = notification_attempt.c
    named = attempts.attempt_id == attempt_id if attempt_id else attempts.provider_ref == reference
    query = select(
        attempts.attempt_id,
        attempts.notification_id,
        attempts.dealer_id,
        notification.c.customer_id,
        attempts.channel,
        notification.c.address,
    ).join_from(notification_attempt, notification, attempts.notification_id == notification.c.notification_id)
    row = (await connection.execute(query.where(named, attempts.channel.in_(channels)).limit(1))).one_or_none()
    return Attempted(*row) if row is not None else None


async def _under_way(connection: AsyncConnection, channels: Collection[str], statement: Statement) -> list[Attempted]:
    """What the provider's id may turn out to be, under that id."""
    if statement.attempt_id or statement.reference is None or statement.number is None:
        return []
    columns = notification.c
    query = select(columns.notification_id, columns.dealer_id, columns.customer_id, columns.channel, columns.address)
    query = query.where(columns.channel.in_(channels), columns.status.in_(("sending", "unknown")))
    rows = await connection.execute(query.where(columns.address.in_(spellings(statement.number))))
    return [Attempted(statement.reference, *row) for row in rows]


async def _keep(connection: AsyncConnection, attempted: Attempted, status: str, code: str | None) -> None:
    row = {
        "receipt_id": new_id(),
        "dealer_id": attempted.dealer_id,
        "notification_id": attempted.notification_id,
        "attempt_id": attempted.attempt_id,
        "status": status,
        "code": code,
        "wall_clock_at": real_now(),
    }
    await connection.execute(insert(receipt).values(row))
    await notify(connection, RECEIPTS)


async def _close(connection: AsyncConnection, attempted: Attempted, reason: Reason, now: datetime) -> None:
    if attempted.address is None:
        return
    record = await connection.scalar(select(dealer.c.record).where(dealer.c.dealer_id == attempted.dealer_id))
    hashed = address_hash(attempted.channel, attempted.address, region_of(record or {}))
    await suppress(connection, attempted.dealer_id, attempted.channel, hashed, reason, now)
