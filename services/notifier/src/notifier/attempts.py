"""Attempts: claimed with a lease in one transaction, ended in another, unknown once the lease has run out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

import structlog
from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.exc import DBAPIError

from notifier.composing import Closed, NotYet, Ready, compose
from notifier.desk import Desk
from notifier.notifications import change_status
from notifier.preferences import TASK_CHANNELS
from notifier.sending import Outbound
from shared.identifiers import new_id
from shared.outages import is_outage
from shared.tables import notification, notification_attempt

LEASE: Final = timedelta(seconds=35)
"""How long an attempt may be under way before it counts as unknown; longer than any send may take."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ticket:
    """Which attempt of which notification; `number` counts them from 1."""

    notification_id: str
    attempt_id: str
    number: int
    dealer_id: str
    customer_id: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A claimed attempt and what it has to send."""

    ticket: Ticket
    message: Outbound


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt. `after`: the wait the provider asked for."""

    status: Literal["accepted", "delivered", "temp_failed", "perm_failed", "unknown"]
    code: str | None = None
    provider: str | None = None
    reference: str | None = None
    after: timedelta | None = None


async def claim_due(desk: Desk, limit: int) -> list[Attempt]:
    """Begin attempts at what is due to be sent; nobody else gets the same ones.

    What has lost its reason meanwhile is withdrawn, what cannot be put into words has failed.
    """
    columns = notification.c
    query = (
        select(notification)
        .where(columns.status.in_(("queued", "unknown")), columns.next_attempt_real_at <= desk.real)
        .where(columns.channel.not_in(TASK_CHANNELS))
        .order_by(columns.next_attempt_real_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await desk.connection.execute(query)).mappings().all()
    found = [await _begin(desk, row) for row in rows]
    return [attempt for attempt in found if attempt is not None]


async def overdue_attempts(desk: Desk) -> list[Ticket]:
    """Attempts whose lease has run out."""
    attempts = notification_attempt.c
    query = (
        select(
            notification.c.notification_id,
            attempts.attempt_id,
            attempts.number,
            notification.c.dealer_id,
            notification.c.customer_id,
        )
        .join_from(notification, notification_attempt, attempts.notification_id == notification.c.notification_id)
        .where(notification.c.status == "sending", notification.c.next_attempt_real_at <= desk.real)
        .where(attempts.number == notification.c.attempt_count)
        .limit(50)
    )
    return [Ticket(*row) for row in await desk.connection.execute(query)]


async def end_attempt(desk: Desk, ticket: Ticket, outcome: Outcome) -> bool:
    """Note the outcome; False when the attempt has already ended otherwise."""
    attempts = notification_attempt.c
    statement = (
        update(notification_attempt)
        .where(attempts.attempt_id == ticket.attempt_id, attempts.status.in_(("sending", "unknown")))
        .values(
            status=outcome.status,
            code=outcome.code,
            provider=outcome.provider,
            provider_ref=outcome.reference,
            deadline_real_at=None,
        )
    )
    return (await desk.connection.execute(statement)).rowcount == 1


async def attempt_statuses(desk: Desk, notification_id: str) -> Sequence[str]:
    """How each attempt at a notification has ended, in order."""
    attempts = notification_attempt.c
    query = select(attempts.status).where(attempts.notification_id == notification_id).order_by(attempts.number)
    return list(await desk.connection.scalars(query))


async def _begin(desk: Desk, row: RowMapping) -> Attempt | None:
    match await _composed(desk, row):
        case Ready() as ready:
            return await _lease(desk, row, ready)
        case NotYet(until):
            await _set(desk, row, next_attempt_real_at=until)
        case Closed(code):
            await change_status(desk, [row["notification_id"]], "withdrawn", code=code, next_attempt_real_at=None)
        case None:
            await change_status(desk, [row["notification_id"]], "failed", code="no_words", next_attempt_real_at=None)
    return None


async def _composed(desk: Desk, row: RowMapping) -> Ready | NotYet | Closed | None:
    try:
        async with desk.connection.begin_nested():
            return await compose(desk, row)
    except Exception as error:
        if is_outage(error) and isinstance(error, DBAPIError):
            raise
        _log.exception("message_not_composed", notification_id=row["notification_id"])
        return None


async def _lease(desk: Desk, row: RowMapping, ready: Ready) -> Attempt:
    number, attempt_id = row["attempt_count"] + 1, new_id()
    await _set(
        desk,
        row,
        status="sending",
        case_id=ready.case_id,
        attempt_count=number,
        next_attempt_real_at=desk.real + LEASE,
        updated_at=desk.now,
    )
    await desk.connection.execute(
        insert(notification_attempt).values(
            attempt_id=attempt_id,
            dealer_id=row["dealer_id"],
            notification_id=row["notification_id"],
            number=number,
            channel=row["channel"],
            status="sending",
            at=desk.now,
            real_at=desk.real,
            deadline_real_at=desk.real + LEASE,
        )
    )
    ticket = Ticket(row["notification_id"], attempt_id, number, row["dealer_id"], row["customer_id"])
    return Attempt(ticket, _message(row, attempt_id, ready))


def _message(row: RowMapping, attempt_id: str, ready: Ready) -> Outbound:
    return Outbound(
        attempt_id=attempt_id,
        channel=row["channel"],
        to=row["address"],
        to_name=ready.to_name,
        sender=ready.sender,
        subject=ready.words.subject,
        text=ready.words.text,
        language=ready.language,
    )


async def _set(desk: Desk, row: RowMapping, **values: Any) -> None:
    mine = notification.c.notification_id == row["notification_id"]
    await desk.connection.execute(update(notification).where(mine).values(**values))
