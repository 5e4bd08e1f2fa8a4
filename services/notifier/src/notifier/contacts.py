"""Messages that reached the customer are contacts: what a provider accepted, what a person called or wrote."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import RowMapping

from notifier.desk import Desk
from notifier.notices import NOTICES
from shared.contacts import NewContact, record_contact

_CONTACT_CHANNELS: Final = {
    "email": "email",
    "sms": "message",
    "whatsapp": "message",
    "telephone": "telephone",
    "post": "post",
}


async def record_sent(desk: Desk, row: RowMapping) -> None:
    """A notice to a customer that a provider accepted is an outbound contact; an acknowledgement stops nothing else."""
    if row["customer_id"] is not None:
        await _record(desk, row)


async def record_call(desk: Desk, row: RowMapping, change: Mapping[str, Any]) -> None:
    """A call or letter that a person carried out."""
    outcome = change["outcome"] if change["outcome"] == "spoke" else None
    await _record(desk, row, staff_id=change["by"], outcome=outcome)


async def _record(desk: Desk, row: RowMapping, **given: str | None) -> None:
    kind = NOTICES[row["message"]].contact_kind
    if kind is None:
        return
    contact = NewContact(
        dealer_id=row["dealer_id"],
        customer_id=row["customer_id"],
        case_id=row["case_id"],
        direction="outbound",
        channel=_CONTACT_CHANNELS[row["channel"]],
        at=desk.now,
        kind=kind,
        notification_id=row["notification_id"],
        **given,
    )
    await record_contact(desk.connection, contact, desk.now)
