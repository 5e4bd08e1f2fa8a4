"""The tables, and who may see which rows of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.db.schema.columns import Xid8

revision = "0015"
down_revision = None
branch_labels = None
depends_on = None

DEALER_TABLES = (
    "appointment",
    "case_status_change",
    "comment",
    "contact",
    "customer",
    "customer_order",
    "dead_letter",
    "dealer",
    "event_intake",
    "feed",
    "feed_head",
    "inbound_message",
    "journey_case",
    "journey_event",
    "notification",
    "notification_attempt",
    "outbox",
    "receipt",
    "routing",
    "sla_timer",
    "sla_timer_event",
    "staff",
    "staff_message",
    "suggestion",
    "suppression",
    "task",
    "task_event",
    "task_source",
    "timer_due",
    "unsubscribe_link",
    "vehicle",
)
STORAGE = {
    "feed": "toast_tuple_target=4080",
    "outbox": "toast_tuple_target=4080",
    "routing": "toast_tuple_target=4080",
    "sla_timer": "fillfactor=50",
}
"""Rows that are written whole or changed often: room on their page, and no detour of their documents."""

POLICY = """
    (select current_setting('app.dealers', true)) = '*'
    or dealer_id in (select unnest(string_to_array(current_setting('app.dealers', true), ',')))
