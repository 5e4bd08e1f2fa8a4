"""A clock that is breached keeps its place in every index; a line of its history is in two indexes instead of three."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

LIVE = "state in ('running','paused')"


def upgrade() -> None:
    """Breached clocks are found among the live ones by when they were due, which a breach does not change.

    A live clock of a subject is found by the key of its rules.
    """
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_sla_timer_breached", table_name="sla_timer")
    op.drop_index("ix_sla_timer_live", table_name="sla_timer")
    op.create_index("ix_sla_timer_live", "sla_timer", ["dealer_id", "due_at"], postgresql_where=sa.text(LIVE))
    op.drop_constraint("pk_sla_timer_event", "sla_timer_event")
    op.drop_index("ix_sla_timer_event_timer", table_name="sla_timer_event")
    op.create_primary_key("pk_sla_timer_event", "sla_timer_event", ["timer_id", "seq"])


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint("pk_sla_timer_event", "sla_timer_event")
    op.create_primary_key("pk_sla_timer_event", "sla_timer_event", ["seq"])
    op.create_index("ix_sla_timer_event_timer", "sla_timer_event", ["timer_id", "seq"])
    op.drop_index("ix_sla_timer_live", table_name="sla_timer")
    op.create_index(
        "ix_sla_timer_live", "sla_timer", ["dealer_id", "subject", "subject_id"], postgresql_where=sa.text(LIVE)
    )
    op.create_index(
        "ix_sla_timer_breached",
        "sla_timer",
        ["breached_at"],
        postgresql_where=sa.text(f"breached_at is not null and {LIVE}"),
    )
