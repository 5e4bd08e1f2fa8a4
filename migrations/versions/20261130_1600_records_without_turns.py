"""Remember how far the auditor went through the records, and have clocks begun for the appointments that lack them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Ask for the clocks, a row for each dealer: the worker goes through its appointments, some at a time."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("audit_finding", sa.Column("detail", postgresql.JSONB(), nullable=True))
    op.execute("select set_config('app.dealers', '*', true)")
    op.execute(
        "insert into timer_due (dealer_id, kind, subject_id, threshold, fire_at)"
        " select dealer_id, 'trigger', 'appointment', 'reschedule', created_at from dealer"
        " on conflict do nothing"
    )


def downgrade() -> None:
    """The way back; clocks that have begun stay."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("audit_finding", "detail")
