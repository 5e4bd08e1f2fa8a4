"""What follows when an attempt has ended: delivered, tried again, given up for the next channel."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import RowMapping

from notifier.context import NotifierContext, Record
from notifier.dispatch.attempts import AttemptRef, Outcome, PastAttempt, end_attempts, note_reference, past_attempts
from notifier.dispatch.delivery_timeouts import awaited, delivery_timeout
from notifier.dispatch.retry import REPEATS_OF_UNKNOWN, retry_at
from notifier.dispatch.status_queries import FIRST_QUERY
from notifier.followup.contact_log import record_sent
from notifier.notifications.request import request_from_row
from notifier.notifications.store import change_status, load_all_for_update, queue_again
from notifier.planning.planner import try_next_channel
from shared.db.engine import lock_keys, record_key
from shared.people.addresses import address_hash, region_of
from shared.people.suppressions import NO_SUCH_MAILBOX, STOPPED_CODE, Reason, suppress

_K = TypeVar("_K")

_UNDER_WAY: Final = ("sending", "unknown")
_REPEATABLE: Final = ("queued", "unknown")
_POSITIVE: Final = ("accepted", "delivered", "read")
_LANDED: Final = ("read", "delivered")


async def record_outcomes(context: NotifierContext, ended: Sequence[tuple[AttemptRef, Outcome]]) -> None:
    """Store how attempts of different notifications ended, and what follows; takes the customers' locks.

    A late word of an attempt that others follow corrects that attempt, and calls off what waits to repeat it.
    """
    await lock_keys(context.connection, [record_key(ref.dealer_id, ref.customer_id) for ref, _ in ended])
    rows = await load_all_for_update(context, [ref.notification_id for ref, _ in ended])
    known = [(ref, outcome) for ref, outcome in ended if ref.notification_id in rows]
    news = await end_attempts(context, known)
    taken: dict[tuple[str, str | None], list[RowMapping]] = defaultdict(list)
    failed: list[tuple[RowMapping, Outcome]] = []
    for ref, outcome in known:
        row = rows[ref.notification_id]
        newest = row["attempt_count"] == ref.number
        if ref.attempt_id not in news:
            await note_reference(context, ref, outcome)
        elif outcome.status in _POSITIVE and (row["status"] in _REPEATABLE or (row["status"] == "sending" and newest)):
            taken[outcome.status, outcome.code].append(row)
        elif outcome.status not in _POSITIVE and row["status"] in _UNDER_WAY and newest:
            failed.append((row, outcome))
    for (status, code), some in taken.items():
        await mark_sent(context, some, status, code)
    for row, outcome in failed:
        await _fail(context, row, outcome)


async def mark_sent(context: NotifierContext, rows: Sequence[RowMapping], status: str, code: str | None) -> None:
    """A provider has taken them, or more: they count as contacts, and patience with their channels begins."""
    dealers = {dealer_id: await context.dealer(dealer_id) for dealer_id in {row["dealer_id"] for row in rows}}
    for until, some in _grouped(rows, partial(_delivery_deadline, context.now, dealers)).items():
        values = {"code": code, "next_attempt_wall_clock_at": None, "delivery_deadline": until}
        sent = await change_status(context, [row["notification_id"] for row in some], "sent", **values)
        if status in _LANDED:
            await mark_delivered(context, sent, status)
        for row in sent:
            await record_sent(context, row)


async def mark_delivered(context: NotifierContext, rows: Sequence[RowMapping], status: str) -> None:
    """They have arrived, or were read; no more is waited for, save where the purpose needs to know of the reading."""
    for awaiting, some in _grouped(rows, lambda row: awaited(row["channel"], row["purpose"], status)).items():
        left = {} if awaiting else {"delivery_deadline": None}
        await change_status(context, [row["notification_id"] for row in some], status, **left)


async def mark_exhausted(context: NotifierContext, row: RowMapping, code: str | None) -> None:
    """The channel has failed for good, unless an earlier attempt has arrived: the next one is tried."""
    landed = {past.status for past in await past_attempts(context, row["notification_id"])}
    for status in _LANDED:
        if status in landed:
            await mark_delivered(context, [row], status)
            return
    await fail(context, row, code)


async def fail(context: NotifierContext, row: RowMapping, code: str | None) -> None:
    """The channel is given up, whatever arrived: the next one is tried."""
    values: dict[str, Any] = {"code": code, "next_attempt_wall_clock_at": None, "delivery_deadline": None}
    await change_status(context, [row["notification_id"]], "failed", **values)
    await try_next_channel(context, request_from_row(row), row["channel"])


async def suppress_address(context: NotifierContext, row: RowMapping, reason: Reason) -> None:
    """The recipient has told the provider to stop, or there is none: we remember it too."""
    region = region_of(await context.dealer(row["dealer_id"]))
    hashed = address_hash(row["channel"], row["address"], region)
    await suppress(context.connection, row["dealer_id"], row["channel"], hashed, reason, context.now)


def _delivery_deadline(now: datetime, dealers: Mapping[str, Record], row: RowMapping) -> datetime | None:
    timeout = delivery_timeout(row["channel"], dealers[row["dealer_id"]])
    until: datetime | None = row["delivery_deadline"]
    return until or (now + timeout if timeout is not None else None)


def _grouped(rows: Iterable[RowMapping], by: Callable[[RowMapping], _K]) -> dict[_K, list[RowMapping]]:
    groups: dict[_K, list[RowMapping]] = defaultdict(list)
    for row in rows:
        groups[by(row)].append(row)
    return groups


async def _fail(context: NotifierContext, row: RowMapping, outcome: Outcome) -> None:
    match outcome.status:
        case "perm_failed":
            if outcome.code == STOPPED_CODE:
                await suppress_address(context, row, "stop")
            elif row["channel"] == "email" and outcome.code in NO_SUCH_MAILBOX:
                await suppress_address(context, row, "bounce")
            await mark_exhausted(context, row, outcome.code)
        case "temp_failed":
            await _try_again(context, row, outcome)
        case "unknown" if outcome.retry_policy == "repeat":
            await _repeat_once(context, row, outcome)
        case "unknown":
            await _find_out(context, row, outcome)


async def _try_again(context: NotifierContext, row: RowMapping, outcome: Outcome) -> None:
    past = await past_attempts(context, row["notification_id"])
    until = _repeat_deadline(row["channel"], await context.dealer(row["dealer_id"]), past)
    at = retry_at(len(past), context.real, row["notification_id"], asked_for=outcome.after, until=until)
    if at is None:
        await mark_exhausted(context, row, outcome.code)
        return
    await queue_again(context, row["notification_id"], outcome.code, at)


def _repeat_deadline(channel: str, dealer: Record, past: list[PastAttempt]) -> datetime | None:
    """Retries wait in real time, so the patience with a channel is counted for them in real time too."""
    timeout = delivery_timeout(channel, dealer)
    return past[0].wall_clock_at + timeout if timeout is not None and past else None


async def _repeat_once(context: NotifierContext, row: RowMapping, outcome: Outcome) -> None:
    """Nobody knows, and nobody can be asked: once more, and then the next channel."""
    statuses = [past.status for past in await past_attempts(context, row["notification_id"])]
    repeat = statuses.count("unknown") <= REPEATS_OF_UNKNOWN
    at = retry_at(len(statuses) + 1, context.real, row["notification_id"]) if repeat else None
    await change_status(context, [row["notification_id"]], "unknown", code=outcome.code, next_attempt_wall_clock_at=at)
    if at is None:
        await try_next_channel(context, request_from_row(row), row["channel"])


async def _find_out(context: NotifierContext, row: RowMapping, outcome: Outcome) -> None:
    """Nobody knows yet: the provider is asked, or its receipt waited for, as long as the patience with it lasts."""
    timeout = delivery_timeout(row["channel"], await context.dealer(row["dealer_id"]))
    if timeout is None:
        await _repeat_once(context, row, outcome)
        return
    asked = context.real + FIRST_QUERY if outcome.retry_policy == "ask" else None
    until = row["delivery_deadline"] or context.now + timeout
    values = {"code": outcome.code, "next_attempt_wall_clock_at": asked, "delivery_deadline": until}
    await change_status(context, [row["notification_id"]], "unknown", **values)
