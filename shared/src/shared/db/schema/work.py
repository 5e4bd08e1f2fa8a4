"""Cases, tasks with their history, comments and contacts."""

from typing import Final

from sqlalchemy import (
    Column,
    Date,
    Index,
    Integer,
    SmallInteger,
    Table,
    text,
)

from shared.db.schema.columns import document, in_list, instant, metadata, optional, required, texts
from shared.db.schema.list_order import ENDED_TASK, KNOWN_CASE, TASK_DUE
from shared.vocabulary import OPEN_STATUSES, WORKED_STATUSES

journey_case = Table(
    "journey_case",
    metadata,
    required("dealer_id", primary=True),
    required("case_id", primary=True),
    optional("customer_id"),
    required("status"),
    document("vehicle", "'{}'"),
    texts("topics"),
    document("facts", "'{}'"),
    texts("occurrences"),
    optional("owner_role"),
    optional("owner_staff_id"),
    instant("opened_at", null=True),
    instant("newest_event_at", null=True),
    instant("last_activity_at", null=True),
    instant("closed_at", null=True),
    optional("outcome"),
    Column("business_day", Date, nullable=True),
    document("returned_matters", "'[]'"),
    texts("followers"),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Index("ix_journey_case_day", "dealer_id", "business_day", postgresql_where=text("customer_id IS NULL")),
    Index("ix_journey_case_list", "dealer_id", "opened_at", "case_id", postgresql_where=text(KNOWN_CASE)),
    Index("ix_journey_case_status", "dealer_id", "status", "opened_at", "case_id"),
    Index("ix_journey_case_customer", "dealer_id", "customer_id", "opened_at", "case_id"),
)
"""`status` reserved (named by an event not yet routed), open or closed. `facts` flat by path, `returned_matters` the
hops, `followers` who is told of each change of its tasks.
"""

case_status_change = Table(
    "case_status_change",
    metadata,
    required("dealer_id", primary=True),
    required("case_id", primary=True),
    required("change_id", primary=True),
    required("action"),
    instant("at"),
    optional("by"),
    optional("outcome"),
    optional("event_id"),
)
"""Append-only: each time a case was `closed`, by whom and with which outcome, and `reopened`, by which event."""

OPEN_TASK: Final = f"status in ({in_list(OPEN_STATUSES)})"
QUEUED_TASK: Final = "status = 'offered' AND offered_to IS NULL"
_OFFERED: Final = "offered_to is not null"
_ASSIGNED: Final = "assignee_id is not null"
HELD_TASK: Final = (
    f"kind in ('deliver','reminder') and status in ({in_list(WORKED_STATUSES)}) and ({_ASSIGNED} or {_OFFERED})"
)
"""What counts against a person's capacity."""

_ENDED: Final = text(ENDED_TASK)
_PLACE: Final = ("priority_rank", text(TASK_DUE), "created_at", "task_id")

task = Table(
    "task",
    metadata,
    required("task_id", primary=True),
    required("dealer_id"),
    optional("customer_id"),
    optional("case_id"),
    optional("event_id"),
    required("entry"),
    texts("mirrors"),
    required("kind"),
    required("mode"),
    required("matter"),
    required("merge_key"),
    required("priority"),
    Column("priority_rank", SmallInteger, nullable=False),
    required("from_role"),
    required("to_role"),
    optional("offered_to"),
    optional("assignee_id"),
    optional("started_by"),
    optional("named_person"),
    optional("reassigned_from"),
    required("status"),
    document("why", "'{}'"),
    document("packet", "'{}'"),
    document("offer", "'{}'"),
    document("chain", "'{}'"),
    instant("waiting_until", null=True),
    optional("waiting_reason"),
    optional("outcome"),
    instant("due_at", null=True),
    instant("created_at"),
    instant("updated_at"),
    instant("first_accepted_at", null=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Index("uq_task_open_class", "dealer_id", "case_id", "merge_key", unique=True, postgresql_where=text(OPEN_TASK)),
    Index("ix_task_list", "dealer_id", _ENDED, *_PLACE),
    Index("ix_task_role", "dealer_id", "to_role", _ENDED, *_PLACE),
    Index("ix_task_due", "dealer_id", _ENDED, *_PLACE[1:], "to_role"),
    Index("ix_task_created", "dealer_id", _ENDED, "created_at", "task_id", "to_role"),
    Index("ix_task_updated", "dealer_id", _ENDED, "updated_at", "task_id", "to_role"),
    Index("ix_task_case", "dealer_id", "case_id"),
    Index("ix_task_customer", "dealer_id", "customer_id"),
    Index("ix_task_event", "event_id"),
    Index("ix_task_offered", "dealer_id", "offered_to", postgresql_where=text(f"{OPEN_TASK} and {_OFFERED}")),
    Index("ix_task_assignee", "dealer_id", "assignee_id", postgresql_where=text(f"{OPEN_TASK} and {_ASSIGNED}")),
    Index("ix_task_held", "dealer_id", "assignee_id", "offered_to", postgresql_where=text(HELD_TASK)),
    Index("ix_task_queue", "dealer_id", "to_role", "created_at", postgresql_where=text(QUEUED_TASK)),
)
"""A handoff. `merge_key` is the class of open records: matter, kind, receiver or pair of roles (and named person).

`offer`: {cycle, excluded: {staff_id: reason}, asked_again: [staff_id], last_resort: bool}.
`chain`: {givers: [role], event_id}: who handed over before, along a chain. `due_at`: earliest running due time.
"""

task_event = Table(
    "task_event",
    metadata,
    required("task_id", primary=True),
    Column("version", Integer, primary_key=True),
    required("dealer_id"),
    instant("at"),
    required("action"),
    optional("by"),
    optional("from_status"),
    required("to_status"),
    document("before", "'{}'"),
    optional("reason"),
    optional("outcome"),
    optional("note"),
    optional("event_id"),
    optional("entry"),
    optional("key_id"),
)
"""Append-only history of a task; one row a version."""

task_source = Table(
    "task_source",
    metadata,
    required("task_id", primary=True),
    required("event_id", primary=True),
    required("entry", primary=True),
    required("dealer_id"),
    Index("ix_task_source_event", "event_id"),
)
"""Which events created a task or merged into it."""

comment = Table(
    "comment",
    metadata,
    required("comment_id", primary=True),
    required("dealer_id"),
    required("case_id"),
    optional("customer_id"),
    required("staff_id"),
    required("text"),
    instant("at"),
    Index("ix_comment_case", "dealer_id", "case_id"),
)

contact = Table(
    "contact",
    metadata,
    required("contact_id", primary=True),
    required("dealer_id"),
    required("customer_id"),
    optional("case_id"),
    optional("task_id"),
    required("direction"),
    required("channel"),
    instant("at"),
    instant("recorded_at"),
    optional("staff_id"),
    optional("kind"),
    optional("outcome"),
    Column("options", Integer, nullable=True),
    optional("text"),
    optional("notification_id"),
    Index("ix_contact_customer", "dealer_id", "customer_id", "at"),
    Index("ix_contact_case", "dealer_id", "case_id"),
)
