"""Events as accepted, their intake, and what the playbook made of them."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, SmallInteger, Table, UniqueConstraint, text

from shared.db.schema.columns import document, instant, metadata, optional, required, texts

journey_event = Table(
    "journey_event",
    metadata,
    required("event_id", primary=True),
    required("dealer_id"),
    required("source"),
    required("id"),
    optional("customer_id"),
    Column("step", SmallInteger, nullable=True),
    instant("occurred_at"),
    instant("received_at"),
    required("intent"),
    document("data", "'{}'"),
    document("extensions", "'{}'"),
    Column("content_hash", LargeBinary, nullable=False),
    UniqueConstraint("dealer_id", "source", "id"),
    Index("ix_journey_event_customer", "dealer_id", "customer_id", "occurred_at"),
    Index("ix_journey_event_time", "dealer_id", "occurred_at", "event_id"),
)
"""An accepted event. `data` is the contract's data without `intake` and `note`, which are personal."""

event_intake = Table(
    "event_intake",
    metadata,
    required("event_id", primary=True),
    required("dealer_id"),
    optional("customer_id"),
    document("intake"),
    optional("note"),
    Index("ix_event_intake_customer", "dealer_id", "customer_id"),
)

routing = Table(
    "routing",
    metadata,
    required("event_id", primary=True),
    required("dealer_id"),
    optional("customer_id"),
    required("state"),
    optional("case_id"),
    texts("occurrences"),
    Column("inferred", Boolean, nullable=False, server_default=text("false")),
    document("decisions", "'[]'"),
    texts("fired"),
    required("playbook_version"),
    optional("reason"),
    instant("routed_at"),
    Index("ix_routing_case", "dealer_id", "case_id"),
)
"""What the playbook made of an event: `state` routed or dead; `fired` the entries that created or merged."""

suggestion = Table(
    "suggestion",
    metadata,
    required("event_id", primary=True),
    required("entry", primary=True),
    Column("position", SmallInteger, primary_key=True),
    required("dealer_id"),
    optional("customer_id"),
    optional("case_id"),
    texts("to_role"),
    document("because", "'{}'"),
    instant("created_at"),
    instant("taken_at", null=True),
    optional("task_id"),
    Index("ix_suggestion_customer", "dealer_id", "customer_id", "entry"),
)
