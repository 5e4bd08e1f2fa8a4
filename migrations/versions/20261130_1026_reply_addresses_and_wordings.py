"""Where answers to mails come to, dealers' own wordings of messages, and changes of customers' preferences."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

POLICY = """
    (select current_setting('app.dealers', true)) = '*'
    or dealer_id in (select unnest(string_to_array(current_setting('app.dealers', true), ',')))
"""


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "preference_change",
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_preference_change")),
    )
    op.create_index(
        "ix_preference_change_customer", "preference_change", ["dealer_id", "customer_id", "at"], unique=False
    )
    op.create_table(
        "reply_address",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_reply_address")),
    )
    op.create_table(
        "template_override",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "name", "locale", "version", name=op.f("pk_template_override")),
    )
    for table in ("preference_change", "reply_address", "template_override"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY dealer_rows ON {table} TO handoff_app USING ({POLICY})")
    op.add_column(
        "inbound_message", sa.Column("attachments", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("notification", sa.Column("template_version", sa.Text(), nullable=True))


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("notification", "template_version")
    op.drop_column("inbound_message", "attachments")
    op.drop_table("template_override")
    op.drop_table("reply_address")
    op.drop_index("ix_preference_change_customer", table_name="preference_change")
    op.drop_table("preference_change")