"""


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("dealers", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_key_secret_hash")),
    )
    op.create_table(
        "appointment",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.Text(), sa.Computed("record->>'customer_id'", persisted=True), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "appointment_id", name=op.f("pk_appointment")),
    )
    op.create_index("ix_appointment_customer", "appointment", ["dealer_id", "customer_id"], unique=False)
    op.create_table(
        "case_status_change",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "case_id", "change_id", name=op.f("pk_case_status_change")),
    )
    op.create_table(
        "clock_anchor",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("domain_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_anchor")),
    )
    op.create_table(
        "comment",
        sa.Column("comment_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comment")),
    )
    op.create_index("ix_comment_case", "comment", ["dealer_id", "case_id"], unique=False)
    op.create_table(
        "consumer_position",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.Column("system_identifier", sa.Text(), nullable=True),
        sa.Column("timeline", sa.Integer(), nullable=True),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consumer", name=op.f("pk_consumer_position")),
    )
    op.create_table(
        "contact",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("notification_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_case", "contact", ["dealer_id", "case_id"], unique=False)
    op.create_index("ix_contact_customer", "contact", ["dealer_id", "customer_id", "at"], unique=False)
    op.create_table(
        "customer",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unreachable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", "customer_id", name=op.f("pk_customer")),
    )
    op.create_index(
        "ix_customer_channels",
        "customer",
        [sa.literal_column("(lower(record ->> 'channels')::jsonb) jsonb_path_ops")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "customer_order",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.Text(), sa.Computed("record->>'customer_id'", persisted=True), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "order_id", name=op.f("pk_customer_order")),
    )
    op.create_index("ix_customer_order_customer", "customer_order", ["dealer_id", "customer_id"], unique=False)
    op.create_table(
        "dead_letter",
        sa.Column("dead_letter_id", sa.Text(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replay_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("dead_letter_id", name=op.f("pk_dead_letter")),
        sa.UniqueConstraint("consumer", "source", "record_id", name=op.f("uq_dead_letter_consumer_source_record_id")),
    )
    op.create_index("ix_dead_letter_dealer", "dead_letter", ["dealer_id", "last_at"], unique=False)
    op.create_table(
        "dealer",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Text(), server_default=sa.text("gen_random_uuid()::text"), nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", name=op.f("pk_dealer")),
    )
    op.create_table(
        "event_intake",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("intake", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_intake")),
    )
    op.create_index("ix_event_intake_customer", "event_intake", ["dealer_id", "customer_id"], unique=False)
    op.create_table(
        "feed",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "wall_clock_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("dealer_id", "stream", "position", name=op.f("pk_feed")),
    )
    op.create_index("ix_feed_age", "feed", ["wall_clock_at"], unique=False)
    op.create_table(
        "feed_head",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", "stream", name=op.f("pk_feed_head")),
    )
    op.create_table(
        "feed_ticket",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_feed_ticket")),
    )
    op.create_table(
        "idempotency",
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("lookup", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "inbound_message",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("contact_id", sa.Text(), nullable=True),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "reference", name=op.f("pk_inbound_message")),
    )
    op.create_index(
        "ix_inbound_message_address", "inbound_message", ["dealer_id", "channel", "address_hash", "at"], unique=False
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column(
            "wall_clock_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("consumer", "source", "id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_age", "inbox", ["wall_clock_at"], unique=False)
    op.create_table(
        "journey_case",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("vehicle", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("occurrences", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("owner_role", sa.Text(), nullable=True),
        sa.Column("owner_staff_id", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("newest_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("business_day", sa.Date(), nullable=True),
        sa.Column(
            "returned_matters", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", "case_id", name=op.f("pk_journey_case")),
    )
    op.create_index(
        "ix_journey_case_day",
        "journey_case",
        ["dealer_id", "business_day"],
        unique=False,
        postgresql_where=sa.text("customer_id IS NULL"),
    )
    op.create_index(
        "ix_journey_case_open",
        "journey_case",
        ["dealer_id", "customer_id"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "journey_event",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("step", sa.SmallInteger(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "extensions", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_journey_event")),
        sa.UniqueConstraint("dealer_id", "source", "id", name=op.f("uq_journey_event_dealer_id_source_id")),
    )
    op.create_index(
        "ix_journey_event_customer", "journey_event", ["dealer_id", "customer_id", "occurred_at"], unique=False
    )
    op.create_index("ix_journey_event_time", "journey_event", ["dealer_id", "occurred_at", "event_id"], unique=False)
    op.create_table(
        "notification",
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("votes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("fallback", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("scheduled_for", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_wall_clock_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivery_deadline", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_notification")),
        sa.UniqueConstraint("dealer_id", "dedupe_key", name=op.f("uq_notification_dealer_id_dedupe_key")),
    )
    op.create_index("ix_notification_address", "notification", ["channel", "address", "created_at"], unique=False)
    op.create_index(
        "ix_notification_clocks",
        "notification",
        ["dealer_id", "staff_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("message in ('WARNING','BREACHED','ESCALATED')"),
    )
    op.create_index("ix_notification_customer", "notification", ["dealer_id", "customer_id"], unique=False)
    op.create_index(
        "ix_notification_delivery_deadline",
        "notification",
        ["delivery_deadline"],
        unique=False,
        postgresql_where=sa.text("delivery_deadline is not null"),
    )
    op.create_index(
        "ix_notification_held",
        "notification",
        ["scheduled_for"],
        unique=False,
        postgresql_where=sa.text("status = 'held'"),
    )
    op.create_index(
        "ix_notification_list", "notification", ["dealer_id", "created_at", "notification_id"], unique=False
    )
    op.create_index(
        "ix_notification_next",
        "notification",
        ["channel", "next_attempt_wall_clock_at"],
        unique=False,
        postgresql_where=sa.text("status in ('queued','sending','unknown')"),
    )
    op.create_index("ix_notification_task", "notification", ["dealer_id", "task_id"], unique=False)
    op.create_table(
        "notification_attempt",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_wall_clock_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_notification_attempt")),
        sa.UniqueConstraint("notification_id", "number", name=op.f("uq_notification_attempt_notification_id_number")),
    )
    op.create_index("ix_notification_attempt_reference", "notification_attempt", ["provider_ref"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False, cache=1), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "wall_clock_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_visible", "outbox", ["xid", "seq"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_receipt")),
    )
    op.create_index(
        "ix_receipt_unapplied", "receipt", ["receipt_id"], unique=False, postgresql_where=sa.text("not applied")
    )
    op.create_table(
        "routing",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("occurrences", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("inferred", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("decisions", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("fired", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("playbook_version", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("routed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_routing")),
    )
    op.create_index("ix_routing_case", "routing", ["dealer_id", "case_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    op.create_index("ix_session_secret_hash", "session", ["secret_hash"], unique=False)
    op.create_table(
        "sla_timer",
        sa.Column("timer_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consumed", sa.Interval(), nullable=False),
        sa.Column("running_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("original_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_role", sa.Text(), nullable=True),
        sa.Column("owner_staff_id", sa.Text(), nullable=True),
        sa.Column("policy", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("on_attach", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("progress", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("timer_id", name=op.f("pk_sla_timer")),
        sa.UniqueConstraint(
            "dealer_id",
            "subject",
            "subject_id",
            "rule",
            "cycle",
            name=op.f("uq_sla_timer_dealer_id_subject_subject_id_rule_cycle"),
        ),
    )
    op.create_index("ix_sla_timer_case", "sla_timer", ["dealer_id", "case_id"], unique=False)
    op.create_index("ix_sla_timer_due", "sla_timer", ["dealer_id", "due_at"], unique=False)
    op.create_index(
        "ix_sla_timer_live",
        "sla_timer",
        ["dealer_id", "subject", "subject_id"],
        unique=False,
        postgresql_where=sa.text("state in ('running','paused')"),
    )
    op.create_index("ix_sla_timer_task", "sla_timer", ["dealer_id", "task_id"], unique=False)
    op.create_table(
        "sla_timer_event",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("timer_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Text(), nullable=True),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("trace", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_sla_timer_event")),
    )
    op.create_index("ix_sla_timer_event_timer", "sla_timer_event", ["timer_id", "seq"], unique=False)
    op.create_index(
        "uq_sla_timer_event_threshold",
        "sla_timer_event",
        ["timer_id", "cycle", "revision", "threshold"],
        unique=True,
        postgresql_where=sa.text("threshold IS NOT NULL"),
    )
    op.create_table(
        "staff",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "staff_id", name=op.f("pk_staff")),
    )
    op.create_table(
        "staff_message",
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_staff_message")),
    )
    op.create_index("ix_staff_message_customer", "staff_message", ["dealer_id", "customer_id"], unique=False)
    op.create_table(
        "suggestion",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("to_role", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("because", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", "entry", "position", name=op.f("pk_suggestion")),
    )
    op.create_index("ix_suggestion_customer", "suggestion", ["dealer_id", "customer_id", "entry"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", "channel", "address_hash", name=op.f("pk_suppression")),
    )
    op.create_table(
        "task",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("mirrors", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("merge_key", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("priority_rank", sa.SmallInteger(), nullable=False),
        sa.Column("from_role", sa.Text(), nullable=False),
        sa.Column("to_role", sa.Text(), nullable=False),
        sa.Column("offered_to", sa.Text(), nullable=True),
        sa.Column("assignee_id", sa.Text(), nullable=True),
        sa.Column("started_by", sa.Text(), nullable=True),
        sa.Column("named_person", sa.Text(), nullable=True),
        sa.Column("reassigned_from", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("why", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("packet", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("offer", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("chain", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("waiting_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_reason", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_task")),
    )
    op.create_index(
        "ix_task_assignee",
        "task",
        ["dealer_id", "assignee_id"],
        unique=False,
        postgresql_where=sa.text(
            "status in ('offered','accepted','waiting','open','acknowledged') and assignee_id is not null"
        ),
    )
    op.create_index("ix_task_case", "task", ["dealer_id", "case_id"], unique=False)
    op.create_index("ix_task_customer", "task", ["dealer_id", "customer_id"], unique=False)
    op.create_index("ix_task_event", "task", ["event_id"], unique=False)
    op.create_index(
        "ix_task_held",
        "task",
        ["dealer_id", "assignee_id", "offered_to"],
        unique=False,
        postgresql_where=sa.text(
            "kind in ('deliver','reminder') and status in ('offered','accepted','waiting') and (assignee_id is not null or offered_to is not null)"
        ),
    )
    op.create_index(
        "ix_task_list", "task", ["dealer_id", "priority_rank", "due_at", "created_at", "task_id"], unique=False
    )
    op.create_index(
        "ix_task_offered",
        "task",
        ["dealer_id", "offered_to"],
        unique=False,
        postgresql_where=sa.text(
            "status in ('offered','accepted','waiting','open','acknowledged') and offered_to is not null"
        ),
    )
    op.create_index(
        "ix_task_queue",
        "task",
        ["dealer_id", "to_role", "created_at"],
        unique=False,
        postgresql_where=sa.text("status = 'offered' AND offered_to IS NULL"),
    )
    op.create_index(
        "uq_task_open_class",
        "task",
        ["dealer_id", "case_id", "merge_key"],
        unique=True,
        postgresql_where=sa.text("status in ('offered','accepted','waiting','open','acknowledged')"),
    )
    op.create_table(
        "task_event",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("entry", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("task_id", "version", name=op.f("pk_task_event")),
    )
    op.create_table(
        "task_source",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "event_id", "entry", name=op.f("pk_task_source")),
    )
    op.create_index("ix_task_source_event", "task_source", ["event_id"], unique=False)
    op.create_table(
        "timer_due",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("cycle", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("threshold", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("fire_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer_due")),
        sa.UniqueConstraint(
            "subject_id",
            "cycle",
            "threshold",
            "kind",
            "dealer_id",
            name=op.f("uq_timer_due_subject_id_cycle_threshold_kind_dealer_id"),
        ),
    )
    op.create_index(
        "ix_timer_due_fire", "timer_due", ["fire_at"], unique=False, postgresql_where=sa.text("kind = 'timer'")
    )
    op.create_index(
        "ix_timer_due_fire_other", "timer_due", ["fire_at"], unique=False, postgresql_where=sa.text("kind <> 'timer'")
    )
    op.create_table(
        "unsubscribe_link",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_unsubscribe_link")),
    )
    op.create_table(
        "vehicle",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.Text(), sa.Computed("record->>'customer_id'", persisted=True), nullable=True),
        sa.Column("vin_key", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "vin", name=op.f("pk_vehicle")),
    )
    op.create_index("ix_vehicle_customer", "vehicle", ["dealer_id", "customer_id"], unique=False)
    op.create_index("ix_vehicle_key", "vehicle", ["dealer_id", "vin_key"], unique=True)
    op.execute(
        "DO $$ BEGIN CREATE ROLE handoff_app NOLOGIN NOSUPERUSER NOBYPASSRLS;"
        " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
    op.execute("GRANT handoff_app TO CURRENT_USER")
    op.execute("GRANT USAGE ON SCHEMA public TO handoff_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO handoff_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO handoff_app")
    op.execute(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO handoff_app"
    )
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO handoff_app")
    for table in DEALER_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY dealer_rows ON {table} TO handoff_app USING ({POLICY})")
    for table, options in STORAGE.items():
        op.execute(f"ALTER TABLE {table} SET ({options})")


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_vehicle_key", table_name="vehicle")
    op.drop_index("ix_vehicle_customer", table_name="vehicle")
    op.drop_table("vehicle")
    op.drop_table("unsubscribe_link")
    op.drop_index("ix_timer_due_fire_other", table_name="timer_due", postgresql_where=sa.text("kind <> 'timer'"))
    op.drop_index("ix_timer_due_fire", table_name="timer_due", postgresql_where=sa.text("kind = 'timer'"))
    op.drop_table("timer_due")
    op.drop_index("ix_task_source_event", table_name="task_source")
    op.drop_table("task_source")
    op.drop_table("task_event")
    op.drop_index(
        "uq_task_open_class",
        table_name="task",
        postgresql_where=sa.text("status in ('offered','accepted','waiting','open','acknowledged')"),
    )
    op.drop_index(
        "ix_task_queue", table_name="task", postgresql_where=sa.text("status = 'offered' AND offered_to IS NULL")
    )
    op.drop_index(
        "ix_task_offered",
        table_name="task",
        postgresql_where=sa.text(
            "status in ('offered','accepted','waiting','open','acknowledged') and offered_to is not null"
        ),
    )
    op.drop_index("ix_task_list", table_name="task")
    op.drop_index(
        "ix_task_held",
        table_name="task",
        postgresql_where=sa.text(
            "kind in ('deliver','reminder') and status in ('offered','accepted','waiting') and (assignee_id is not null or offered_to is not null)"
        ),
    )
    op.drop_index("ix_task_event", table_name="task")
    op.drop_index("ix_task_customer", table_name="task")
    op.drop_index("ix_task_case", table_name="task")
    op.drop_index(
        "ix_task_assignee",
        table_name="task",
        postgresql_where=sa.text(
            "status in ('offered','accepted','waiting','open','acknowledged') and assignee_id is not null"
        ),
    )
    op.drop_table("task")
    op.drop_table("suppression")
    op.drop_index("ix_suggestion_customer", table_name="suggestion")
    op.drop_table("suggestion")
    op.drop_index("ix_staff_message_customer", table_name="staff_message")
    op.drop_table("staff_message")
    op.drop_table("staff")
    op.drop_index(
        "uq_sla_timer_event_threshold", table_name="sla_timer_event", postgresql_where=sa.text("threshold IS NOT NULL")
    )
    op.drop_index("ix_sla_timer_event_timer", table_name="sla_timer_event")
    op.drop_table("sla_timer_event")
    op.drop_index("ix_sla_timer_task", table_name="sla_timer")
    op.drop_index(
        "ix_sla_timer_live", table_name="sla_timer", postgresql_where=sa.text("state in ('running','paused')")
    )
    op.drop_index("ix_sla_timer_due", table_name="sla_timer")
    op.drop_index("ix_sla_timer_case", table_name="sla_timer")
    op.drop_table("sla_timer")
    op.drop_index("ix_session_secret_hash", table_name="session")
    op.drop_table("session")
    op.drop_index("ix_routing_case", table_name="routing")
    op.drop_table("routing")
    op.drop_index("ix_receipt_unapplied", table_name="receipt", postgresql_where=sa.text("not applied"))
    op.drop_table("receipt")
    op.drop_index("ix_outbox_visible", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_notification_attempt_reference", table_name="notification_attempt")
    op.drop_table("notification_attempt")
    op.drop_index("ix_notification_task", table_name="notification")
    op.drop_index(
        "ix_notification_next",
        table_name="notification",
        postgresql_where=sa.text("status in ('queued','sending','unknown')"),
    )
    op.drop_index("ix_notification_list", table_name="notification")
    op.drop_index("ix_notification_held", table_name="notification", postgresql_where=sa.text("status = 'held'"))
    op.drop_index(
        "ix_notification_delivery_deadline",
        table_name="notification",
        postgresql_where=sa.text("delivery_deadline is not null"),
    )
    op.drop_index("ix_notification_customer", table_name="notification")
    op.drop_index(
        "ix_notification_clocks",
        table_name="notification",
        postgresql_where=sa.text("message in ('WARNING','BREACHED','ESCALATED')"),
    )
    op.drop_index("ix_notification_address", table_name="notification")
    op.drop_table("notification")
    op.drop_index("ix_journey_event_time", table_name="journey_event")
    op.drop_index("ix_journey_event_customer", table_name="journey_event")
    op.drop_table("journey_event")
    op.drop_index("ix_journey_case_open", table_name="journey_case", postgresql_where=sa.text("status = 'open'"))
    op.drop_index("ix_journey_case_day", table_name="journey_case", postgresql_where=sa.text("customer_id IS NULL"))
    op.drop_table("journey_case")
    op.drop_index("ix_inbox_age", table_name="inbox")
    op.drop_table("inbox")
    op.drop_index("ix_inbound_message_address", table_name="inbound_message")
    op.drop_table("inbound_message")
    op.drop_table("idempotency")
    op.drop_table("feed_ticket")
    op.drop_table("feed_head")
    op.drop_index("ix_feed_age", table_name="feed")
    op.drop_table("feed")
    op.drop_index("ix_event_intake_customer", table_name="event_intake")
    op.drop_table("event_intake")
    op.drop_table("dealer")
    op.drop_index("ix_dead_letter_dealer", table_name="dead_letter")
    op.drop_table("dead_letter")
    op.drop_index("ix_customer_order_customer", table_name="customer_order")
    op.drop_table("customer_order")
    op.drop_index("ix_customer_channels", table_name="customer", postgresql_using="gin")
    op.drop_table("customer")
    op.drop_index("ix_contact_customer", table_name="contact")
    op.drop_index("ix_contact_case", table_name="contact")
    op.drop_table("contact")
    op.drop_table("consumer_position")
    op.drop_index("ix_comment_case", table_name="comment")
    op.drop_table("comment")
    op.drop_table("clock_anchor")
    op.drop_table("case_status_change")
    op.drop_index("ix_appointment_customer", table_name="appointment")
    op.drop_table("appointment")
    op.drop_table("api_key")
