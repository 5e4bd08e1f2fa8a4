"""What may still go out at the moment of sending: to addresses that are not closed, in words that are allowed."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import RowMapping, exists, select

from notifier.channels.channel import CHANNEL as WHATSAPP
from notifier.channels.channel import WINDOW_CLOSED
from notifier.context import Desk
from notifier.notifications.types import SAFETY_PURPOSES
from notifier.planning.whatsapp_window import window_open
from shared.db.schema import notification_attempt
from shared.people.addresses import address_hash, region_of
from shared.people.suppressions import UNSUBSCRIBED, find_suppressed


async def closed_addresses(desk: Desk, rows: Sequence[RowMapping]) -> set[str]:
    """The notifications whose address the recipient, or a bounce, has closed since they were planned."""
    by_dealer: dict[str, dict[tuple[str, str], list[RowMapping]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        region = region_of(await desk.dealer(row["dealer_id"]))
        key = row["channel"], address_hash(row["channel"], row["address"], region)
        by_dealer[row["dealer_id"]][key].append(row)
    closed = set()
    for dealer_id, by_key in by_dealer.items():
        for key, reason in (await find_suppressed(desk.connection, dealer_id, by_key)).items():
            closed |= {row["notification_id"] for row in by_key[key] if _stops(reason, row["purpose"])}
    return closed


def _stops(reason: str, purpose: str) -> bool:
    return reason != UNSUBSCRIBED or purpose not in SAFETY_PURPOSES


async def free_words(desk: Desk, row: RowMapping) -> bool:
    """Whether words may go without a template: on WhatsApp while the window is open, by ours and its count."""
    if row["channel"] != WHATSAPP:
        return True
    columns = notification_attempt.c
    told = exists().where(columns.notification_id == row["notification_id"], columns.code == WINDOW_CLOSED)
    if await desk.connection.scalar(select(told)):
        return False
    return await window_open(desk, row["dealer_id"], row["address"], row["customer_id"])
