"""Find the clocks of a customer's appointments without reading all clocks."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_sla_timer_visit",
        "sla_timer",
        ["dealer_id", "customer_id"],
        postgresql_where=sa.text("subject = 'appointment'"),
    )


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_sla_timer_visit", "sla_timer")
