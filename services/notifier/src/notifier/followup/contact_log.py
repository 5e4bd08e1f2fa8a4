"""Messages that reached the customer are contacts: what a provider accepted, what a person called or wrote."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from notifier.context import NotifierContext
from notifier.followup.promised_dates import note_reached
from notifier.notifications.request import request_from_row
from notifier.notifications.staff_text_rows import load_staff_text
from notifier.notifications.types import NOTIFICATION_TYPES
from shared.channels.registry import contact_channel
from shared.commands.record_contact import NewContact, record_contact
from shared.vocabulary import MESSAGE


async def record_sent(context: NotifierContext, row: RowMapping) -> None:
    """A notice to a customer that a provider accepted is an outbound contact; an acknowledgement stops nothing else."""
    if row["customer_id"] is not None:
        await _record(context, row)


async def record_call(context: NotifierContext, row: RowMapping, change: Mapping[str, Any]) -> None:
    """A call or letter that a person carried out."""
    outcome = change["outcome"] if change["outcome"] == "spoke" else None
    await _record(context, row, staff_id=change["by"], outcome=outcome)


async def _record(context: NotifierContext, row: RowMapping, **given: Any) -> None:
    content: dict[str, Any] = {"kind": NOTIFICATION_TYPES[row["message"]].contact_kind}
    if row["message"] == MESSAGE:
        content = await _text_of(context, row)
    if content["kind"] is None:
        return
    contact = NewContact(
        dealer_id=row["dealer_id"],
        customer_id=row["customer_id"],
        case_id=row["case_id"],
        direction="outbound",
        channel=contact_channel(row["channel"]),
        at=context.now,
        notification_id=row["notification_id"],
        **{**content, **given},
    )
    await record_contact(context.connection, context.config.playbook, contact, context.now)
    await note_reached(context, request_from_row(row))


async def _text_of(context: NotifierContext, row: RowMapping) -> dict[str, Any]:
    """What a person's words are as a contact: theirs, and of the kind they chose."""
    words = await load_staff_text(context, request_from_row(row))
    return {name: words[name] for name in ("kind", "staff_id", "task_id", "text")}
