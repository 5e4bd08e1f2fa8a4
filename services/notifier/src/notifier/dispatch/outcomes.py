"""What follows when an attempt has ended: delivered, tried again, given up for the next channel."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import RowMapping

from notifier.context import Desk
from notifier.dispatch.attempts import Outcome, Past, Ticket, end_attempts, note_reference, past_attempts
from notifier.dispatch.delivery_timeouts import awaited, delivery_timeout
from notifier.dispatch.retry import REPEATS_OF_UNKNOWN, retry_at
from notifier.dispatch.status_queries import FIRST_QUESTION
from notifier.followup.contact_log import record_sent
from notifier.notifications.request import obligation_of
from notifier.notifications.store import change_status, load_all_for_update, queue_again
from notifier.planning.planner import move_on
from shared.db.engine import lock_keys, record_key
from shared.people.addresses import address_hash, region_of
from shared.people.suppressions import NO_SUCH_MAILBOX, STOPPED_CODE, Reason, suppress

_K = TypeVar("_K")

_UNDER_WAY: Final = ("sending", "unknown")
_REPEATABLE: Final = ("queued", "unknown")
_POSITIVE: Final = ("accepted", "delivered", "read")
_LANDED: Final = ("read", "delivered")


async def record_outcomes(desk: Desk, ended: Sequence[tuple[Ticket, Outcome]]) -> None:
    """Store how attempts of different notifications ended, and what follows; takes the customers' locks.

    A late word of an attempt that others follow corrects that attempt, and calls off what waits to repeat it.
    """
    await lock_keys(desk.connection, [record_key(ticket.dealer_id, ticket.customer_id) for ticket, _ in ended])
    rows = await load_all_for_update(desk, [ticket.notification_id for ticket, _ in ended])
    known = [(ticket, outcome) for ticket, outcome in ended if ticket.notification_id in rows]
    news = await end_attempts(desk, known)
    taken: dict[tuple[str, str | None], list[RowMapping]] = defaultdict(list)
    failed: list[tuple[RowMapping, Outcome]] = []
    for ticket, outcome in known:
        row = rows[ticket.notification_id]
        newest = row["attempt_count"] == ticket.number
        if ticket.attempt_id not in news:
            await note_reference(desk, ticket, outcome)
        elif outcome.status in _POSITIVE and (row["status"] in _REPEATABLE or (row["status"] == "sending" and newest)):
            taken[outcome.status, outcome.code].append(row)
        elif outcome.status not in _POSITIVE and row["status"] in _UNDER_WAY and newest:
            failed.append((row, outcome))
    for (status, code), some in taken.items():
        await succeed(desk, some, status, code)
    for row, outcome in failed:
        await _fail(desk, row, outcome)


async def succeed(desk: Desk, rows: Sequence[RowMapping], status: str, code: str | None) -> None:
    """A provider has taken them, or more: they count as contacts, and patience with their channels begins."""
    for until, some in _grouped(rows, partial(_patient_until, desk)).items():
        values = {"code": code, "next_attempt_real_at": None, "patience_until": until}
        sent = await change_status(desk, [row["notification_id"] for row in some], "sent", **values)
        if status in _LANDED:
            await land(desk, sent, status)
        for row in sent:
            await record_sent(desk, row)


async def land(desk: Desk, rows: Sequence[RowMapping], status: str) -> None:
    """They have arrived, or were read; no more is waited for, save where the purpose needs to know of the reading."""
    for awaiting, some in _grouped(rows, lambda row: awaited(row["channel"], row["purpose"], status)).items():
        left = {} if awaiting else {"patience_until": None}
        await change_status(desk, [row["notification_id"] for row in some], status, **left)


async def give_up(desk: Desk, row: RowMapping, code: str | None) -> None:
    """The channel has failed for good, unless an earlier attempt has arrived: the next one is tried."""
    landed = {past.status for past in await past_attempts(desk, row["notification_id"])}
    for status in _LANDED:
        if status in landed:
            await land(desk, [row], status)
            return
    await fail(desk, row, code)


async def fail(desk: Desk, row: RowMapping, code: str | None) -> None:
    """The channel is given up, whatever arrived: the next one is tried."""
    values: dict[str, Any] = {"code": code, "next_attempt_real_at": None, "patience_until": None}
    await change_status(desk, [row["notification_id"]], "failed", **values)
    await move_on(desk, obligation_of(row), row["channel"])


async def close_address(desk: Desk, row: RowMapping, reason: Reason) -> None:
    """The recipient has told the provider to stop, or there is none: we remember it too."""
    region = region_of(await desk.dealer(row["dealer_id"]))
    hashed = address_hash(row["channel"], row["address"], region)
    await suppress(desk.connection, row["dealer_id"], row["channel"], hashed, reason, desk.now)


def _patient_until(desk: Desk, row: RowMapping) -> datetime | None:
    patience = delivery_timeout(row["channel"])
    until: datetime | None = row["patience_until"]
    return until or (desk.now + patience if patience is not None else None)


def _grouped(rows: Iterable[RowMapping], by: Callable[[RowMapping], _K]) -> dict[_K, list[RowMapping]]:
    groups: dict[_K, list[RowMapping]] = defaultdict(list)
    for row in rows:
        groups[by(row)].append(row)
    return groups


async def _fail(desk: Desk, row: RowMapping, outcome: Outcome) -> None:
    match outcome.status:
        case "perm_failed":
            if outcome.code == STOPPED_CODE:
                await close_address(desk, row, "stop")
            elif row["channel"] == "email" and outcome.code in NO_SUCH_MAILBOX:
                await close_address(desk, row, "bounce")
            await give_up(desk, row, outcome.code)
        case "temp_failed":
            await _try_again(desk, row, outcome)
        case "unknown" if outcome.remedy == "repeat":
            await _repeat_once(desk, row, outcome)
        case "unknown":
            await _find_out(desk, row, outcome)


async def _try_again(desk: Desk, row: RowMapping, outcome: Outcome) -> None:
    past = await past_attempts(desk, row["notification_id"])
    until = _patience_ends(row["channel"], past)
    at = retry_at(len(past), desk.real, row["notification_id"], asked_for=outcome.after, until=until)
    if at is None:
        await give_up(desk, row, outcome.code)
        return
    await queue_again(desk, row["notification_id"], outcome.code, at)


def _patience_ends(channel: str, past: list[Past]) -> datetime | None:
    """Retries wait in real time, so the patience with a channel is counted for them in real time too."""
    patience = delivery_timeout(channel)
    return past[0].real_at + patience if patience is not None and past else None


async def _repeat_once(desk: Desk, row: RowMapping, outcome: Outcome) -> None:
    """Nobody knows, and nobody can be asked: once more, and then the next channel."""
    statuses = [past.status for past in await past_attempts(desk, row["notification_id"])]
    repeat = statuses.count("unknown") <= REPEATS_OF_UNKNOWN
    at = retry_at(len(statuses) + 1, desk.real, row["notification_id"]) if repeat else None
    await change_status(desk, [row["notification_id"]], "unknown", code=outcome.code, next_attempt_real_at=at)
    if at is None:
        await move_on(desk, obligation_of(row), row["channel"])


async def _find_out(desk: Desk, row: RowMapping, outcome: Outcome) -> None:
    """Nobody knows yet: the provider is asked, or its receipt waited for, as long as the patience with it lasts."""
    patience = delivery_timeout(row["channel"])
    if patience is None:
        await _repeat_once(desk, row, outcome)
        return
    asked = desk.real + FIRST_QUESTION if outcome.remedy == "ask" else None
    until = row["patience_until"] or desk.now + patience
    values = {"code": outcome.code, "next_attempt_real_at": asked, "patience_until": until}
    await change_status(desk, [row["notification_id"]], "unknown", **values)
