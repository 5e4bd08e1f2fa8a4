"""What the auditor found at its last look."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "audit_finding",
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("finding", name=op.f("pk_audit_finding")),
    )


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("audit_finding")
