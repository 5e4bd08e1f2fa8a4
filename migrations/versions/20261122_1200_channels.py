"""What providers and recipients answer, people's own words, and the patience of channels."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DEALER_TABLES = ("inbound_message", "receipt", "spoken_message", "unsubscribe_link")

POLICY = """
    (select current_setting('app.dealers', true)) = '*'
    or dealer_id in (select unnest(string_to_array(current_setting('app.dealers', true), ',')))
"""


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
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
        "receipt",
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("real_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_receipt")),
    )
    op.create_index(
        "ix_receipt_unapplied", "receipt", ["receipt_id"], unique=False, postgresql_where=sa.text("not applied")
    )
    op.create_table(
        "spoken_message",
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
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_spoken_message")),
    )
    op.create_index("ix_spoken_message_customer", "spoken_message", ["dealer_id", "customer_id"], unique=False)
    op.create_table(
        "unsubscribe_link",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_unsubscribe_link")),
    )
    op.add_column("notification", sa.Column("patience_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_notification_address", "notification", ["channel", "address", "created_at"], unique=False)
    op.create_index(
        "ix_notification_patience",
        "notification",
        ["patience_until"],
        unique=False,
        postgresql_where=sa.text("status = 'sent'"),
    )
    op.create_index("ix_notification_attempt_reference", "notification_attempt", ["provider_ref"], unique=False)
    for table in DEALER_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY dealer_rows ON {table} TO handoff_app USING ({POLICY})")


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_notification_attempt_reference", table_name="notification_attempt")
    op.drop_index("ix_notification_patience", table_name="notification", postgresql_where=sa.text("status = 'sent'"))
    op.drop_index("ix_notification_address", table_name="notification")
    op.drop_column("notification", "patience_until")
    op.drop_table("unsubscribe_link")
    op.drop_index("ix_spoken_message_customer", table_name="spoken_message")
    op.drop_table("spoken_message")
    op.drop_index("ix_receipt_unapplied", table_name="receipt", postgresql_where=sa.text("not applied"))
    op.drop_table("receipt")
    op.drop_index("ix_inbound_message_address", table_name="inbound_message")
    op.drop_table("inbound_message")
