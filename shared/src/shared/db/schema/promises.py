"""Promises given to customers, and what happened to each."""

from sqlalchemy import Column, Index, Integer, Numeric, SmallInteger, Table, text

from shared.db.schema.columns import document, instant, metadata, optional, required

promise = Table(
    "promise",
    metadata,
    required("promise_id", primary=True),
    required("dealer_id"),
    required("customer_id"),
    optional("case_id"),
    optional("task_id"),
    required("kind"),
    required("text"),
    instant("made_at"),
    instant("due_at"),
    Column("amount", Numeric(15, 2), nullable=True),
    Column("kept_amount", Numeric(15, 2), nullable=True),
    optional("currency"),
    required("origin"),
    optional("given_by"),
    optional("owner_role"),
    optional("owner_staff_id"),
    required("state"),
    Column("score", SmallInteger, nullable=True),
    Column("moves", Integer, nullable=False, server_default=text("0")),
    optional("predecessor_id"),
    optional("successor_id"),
    optional("order_id"),
    optional("appointment_id"),
    optional("extra"),
    optional("reason"),
    instant("customer_told_at", null=True),
    instant("broken_at", null=True),
    instant("ended_at", null=True),
    required("timer_id"),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Index("ix_promise_due", "dealer_id", "due_at", "promise_id"),
    Index("ix_promise_customer", "dealer_id", "customer_id", "due_at"),
    Index("ix_promise_case", "dealer_id", "case_id"),
    Index("ix_promise_order", "dealer_id", "order_id", postgresql_where=text("order_id is not null")),
    Index("ix_promise_open", "dealer_id", "owner_staff_id", postgresql_where=text("state = 'open'")),
)
"""`state` open, kept, moved, broken or withdrawn; `broken_at` stays when a broken one is kept after all, `ended_at` is
then that of the keeping. `origin`: whose doing it was: person, order or parts. `given_by`: the person whose word it is;
`owner_*`: who answers for it now. `moves` counts along the line of promises that `predecessor_id` and `successor_id`
make; the line has one clock, `timer_id`. `order_id` and `appointment_id`: the record behind it. `customer_told_at`, of
a moved one: when the customer first knew of it.
"""

promise_event = Table(
    "promise_event",
    metadata,
    required("promise_id", primary=True),
    Column("version", Integer, primary_key=True),
    required("dealer_id"),
    instant("at"),
    instant("recorded_at"),
    required("action"),
    optional("by"),
    document("changed", "'{}'"),
    Index("ix_promise_event_time", "dealer_id", "recorded_at"),
)
"""Append-only history of a promise; one row a version.

`action`: made, kept, moved, broken or withdrawn, its ends among them; brought_forward (a date that became earlier),
told (the customer knows of the move), scored, owner_moved. `changed`: the columns it changed and their new values.
"""
