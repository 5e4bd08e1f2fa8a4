"""What is due has one key, what it is of and which threshold; its number was another, in an index of its own."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

KEY = ["subject_id", "cycle", "threshold", "kind", "dealer_id"]


def upgrade() -> None:
    """The number stays, as the order in which triggers of a dealer are gone through."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint("pk_timer_due", "timer_due")
    op.drop_constraint("uq_timer_due_subject_id_cycle_threshold_kind_dealer_id", "timer_due")
    op.create_primary_key("pk_timer_due", "timer_due", KEY)


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint("pk_timer_due", "timer_due")
    op.create_primary_key("pk_timer_due", "timer_due", ["id"])
    op.create_unique_constraint("uq_timer_due_subject_id_cycle_threshold_kind_dealer_id", "timer_due", KEY)
