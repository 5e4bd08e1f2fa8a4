"""A customer who has been merged into another one."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MERGED = sa.text("merged_into is not null")


def upgrade() -> None:
    """Expand."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("customer", sa.Column("merged_into", sa.Text(), nullable=True))
    key = sa.literal_column("(dealer_id || '/' || customer_id)")
    op.create_index("ix_customer_merged", "customer", [key], postgresql_where=MERGED)
    op.create_index("ix_customer_merged_into", "customer", ["dealer_id", "merged_into"], postgresql_where=MERGED)


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_customer_merged_into", table_name="customer")
    op.drop_index("ix_customer_merged", table_name="customer")
    op.drop_column("customer", "merged_into")
