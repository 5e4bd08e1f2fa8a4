"""Every closing and reopening of a case is kept, with who closed it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

POLICY = """
    (select current_setting('app.dealers', true)) = '*'
    or dealer_id in (select unnest(string_to_array(current_setting('app.dealers', true), ',')))
"""

# What is known of the turns so far: those that ended or began a clock, and that a case is closed now. A clock notes
# its end to the second.
ENDED_CLOCKS = """
    insert into case_turn (dealer_id, case_id, turn_id, action, at)
    select distinct on (dealer_id, case_id, turn_id) dealer_id, case_id, turn_id, 'closed', stopped_at
      from (select *, progress->>'stopped_fact' as turn_id from sla_timer) s
     where case_id is not null and turn_id like 'closed:%'
"""
CLOSED_NOW = """
    insert into case_turn (dealer_id, case_id, turn_id, action, at, outcome)
    select dealer_id, case_id, 'closed:' || closed_at, 'closed', closed_at, outcome
      from journey_case c
     where status = 'closed'
       and not exists (select 1 from case_turn u where u.dealer_id = c.dealer_id and u.case_id = c.case_id
                         and u.at = date_trunc('second', c.closed_at))
"""
BEGUN_CLOCKS = """
    insert into case_turn (dealer_id, case_id, turn_id, action, at, event_id)
    select distinct s.dealer_id, s.case_id, 'opened:' || e.event_id, 'reopened', e.occurred_at, e.event_id
      from sla_timer s join journey_event e on '-' || e.event_id = s.progress->>'started_fact'
     where s.case_id is not null
"""


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "case_turn",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("turn_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "case_id", "turn_id", name=op.f("pk_case_turn")),
    )
    op.execute("ALTER TABLE case_turn ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY dealer_rows ON case_turn TO handoff_app USING ({POLICY})")
    for turns in (ENDED_CLOCKS, CLOSED_NOW, BEGUN_CLOCKS):
        op.execute(turns)


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("case_turn")
