"""Let the rows of feeds refer to the outbox, and keep the records there as they were written."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("feed", sa.Column("seq", sa.BigInteger(), nullable=True))
    op.alter_column("feed", "data", type_=sa.JSON(), postgresql_using="data::json", nullable=True, server_default=None)
    op.alter_column("outbox", "payload", type_=sa.JSON(), postgresql_using="payload::json")


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("update feed f set data = coalesce(f.data, o.payload, '{}') from outbox o where o.seq = f.seq")
    op.alter_column("outbox", "payload", type_=postgresql.JSONB(), postgresql_using="payload::jsonb")
    op.alter_column("feed", "data", type_=postgresql.JSONB(), postgresql_using="data::jsonb", nullable=False)
    op.alter_column("feed", "data", server_default=sa.text("'{}'"))
    op.drop_column("feed", "seq")
