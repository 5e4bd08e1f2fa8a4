"""Notifications, their attempts, suppressed addresses."""

from sqlalchemy import Column, DateTime, Index, Integer, Table, UniqueConstraint, text

from shared.tables.columns import document, instant, metadata, optional, required

notification = Table(
    "notification",
    metadata,
    required("notification_id", primary=True),
    required("dealer_id"),
    optional("customer_id"),
    optional("staff_id"),
    optional("task_id"),
    optional("case_id"),
    required("message"),
    required("purpose"),
    optional("channel"),
    optional("address"),
    required("status"),
    document("votes", "'[]'"),
    document("params", "'{}'"),
    document("fallback", "'[]'"),
    required("dedupe_key"),
    optional("locale"),
    optional("code"),
    instant("not_before", null=True),
    instant("created_at"),
    instant("updated_at"),
    Column("attempt_count", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_real_at", DateTime(timezone=True), nullable=True),
    UniqueConstraint("dealer_id", "dedupe_key"),
    Index(
        "ix_notification_next",
        "next_attempt_real_at",
        postgresql_where=text("status in ('queued','sending','unknown')"),
    ),
    Index("ix_notification_held", "not_before", postgresql_where=text("status = 'held'")),
    Index("ix_notification_list", "dealer_id", "created_at", "notification_id"),
    Index("ix_notification_task", "dealer_id", "task_id"),
    Index("ix_notification_customer", "dealer_id", "customer_id"),
)

notification_attempt = Table(
    "notification_attempt",
    metadata,
    required("attempt_id", primary=True),
    required("dealer_id"),
    required("notification_id"),
    Column("number", Integer, nullable=False),
    required("channel"),
    optional("provider"),
    optional("provider_ref"),
    required("status"),
    optional("code"),
    instant("at"),
    instant("real_at"),
    Column("deadline_real_at", DateTime(timezone=True), nullable=True),
    UniqueConstraint("notification_id", "number"),
)
"""One try of one channel. `status`: sending, accepted, delivered, read, temp_failed, perm_failed, unknown."""

suppression = Table(
    "suppression",
    metadata,
    required("dealer_id", primary=True),
    required("channel", primary=True),
    required("address_hash", primary=True),
    required("reason"),
    instant("at"),
)
