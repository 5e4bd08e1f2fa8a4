"""Notifications, their attempts, what providers and recipients answer, suppressed addresses."""

from typing import Final

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, UniqueConstraint, text

from shared.db.schema.columns import document, instant, metadata, optional, required

IN_BUNDLES: Final = "message in ('WARNING','BREACHED','ESCALATED','CHANGED')"
"""The notices to one person in quick succession that go together."""
CLOCK_OF_NOTICE: Final = "params #>> '{about,timer_id}'"
"""The clock that a notice to staff is about."""

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
    optional("template_version"),
    instant("scheduled_for", null=True),
    instant("created_at"),
    instant("updated_at"),
    Column("attempt_count", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_wall_clock_at", DateTime(timezone=True), nullable=True),
    instant("delivery_deadline", null=True),
    UniqueConstraint("dealer_id", "dedupe_key"),
    Index(
        "ix_notification_next",
        "channel",
        "next_attempt_wall_clock_at",
        postgresql_where=text("status in ('queued','sending','unknown')"),
    ),
    Index("ix_notification_held", "scheduled_for", postgresql_where=text("status = 'held'")),
    Index(
        "ix_notification_delivery_deadline", "delivery_deadline", postgresql_where=text("delivery_deadline is not null")
    ),
    Index("ix_notification_address", "channel", "address", "created_at"),
    Index("ix_notification_list", "dealer_id", "created_at", "notification_id"),
    Index("ix_notification_task", "dealer_id", "task_id"),
    Index("ix_notification_case", "dealer_id", "case_id"),
    Index("ix_notification_customer", "dealer_id", "customer_id"),
    Index("ix_notification_bundles", "dealer_id", "staff_id", "created_at", postgresql_where=text(IN_BUNDLES)),
)
"""`template_version`: of the wording it was first put into, which its later attempts keep.

`delivery_deadline`: when a message of which no delivery was heard is given up for the next channel."""

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
    optional("fingerprint"),
    optional("subject"),
    optional("text"),
    instant("at"),
    instant("wall_clock_at"),
    Column("deadline_wall_clock_at", DateTime(timezone=True), nullable=True),
    UniqueConstraint("notification_id", "number"),
    Index("ix_notification_attempt_reference", "provider_ref"),
)
"""One try of one channel. `status`: sending, accepted, delivered, read, temp_failed, perm_failed, unknown.

`subject` and `text` are the words handed over; `fingerprint` is of the text, by which a provider's list is searched.
"""

suppression = Table(
    "suppression",
    metadata,
    required("dealer_id", primary=True),
    required("channel", primary=True),
    required("address_hash", primary=True),
    required("reason"),
    instant("at"),
)

staff_message = Table(
    "staff_message",
    metadata,
    required("notification_id", primary=True),
    required("dealer_id"),
    required("customer_id"),
    optional("case_id"),
    optional("task_id"),
    required("staff_id"),
    required("kind"),
    optional("text"),
    optional("template"),
    document("params", "'{}'"),
    instant("at"),
    Index("ix_staff_message_customer", "dealer_id", "customer_id"),
)
"""A person's own words to a customer, sent as the notification of the same id."""

receipt = Table(
    "receipt",
    metadata,
    required("receipt_id", primary=True),
    required("dealer_id"),
    required("notification_id"),
    required("attempt_id"),
    required("status"),
    optional("code"),
    instant("wall_clock_at"),
    Column("applied", Boolean, nullable=False, server_default=text("false")),
    Index("ix_receipt_unapplied", "receipt_id", postgresql_where=text("not applied")),
)
"""What a provider said of an attempt after it took it. `status`: accepted, delivered, read, perm_failed.

`attempt_id`: ours, or the provider's own where that was all it said before its answer to our request had come.
"""

inbound_message = Table(
    "inbound_message",
    metadata,
    required("channel", primary=True),
    required("reference", primary=True),
    required("dealer_id"),
    optional("customer_id"),
    optional("contact_id"),
    required("address_hash"),
    instant("at"),
    Column("attachments", Integer, nullable=False, server_default=text("0")),
    Index("ix_inbound_message_address", "dealer_id", "channel", "address_hash", "at"),
    Index("ix_inbound_message_contact", "contact_id", postgresql_where=text("contact_id is not null")),
)
"""A customer's message as a provider handed it over, by the provider's own reference.

`attachments`: how many came with it, none of which is kept.
"""

unsubscribe_link = Table(
    "unsubscribe_link",
    metadata,
    required("token_hash", primary=True),
    required("dealer_id"),
    required("customer_id"),
    required("channel"),
    required("address_hash"),
    required("purpose"),
    instant("created_at"),
    instant("used_at", null=True),
)
"""Where the link in a mail leads (RFC 8058)."""

reply_address = Table(
    "reply_address",
    metadata,
    required("token_hash", primary=True),
    required("dealer_id"),
    required("notification_id"),
    instant("created_at"),
)
"""The mail that an answer to `reply+TOKEN@…` answers."""

template_override = Table(
    "template_override",
    metadata,
    required("dealer_id", primary=True),
    required("name", primary=True),
    required("locale", primary=True),
    Column("version", Integer, primary_key=True),
    required("source"),
    instant("created_at"),
    instant("withdrawn_at", null=True),
)
"""A dealer's own wording of a message, by its template's name and language. The newest stands until it is withdrawn."""

preference_change = Table(
    "preference_change",
    metadata,
    required("change_id", primary=True),
    required("dealer_id"),
    required("customer_id"),
    required("source"),
    document("before", "'{}'"),
    document("after", "'{}'"),
    instant("at"),
    Index("ix_preference_change_customer", "dealer_id", "customer_id", "at"),
)
"""What a customer changed about how they are written to: the fields that changed, before and after, and where."""
