"""Moments of truth as judged, how each judgement came about, and what is to be judged again."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Interval, SmallInteger, Table, text

from shared.db.schema.columns import document, instant, metadata, optional, required, texts

moment = Table(
    "moment",
    metadata,
    required("moment_id", primary=True),
    required("dealer_id"),
    required("customer_id"),
    optional("case_id"),
    required("kind"),
    required("id"),
    instant("at"),
    Column("live", Boolean, nullable=False),
    Column("step", SmallInteger, nullable=True),
    optional("phase"),
    optional("channel"),
    optional("role"),
    optional("staff_id"),
    optional("direction"),
    optional("feedback"),
    optional("entry"),
    texts("flags"),
    Column("score", SmallInteger, nullable=False),
    Column("flag_count", SmallInteger, nullable=False),
    document("seen", "'{}'"),
    Index("ix_moment_worst", "dealer_id", "score", text("flag_count desc"), text("at desc"), text("moment_id desc")),
    Index("ix_moment_customer", "dealer_id", "customer_id", "at"),
    Index("ix_moment_time", "dealer_id", "at"),
)
"""Derived from what is stored of contacts, events, promises, closings and appointments, and held against it by
`handoff verify`; `moment_id` is the id of what it is, `id` the id the contract knows that by.

`seen`: what the records of people said when the moment was first judged; later changes of those do not judge again.
"""

moment_change = Table(
    "moment_change",
    metadata,
    Column("seq", BigInteger, Identity(), primary_key=True),
    required("moment_id"),
    required("dealer_id"),
    instant("at"),
    texts("flags_before"),
    texts("flags_after"),
    Column("score_before", SmallInteger, nullable=True),
    Column("score_after", SmallInteger, nullable=True),
    required("cause_kind"),
    required("cause_id"),
    Index("ix_moment_change_moment", "moment_id", "seq"),
)
"""Append-only: each change of a judgement and the fact that caused it; without a score before: it began with flags."""

moment_due = Table(
    "moment_due",
    metadata,
    Column("seq", BigInteger, Identity(), primary_key=True),
    required("dealer_id"),
    required("customer_id"),
    optional("case_id"),
    optional("event_id"),
    required("cause_kind"),
    required("cause_id"),
)
"""Cases to be judged again, and because of what; an `event_id` names an event that may bear upon others too."""

case_owner_change = Table(
    "case_owner_change",
    metadata,
    required("dealer_id", primary=True),
    required("case_id", primary=True),
    required("change_id", primary=True),
    instant("at"),
    optional("from_role"),
    optional("from_staff_id"),
    required("to_role"),
    optional("to_staff_id"),
)
"""Append-only: each time a case got another customer owner; ids in the order of the changes."""

appointment_status_change = Table(
    "appointment_status_change",
    metadata,
    required("change_id", primary=True),
    required("dealer_id"),
    required("appointment_id"),
    required("customer_id"),
    optional("case_id"),
    required("status"),
    instant("at"),
    instant("starts_at"),
    Column("allowed", Interval, nullable=False),
    optional("staff_id"),
    Index("ix_appointment_status_change_customer", "dealer_id", "customer_id"),
)
"""Append-only: each time the status of an appointment became `arrived` or `started`, with its date as it then was and
how long the customer may wait (T-23).
"""
