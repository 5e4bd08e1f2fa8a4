"""What people hold, and when they were last told of a clock, is found by an index of just that.

What nobody holds is in none of the indexes by person.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OPEN = "status in ('offered','accepted','waiting','open','acknowledged')"
_HELD = (
    "kind in ('deliver','reminder') and status in ('offered','accepted','waiting')"
    " and (assignee_id is not null or offered_to is not null)"
)
_ABOUT_CLOCKS = "message in ('WARNING','BREACHED','ESCALATED')"
_BY_PERSON = {"ix_task_offered": "offered_to", "ix_task_assignee": "assignee_id"}


def upgrade() -> None:
    """Tasks and notifications can be read and not written meanwhile."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    columns = ["dealer_id", "assignee_id", "offered_to"]
    op.create_index("ix_task_held", "task", columns, postgresql_where=sa.text(_HELD))
    for name, person in _BY_PERSON.items():
        op.drop_index(name, "task")
        where = sa.text(f"{_OPEN} and {person} is not null")
        op.create_index(name, "task", ["dealer_id", person], postgresql_where=where)
    columns = ["dealer_id", "staff_id", "created_at"]
    op.create_index("ix_notification_clocks", "notification", columns, postgresql_where=sa.text(_ABOUT_CLOCKS))


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_notification_clocks", "notification")
    for name, person in _BY_PERSON.items():
        op.drop_index(name, "task")
        op.create_index(name, "task", ["dealer_id", person], postgresql_where=sa.text(_OPEN))
    op.drop_index("ix_task_held", "task")
