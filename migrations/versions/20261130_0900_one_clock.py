"""Whatever becomes due at an instant is a row of one table: waits, queues and idle cases beside the timers."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UNIQUE = "uq_timer_due_subject_id_cycle_threshold_kind_dealer_id"
UNIQUE_BEFORE = "uq_timer_due_timer_id_cycle_threshold"

# whoever handles them looks whether they are due, and schedules anew those that are not
WAITS = """
    insert into timer_due (dealer_id, kind, subject_id, customer_id, fire_at)
    select dealer_id, 'wait', task_id, customer_id, waiting_until from task
     where status = 'waiting' and waiting_until is not null
"""
QUEUES = """
    insert into timer_due (dealer_id, kind, subject_id, fire_at)
    select dealer_id, 'queue', to_role, max(updated_at) from task
     where status = 'offered' and offered_to is null group by dealer_id, to_role
"""
IDLE_CASES = """
    insert into timer_due (dealer_id, kind, subject_id, customer_id, fire_at)
    select dealer_id, 'idle_case', case_id, customer_id, coalesce(last_activity_at, opened_at) + interval '1 day'
      from journey_case where status = 'open' and coalesce(last_activity_at, opened_at) is not null
"""


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("timer_due", sa.Column("kind", sa.Text(), nullable=False, server_default="timer"))
    op.alter_column("timer_due", "kind", server_default=None)
    op.add_column("timer_due", sa.Column("customer_id", sa.Text(), nullable=True))
    op.alter_column("timer_due", "timer_id", new_column_name="subject_id")
    for column, default in (("cycle", "0"), ("generation", "0"), ("threshold", "''")):
        op.alter_column("timer_due", column, server_default=sa.text(default))
    op.drop_constraint(UNIQUE_BEFORE, "timer_due")
    op.create_unique_constraint(UNIQUE, "timer_due", ["subject_id", "cycle", "threshold", "kind", "dealer_id"])
    op.drop_index("ix_timer_due_fire", table_name="timer_due")
    op.create_index("ix_timer_due_fire", "timer_due", ["fire_at"], postgresql_where=sa.text("kind = 'timer'"))
    op.create_index("ix_timer_due_fire_other", "timer_due", ["fire_at"], postgresql_where=sa.text("kind <> 'timer'"))
    op.drop_index("ix_task_waiting", table_name="task")
    for rows in (WAITS, QUEUES, IDLE_CASES):
        op.execute(rows)


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM timer_due WHERE kind <> 'timer'")
    op.create_index("ix_task_waiting", "task", ["waiting_until"], postgresql_where=sa.text("status = 'waiting'"))
    op.drop_index("ix_timer_due_fire_other", table_name="timer_due")
    op.drop_index("ix_timer_due_fire", table_name="timer_due")
    op.drop_constraint(UNIQUE, "timer_due")
    op.alter_column("timer_due", "subject_id", new_column_name="timer_id")
    op.create_unique_constraint(UNIQUE_BEFORE, "timer_due", ["timer_id", "cycle", "threshold"])
    op.create_index("ix_timer_due_fire", "timer_due", ["fire_at"])
    for column in ("cycle", "generation", "threshold"):
        op.alter_column("timer_due", column, server_default=None)
    op.drop_column("timer_due", "customer_id")
    op.drop_column("timer_due", "kind")
