"""Messages as rows of a page: to whom, by which channel and why by that one, what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from journey_api.cases.timeline_words import Words
from journey_api.console.countdown import time_of
from journey_api.console.visit import Visit
from journey_api.tasks.shown import Records, customer_name, load_records, staff_name
from shared.calendar.document import load_zone
from shared.db.schema import customer, staff
from shared.people.dealers import load_dealers


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message. `because` are the channels that were not taken, and why; `tries` the attempts, oldest first.

    `held_until` None: it is not held back. `words` None: nothing is kept, or the reader may not see it.
    """

    notification_id: str
    at: str
    instant: datetime
    name: str
    code: str
    recipient: str
    recipient_address: str | None
    to: str | None
    channel: str
    status: str
    status_words: str
    held_until: str | None
    reason: str | None
    because: tuple[str, ...]
    tries: tuple[str, ...]
    words: Mapping[str, str | None] | None
    task_id: str | None
    case_address: str | None


async def message_rows(visit: Visit, documents: Sequence[Mapping[str, Any]]) -> list[MessageRow]:
    """Notifications as the API shows them, as rows in their order, each in its dealer's zone."""
    dealers = await load_dealers(visit.connection, {one["dealer_id"] for one in documents})
    zones = {dealer_id: load_zone(rows.record["time_zone"]) for dealer_id, rows in dealers.items() if rows.record}
    customers = await load_records(
        visit.connection,
        customer,
        "customer_id",
        {(one["dealer_id"], one["customer_id"]) for one in documents if one["customer_id"]},
    )
    colleagues = await load_records(
        visit.connection,
        staff,
        "staff_id",
        {(one["dealer_id"], one["staff_id"]) for one in documents if one["staff_id"]},
    )
    return [_row(visit, one, zones.get(one["dealer_id"], visit.zone), customers, colleagues) for one in documents]


def _row(visit: Visit, one: Mapping[str, Any], zone: ZoneInfo, customers: Records, colleagues: Records) -> MessageRow:
    words = Words(visit.viewer.language, zone, visit.stack.playbook.texts)
    recipient, address = _recipient(visit, one, customers, colleagues)
    held = one["not_before"] if one["status"] == "held" else None
    return MessageRow(
        notification_id=one["notification_id"],
        at=_time(visit, one["created_at"], zone),
        instant=one["created_at"],
        name=words.word("messages", one["message"]),
        code=one["message"],
        recipient=recipient,
        recipient_address=address,
        to=one["address"],
        channel=words.channel(one["channel"]),
        status=one["status"],
        status_words=words.word("statuses", one["status"]),
        held_until=_time(visit, held, zone) if held else None,
        reason=_reason(words, one["code"], one["status"]),
        because=tuple(words.vote(vote) for vote in one["votes"] if not vote.get("allowed")),
        tries=tuple(_attempt(visit, attempt, zone, words) for attempt in one["attempts"]),
        words=one["words"],
        task_id=one["task_id"],
        case_address=f"/cases/{one['dealer_id']}/{one['case_id']}" if one["case_id"] else None,
    )


def _reason(words: Words, code: str | None, status: str) -> str | None:
    """What a code says of a message; a provider's own only where it is why nothing arrived."""
    named = words.word("codes", code) if code else None
    return named if named != code or status == "failed" else None


def _recipient(visit: Visit, one: Mapping[str, Any], customers: Records, colleagues: Records) -> tuple[str, str | None]:
    """The name of who gets it, and the page of a customer."""
    dealer_id, customer_id, staff_id = one["dealer_id"], one["customer_id"], one["staff_id"]
    if customer_id:
        name = customer_name(customers.get((dealer_id, customer_id)), visit.viewer.language)
        return name or customer_id, f"/journeys/{dealer_id}/{customer_id}"
    if staff_id:
        return staff_name(colleagues.get((dealer_id, staff_id))) or staff_id, None
    return visit.texts.text("operations.group_mailbox"), None


def _attempt(visit: Visit, attempt: Mapping[str, Any], zone: ZoneInfo, words: Words) -> str:
    status = visit.texts.name("messages.attempts", attempt["status"])
    parts = [_time(visit, attempt["at"], zone), status, attempt["provider"], attempt["code"]]
    return ", ".join(part for part in parts if part)


def _time(visit: Visit, at: datetime, zone: ZoneInfo) -> str:
    return time_of(at, visit.now, zone, visit.viewer.language)
