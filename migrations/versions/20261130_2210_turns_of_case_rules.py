"""Find what time rules that count from cases have scheduled of a dealer without reading all that is scheduled."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_timer_due_case",
        "timer_due",
        ["dealer_id", "id"],
        postgresql_where=sa.text("kind = 'trigger' and threshold in ('T-07','T-16','T-25','T-26','T-32')"),
    )


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_timer_due_case", "timer_due")
