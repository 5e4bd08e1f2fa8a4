"""Journey events: a message is acknowledged, what happens to a repair and its parts is told."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from notifier.context import NotifierContext
from notifier.followup.fallback_chain import being_tried, confirm_contact
from notifier.notifications.request import NotificationRequest, Recipient
from notifier.notifications.types import NOTIFICATION_TYPES
from notifier.planning.planner import request_notifications
from shared.cases.journey_events import StoredEvent, load_events
from shared.channels.registry import reply_channels
from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import customer_order, routing
from shared.ids import CustomerKey
from shared.messaging.bus import Record
from shared.people.contact_hours import zone_of
from shared.promises.order_dates import read_order

ROUTED_WITHIN: Final = timedelta(minutes=1)
"""How long a message about an event waits, in real time, for the event's case and clocks."""

STATUS_OCCURRENCE: Final = "repair_status_changed"
READY_OCCURRENCE: Final = "repair_completed"
PARTS_SIGNAL: Final = "parts_eta_slipped"
REPAIR_CHANGES: Final = frozenset(
    {
        "check_in_completed",
        "repair_order_opened",
        "vehicle_inspection_done",
        "cost_estimate_ready",
        "mobility_option_agreed",
        "repair_completed",
        "additional_work_found",
        "customer_authorisation_recorded",
        "estimate_given",
        "parts_eta_slipped",
        "problem_resolved",
        "service_completed",
        "invoice_ready",
    }
)
"""Occurrences and signals that say what has changed about a repair; each language has a sentence for them."""


async def load_notifying(context: NotifierContext, records: Sequence[Record]) -> dict[str, StoredEvent]:
    """The events of these records that owe their customers something, by id; imported history owes nothing."""
    events = await load_events(context.connection, [record.event_id for record in records if record.event_id])
    return {
        event_id: event
        for event_id, event in events.items()
        if event.live and event.customer_id is not None and _owes(event.data)
    }


def may_owe(record: Record) -> bool:
    """Whether something may be owed for a record's event, as the record has it; the stored event decides.

    So may one that cannot be made out, which the worker will refuse.
    """
    try:
        return (
            record.data.get("customer_id") is not None
            and record.data.get("intent", "live") == "live"
            and _owes(record.data)
        )
    except TypeError:
        return True


async def on_journey_events(context: NotifierContext, events: Sequence[StoredEvent]) -> None:
    """Plan what these events owe their customers, whose locks the caller holds."""
    cases = await _cases(context, [event.event_id for event in events])
    named = [(event, event.customer_id) for event in events if event.customer_id is not None]
    writers = {(event.dealer_id, customer_id) for event, customer_id in named if _is_written(event.data)}
    tried = await being_tried(context, writers)
    for event, customer_id in named:
        if _is_written(event.data) and (event.dealer_id, customer_id) in tried:
            await confirm_contact(context, event.dealer_id, customer_id, None, event.occurred_at)
    late = {(event.dealer_id, name) for event, name in named if _has(event.data, PARTS_SIGNAL)}
    days = await load_parts_days(context, late)
    await request_notifications(
        context, [request for event, _ in named for request in requests_for(event, cases, context.real, days)]
    )


def _owes(event: Mapping[str, Any]) -> bool:
    """Whether the customer wrote, or is told of it: her repair moved on or is done, or its parts come later."""
    return _is_written(event) or _is_status(event) or _has(event, READY_OCCURRENCE) or _has(event, PARTS_SIGNAL)


def _is_written(event: Mapping[str, Any]) -> bool:
    """Whether the customer wrote."""
    return bool(reply_channels(event.get("channel") or ""))


def _is_status(event: Mapping[str, Any]) -> bool:
    """Whether it changes what the customer may know of a repair."""
    return STATUS_OCCURRENCE in event.get("occurrences", ())


def _has(event: Mapping[str, Any], name: str) -> bool:
    return name in event.get("occurrences", ()) or name in event.get("signals", ())


