"""Claims what is due to be sent: each channel's queue for itself, all of them in one statement, under a lease."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import RowMapping, text, update
from sqlalchemy.exc import DBAPIError

from notifier.channels.channel import Outbound, fingerprint
from notifier.content.approved_templates import template_for
from notifier.content.composer import Closed, Composed, NotYet, Ready, compose_all
from notifier.context import NotifierContext
from notifier.dispatch.attempts import LEASE, AttemptRef, Outcome
from notifier.dispatch.pre_send_checks import closed_addresses, free_words
from notifier.notifications.request import request_from_row
from notifier.notifications.store import change_status
from shared.db.bulk import insert_all
from shared.db.prepared import Prepared
from shared.db.schema import notification, notification_attempt
from shared.db.watermark import BEGINNING
from shared.ids import new_id
from shared.people.addresses import region_of
from shared.process.isolation import bisect
from shared.process.transient_errors import is_outage

SUPPRESSED: Final = "suppressed"

_DUE: Final = Prepared(
    text(
        """
    select due.* from unnest(cast(:channels as text[]), cast(:rooms as text[])) as queue(name, room)
     cross join lateral (
       select * from notification
        where channel = queue.name and status in ('queued', 'unknown')
          and next_attempt_wall_clock_at between :low and :real
          and (status = 'queued' or queue.name <> all(cast(:asked as text[])))
        order by next_attempt_wall_clock_at limit cast(queue.room as int) for update skip locked
     ) as due
    """
    ).columns(*notification.c)
)

_LEASE: Final = Prepared(
    """
    update notification as n
       set status = 'sending', attempt_count = n.attempt_count + 1, case_id = leased.case_id,
           template_version = coalesce(n.template_version, leased.version),
           next_attempt_wall_clock_at = :until, updated_at = :now
      from unnest(cast(:ids as text[]), cast(:cases as text[]), cast(:versions as text[]))
           as leased(id, case_id, version)
     where n.notification_id = leased.id
    """
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A claimed attempt and what it has to send, before `lease_until` (real time). `refused`: it may not be sent."""

    ref: AttemptRef
    message: Outbound
    lease_until: datetime
    refused: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """What was claimed; `waiting`: something due waits for its event, and is to be looked at again in a moment.

    `full`: a channel had no room for more, of which there may be some.
    """

    attempts: tuple[Attempt, ...] = ()
    waiting: bool = False
    full: bool = False


async def claim_due(
    context: NotifierContext, rooms: Mapping[str, int], asked: Collection[str] = (), low: datetime = BEGINNING
) -> Claimed:
    """Begin attempts at what is due, as many a channel as there is room for; nobody else gets the same ones.

    What was due before `low` (real time) is passed over.
    What nobody knows of is repeated, save by the channels that can be `asked`. What has lost its reason meanwhile is
    withdrawn, what cannot be put into words has failed.
    """
    queues = {"channels": list(rooms), "rooms": list(map(str, rooms.values())), "asked": list(asked)}
    rows = await _DUE.rows(context.connection, {**queues, "low": low, "real": context.real})
    ready, waiting = [], False
    for row, composed in zip(rows, await _composed(context, rows), strict=True):
        waiting |= isinstance(composed, NotYet)
        if isinstance(composed, Ready):
            ready.append((row, composed))
        else:
            await _leave(context, row, composed)
    taken = Counter(row["channel"] for row in rows)
    full = any(taken[channel] >= room for channel, room in rooms.items())
    return Claimed(tuple(await _lease(context, ready)), waiting, full)


async def _composed(context: NotifierContext, rows: Sequence[RowMapping]) -> Sequence[Composed | None]:
    """The words of all; only what is to blame for a failure gets none."""

    async def compose(some: Sequence[RowMapping]) -> Sequence[Composed | None]:
        async with context.connection.begin_nested():
            return await compose_all(context, some)

    return [one for part in await bisect("messages", rows, compose, _without_words, _passes) for one in part]


