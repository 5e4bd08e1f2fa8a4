"""Indexes along which lists of tasks and cases are read, a page at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

ENDED = sa.text("(status in ('completed','cancelled'))")
DUE = sa.text("(case when due_at is null then timestamptz '9999-12-31 00:00:00+00' else due_at end)")
PLACE = ["priority_rank", DUE, "created_at", "task_id"]
KNOWN = "status <> 'reserved'"


def upgrade() -> None:
    """The index of tasks is made anew: it had no place for a task without a due time."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_task_list", table_name="task")
    op.create_index("ix_task_list", "task", ["dealer_id", ENDED, *PLACE])
    op.create_index("ix_task_role", "task", ["dealer_id", "to_role", ENDED, *PLACE])
    op.create_index("ix_task_due", "task", ["dealer_id", ENDED, *PLACE[1:], "to_role"])
    op.create_index("ix_task_created", "task", ["dealer_id", ENDED, "created_at", "task_id", "to_role"])
    op.create_index("ix_task_updated", "task", ["dealer_id", ENDED, "updated_at", "task_id", "to_role"])
    opened = ["opened_at", "case_id"]
    op.create_index("ix_journey_case_list", "journey_case", ["dealer_id", *opened], postgresql_where=sa.text(KNOWN))
    op.create_index("ix_journey_case_status", "journey_case", ["dealer_id", "status", *opened])
    op.create_index("ix_journey_case_customer", "journey_case", ["dealer_id", "customer_id", *opened])


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in ("customer", "status", "list"):
        op.drop_index(f"ix_journey_case_{name}", table_name="journey_case")
    for name in ("updated", "created", "due", "role", "list"):
        op.drop_index(f"ix_task_{name}", table_name="task")
    op.create_index("ix_task_list", "task", ["dealer_id", "priority_rank", "due_at", "created_at", "task_id"])
