"""What a provider is to be asked: of attempts nobody knows of, and of messages that show no delivery."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import RowMapping, select, text, update

from notifier.channels.channel import MessageLookup, StatusAbsent, StatusFound, StatusResult, StatusUnknown
from notifier.context import NotifierContext
from notifier.dispatch.attempts import LEASE, AttemptRef, Outcome
from shared.db.prepared import Prepared
from shared.db.schema import notification, notification_attempt
from shared.people.addresses import region_of
from shared.people.dealer_sender import sender_address

FIRST_QUERY: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=1)
SETTLED_AFTER: Final = LEASE + timedelta(seconds=15)
"""How long after an attempt began its sender can have handed nothing over any more, and the provider lists all."""

NOT_TAKEN: Final = "not_taken"

_DUE: Final = Prepared(
    text(
        """
    select due.* from unnest(cast(:channels as text[]), cast(:rooms as text[])) as queue(name, room)
     cross join lateral (
       select * from notification
        where channel = queue.name and status = 'unknown' and next_attempt_wall_clock_at <= :real
        order by next_attempt_wall_clock_at limit cast(queue.room as int) for update skip locked
     ) as due
    """
    ).columns(*notification.c)
)


@dataclass(frozen=True, slots=True)
class StatusQuery:
    """An attempt and how the provider may recognise it."""

    ref: AttemptRef
    lookup: MessageLookup


async def claim_status_queries(context: NotifierContext, rooms: Mapping[str, int]) -> list[StatusQuery]:
    """What these channels are to be asked now, as much as there is room for; nobody else asks meanwhile."""
    queues = {"channels": list(rooms), "rooms": list(map(str, rooms.values())), "real": context.real}
    rows = await _DUE.rows(context.connection, queues)
    if not rows:
        return []
    ids = [row["notification_id"] for row in rows]
    mine = notification.c.notification_id.in_(ids)
    await context.connection.execute(
        update(notification).where(mine).values(next_attempt_wall_clock_at=context.real + LEASE)
    )
    found = [await status_query_of(context, row) for row in rows]
    return [status_query for status_query in found if status_query is not None]


async def status_query_of(context: NotifierContext, row: RowMapping) -> StatusQuery | None:
    """The question about a notification's last attempt."""
    columns = notification_attempt.c
    last = (columns.notification_id == row["notification_id"]) & (columns.number == row["attempt_count"])
    attempt = (await context.connection.execute(select(notification_attempt).where(last))).mappings().one_or_none()
    if attempt is None:
        return None
    dealer = await context.dealer(row["dealer_id"])
    lookup = MessageLookup(
        to=row["address"],
        fingerprint=attempt["fingerprint"],
        since=attempt["wall_clock_at"],
        region=region_of(dealer),
        reference=attempt["provider_ref"],
        provider=attempt["provider"],
        sender=sender_address(dealer, row["channel"]),
        accounted=await _accounted(context, row, attempt["attempt_id"]),
    )
    names = ("notification_id", "dealer_id", "customer_id", "channel")
    fields = {name: row[name] for name in names}
    return StatusQuery(AttemptRef(attempt_id=attempt["attempt_id"], number=attempt["number"], **fields), lookup)


def outcome_of(status_query: StatusQuery, answer: StatusResult, real: datetime) -> Outcome | None:
    """What an answer makes of the attempt; None leaves it unknown.

    As long as its sender may still hand it over, an attempt that is not there is no attempt that was not taken.
    """
    match answer:
        case StatusFound():
            return Outcome(answer.status, answer.code, answer.provider, answer.reference)
        case StatusAbsent() if real >= status_query.lookup.since + SETTLED_AFTER:
            return Outcome("temp_failed", NOT_TAKEN)
        case StatusAbsent() | StatusUnknown():
            return None


async def ask_again(context: NotifierContext, status_query: StatusQuery) -> None:
    """Ask later, each time after twice as long; as soon as the attempt can count as not taken."""
    since = status_query.lookup.since
    pause = min(max(context.real - since, FIRST_QUERY), LONGEST_PAUSE)
    at = context.real + pause
    if context.real < since + SETTLED_AFTER:
        at = min(at, since + SETTLED_AFTER)
    row, ref = notification.c, status_query.ref
    mine = (row.notification_id == ref.notification_id) & (row.status == "unknown")
    mine &= row.attempt_count == ref.number
    await context.connection.execute(update(notification).where(mine).values(next_attempt_wall_clock_at=at))


async def _accounted(context: NotifierContext, row: RowMapping, attempt_id: str) -> frozenset[str]:
    """The provider's ids of every other attempt to the same address."""
    attempts, others = notification_attempt.c, notification.c
    query = (
        select(attempts.provider_ref)
        .join_from(notification, notification_attempt, attempts.notification_id == others.notification_id)
        .where(others.channel == row["channel"], others.address == row["address"])
        .where(attempts.provider_ref.is_not(None), attempts.attempt_id != attempt_id)
    )
    return frozenset(await context.connection.scalars(query))
