"""Find the breached clocks that are still live without reading all live ones."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_sla_timer_breached",
        "sla_timer",
        ["breached_at"],
        postgresql_where=sa.text("breached_at is not null and state in ('running','paused')"),
    )


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_sla_timer_breached", "sla_timer")
