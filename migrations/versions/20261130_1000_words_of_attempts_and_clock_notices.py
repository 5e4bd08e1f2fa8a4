"""Keep the words of each attempt, and find notifications by case and by clock."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CLOCK = "(params #>> '{about,timer_id}')"


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("notification_attempt", sa.Column("subject", sa.Text(), nullable=True))
    op.add_column("notification_attempt", sa.Column("text", sa.Text(), nullable=True))
    op.create_index("ix_notification_case", "notification", ["dealer_id", "case_id"])
    op.create_index(
        "ix_notification_timer",
        "notification",
        ["dealer_id", sa.text(CLOCK)],
        postgresql_where=sa.text(f"{CLOCK} is not null"),
    )


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_notification_timer", "notification")
    op.drop_index("ix_notification_case", "notification")
    op.drop_column("notification_attempt", "text")
    op.drop_column("notification_attempt", "subject")
