"""The link in a mail by which a customer ends such mails."""

from sqlalchemy import RowMapping

from notifier.desk import Desk
from shared.addresses import address_hash
from shared.unsubscribe_links import Subscription, make_link


async def unsubscribe_link(desk: Desk, row: RowMapping) -> str | None:
    """A link for this mail to a customer; None for anything else, and where no public address is set."""
    if row["channel"] != "email" or row["customer_id"] is None or not desk.means.public_url:
        return None
    subscription = Subscription(
        dealer_id=row["dealer_id"],
        customer_id=row["customer_id"],
        channel="email",
        address_hash=address_hash("email", row["address"]),
        purpose=row["purpose"],
    )
    return await make_link(desk.connection, desk.means.public_url, subscription, desk.now)
