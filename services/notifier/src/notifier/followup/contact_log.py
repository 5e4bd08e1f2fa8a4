"""Messages that reached the customer are contacts: what a provider accepted, what a person called or wrote."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from notifier.context import Desk
from notifier.notifications.request import obligation_of
from notifier.notifications.staff_text_rows import load_spoken
from notifier.notifications.types import NOTICES
from shared.channels.registry import contact_channel
from shared.commands.record_contact import NewContact, record_contact
from shared.vocabulary import MESSAGE


async def record_sent(desk: Desk, row: RowMapping) -> None:
    """A notice to a customer that a provider accepted is an outbound contact; an acknowledgement stops nothing else."""
    if row["customer_id"] is not None:
        await _record(desk, row)


async def record_call(desk: Desk, row: RowMapping, change: Mapping[str, Any]) -> None:
    """A call or letter that a person carried out."""
    outcome = change["outcome"] if change["outcome"] == "spoke" else None
    await _record(desk, row, staff_id=change["by"], outcome=outcome)


async def _record(desk: Desk, row: RowMapping, **given: str | None) -> None:
    said = {"kind": NOTICES[row["message"]].contact_kind}
    if row["message"] == MESSAGE:
        said = await _said(desk, row)
    if said["kind"] is None:
        return
    contact = NewContact(
        dealer_id=row["dealer_id"],
        customer_id=row["customer_id"],
        case_id=row["case_id"],
        direction="outbound",
        channel=contact_channel(row["channel"]),
        at=desk.now,
        notification_id=row["notification_id"],
        **{**said, **given},
    )
    await record_contact(desk.connection, contact, desk.now)


async def _said(desk: Desk, row: RowMapping) -> dict[str, str | None]:
    """What a person's words are as a contact: theirs, and of the kind they chose."""
    words = await load_spoken(desk, obligation_of(row))
    return {name: words[name] for name in ("kind", "staff_id", "task_id", "text")}
