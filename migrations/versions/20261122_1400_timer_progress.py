"""A timer's policy is written once; what changes of it lies beside, on a page with room for the change."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    progress = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("sla_timer", sa.Column("progress", progress, server_default=sa.text("'{}'"), nullable=False))
    op.execute("UPDATE sla_timer SET progress = policy->'state', policy = policy - 'state' WHERE policy ? 'state'")
    op.execute("ALTER TABLE sla_timer SET (fillfactor = 50)")


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE sla_timer RESET (fillfactor)")
    op.execute("UPDATE sla_timer SET policy = policy || jsonb_build_object('state', progress)")
    op.drop_column("sla_timer", "progress")
