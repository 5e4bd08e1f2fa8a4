"""Answers kept for `Idempotency-Key` are encrypted as a whole and found by a hash. Those of the last day are forgotten."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The old answers open only with the tokens they were given to, so none can be brought over."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM idempotency")
    op.drop_constraint(op.f("pk_idempotency"), "idempotency")
    for name in ("principal", "route", "idempotency_key", "request_hash", "status", "headers", "body"):
        op.drop_column("idempotency", name)
    op.add_column("idempotency", sa.Column("lookup", sa.LargeBinary(), nullable=False))
    op.add_column("idempotency", sa.Column("answer", sa.LargeBinary(), nullable=False))
    op.create_primary_key(op.f("pk_idempotency"), "idempotency", ["lookup"])


def downgrade() -> None:
    """The way back, without the answers."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM idempotency")
    op.drop_constraint(op.f("pk_idempotency"), "idempotency")
    op.drop_column("idempotency", "lookup")
    op.drop_column("idempotency", "answer")
    for name in ("principal", "route", "idempotency_key"):
        op.add_column("idempotency", sa.Column(name, sa.Text(), nullable=False))
    op.add_column("idempotency", sa.Column("request_hash", sa.LargeBinary(), nullable=False))
    op.add_column("idempotency", sa.Column("status", sa.SmallInteger(), nullable=True))
    op.add_column("idempotency", sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("idempotency", sa.Column("body", sa.LargeBinary(), nullable=True))
    op.create_primary_key(op.f("pk_idempotency"), "idempotency", ["principal", "route", "idempotency_key"])
