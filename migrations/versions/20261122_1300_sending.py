"""What an attempt said, and indexes for the queue of each channel and for patience in any state."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WAITING = "status in ('queued','sending','unknown')"


def upgrade() -> None:
    """Expand; the indexes are small, they hold what is under way."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("notification_attempt", sa.Column("fingerprint", sa.Text(), nullable=True))
    op.drop_index("ix_notification_next", table_name="notification")
    op.create_index(
        "ix_notification_next",
        "notification",
        ["channel", "next_attempt_real_at"],
        unique=False,
        postgresql_where=sa.text(WAITING),
    )
    op.drop_index("ix_notification_patience", table_name="notification")
    op.create_index(
        "ix_notification_patience",
        "notification",
        ["patience_until"],
        unique=False,
        postgresql_where=sa.text("patience_until is not null"),
    )


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_notification_patience", table_name="notification")
    op.create_index(
        "ix_notification_patience",
        "notification",
        ["patience_until"],
        unique=False,
        postgresql_where=sa.text("status = 'sent'"),
    )
    op.drop_index("ix_notification_next", table_name="notification")
    op.create_index(
        "ix_notification_next",
        "notification",
        ["next_attempt_real_at"],
        unique=False,
        postgresql_where=sa.text(WAITING),
    )
    op.drop_column("notification_attempt", "fingerprint")
