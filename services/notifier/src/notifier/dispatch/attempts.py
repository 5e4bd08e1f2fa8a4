"""Attempts as the tables keep them: what one is about, how it ends, and which of them have lost their sender."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import select, text, update

from notifier.channels.channel import (
    Channel,
    DeliveryStatus,
    RetryPolicy,
    SendingFailed,
    TryLater,
    Unconfirmed,
    Undeliverable,
    retry_policy_of,
)
from notifier.context import NotifierContext
from shared.db.schema import notification, notification_attempt

LEASE: Final = timedelta(seconds=35)
"""How long an attempt may be under way before it counts as unknown; longer than any send may take."""

_COLUMNS: Final = notification_attempt.c
_END: Final = text(
    """
    update notification_attempt as a
       set status = ended.status, code = ended.code, provider = coalesce(ended.provider, a.provider),
           provider_ref = coalesce(ended.ref, a.provider_ref), deadline_wall_clock_at = null
      from unnest(cast(:ids as text[]), cast(:statuses as text[]), cast(:codes as text[]), cast(:providers as text[]),
                  cast(:refs as text[])) as ended(attempt_id, status, code, provider, ref)
     where a.attempt_id = ended.attempt_id
       and (a.status in ('sending', 'unknown')
            or a.status = 'temp_failed' and ended.status in ('accepted', 'delivered', 'read'))
    returning a.attempt_id
    """
)


@dataclass(frozen=True, slots=True)
class AttemptRef:
    """Which attempt of which notification; `number` counts them from 1."""

    notification_id: str
    attempt_id: str
    number: int
    dealer_id: str
    customer_id: str | None
    channel: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt.

    `after`: the wait the provider asked for. `retry_policy`: what is to be done about an attempt nobody knows of.
    """

    status: Literal[DeliveryStatus, "temp_failed", "unknown"]
    code: str | None = None
    provider: str | None = None
    reference: str | None = None
    after: timedelta | None = None
    retry_policy: RetryPolicy = "repeat"


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """An attempt that was made, and when in real time."""

    status: str
    code: str | None
    wall_clock_at: datetime


async def end_attempts(context: NotifierContext, ended: Sequence[tuple[AttemptRef, Outcome]]) -> set[str]:
    """Note the outcomes; answers the ids of the attempts that had not ended otherwise already.

    That one was taken after all corrects what counted as not taken.
    """
    values = {
        "ids": [ref.attempt_id for ref, _ in ended],
        "statuses": [outcome.status for _, outcome in ended],
        "codes": [outcome.code for _, outcome in ended],
        "providers": [outcome.provider for _, outcome in ended],
        "refs": [outcome.reference for _, outcome in ended],
    }
    return set(await context.connection.scalars(_END, values)) if ended else set()


async def note_reference(context: NotifierContext, ref: AttemptRef, outcome: Outcome) -> None:
    """Keep the provider's own id of an attempt whose receipt was faster than the answer."""
    mine = (_COLUMNS.attempt_id == ref.attempt_id) & _COLUMNS.provider_ref.is_(None)
    values = {"provider": outcome.provider, "provider_ref": outcome.reference}
    await context.connection.execute(update(notification_attempt).where(mine).values(values))


async def past_attempts(context: NotifierContext, notification_id: str) -> list[PastAttempt]:
    """Each attempt at a notification, in order."""
    query = select(_COLUMNS.status, _COLUMNS.code, _COLUMNS.wall_clock_at)
    query = query.where(_COLUMNS.notification_id == notification_id).order_by(_COLUMNS.number)
    return [PastAttempt(*row) for row in await context.connection.execute(query)]


async def overdue_attempts(context: NotifierContext, channels: Sequence[str]) -> list[AttemptRef]:
    """Attempts by these channels whose lease has run out."""
    row = notification.c
    query = (
        select(row.notification_id, _COLUMNS.attempt_id, _COLUMNS.number, row.dealer_id, row.customer_id, row.channel)
        .join_from(notification, notification_attempt, _COLUMNS.notification_id == row.notification_id)
        .where(
            text("notification.status = 'sending'"),
            row.channel.in_(channels),
            row.next_attempt_wall_clock_at <= context.real,
        )
        .where(_COLUMNS.number == row.attempt_count)
        .limit(50)
    )
    return [AttemptRef(*found) for found in await context.connection.execute(query)]


def outcome_of_failure(failure: SendingFailed, channel: Channel) -> Outcome:
    """How an attempt ends whose channel failed in this way."""
    provider = failure.provider or channel.provider
    match failure:
        case Undeliverable():
            return Outcome("perm_failed", failure.code, provider)
        case TryLater():
            return Outcome("temp_failed", failure.code, provider, after=failure.after)
        case Unconfirmed() | _:
            return Outcome("unknown", failure.code, failure.provider, retry_policy=retry_policy_of(channel))
