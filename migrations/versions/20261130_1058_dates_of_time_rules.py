"""Have the dates of time rules worked out for the records that are there already."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KINDS = "('dealer'), ('vehicle'), ('appointment'), ('order'), ('customer')"


def upgrade() -> None:
    """Ask for it, a row for each dealer and kind of record: the worker goes through them, some at a time."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("select set_config('app.dealers', '*', true)")
    op.execute(
        "insert into timer_due (dealer_id, kind, subject_id, threshold, fire_at)"
        f" select dealer_id, 'trigger', kind, 'reschedule', created_at from dealer cross join (values {KINDS}) k(kind)"
        " on conflict do nothing"
    )


def downgrade() -> None:
    """The way back: an earlier version knows no rows of this kind."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("select set_config('app.dealers', '*', true)")
    op.execute("delete from timer_due where kind = 'trigger'")
