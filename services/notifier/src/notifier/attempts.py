"""Attempts as the tables keep them: what one is about, how it ends, and which of them have lost their sender."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import func, select, update

from notifier.desk import Desk
from notifier.sending import Known, Remedy
from shared.tables import notification, notification_attempt

LEASE: Final = timedelta(seconds=35)
"""How long an attempt may be under way before it counts as unknown; longer than any send may take."""

_COLUMNS: Final = notification_attempt.c
_POSITIVE: Final = ("accepted", "delivered", "read")


@dataclass(frozen=True, slots=True)
class Ticket:
    """Which attempt of which notification; `number` counts them from 1."""

    notification_id: str
    attempt_id: str
    number: int
    dealer_id: str
    customer_id: str | None
    channel: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt. `after`: the wait the provider asked for. `stopped`: the recipient wants no more.

    `remedy`: what is to be done about an attempt nobody knows of.
    """

    status: Literal[Known, "temp_failed", "unknown"]
    code: str | None = None
    provider: str | None = None
    reference: str | None = None
    after: timedelta | None = None
    stopped: bool = False
    remedy: Remedy = "repeat"


@dataclass(frozen=True, slots=True)
class Past:
    """An attempt that was made, and when in real time."""

    status: str
    code: str | None
    real_at: datetime


async def end_attempt(desk: Desk, ticket: Ticket, outcome: Outcome) -> bool:
    """Note the outcome; False when the attempt has already ended otherwise.

    That it was taken after all corrects what counted as not taken.
    """
    open_to = ("sending", "unknown", "temp_failed") if outcome.status in _POSITIVE else ("sending", "unknown")
    statement = (
        update(notification_attempt)
        .where(_COLUMNS.attempt_id == ticket.attempt_id, _COLUMNS.status.in_(open_to))
        .values(
            status=outcome.status,
            code=outcome.code,
            provider=func.coalesce(outcome.provider, _COLUMNS.provider),
            provider_ref=func.coalesce(outcome.reference, _COLUMNS.provider_ref),
            deadline_real_at=None,
        )
    )
    return (await desk.connection.execute(statement)).rowcount == 1


async def note_reference(desk: Desk, ticket: Ticket, outcome: Outcome) -> None:
    """Keep the provider's own id of an attempt whose receipt was faster than the answer."""
    mine = (_COLUMNS.attempt_id == ticket.attempt_id) & _COLUMNS.provider_ref.is_(None)
    values = {"provider": outcome.provider, "provider_ref": outcome.reference}
    await desk.connection.execute(update(notification_attempt).where(mine).values(values))


async def past_attempts(desk: Desk, notification_id: str) -> list[Past]:
    """Each attempt at a notification, in order."""
    query = select(_COLUMNS.status, _COLUMNS.code, _COLUMNS.real_at)
    query = query.where(_COLUMNS.notification_id == notification_id).order_by(_COLUMNS.number)
    return [Past(*row) for row in await desk.connection.execute(query)]


async def overdue_attempts(desk: Desk, channels: Sequence[str]) -> list[Ticket]:
    """Attempts by these channels whose lease has run out."""
    row = notification.c
    query = (
        select(row.notification_id, _COLUMNS.attempt_id, _COLUMNS.number, row.dealer_id, row.customer_id, row.channel)
        .join_from(notification, notification_attempt, _COLUMNS.notification_id == row.notification_id)
        .where(row.status == "sending", row.channel.in_(channels), row.next_attempt_real_at <= desk.real)
        .where(_COLUMNS.number == row.attempt_count)
        .limit(50)
    )
    return [Ticket(*found) for found in await desk.connection.execute(query)]