async def _without_words(row: RowMapping, _error: Exception) -> Sequence[Composed | None]:
    _log.exception("message_not_composed", notification_id=row["notification_id"])
    return [None]


def _passes(error: Exception) -> bool:
    """Only the database's own outage: a file that cannot be read is the message's fault."""
    return isinstance(error, DBAPIError) and is_outage(error)


async def _leave(context: NotifierContext, row: RowMapping, composed: NotYet | Closed | None) -> None:
    match composed:
        case NotYet(until):
            mine = notification.c.notification_id == row["notification_id"]
            await context.connection.execute(update(notification).where(mine).values(next_attempt_wall_clock_at=until))
        case Closed(code):
            await change_status(
                context, [row["notification_id"]], "withdrawn", code=code, next_attempt_wall_clock_at=None
            )
        case None:
            await change_status(
                context, [row["notification_id"]], "failed", code="no_words", next_attempt_wall_clock_at=None
            )


async def _lease(context: NotifierContext, ready: Sequence[tuple[RowMapping, Ready]]) -> list[Attempt]:
    if not ready:
        return []
    until = context.real + LEASE
    ids, cases = [row["notification_id"] for row, _ in ready], [words.case_id for _, words in ready]
    leased = {"ids": ids, "cases": cases, "versions": [words.template_version for _, words in ready]}
    await _LEASE.rows(context.connection, {**leased, "until": until, "now": context.now})
    closed = await closed_addresses(context, [row for row, _ in ready])
    attempts = [await _attempt(context, row, words, until, closed) for row, words in ready]
    await insert_all(context.connection, notification_attempt, [_row(context, one) for one in attempts])
    return attempts


async def _attempt(
    context: NotifierContext, row: RowMapping, ready: Ready, until: datetime, closed: Collection[str]
) -> Attempt:
    ref = AttemptRef(
        row["notification_id"],
        new_id(),
        row["attempt_count"] + 1,
        row["dealer_id"],
        row["customer_id"],
        row["channel"],
    )
    region = region_of(await context.dealer(row["dealer_id"]))
    message = Outbound(
        attempt_id=ref.attempt_id,
        channel=row["channel"],
        to=row["address"],
        to_name=ready.to_name,
        sender=ready.sender,
        sender_address=ready.sender_address,
        reply_to=ready.reply_to,
        subject=ready.words.subject,
        text=ready.words.text,
        html=ready.words.html,
        language=ready.language,
        unsubscribe=ready.unsubscribe,
        region=region,
        template=template_for(ready.words),
        free_words=await free_words(context, row),
        about=_about(row, ready),
    )
    refused = Outcome("perm_failed", SUPPRESSED) if row["notification_id"] in closed else None
    return Attempt(ref, message, until, refused)


def _about(row: RowMapping, ready: Ready) -> dict[str, str | None]:
    ids = {name: row[name] for name in ("notification_id", "dealer_id", "staff_id", "task_id")}
    customer_id = row["customer_id"] or request_from_row(row).about.get("customer_id")
    return {
        "notice": row["message"],
        "purpose": row["purpose"],
        "created_at": row["created_at"].isoformat(),
        "customer_id": customer_id,
        "case_id": ready.case_id,
        **ids,
    }


def _row(context: NotifierContext, attempt: Attempt) -> dict[str, Any]:
    ref = attempt.ref
    return {
        "attempt_id": ref.attempt_id,
        "dealer_id": ref.dealer_id,
        "notification_id": ref.notification_id,
        "number": ref.number,
        "channel": ref.channel,
        "status": "sending",
        "fingerprint": fingerprint(attempt.message.text),
        "subject": attempt.message.subject or None,
        "text": attempt.message.text,
        "at": context.now,
        "wall_clock_at": context.real,
        "deadline_wall_clock_at": attempt.lease_until,
    }
