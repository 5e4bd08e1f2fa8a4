"""What mails to customers carry so that they can be ended and answered."""

from collections.abc import Sequence

from sqlalchemy import RowMapping

from notifier.context import NotifierContext
from shared.channels.email import EMAIL
from shared.channels.registry import kind_of
from shared.people.addresses import address_hash
from shared.people.reply_addresses import Answerable, make_addresses
from shared.people.unsubscribe_links import Subscription, make_links


async def unsubscribe_links(context: NotifierContext, rows: Sequence[RowMapping]) -> dict[str, str]:
    """A new link for each mail to a customer, by notification; none for anything else, nor without a public address."""
    if not context.config.public_url:
        return {}
    subscriptions = {row["notification_id"]: _subscription(row) for row in rows if _can_be_ended(row)}
    links = await make_links(context.connection, context.config.public_url, list(subscriptions.values()), context.now)
    return dict(zip(subscriptions, links, strict=True))


async def reply_addresses(context: NotifierContext, rows: Sequence[RowMapping]) -> dict[str, str]:
    """A new address for the answer to each mail to a customer, by notification; none without a domain for them."""
    domain = context.config.reply_domain
    if not domain:
        return {}
    mails = [
        Answerable(dealer_id=row["dealer_id"], notification_id=row["notification_id"])
        for row in rows
        if row["customer_id"] is not None and row["channel"] == EMAIL.name
    ]
    made = await make_addresses(context.connection, domain, mails, context.now)
    return {mail.notification_id: address for mail, address in zip(mails, made, strict=True)}


def _can_be_ended(row: RowMapping) -> bool:
    return row["customer_id"] is not None and kind_of(row["channel"]).one_click_unsubscribe


def _subscription(row: RowMapping) -> Subscription:
    return Subscription(
        dealer_id=row["dealer_id"],
        customer_id=row["customer_id"],
        channel=row["channel"],
        address_hash=address_hash(row["channel"], row["address"]),
        purpose=row["purpose"],
    )