def requests_for(
    event: StoredEvent, cases: dict[str, str | None], real: datetime, parts_days: Mapping[CustomerKey, str]
) -> Iterator[NotificationRequest]:
    """What a live event with a customer owes it. `cases`: the case of each event that is routed already.

    `parts_days`: the days that customers' orders of parts are expected, in their zones.
    """
    about: dict[str, str] = {"event_id": event.event_id}
    if event.event_id not in cases:
        about["route_by"] = (real + ROUTED_WITHIN).isoformat()
    reply_kinds = reply_channels(event.data.get("channel") or "")
    if reply_kinds:
        yield _request(event, "ACK", cases, about, reply_kinds, event.occurred_at)
    if _is_status(event.data):
        yield _request(event, "STATUS", cases, about | status_change(event))
    if _has(event.data, PARTS_SIGNAL):
        yield _request(event, "PARTS", cases, about | {"expected_on": _expected_on(event, parts_days)})
    if _has(event.data, READY_OCCURRENCE):
        yield _request(event, "READY", cases, about)


def status_change(event: StoredEvent) -> dict[str, Any]:
    """What a change of a repair's status is about: when it happened, what else the event says of it, by ids."""
    said = (*event.data.get("occurrences", ()), *event.data.get("signals", ()))
    order = (event.data.get("facts") or {}).get("order") or {}
    return {
        "happened_at": event.occurred_at.isoformat(),
        "changes": [one for one in dict.fromkeys(said) if one in REPAIR_CHANGES],
        "expected_on": order.get("expected_on"),
    }


def _expected_on(event: StoredEvent, parts_days: Mapping[CustomerKey, str]) -> str | None:
    """The day parts are expected now: as the event says, else as the customer's order of parts does."""
    order = (event.data.get("facts") or {}).get("order") or {}
    return order.get("expected_on") or parts_days.get((event.dealer_id, event.customer_id or ""))


async def load_parts_days(context: NotifierContext, wanted: Collection[CustomerKey]) -> dict[CustomerKey, str]:
    """The days of these customers' open orders of parts, in their zones; the order that was changed last counts."""
    if not wanted:
        return {}
    columns = customer_order.c
    query = select(columns.dealer_id, columns.customer_id, columns.record).where(
        in_keys(columns.dealer_id, columns.customer_id), columns.record["kind"].astext == "parts"
    )
    profiles = await context.customers(wanted)
    days: dict[CustomerKey, str] = {}
    for row in await context.connection.execute(query.order_by(columns.updated_at), unnest_keys(wanted)):
        order, key = read_order(row.record), (row.dealer_id, row.customer_id)
        if order.expected_at is not None and not order.ended:
            zone = zone_of(profiles.get(key, {}), await context.dealer(row.dealer_id))
            days[key] = order.expected_at.astimezone(zone).date().isoformat()
    return days


def _request(
    event: StoredEvent,
    notification_type: str,
    cases: dict[str, str | None],
    about: Mapping[str, Any],
    reply_kinds: tuple[str, ...] = (),
    inbound_at: datetime | None = None,
) -> NotificationRequest:
    return NotificationRequest(
        dealer_id=event.dealer_id,
        notification_type=NOTIFICATION_TYPES[notification_type],
        recipient=Recipient(customer_id=event.customer_id),
        key=event.event_id,
        case_id=cases.get(event.event_id),
        topics=tuple(event.data.get("topics") or ()),
        reply_kinds=reply_kinds,
        inbound_at=inbound_at,
        about=about,
    )


async def _cases(context: NotifierContext, event_ids: list[str]) -> dict[str, str | None]:
    if not event_ids:
        return {}
    query = select(routing.c.event_id, routing.c.case_id).where(routing.c.event_id.in_(event_ids))
    return {row.event_id: row.case_id for row in await context.connection.execute(query)}
