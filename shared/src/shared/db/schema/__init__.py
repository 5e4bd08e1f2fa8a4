"""Every table of Handoff, one schema for all services; the migrations make exactly this.

Ids are opaque text (ours are UUIDv7). Instants are `timestamptz`, domain time, except columns called `wall_clock_at`.
A row that belongs to a dealer carries `dealer_id`, and row-level security hides it from every other dealer.
"""

from shared.db.schema.clocks import sla_timer, sla_timer_event, timer_due
from shared.db.schema.columns import metadata
from shared.db.schema.infrastructure import (
    UNSCOPED_TABLES,
    clock_anchor,
    consumer_position,
    dead_letter,
    feed,
    feed_head,
    inbox,
    outbox,
)
from shared.db.schema.journey import event_intake, journey_event, routing, suggestion
from shared.db.schema.messages import (
    ABOUT_CLOCKS,
    inbound_message,
    notification,
    notification_attempt,
    preference_change,
    receipt,
    reply_address,
    staff_message,
    suppression,
    template_override,
    unsubscribe_link,
)
from shared.db.schema.promises import promise, promise_event
from shared.db.schema.quality import case_owner_change, moment, moment_change, moment_due
from shared.db.schema.reference import (
    api_key,
    appointment,
    customer,
    customer_order,
    dealer,
    feed_ticket,
    idempotency,
    session,
    staff,
    vehicle,
)
from shared.db.schema.work import (
    HELD_TASK,
    OPEN_TASK,
    QUEUED_TASK,
    case_status_change,
    comment,
    contact,
    journey_case,
    task,
    task_event,
    task_source,
)

__all__ = [
    "ABOUT_CLOCKS",
    "HELD_TASK",
    "OPEN_TASK",
    "QUEUED_TASK",
    "UNSCOPED_TABLES",
    "api_key",
    "appointment",
    "case_owner_change",
    "case_status_change",
    "clock_anchor",
    "comment",
    "consumer_position",
    "contact",
    "customer",
    "customer_order",
    "dead_letter",
    "dealer",
    "event_intake",
    "feed",
    "feed_head",
    "feed_ticket",
    "idempotency",
    "inbound_message",
    "inbox",
    "journey_case",
    "journey_event",
    "metadata",
    "moment",
    "moment_change",
    "moment_due",
    "notification",
    "notification_attempt",
    "outbox",
    "preference_change",
    "promise",
    "promise_event",
    "receipt",
    "reply_address",
    "routing",
    "session",
    "sla_timer",
    "sla_timer_event",
    "staff",
    "staff_message",
    "suggestion",
    "suppression",
    "task",
    "task_event",
    "task_source",
    "template_override",
    "timer_due",
    "unsubscribe_link",
    "vehicle",
]
