"""moments of truth, owners of cases, options of a contact."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

DEALER_TABLES = ("case_owner_change", "moment", "moment_change", "moment_due")
POLICY = """
    (select current_setting('app.dealers', true)) = '*'
    or dealer_id in (select unnest(string_to_array(current_setting('app.dealers', true), ',')))
"""
OLD_CASES = """
    insert into moment_due (dealer_id, customer_id, case_id, cause_kind, cause_id)
    select dealer_id, customer_id, case_id, 'case', case_id from journey_case
     where customer_id is not null and status <> 'reserved'
    union all
    select dealer_id, customer_id, null, 'customer', customer_id from contact where case_id is null
    union
    select dealer_id, customer_id, null, 'customer', customer_id from routing
     where case_id is null and customer_id is not null
"""
"""What was there before: judged once, by the worker, a few at a time."""


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "case_owner_change",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_role", sa.Text(), nullable=True),
        sa.Column("from_staff_id", sa.Text(), nullable=True),
        sa.Column("to_role", sa.Text(), nullable=False),
        sa.Column("to_staff_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "case_id", "change_id", name=op.f("pk_case_owner_change")),
    )
    op.create_table(
        "moment",
        sa.Column("moment_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=True),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("feedback", sa.Text(), nullable=True),
        sa.Column("entry", sa.Text(), nullable=True),
        sa.Column("flags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("flag_count", sa.SmallInteger(), nullable=False),
        sa.Column("seen", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("moment_id", name=op.f("pk_moment")),
    )
    op.create_index("ix_moment_customer", "moment", ["dealer_id", "customer_id", "at"], unique=False)
    op.create_index("ix_moment_time", "moment", ["dealer_id", "at"], unique=False)
    op.create_index(
        "ix_moment_worst",
        "moment",
        [
            "dealer_id",
            "score",
            sa.literal_column("flag_count desc"),
            sa.literal_column("at desc"),
            sa.literal_column("moment_id desc"),
        ],
        unique=False,
    )
    op.create_table(
        "moment_change",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("moment_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("flags_before", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("flags_after", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("score_before", sa.SmallInteger(), nullable=True),
        sa.Column("score_after", sa.SmallInteger(), nullable=True),
        sa.Column("cause_kind", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_moment_change")),
    )
    op.create_index("ix_moment_change_moment", "moment_change", ["moment_id", "seq"], unique=False)
    op.create_table(
        "moment_due",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("cause_kind", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_moment_due")),
    )
    op.add_column("contact", sa.Column("options", sa.Integer(), nullable=True))
    for table in DEALER_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY dealer_rows ON {table} TO handoff_app USING ({POLICY})")
    op.execute(OLD_CASES)


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("contact", "options")
    op.drop_table("moment_due")
    op.drop_index("ix_moment_change_moment", table_name="moment_change")
    op.drop_table("moment_change")
    op.drop_index("ix_moment_worst", table_name="moment")
    op.drop_index("ix_moment_time", table_name="moment")
    op.drop_index("ix_moment_customer", table_name="moment")
    op.drop_table("moment")
    op.drop_table("case_owner_change")
