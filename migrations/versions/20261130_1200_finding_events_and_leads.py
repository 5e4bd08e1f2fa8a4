"""Customers found by their addresses, events listed by their time.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "CREATE INDEX ix_customer_channels ON customer USING gin ((lower(record ->> 'channels')::jsonb) jsonb_path_ops)"
    )
    op.create_index("ix_journey_event_time", "journey_event", ["dealer_id", "occurred_at", "event_id"])


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_journey_event_time", table_name="journey_event")
    op.execute("DROP INDEX ix_customer_channels")
