"""Remember who follows a case, and find what was told of cases followed with the other notices that go in bundles."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "journey_case",
        sa.Column("followers", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.create_index(
        "ix_notification_bundles",
        "notification",
        ["dealer_id", "staff_id", "created_at"],
        postgresql_where=sa.text("message in ('WARNING','BREACHED','ESCALATED','CHANGED')"),
    )
    op.drop_index("ix_notification_clocks", "notification")


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_notification_clocks",
        "notification",
        ["dealer_id", "staff_id", "created_at"],
        postgresql_where=sa.text("message in ('WARNING','BREACHED','ESCALATED')"),
    )
    op.drop_index("ix_notification_bundles", "notification")
    op.drop_column("journey_case", "followers")
