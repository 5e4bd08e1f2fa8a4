"""A dealer's record has a revision, another one at each writing."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Each dealer that is there gets a revision of its own."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    fresh = sa.text("gen_random_uuid()::text")
    op.add_column("dealer", sa.Column("revision", sa.Text(), nullable=False, server_default=fresh))


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("dealer", "revision")
