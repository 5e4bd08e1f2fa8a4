"""Outbox, inbox, positions, dead letters, feeds, the clock's anchor."""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    UniqueConstraint,
    text,
)

from shared.db.schema.columns import Xid8, document, instant, metadata, optional, required

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger, Identity(cache=1), primary_key=True),
    Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
    required("dealer_id"),
    required("topic"),
    required("key"),
    required("record_id"),
    required("type"),
    required("source"),
    instant("occurred_at"),
    optional("event_id"),
    Column("payload", JSON, nullable=True),
    Column("wall_clock_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Index("ix_outbox_visible", "xid", "seq"),
)
"""Append-only log of every record. Read by snapshot difference, so `seq` gives order, never completeness.

`record_id` is the CloudEvents id. A journey event's payload is not copied: `event_id` refers to it.
"""

consumer_position = Table(
    "consumer_position",
    metadata,
    required("consumer", primary=True),
    optional("snapshot"),
    optional("system_identifier"),
    Column("timeline", Integer, nullable=True),
    Column("wall_clock_at", DateTime(timezone=True), nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    required("consumer", primary=True),
    required("source", primary=True),
    required("id", primary=True),
    Column("wall_clock_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Index("ix_inbox_age", "wall_clock_at"),
)

dead_letter = Table(
    "dead_letter",
    metadata,
    required("dead_letter_id", primary=True),
    required("consumer"),
    required("topic"),
    required("key"),
    optional("dealer_id"),
    optional("event_id"),
    required("source"),
    required("record_id"),
    document("record", "'{}'"),
    required("reason"),
    Column("tries", Integer, nullable=False),
    instant("first_at"),
    instant("last_at"),
    instant("replay_at", null=True),
    UniqueConstraint("consumer", "source", "record_id"),
)

feed_head = Table(
    "feed_head",
    metadata,
    required("dealer_id", primary=True),
    required("stream", primary=True),
    Column("position", BigInteger, nullable=False),
)

feed = Table(
    "feed",
    metadata,
    required("dealer_id", primary=True),
    required("stream", primary=True),
    Column("position", BigInteger, primary_key=True),
    required("type"),
    Column("seq", BigInteger, nullable=True),
    Column("data", JSON, nullable=True),
    Column("wall_clock_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Index("ix_feed_age", "wall_clock_at"),
)
"""Gap-free numbering of the task and sla records of a dealer, made after their commit; the cursor of every feed.

A row refers to the record's in the outbox by `seq`, and has its age, so that it is forgotten before it; only one that
was a dead letter has its own `data`.
"""

clock_anchor = Table(
    "clock_anchor",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("wall_clock_at", DateTime(timezone=True), nullable=False),
    instant("domain_at"),
    Column("rate", Double, nullable=False),
    instant("seen_at"),
)
"""One row: domain time was `domain_at` at `wall_clock_at` and runs `rate` times as fast; `seen_at` is the latest
seen.
"""

UNSCOPED_TABLES: Final = frozenset(
    {"api_key", "audit_finding", "clock_anchor", "consumer_position", "feed_ticket", "idempotency", "inbox", "session"}
)
"""Tables without a dealer: plumbing that no route hands out by dealer (keys are filtered by their own dealers)."""

audit_finding = Table(
    "audit_finding",
    metadata,
    required("finding", primary=True),
    Column("count", Integer, nullable=False),
    Column("wall_clock_at", DateTime(timezone=True), nullable=False),
    document("detail"),
)
"""What the auditor counted at its last look, a row for each thing it looks for; 0: nothing is wrong.

`detail`: before which event all are routed but some; how far it went through the records, and which of them lacked a
scheduled trigger or a clock; when it last looked for what it looks for seldom.
"""
