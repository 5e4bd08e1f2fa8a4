"""Journey events: a message is acknowledged, a change of the repair's status is told."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from notifier.context import Desk
from notifier.followup.fallback_chain import being_tried, note_proof
from notifier.notifications.request import Obligation, Recipient
from notifier.notifications.types import NOTICES
from notifier.planning.planner import meet_all
from shared.cases.journey_events import StoredEvent, load_events
from shared.channels.registry import reply_channels
from shared.db.schema import routing
from shared.messaging.bus import Record

ROUTED_WITHIN: Final = timedelta(minutes=1)
"""How long a message about an event waits, in real time, for the event's case and clocks."""

STATUS_OCCURRENCE: Final = "repair_status_changed"


async def load_owing(desk: Desk, records: Sequence[Record]) -> dict[str, StoredEvent]:
    """The events of these records that owe their customers something, by id; imported history owes nothing."""
    events = await load_events(desk.connection, [record.event_id for record in records if record.event_id])
    return {
        event_id: event
        for event_id, event in events.items()
        if event.live and event.customer_id is not None and (_is_word(event) or _is_status(event))
    }


async def hear_events(desk: Desk, events: Sequence[StoredEvent]) -> None:
    """Plan what these events owe their customers, whose locks the caller holds."""
    cases = await _cases(desk, [event.event_id for event in events])
    told = [(event, event.customer_id) for event in events if event.customer_id is not None]
    heard = {(event.dealer_id, customer_id) for event, customer_id in told if _is_word(event)}
    tried = await being_tried(desk, heard)
    for event, customer_id in told:
        if _is_word(event) and (event.dealer_id, customer_id) in tried:
            await note_proof(desk, event.dealer_id, customer_id, None, event.occurred_at)
    await meet_all(desk, [owed for event, _ in told for owed in obligations_of(event, cases, desk.real)])


def _is_word(event: StoredEvent) -> bool:
    """Whether the customer wrote."""
    return bool(reply_channels(event.data.get("channel") or ""))


def _is_status(event: StoredEvent) -> bool:
    """Whether it changes what the customer may know of a repair."""
    return STATUS_OCCURRENCE in event.data.get("occurrences", ())


def obligations_of(event: StoredEvent, cases: dict[str, str | None], real: datetime) -> Iterator[Obligation]:
    """What a live event with a customer owes it. `cases`: the case of each event that is routed already."""
    about: dict[str, str] = {"event_id": event.event_id}
    if event.event_id not in cases:
        about["route_by"] = (real + ROUTED_WITHIN).isoformat()
    reply_kinds = reply_channels(event.data.get("channel") or "")
    if reply_kinds:
        yield _obligation(event, "ACK", cases, about, reply_kinds, event.occurred_at)
    if _is_status(event):
        about = about | {"happened_at": event.occurred_at.isoformat()}
        yield _obligation(event, "STATUS", cases, about)


def _obligation(
    event: StoredEvent,
    notice: str,
    cases: dict[str, str | None],
    about: dict[str, str],
    reply_kinds: tuple[str, ...] = (),
    inbound_at: datetime | None = None,
) -> Obligation:
    return Obligation(
        dealer_id=event.dealer_id,
        notice=NOTICES[notice],
        recipient=Recipient(customer_id=event.customer_id),
        key=event.event_id,
        case_id=cases.get(event.event_id),
        topics=tuple(event.data.get("topics") or ()),
        reply_kinds=reply_kinds,
        inbound_at=inbound_at,
        about=about,
    )


async def _cases(desk: Desk, event_ids: list[str]) -> dict[str, str | None]:
    if not event_ids:
        return {}
    query = select(routing.c.event_id, routing.c.case_id).where(routing.c.event_id.in_(event_ids))
    return {row.event_id: row.case_id for row in await desk.connection.execute(query)}
