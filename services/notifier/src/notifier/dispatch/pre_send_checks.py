"""What may still go out at the moment of sending: to addresses that are not closed, in words that are allowed."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import RowMapping, exists, select

from notifier.context import NotifierContext
from notifier.planning.session_window import window_open
from shared.channels.registry import kind_of
from shared.db.schema import notification_attempt
from shared.people.addresses import address_hash, region_of
from shared.people.eligibility import Address, closes
from shared.people.suppressions import AddressKey, find_suppressed


async def closed_addresses(context: NotifierContext, rows: Sequence[RowMapping]) -> set[str]:
    """The notifications whose address the recipient, or a bounce, has closed since they were planned."""
    await context.read_dealers({row["dealer_id"] for row in rows})
    by_key: dict[AddressKey, list[RowMapping]] = defaultdict(list)
    for row in rows:
        region = region_of(await context.dealer(row["dealer_id"]))
        key = row["dealer_id"], row["channel"], address_hash(row["channel"], row["address"], region)
        by_key[key].append(row)
    return {
        row["notification_id"]
        for key, reason in (await find_suppressed(context.connection, by_key)).items()
        for row in by_key[key]
        if closes(reason, row["purpose"])
    }


async def free_words(context: NotifierContext, row: RowMapping) -> bool:
    """Whether words may go without a template: while the channel's window is open, by our and the provider's count."""
    session = kind_of(row["channel"]).session
    if session is None:
        return True
    columns = notification_attempt.c
    was_closed = exists().where(columns.notification_id == row["notification_id"], columns.code == session.closed_code)
    if await context.connection.scalar(select(was_closed)):
        return False
    return await window_open(context, row["dealer_id"], Address(row["channel"], row["address"]), row["customer_id"])
