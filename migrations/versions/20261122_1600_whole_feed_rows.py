"""Feed rows of a usual size stay whole, as the records they are made of do."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Holds for rows written from now on."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE feed SET (toast_tuple_target = 4080)")


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE feed RESET (toast_tuple_target)")
