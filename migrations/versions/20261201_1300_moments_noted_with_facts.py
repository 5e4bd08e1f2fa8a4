"""Cases to be judged are noted with the facts: the consumer that noted them goes, and what it had not read is noted."""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

CONSUMER = "handoff-worker-quality"
FACTS = (
    "handoff.journey.step.v1",
    "handoff.contact.recorded.v1",
    *(f"handoff.task.{change}.v1" for change in ("created", "declined", "completed", "cancelled", "reassigned")),
    *(f"handoff.sla.{change}.v1" for change in ("breached", "met", "cancelled", "corrected")),
    *(f"handoff.promise.{change}.v1" for change in ("made", "kept", "moved", "broken", "withdrawn")),
)


def upgrade() -> None:
    """Of a customer with facts that were not read yet every case is judged again."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("update moment_due d set case_id = r.case_id from routing r where r.event_id = d.event_id")
    types = ", ".join(f"'{name}'" for name in FACTS)
    op.execute(
        f"""
        insert into moment_due (dealer_id, customer_id, case_id, cause_kind, cause_id)
        select u.dealer_id, u.customer_id, k.case_id, 'customer', u.customer_id
          from (select distinct c.dealer_id, c.customer_id
                  from outbox o join customer c on o.key = c.dealer_id || '/' || c.customer_id
                 where o.type in ({types})
                   and not exists (select from inbox i
                                    where i.consumer = '{CONSUMER}' and i.source = o.source and i.id = o.record_id)) u
          cross join lateral (select case_id from journey_case j
                               where j.dealer_id = u.dealer_id and j.customer_id = u.customer_id
                              union all select null) k
        """
    )
    for table in ("inbox", "consumer_position"):
        op.execute(f"delete from {table} where consumer = '{CONSUMER}'")


def downgrade() -> None:
    """The way back: its consumer reads everything that is kept."""
