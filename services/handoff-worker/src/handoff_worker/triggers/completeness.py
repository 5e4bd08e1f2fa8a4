"""Which records should have a turn of a time rule scheduled and have none: a finding of the auditor."""

from typing import Final

from sqlalchemy import TextClause, text

LACKING_TURNS: Final[TextClause] = text(
    """
    select count(*) from (
      select c.dealer_id, c.customer_id as subject_id, w.rule
        from customer c, (values ('T-09'), ('T-34'), ('T-48')) w(rule)
       where c.record <> '{}' and c.merged_into is null and c.updated_at < :unfired
      union all
      select v.dealer_id, v.vin, 'T-12' from vehicle v
       where v.customer_id is not null and v.record ->> 'registered_on' < '2199' and v.updated_at < :unfired
      union all
      select o.dealer_id, o.order_id, 'T-20' from customer_order o
       where o.record ->> 'kind' = 'vehicle' and o.record ->> 'placed_on' < '2199' and o.updated_at < :unfired
         and regexp_replace(lower(coalesce(o.record ->> 'status', '')), '[^a-z]', '', 'g')
             <> all(cast(:delivered as text[]))
      union all
      select d.dealer_id, d.dealer_id, 'T-11' from dealer d where d.updated_at < :unfired
    ) wanted
    where not exists (select from timer_due t where t.kind = 'trigger' and t.dealer_id = wanted.dealer_id
                         and t.subject_id = wanted.subject_id and t.threshold in (wanted.rule, 'begin'))
      and not exists (select from timer_due t where t.kind = 'trigger' and t.dealer_id = wanted.dealer_id
                         and t.threshold = 'reschedule')
      and not exists (select from outbox o where o.type = 'handoff.timer.due.v1' and o.dealer_id = wanted.dealer_id
                         and o.payload ->> 'subject_id' = wanted.subject_id and o.payload ->> 'rule' = wanted.rule
                         and o.occurred_at > :unfired)
    """
)
"""The records whose series has no end and that have no row of it: customers who were put, vehicles with a registration,
orders still awaited, dealers. What begins in or after 2199 has none (`shared.sla.triggers.series.LAST_DAY`).

`unfired`: the domain time before which what was written or fell due has been acted on; `delivered`: the statuses that
end an order (`shared.order_status.ENDED`).
"""
