"""The policies of timers are stored once each, and timers refer to them."""

import json
from hashlib import sha256
from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

VISIBLE: Final = """
    (select current_setting('app.dealers', true)) = '*'
    or dealer_id in (select unnest(string_to_array(current_setting('app.dealers', true), ',')))
"""
KEPT: Final = """
    select dealer_id, cast(policy as text) from (
      select dealer_id, policy from sla_timer
       union
      select dealer_id, one -> 'policy' from sla_timer, jsonb_array_elements(progress -> 'earlier') one
    ) kept
"""
STORE: Final = "insert into sla_policy (dealer_id, policy_id, document) values ($1, $2, $3)"
REFER: Final = """
    update sla_timer t
       set policy_id = p.policy_id, policy = '{}',
           progress = case when t.progress ? 'earlier' then jsonb_set(t.progress, '{earlier}', (
             select jsonb_agg((one - 'policy') || jsonb_build_object('policy_id', e.policy_id) order by place)
               from jsonb_array_elements(t.progress -> 'earlier') with ordinality as o (one, place)
               join sla_policy e on e.dealer_id = t.dealer_id and e.document = one -> 'policy'
           )) else t.progress end
      from sla_policy p where p.dealer_id = t.dealer_id and p.document = t.policy
"""
"""The column that goes is emptied with it: a row that is written anew does not carry it along."""
COPY_BACK: Final = """
    update sla_timer t
       set policy = p.document,
           progress = case when t.progress ? 'earlier' then jsonb_set(t.progress, '{earlier}', (
             select jsonb_agg((one - 'policy_id') || jsonb_build_object('policy', e.document) order by place)
               from jsonb_array_elements(t.progress -> 'earlier') with ordinality as o (one, place)
               join sla_policy e on e.dealer_id = t.dealer_id and e.policy_id = one ->> 'policy_id'
           )) else t.progress end
      from sla_policy p where p.dealer_id = t.dealer_id and p.policy_id = t.policy_id
"""


def upgrade() -> None:
    """The services are stopped: one that is older than this reads the column that goes."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "sla_policy",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", "policy_id", name=op.f("pk_sla_policy")),
    )
    op.execute("ALTER TABLE sla_policy ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY dealer_rows ON sla_policy TO handoff_app USING ({VISIBLE})")
    op.add_column("sla_timer", sa.Column("policy_id", sa.Text()))
    execute = op.get_bind().exec_driver_sql
    for dealer_id, policy in execute(KEPT).all():
        execute(STORE, (dealer_id, _id_of(policy), policy))
    execute("analyze sla_policy")
    execute(REFER)
    op.alter_column("sla_timer", "policy_id", nullable=False)
    op.drop_column("sla_timer", "policy")


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    empty = sa.text("'{}'")
    op.add_column("sla_timer", sa.Column("policy", postgresql.JSONB(), server_default=empty, nullable=False))
    op.get_bind().exec_driver_sql(COPY_BACK)
    op.drop_column("sla_timer", "policy_id")
    op.drop_table("sla_policy")


def _id_of(policy: str) -> str:
    # as `shared.sla.store.policy_documents`
    return sha256(json.dumps(json.loads(policy), sort_keys=True).encode()).hexdigest()[:32]
