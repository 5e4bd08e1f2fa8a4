"""Keep when customers came to their appointments and were received."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

POLICY = """
    (select current_setting('app.dealers', true)) = '*'
    or dealer_id in (select unnest(string_to_array(current_setting('app.dealers', true), ',')))
"""


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "appointment_turn",
        sa.Column("turn_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("allowed", sa.Interval(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("turn_id", name=op.f("pk_appointment_turn")),
    )
    op.create_index("ix_appointment_turn_customer", "appointment_turn", ["dealer_id", "customer_id"], unique=False)
    op.execute("ALTER TABLE appointment_turn ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY dealer_rows ON appointment_turn TO handoff_app USING ({POLICY})")


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_appointment_turn_customer", table_name="appointment_turn")
    op.drop_table("appointment_turn")
